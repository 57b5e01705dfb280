#include "store/cache.h"

#include <sodium.h>
#include <string.h>

#include "store/cache_impl.h"

/* Writes of unlimited length are taken to end in this time, … */
enum { LONGEST_WRITE_MS = 3600000, WRITE_SLACK_MS = 40000 };

static void init(struct cache *c, const struct cache_conf *conf)
{
    c->log = conf->log;
    c->phases = conf->phases;
    c->write_ms = (conf->write_ms > 0 ? conf->write_ms : LONGEST_WRITE_MS) +
                  WRITE_SLACK_MS; /* … and the way there and back in this */
    crypto_generichash(c->build, sizeof(c->build),
                       (const unsigned char *)conf->build, strlen(conf->build),
                       NULL, 0);
}

enum err cache_open(const struct cache_conf *conf, struct cache **ret_cache,
                    struct err_note *why)
{
    struct cache *c = NULL;
    if (strcmp(conf->url, "shm") == 0 || strncmp(conf->url, "shm:", 4) == 0)
        TRY(cache_shm_open(conf, &c, why));
    else if (strncmp(conf->url, "redis://", 8) == 0)
        TRY(cache_redis_open(conf, &c, why));
    else if (strcmp(conf->url, "none") != 0)
        return err_set(why, ERR_CONFIG,
                       "cache.url: must be shm:SIZE, redis://… or none");
    if (c != NULL)
        init(c, conf);
    *ret_cache = c;
    return ERR_OK;
}

struct cache *cache_close(struct cache *c)
{
    if (c != NULL)
        c->ops->close(c);
    return NULL;
}

struct cache_key cache_key(const struct cache *c, const char *kind,
                           const char *p, size_t n)
{
    struct cache_key key = {{0}};
    crypto_generichash_state st;
    if (c == NULL)
        return key;
    crypto_generichash_init(&st, c->build, sizeof(c->build), sizeof(key.b));
    crypto_generichash_update(&st, (const unsigned char *)kind,
                              strlen(kind) + 1);
    crypto_generichash_update(&st, (const unsigned char *)p, n);
    crypto_generichash_final(&st, key.b, sizeof(key.b));
    return key;
}

bool cache_is_remote(const struct cache *c)
{
    return c != NULL && c->remote;
}

/* The backend at work: the time of the cache. */
static enum phase enter(const struct cache *c)
{
    return phase_enter(c->phases, PHASE_CACHE);
}

static void leave(const struct cache *c, enum phase before)
{
    phase_enter(c->phases, before);
}

/* --- reading --- */

void cache_get(struct cache *c, struct arena *a, struct cache_item *items,
               size_t n)
{
    for (size_t i = 0; i < n; i++)
        items[i].state = CACHE_CLOSED;
    if (c == NULL || c->epoch_fn == NULL)
        return;
    enum phase before = enter(c);
    if (c->moved_fn != NULL && c->moved_fn(c->epoch_arg))
        c->ops->raise(c);
    c->ops->get(c, a, items, n);
    leave(c, before);
    for (size_t i = 0; i < n; i++)
        if (items[i].state == CACHE_HIT)
            c->counts.hits++;
        else
            c->counts.misses++;
}

void cache_put(struct cache *c, const struct cache_item *item, const char *p,
               size_t n)
{
    if (c == NULL || item->state == CACHE_CLOSED)
        return;
    if (n > MAX_CACHE_VALUE) {
        cache_disclaim(c, item);
        return;
    }
    enum phase before = enter(c);
    c->ops->put(c, item, p, n);
    leave(c, before);
}

bool cache_claim(struct cache *c, const struct cache_item *item)
{
    if (c == NULL || item->state != CACHE_MISS)
        return true;
    enum phase before = enter(c);
    bool mine = c->ops->claim(c, item);
    leave(c, before);
    return mine;
}

void cache_disclaim(struct cache *c, const struct cache_item *item)
{
    if (c == NULL || item->state != CACHE_MISS)
        return;
    enum phase before = enter(c);
    c->ops->disclaim(c, item);
    leave(c, before);
}

struct cache_counts *cache_counts(struct cache *c)
{
    return c != NULL ? &c->counts : NULL;
}

/* --- writing --- */

bool cache_write_begin(struct cache *c, const struct tables *tags,
                       struct cache_write *ret_write)
{
    *ret_write = (struct cache_write){.tags = tags};
    if (c == NULL || tags->n == 0)
        return true;
    enum phase before = enter(c);
    bool told = c->ops->write_begin(c, tags, ret_write);
    leave(c, before);
    return told;
}

void cache_write_end(struct cache *c, const struct cache_write *w)
{
    if (c == NULL || w->n == 0)
        return;
    enum phase before = enter(c);
    c->ops->write_end(c, w);
    leave(c, before);
}

void cache_use_epoch(struct cache *c, cache_epoch_fn *fn, void *arg)
{
    if (c == NULL)
        return;
    c->epoch_fn = fn;
    c->epoch_arg = arg;
    c->moved_fn = NULL;
    cache_raise(c);
}

void cache_watch_epoch(struct cache *c, cache_moved_fn *fn)
{
    if (c != NULL)
        c->moved_fn = fn;
}

void cache_raise(struct cache *c)
{
    if (c == NULL || c->epoch_fn == NULL)
        return;
    enum phase before = enter(c);
    c->ops->raise(c);
    leave(c, before);
}
