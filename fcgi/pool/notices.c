/*
 * notices - what somebody should know of a pool's configuration, though it
 * is valid.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pool/child.h"
#include "pool/environment.h"

/* What only root can do. */
static void tell_ignored(const struct pool *p, const char *key,
                         const char *value)
{
    if (value[0] != '\0' && geteuid() != 0)
        log_info(p->env->log, "pool.ignored",
                 "pools.%s.%s: ignored, ptpool does not run as root", p->name,
                 key);
}

/*
 * Variables that our programs read, are set, and would not reach this pool:
 * meant, or forgotten.
 */
static void tell_kept_back(const struct pool *p)
{
    struct buf names;
    buf_init(&names, MAX_CONF_VALUE_BYTES);
    for (const struct cfg_section *s = config_sections; s->name != NULL; s++) {
        for (const struct cfg_key *k = s->keys; k->name != NULL; k++) {
            char file[64];
            const char *both[] = {k->env, file};
            snprintf(file, sizeof(file), "%s_FILE",
                     k->env != NULL ? k->env : "");
            for (size_t i = 0; i < ARRAY_LEN(both) && k->env != NULL; i++)
                if (getenv(both[i]) != NULL &&
                    !environment_passes(p->conf->environment, both[i]))
                    buf_addf(&names, " %s", both[i]);
        }
    }
    if (names.n > 0 && p->conf->ready == POOL_READY_BYTE)
        log_info(p->env->log, "pool.environment",
                 "pools.%s.environment: set but not listed, so the workers do "
                 "not get:%s",
                 p->name, buf_str(&names));
    buf_done(&names);
}

void pool_notices(const struct pool *p)
{
    const struct pool_conf *c = p->conf;
    int64_t limit = listen_backlog_limit();
    if (p->listener.fd >= 0 && limit > 0 && c->backlog > limit)
        log_warn(p->env->log, "pool.backlog",
                 "pools.%s.backlog: %" PRId64 " is above net.core.somaxconn "
                 "%" PRId64 ", which is in force; raise it with sysctl",
                 p->name, c->backlog, limit);
    tell_ignored(p, "user", c->user);
    tell_ignored(p, "group", c->group);
    tell_ignored(p, "listen_owner", c->listen_owner);
    tell_kept_back(p);
}
