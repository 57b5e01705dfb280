/*
 * ptworker - one prefork worker of Personal Technology.
 *
 * Its listening socket is file descriptor 0: ptpool starts it so, and so
 * does `spawn-fcgi -n -s SOCKET -- ptworker`.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/build.h"
#include "base/fd.h"
#include "memory.h"
#include "out/idp.h"
#include "store/filestore.h"
#include "store/migrate.h"
#include "web/reqlog.h"
#include "web/route.h"
#include "worker/worker.h"

enum { MIN_SECRET_CHARS = 32 };

static const char usage[] =
    "usage: ptworker [-c FILE] [--routes | --version]\n"
    "Serves FastCGI on the listening socket given as file descriptor 0.\n"
    "  -c FILE    configuration; default $PT_CONF or conf/personal-tech.yaml\n"
    "  --routes   print every page with its permission\n"
    "  --version  print the version\n";

static int print_routes(void)
{
    const struct router *router;
    struct err_note why;
    if (router_new(feature_routes, &router, &why) != ERR_OK) {
        fprintf(stderr, "ptworker: %s\n", why.text);
        return WORKER_CONFIG;
    }
    router_print(router, stdout);
    router_free(router);
    return WORKER_OK;
}

static enum err open_log(struct app *app, struct err_note *why)
{
    const struct config *conf = &app->conf;
    struct log_conf lc = {.console_level =
                              (enum log_level)conf->log.console_level,
                          .file_level = (enum log_level)conf->log.file_level,
                          .format = (enum log_format)conf->log.format,
                          .file = conf->log.file,
                          .program = "ptworker"};
    return log_new(&lc, &app->log, why);
}

static enum err take_secret(struct app *app, struct err_note *why)
{
    const char *key = app->conf.secret_key;
    if (strlen(key) < MIN_SECRET_CHARS)
        return err_set(why, ERR_CONFIG,
                       "secret_key: %s; set SECRET_KEY or SECRET_KEY_FILE to "
                       "at least %d random characters",
                       key[0] == '\0' ? "is not set" : "is too short",
                       MIN_SECRET_CHARS);
    crypto_generichash(app->secret, sizeof(app->secret),
                       (const unsigned char *)key, strlen(key), NULL, 0);
    return ERR_OK;
}

/* The keys' texts are those of the configuration. */
static enum err take_audit_keys(struct app *app, struct err_note *why)
{
    const struct config *conf = &app->conf;
    return audit_keys_init(&app->audit, conf->audit.key, conf->audit.old_keys,
                           why);
}

static enum err open_database(struct app *app, struct err_note *why)
{
    struct db_conf dc = {.url = app->conf.database.url,
                         .reconnect_ms = app->conf.database.reconnect_ms,
                         .statement_ms = app->conf.database.statement_ms,
                         .unprepared = !app->conf.database.prepare,
                         .log = app->log,
                         .phases = &app->phases};
    TRY(db_open(&dc, &app->db, why));
    TRY(migrate_check(app->db, migrations, why));
    return ERR_OK;
}

static enum err open_cache(struct app *app, struct err_note *why)
{
    char build[BUILD_ID_TEXT];
    build_id(build);
    CLEANUP(fd_done) int memory = memory_take();
    struct cache_conf cc = {.url = app->conf.cache.url,
                            .write_ms = app->conf.database.statement_ms,
                            .shm_fd = memory,
                            .build = build,
                            .log = app->log,
                            .phases = &app->phases};
    TRY(cache_open(&cc, &app->cache, why));
    db_use_cache(app->db, app->cache);
    db_statements(app->db, true); /* the first request counts its own only */
    return ERR_OK;
}

static enum err open_app(struct app *app, struct arena *a, const char *path,
                         struct err_note *why)
{
    const char *generation = getenv("PTPOOL_GENERATION");
    TRY(config_load(path, a, &app->conf, why));
    TRY(open_log(app, why));
    TRY(reqlog_check(&app->conf, why));
    TRY(assets_init(&app->assets, app->conf.site.static_prefix, a, why));
    TRY(idp_check(&app->conf, why));
    TRY(take_secret(app, why));
    TRY(take_audit_keys(app, why));
    TRY(router_new(feature_routes, &app->router, why));
    TRY(filestore_new(app->conf.files.dir, &app->files, why));
    if (generation != NULL)
        app->generation = strtoll(generation, NULL, 10);
    TRY(open_database(app, why));
    return open_cache(app, why);
}

static int run(const char *path)
{
    struct app app = {0};
    struct err_note why = {""};
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    int code;
    enum err e = sodium_init() < 0 ? ERR_BUG : open_app(&app, a, path, &why);
    if (e == ERR_OK) {
        code = worker_run(&app);
    } else {
        code = e == ERR_UNAVAIL ? WORKER_UNAVAILABLE : WORKER_CONFIG;
        if (app.log != NULL)
            log_error(app.log, "worker.start", "%s", why.text);
        else
            fprintf(stderr, "ptworker: %s\n", why.text);
    }
    db_close(app.db);
    filestore_free(app.files);
    router_free(app.router);
    log_free(app.log);
    arena_free(a);
    return code;
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--routes") == 0)
            return print_routes();
        if (strcmp(argv[i], "--version") == 0)
            return printf("ptworker %s\n", PT_COMMIT) > 0 ? 0 : 1;
        if (strcmp(argv[i], "-c") != 0 || i + 1 == argc) {
            fputs(usage, stderr);
            return WORKER_USAGE;
        }
        path = argv[++i];
    }
    return run(config_path(path));
}
