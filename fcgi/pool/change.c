#include "pool/change.h"

#include <string.h>

#include "base/clock.h"
#include "base/spool.h"
#include "pool/super.h"

static const struct pool_conf *find_conf(const struct config *conf,
                                         const char *name)
{
    for (int64_t i = 0; i < conf->n_pools; i++)
        if (strcmp(conf->pools[i].name, name) == 0)
            return &conf->pools[i];
    return NULL;
}

static struct pool *find_pool(struct pool *const *pools, size_t n,
                              const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pool_name(pools[i]), name) == 0)
            return pools[i];
    return NULL;
}

/* What the pool shall be; NULL: it leaves, with its socket. */
static const struct pool_conf *goal_of(const struct pool *p,
                                       const struct config *next)
{
    const struct pool_conf *conf = find_conf(next, pool_name(p));
    return conf != NULL && pool_keeps_socket(p, conf) ? conf : NULL;
}

static bool stays(const struct super *s, const struct pool_conf *conf)
{
    const struct pool *p = find_pool(s->pools, s->n_pools, conf->name);
    return p != NULL && pool_keeps_socket(p, conf);
}

/* --- may it be? --- */

/* A port, or descriptor 0, cannot be had twice, and a path can. */
static enum err check_free(const struct super *s, const struct pool_conf *conf,
                           struct err_note *why)
{
    for (size_t i = 0; i < s->n_pools; i++) {
        const struct pool *p = s->pools[i];
        const struct listener *l = pool_listener(p);
        bool same = strcmp(pool_address(p), conf->listen) == 0 ||
                    (strcmp(conf->listen, "fd:0") == 0 && l->fd == 0);
        if (l->fd >= 0 && same && l->path[0] == '\0')
            return err_set(why, ERR_CONFIG,
                           "pools.%s.listen: %s is still that of pools.%s; "
                           "remove that pool by a reload before this one",
                           conf->name, conf->listen, pool_name(p));
    }
    return ERR_OK;
}

enum err change_check(const struct super *s, const struct config *next,
                      struct err_note *why)
{
    if (s->change.n_leaving + MAX_POOLS > MAX_LEAVING)
        return err_set(why, ERR_CONFIG,
                       "pools of the reloads before still finish requests; ask "
                       "again after these");
    for (size_t i = 0; i < s->n_pools; i++) {
        const struct pool_conf *conf = goal_of(s->pools[i], next);
        if (conf != NULL)
            TRY(pool_accepts(s->pools[i], conf, why));
    }
    for (int64_t i = 0; i < next->n_pools; i++)
        if (next->pools[i].listen[0] != '\0' && !stays(s, &next->pools[i]))
            TRY(check_free(s, &next->pools[i], why));
    return ERR_OK;
}

enum err change_is_none(const struct super *s, const struct config *next,
                        struct err_note *why)
{
    static const char first[] = "`ptctl reload` before this";
    for (int64_t i = 0; i < next->n_pools; i++) {
        const char *name = next->pools[i].name;
        const struct pool *p = find_pool(s->pools, s->n_pools, name);
        if (p == NULL)
            return err_set(why, ERR_CONFIG, "pools.%s: a new pool; %s", name,
                           first);
        if (!pool_keeps_socket(p, &next->pools[i]))
            return err_set(why, ERR_CONFIG,
                           "pools.%s.listen: another socket; %s", name, first);
        TRY(pool_accepts(p, &next->pools[i], why));
    }
    for (size_t i = 0; i < s->n_pools; i++)
        if (find_conf(next, pool_name(s->pools[i])) == NULL)
            return err_set(why, ERR_CONFIG, "pools.%s: no longer there; %s",
                           pool_name(s->pools[i]), first);
    if (s->change.n_leaving > 0)
        return err_set(why, ERR_CONFIG,
                       "a pool of the configuration before still finishes "
                       "requests; ask again after it");
    return ERR_OK;
}

/* --- beginning --- */

static bool is_ours(const struct super *s, const struct pool_conf *conf)
{
    for (size_t i = 0; i < s->n_pools; i++)
        if (listen_is_at(pool_listener(s->pools[i]), conf->listen))
            return true;
    return false;
}

static enum err open_coming(struct super *s, const struct config *next,
                            struct err_note *why)
{
    struct change *c = &s->change;
    for (int64_t i = 0; i < next->n_pools; i++) {
        const struct pool_conf *conf = &next->pools[i];
        if (stays(s, conf))
            continue;
        const struct pool_place place = {.address = conf->listen,
                                         .generation = s->last_generation,
                                         .trial = true,
                                         .over = is_ours(s, conf)};
        TRY(pool_new(&s->env, conf, &place, &c->coming[c->n_coming], why));
        c->n_coming++;
    }
    return ERR_OK;
}

enum err change_begin(struct super *s, const struct config *next,
                      struct err_note *why)
{
    struct change *c = &s->change;
    enum err e = open_coming(s, next, why);
    if (e != ERR_OK) {
        while (c->n_coming > 0) /* none of them has a process */
            pool_free(c->coming[--c->n_coming]);
        return e;
    }
    for (size_t i = 0; i < s->n_pools; i++) {
        const struct pool_conf *conf = goal_of(s->pools[i], next);
        if (conf != NULL)
            pool_roll(s->pools[i], conf, s->last_generation);
    }
    return ERR_OK;
}

/* --- leaving --- */

static void leave(struct super *s, struct pool *p, struct arena *arena)
{
    struct change *c = &s->change;
    c->leaving[c->n_leaving].arena = arena;
    c->leaving[c->n_leaving++].pool = p;
}

/* Frees the arena unless the configuration of one that leaves is in it. */
static void drop_arena(struct super *s, struct arena *arena)
{
    for (size_t i = 0; i < s->change.n_leaving; i++)
        if (s->change.leaving[i].arena == arena)
            return;
    arena_free(arena);
}

static void forget(struct super *s, size_t i)
{
    struct change *c = &s->change;
    struct arena *arena = c->leaving[i].arena;
    pool_free(c->leaving[i].pool);
    c->leaving[i] = c->leaving[--c->n_leaving];
    drop_arena(s, arena);
}

void change_tick(struct super *s)
{
    struct change *c = &s->change;
    for (size_t i = c->n_leaving; i-- > 0;) {
        const struct pool *p = c->leaving[i].pool;
        if (!pool_idle(p))
            continue;
        log_info(s->env.log, "pool.left", "pool=%s", pool_name(p));
        forget(s, i);
    }
}

void change_done(struct super *s)
{
    while (s->change.n_leaving > 0)
        forget(s, s->change.n_leaving - 1);
}

/* --- ending --- */

/* The pools of next, in its order; those that have no place there leave. */
static void take_places(struct super *s, const struct config *next)
{
    struct change *c = &s->change;
    struct pool *now[MAX_POOLS];
    size_t n = 0;
    for (int64_t i = 0; i < next->n_pools; i++) {
        const char *name = next->pools[i].name;
        struct pool *p = find_pool(c->coming, c->n_coming, name);
        if (p == NULL)
            p = find_pool(s->pools, s->n_pools, name);
        else if (find_pool(s->pools, s->n_pools, name) == NULL)
            log_info(s->env.log, "pool.added", "pool=%s", name);
        else
            log_info(s->env.log, "pool.moved", "pool=%s listen=%s", name,
                     next->pools[i].listen);
        now[n++] = p;
    }
    for (size_t i = 0; i < s->n_pools; i++) {
        const char *name = pool_name(s->pools[i]);
        if (find_pool(now, n, name) == s->pools[i])
            continue;
        if (find_conf(next, name) == NULL)
            log_info(s->env.log, "pool.removed", "pool=%s", name);
        leave(s, s->pools[i], s->arena);
    }
    memcpy(s->pools, now, n * sizeof(now[0]));
    s->n_pools = n;
    c->n_coming = 0;
}

enum err change_commit(struct super *s, const struct config *next,
                       struct arena *arena, struct err_note *why)
{
    struct change *c = &s->change;
    struct arena *before = s->arena;
    for (size_t i = 0; i < c->n_coming; i++)
        TRY(pool_settle(c->coming[i], why));
    size_t left = c->n_leaving;
    take_places(s, next);
    s->conf = s->env.conf = next;
    s->env.telemetry = spool_free(s->env.telemetry);
    s->arena = arena;
    for (size_t i = 0; i < s->n_pools; i++)
        pool_commit(s->pools[i]);
    for (; left < c->n_leaving; left++)
        pool_stop(c->leaving[left].pool, false, clock_ms());
    drop_arena(s, before);
    return ERR_OK;
}

void change_abort(struct super *s, struct arena *arena)
{
    struct change *c = &s->change;
    for (size_t i = 0; i < s->n_pools; i++)
        if (pool_is_rolling(s->pools[i]))
            pool_abort(s->pools[i]);
    while (c->n_coming > 0) {
        struct pool *p = c->coming[--c->n_coming];
        leave(s, p, arena);
        pool_stop(p, false, clock_ms());
    }
    drop_arena(s, arena);
}

/* --- all --- */

size_t change_all(const struct super *s, struct pool *ret[MAX_ALL_POOLS])
{
    const struct change *c = &s->change;
    size_t n = 0;
    for (size_t i = 0; i < s->n_pools; i++)
        ret[n++] = s->pools[i];
    for (size_t i = 0; i < c->n_coming; i++)
        ret[n++] = c->coming[i];
    for (size_t i = 0; i < c->n_leaving; i++)
        ret[n++] = c->leaving[i].pool;
    return n;
}
