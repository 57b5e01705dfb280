/*
 * ptjobs - does the work that pages do not wait for: mail and the rest of
 * feature_jobs. ptpool starts it as a pool of its own, without a socket; any
 * number of them may run, on any number of machines.
 */
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/telemetry.h"
#include "jobs/jobs.h"
#include "memory.h"
#include "out/mail.h"
#include "out/smtp.h"
#include "store/migrate.h"

static const char usage[] =
    "usage: ptjobs [-c FILE] [--telemetry | --version]\n"
    "Does the jobs that are due until it is told to stop.\n"
    "  -c FILE      configuration; default $PT_CONF or "
    "conf/personal-tech.yaml\n"
    "  --telemetry  only send telemetry, as its child does\n"
    "  --version    print the version\n";

static enum err open_log(struct job_env *env, struct err_note *why)
{
    const struct config *conf = env->conf;
    struct log_conf lc = {.console_level =
                              (enum log_level)conf->log.console_level,
                          .file_level = (enum log_level)conf->log.file_level,
                          .format = (enum log_format)conf->log.format,
                          .file = conf->log.file,
                          .program = "ptjobs"};
    return log_new(&lc, &env->log, why);
}

static enum err open_database(struct job_env *env, struct err_note *why)
{
    struct db_conf dc = {.url = env->conf->database.url,
                         .reconnect_ms = env->conf->database.reconnect_ms,
                         .statement_ms = env->conf->database.statement_ms,
                         .unprepared = !env->conf->database.prepare,
                         .log = env->log,
                         .phases = &env->phases};
    TRY(db_open(&dc, &env->db, why));
    return migrate_check(env->db, migrations, why);
}

/* Nothing is kept there by jobs, but what they write is told to it. */
static enum err open_cache(struct job_env *env, struct err_note *why)
{
    CLEANUP(fd_done) int memory = memory_take();
    struct cache *cache;
    struct cache_conf cc = {.url = env->conf->cache.url,
                            .write_ms = env->conf->database.statement_ms,
                            .shm_fd = memory,
                            .build = "",
                            .log = env->log,
                            .phases = &env->phases};
    TRY(cache_open(&cc, &cache, why));
    db_use_cache(env->db, cache);
    return ERR_OK;
}

/* Whoever starts us may have mended what kept the mail. */
static enum err take_mail(struct job_env *env, struct err_note *why)
{
    if (mail_is_on(env->conf)) {
        enum err e = job_hurry(env->db, "mail.send");
        return e == ERR_OK ? e : err_set(why, e, "%s", db_error(env->db));
    }
    log_warn(env->log, "mail.off",
             "messages wait in the outbox; set mail.url and mail.from, then: "
             "ptctl reload");
    return ERR_OK;
}

/*
 * In a reload the next generation begins before we end: what we put off for
 * want of a server may be what it waits for.
 */
static void leave_mail(const struct job_env *env)
{
    if (!mail_is_on(env->conf) && job_hurry(env->db, "mail.send") != ERR_OK)
        log_warn(env->log, "jobs.stop", "%s", db_error(env->db));
}

static enum err open_env(struct job_env *env, struct sender *sender,
                         struct arena *a, const char *path,
                         struct err_note *why)
{
    struct config *conf = ARENA_NEW(a, struct config);
    TRY(config_load(path, a, conf, why));
    env->conf = conf;
    TRY(open_log(env, why));
    TRY(sender_start(sender, conf, path, env->log, why));
    env->telemetry = telemetry_open(conf, env->log, "ptjobs", PT_COMMIT);
    TRY(audit_keys_init(&env->keys, conf->audit.key, conf->audit.old_keys,
                        why));
    TRY(smtp_new(conf, &env->smtp, why));
    TRY(open_database(env, why));
    TRY(open_cache(env, why));
    return take_mail(env, why);
}

static int run(const char *path)
{
    struct job_env env = {0};
    struct sender sender = {.pid = 0};
    struct err_note why = {""};
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    int code;
    bool begun =
        sodium_init() >= 0 && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    enum err e = begun ? open_env(&env, &sender, a, path, &why) : ERR_BUG;
    if (e == ERR_OK) {
        code = jobs_run(&env, &sender, feature_jobs);
        leave_mail(&env);
    } else {
        code = e == ERR_UNAVAIL ? JOBS_UNAVAILABLE : JOBS_CONFIG;
        if (env.log != NULL)
            log_error(env.log, "jobs.start", "%s", why.text);
        else
            fprintf(stderr, "ptjobs: %s\n", why.text);
    }
    spool_free(env.telemetry);
    sender_stop(&sender);
    smtp_free(env.smtp);
    db_close(env.db);
    log_free(env.log);
    arena_free(a);
    curl_global_cleanup();
    return code;
}

/* What the child of another ptjobs does. */
static int run_sender(const char *path)
{
    struct config *conf;
    struct job_env env = {0};
    struct err_note why = {""};
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    env.conf = conf = ARENA_NEW(a, struct config);
    enum err e =
        curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? ERR_OK : ERR_BUG;
    if (e == ERR_OK)
        e = config_load(path, a, conf, &why);
    if (e == ERR_OK)
        e = open_log(&env, &why);
    if (e == ERR_OK)
        e = sender_serve(conf, env.log, &why);
    if (e != ERR_OK && env.log != NULL)
        log_error(env.log, "telemetry.off", "%s", why.text);
    else if (e != ERR_OK)
        fprintf(stderr, "ptjobs: %s\n", why.text);
    log_free(env.log);
    arena_free(a);
    curl_global_cleanup();
    return e == ERR_OK ? JOBS_OK : JOBS_CONFIG;
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    bool sender = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--version") == 0)
            return printf("ptjobs %s\n", PT_COMMIT) > 0 ? 0 : 1;
        if (strcmp(argv[i], "--telemetry") == 0) {
            sender = true;
            continue;
        }
        if (strcmp(argv[i], "-c") != 0 || i + 1 == argc) {
            fputs(usage, stderr);
            return JOBS_USAGE;
        }
        path = argv[++i];
    }
    path = config_path(path);
    return sender ? run_sender(path) : run(path);
}
