#include "pool/conf.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "pool/account.h"
#include "pool/acl.h"
#include "pool/apparmor.h"
#include "pool/environment.h"
#include "pool/listen.h"
#include "pool/sizing.h"

static enum err check_command(const struct pool_conf *c,
                              const struct spawn_home *home,
                              struct err_note *why)
{
    char path[PATH_MAX];
    return spawn_find(c->command[0], home->own_dir, path, why);
}

/* What there is to do shows at the socket. */
static enum err check_range(const struct pool_conf *c,
                            const struct spawn_home *home UNUSED,
                            struct err_note *why)
{
    bool range = c->workers.automatic || c->workers.min < c->workers.max;
    if (range && c->listen[0] == '\0')
        return err_set(why, ERR_CONFIG,
                       "a range needs a socket whose work it follows; give a "
                       "number");
    return ERR_OK;
}

/* Only a program that reports its requests can be told that one is late. */
static enum err check_limit(const struct pool_conf *c,
                            const struct spawn_home *home UNUSED,
                            struct err_note *why)
{
    bool reports = c->ready == POOL_READY_BYTE && c->listen[0] != '\0';
    if (c->request_timeout_ms > 0 && !reports)
        return err_set(why, ERR_CONFIG,
                       "needs a socket, and a program that reports its "
                       "requests (ready: byte); remove it");
    return ERR_OK;
}

static enum err check_apparmor(const struct pool_conf *c,
                               const struct spawn_home *home UNUSED,
                               struct err_note *why)
{
    return c->apparmor_profile[0] != '\0'
               ? apparmor_check(c->apparmor_profile, why)
               : ERR_OK;
}

static enum err check_slow(const struct pool_conf *c,
                           const struct spawn_home *home UNUSED,
                           struct err_note *why)
{
    if (c->slow_request_ms > 0 && c->ready != POOL_READY_BYTE)
        return err_set(why, ERR_CONFIG,
                       "needs a program that reports its requests (ready: "
                       "byte); remove it");
    return ERR_OK;
}

static enum err check_user(const struct pool_conf *c,
                           const struct spawn_home *home UNUSED,
                           struct err_note *why)
{
    return spawn_check_user(c->user, why);
}

static enum err check_group(const struct pool_conf *c,
                            const struct spawn_home *home UNUSED,
                            struct err_note *why)
{
    gid_t gid;
    return account_group(c->group, &gid, why);
}

static enum err check_environment(const struct pool_conf *c,
                                  const struct spawn_home *home UNUSED,
                                  struct err_note *why)
{
    return environment_check(c->environment, why);
}

/* Whether the worker may go there, only its start can tell. */
static enum err check_chdir(const struct pool_conf *c,
                            const struct spawn_home *home UNUSED,
                            struct err_note *why)
{
    struct stat st;
    if (c->chdir[0] == '\0')
        return ERR_OK;
    if (c->chdir[0] != '/')
        return err_set(why, ERR_CONFIG,
                       "\"%s\" does not begin with /; write the whole path",
                       c->chdir);
    if (stat(c->chdir, &st) != 0 || !S_ISDIR(st.st_mode))
        return err_set(why, ERR_CONFIG, "no folder %s; create it", c->chdir);
    return ERR_OK;
}

static enum err check_listen(const struct pool_conf *c,
                             const struct spawn_home *home UNUSED,
                             struct err_note *why)
{
    const struct listen_spec spec = {
        .address = c->listen, .owner = "", .group = c->listen_group};
    return listen_check(&spec, why);
}

static enum err check_listen_owner(const struct pool_conf *c,
                                   const struct spawn_home *home UNUSED,
                                   struct err_note *why)
{
    uid_t uid;
    return account_user(c->listen_owner, &uid, why);
}

static enum err check_listen_acl(const struct pool_conf *c,
                                 const struct spawn_home *home UNUSED,
                                 struct err_note *why)
{
    return acl_check(c->listen_acl, why);
}

static const struct {
    const char *key;
    enum err (*fn)(const struct pool_conf *c, const struct spawn_home *home,
                   struct err_note *why);
} checks[] = {{"listen", check_listen},
              {"listen_owner", check_listen_owner},
              {"listen_acl", check_listen_acl},
              {"command", check_command},
              {"user", check_user},
              {"group", check_group},
              {"environment", check_environment},
              {"chdir", check_chdir},
              {"apparmor_profile", check_apparmor},
              {"workers", check_range},
              {"request_timeout", check_limit},
              {"slow_request", check_slow}};

static enum err check_pool(const struct pool_conf *c,
                           const struct spawn_home *home, struct err_note *why)
{
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        struct err_note what;
        enum err e = checks[i].fn(c, home, &what);
        if (e != ERR_OK)
            return err_set(why, e, "pools.%s.%s: %s", c->name, checks[i].key,
                           what.text);
    }
    return ERR_OK;
}

static enum err check_same_address(const struct config *conf,
                                   struct err_note *why)
{
    for (int64_t i = 0; i < conf->n_pools; i++) {
        const struct pool_conf *a = &conf->pools[i];
        for (int64_t k = 0; k < i && a->listen[0] != '\0'; k++)
            if (strcmp(a->listen, conf->pools[k].listen) == 0)
                return err_set(why, ERR_CONFIG,
                               "pools.%s.listen: %s is already the address of "
                               "pools.%s",
                               a->name, a->listen, conf->pools[k].name);
    }
    return ERR_OK;
}

static enum err check_sum(const struct config *conf, struct err_note *why)
{
    int64_t sum = 0, most = conf->supervisor.worker_limit;
    for (int64_t i = 0; i < conf->n_pools; i++)
        sum += sizing_rule(&conf->pools[i]).max;
    if (most == 0 || sum <= most)
        return ERR_OK;
    return err_set(why, ERR_CONFIG,
                   "supervisor.worker_limit: %" PRId64
                   " are allowed, the pools "
                   "may have %" PRId64 " together; raise it, or lower "
                   "workers",
                   most, sum);
}

bool conf_is_path(const char *address)
{
    return strncmp(address, "unix:", 5) != 0 &&
           (strchr(address, '/') != NULL || strchr(address, ':') == NULL);
}

static bool is_network(const char *address)
{
    return strncmp(address, "unix:", 5) != 0 && !conf_is_path(address);
}

static enum err check_health(const char *address, struct err_note *why)
{
    const struct listen_spec spec = {
        .address = address, .owner = "", .group = ""};
    struct err_note what;
    if (!is_network(address))
        return ERR_OK;
    if (listen_check(&spec, &what) == ERR_OK && strcmp(address, "fd:0") != 0)
        return ERR_OK;
    return err_set(why, ERR_CONFIG,
                   "supervisor.health_socket: \"%s\" is no address; write a "
                   "path, HOST:PORT or [IPV6]:PORT",
                   address);
}

static enum err check_admin(const struct config *conf, struct err_note *why)
{
    const char *health = conf->supervisor.health_socket;
    const char *control = conf->supervisor.control_socket;
    TRY(check_health(health, why));
    if (is_network(control))
        return err_set(why, ERR_CONFIG,
                       "supervisor.control_socket: \"%s\" is no path; whoever "
                       "reaches it can stop ptpool, so it has no port",
                       control);
    if (health[0] != '\0' && strcmp(health, control) == 0)
        return err_set(why, ERR_CONFIG,
                       "supervisor.control_socket: %s is already the health "
                       "socket; give it a path of its own",
                       control);
    return ERR_OK;
}

enum err conf_check(const struct config *conf, const struct spawn_home *home,
                    struct err_note *why)
{
    if (conf->n_pools == 0)
        return err_set(why, ERR_CONFIG,
                       "pools: no pool; add one with command and listen, or "
                       "enable one");
    for (int64_t i = 0; i < conf->n_pools; i++)
        TRY(check_pool(&conf->pools[i], home, why));
    TRY(check_same_address(conf, why));
    TRY(check_sum(conf, why));
    return check_admin(conf, why);
}

enum err conf_read(const char *path, const struct spawn_home *home,
                   struct arena **ret_arena, const struct config **ret_conf,
                   struct err_note *why)
{
    struct arena *a = arena_new(MAX_CONF_ARENA_BYTES, NULL, NULL);
    struct config *conf = ARENA_NEW(a, struct config);
    enum err e = config_load(path, a, conf, why);
    if (e == ERR_OK)
        e = conf_check(conf, home, why);
    if (e != ERR_OK) {
        arena_free(a);
        return e;
    }
    *ret_conf = conf;
    *ret_arena = a;
    return ERR_OK;
}

struct log_conf conf_log(const struct config *conf)
{
    return (struct log_conf){
        .console_level = (enum log_level)conf->log.console_level,
        .file_level = (enum log_level)conf->log.file_level,
        .format = (enum log_format)conf->log.format,
        .file = conf->log.file,
        .program = "ptpool",
        .queue_bytes = LOG_QUEUE_BYTES,
    };
}
