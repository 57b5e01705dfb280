/*
 * data_cache - how a command that changes data reaches the workers' cache.
 */
#include <fcntl.h>
#include <json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "ctl/control.h"
#include "ctl/data.h"

/* The path that an answer to GET /status gives for "memory". */
static enum err take_path(const char *answer, struct arena *a,
                          const char **ret_path)
{
    struct json_object *o = json_tokener_parse(answer), *path = NULL;
    bool ok = json_object_object_get_ex(o, "memory", &path);
    if (ok)
        *ret_path = arena_strdup(a, json_object_get_string(path));
    json_object_put(o);
    return ok ? ERR_OK : ERR_NOTFOUND;
}

/* The memory of the pool that runs now; -1 when none does. */
static int open_memory(const struct ctl *ctl)
{
    const char *address = ctl->conf.supervisor.control_socket, *path;
    struct err_note why;
    struct buf body;
    int status, fd = -1;
    if (address[0] == '\0')
        return -1;
    buf_init(&body, MAX_CONTROL_BYTES);
    enum err e = control_call(address, "GET", "/status", &status, &body, &why);
    if (e == ERR_OK)
        e = take_path(buf_str(&body), ctl->arena, &path);
    buf_done(&body);
    if (e == ERR_UNAVAIL)
        return -1;
    if (e == ERR_OK)
        fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fprintf(stderr,
                "ptctl: cannot reach the cache of the running pool; pages may "
                "be 5 minutes old (run as the user of ptpool)\n");
    return fd;
}

enum err data_use_cache(const struct ctl *ctl, struct db *db,
                        struct err_note *why)
{
    bool shm = strncmp(ctl->conf.cache.url, "shm", 3) == 0;
    CLEANUP(fd_done) int fd = shm ? open_memory(ctl) : -1;
    struct cache *cache = NULL;
    struct cache_conf conf = {.url = ctl->conf.cache.url,
                              .write_ms = ctl->conf.database.statement_ms,
                              .shm_fd = fd,
                              .build = ""};
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    TRY(cache_open(&conf, &cache, why));
    db_use_cache(db, cache);
    return ERR_OK;
}

int flush_command(struct ctl *ctl, int argc, char **argv UNUSED)
{
    struct db *db;
    if (argc > 1)
        return CTL_USAGE;
    if (data_open(ctl, "flush", &db) != ERR_OK)
        return CTL_FAILED;
    int code = CTL_OK;
    if (db_forget_cached(db) != ERR_OK)
        code = data_failed("flush", "%s", db_error(db));
    db_close(db);
    return code;
}
