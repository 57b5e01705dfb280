#include "test/cache.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool say_epoch(void *arg, uint64_t *ret_epoch, uint64_t *ret_site)
{
    const struct t_caches *t = arg;
    *ret_epoch = t->epoch;
    *ret_site = 77;
    return !t->away;
}

struct cache *t_cache_open(const struct t_caches *t, const char *build)
{
    struct cache *c;
    struct err_note why = {""};
    struct cache_conf conf = {.url = t->redis.port != 0 ? t_redis_url(&t->redis)
                                                        : "shm:8MiB",
                              .write_ms = 20000,
                              .shm_fd = t->shm_fd,
                              .build = build};
    ck_assert_msg(cache_open(&conf, &c, &why) == ERR_OK, "%s", why.text);
    return c;
}

void t_cache_attend(struct t_caches *t, struct cache *c)
{
    cache_use_epoch(c, say_epoch, t);
}

void t_caches_new(struct t_caches *t, int which)
{
    *t = (struct t_caches){.shm_fd = -1, .epoch = 1};
    if (which == IN_REDIS) {
        t_redis_create(&t->redis);
        t->redis.password = true;
        t_redis_start(&t->redis);
    } else {
        t->shm_fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        ck_assert_int_ge(t->shm_fd, 0);
    }
    t->a = t_cache_open(t, "one");
    t->b = t_cache_open(t, "one");
    t_cache_attend(t, t->a);
    t_cache_attend(t, t->b);
}

void t_caches_done(struct t_caches *t)
{
    cache_close(t->a);
    cache_close(t->b);
    t_redis_kill(&t->redis);
    if (t->shm_fd >= 0)
        close(t->shm_fd);
}

struct tables t_tags(const char *names)
{
    struct tables tags;
    ck_assert(tables_parse(names, &tags));
    return tags;
}

struct cache_item t_look(struct cache *c, const char *key,
                         const struct tables *tags)
{
    struct cache_item item = {.key = cache_key(c, "test", key, strlen(key)),
                              .tags = tags};
    cache_get(c, t_arena, &item, 1);
    return item;
}

void t_keep(struct cache *c, const char *key, const struct tables *tags,
            const char *text)
{
    struct cache_item item = t_look(c, key, tags);
    cache_put(c, &item, text, strlen(text));
}

const char *t_found(struct cache *c, const char *key, const struct tables *tags)
{
    struct cache_item item = t_look(c, key, tags);
    if (item.state != CACHE_HIT)
        return item.state == CACHE_MISS ? "miss" : "closed";
    return arena_fmt(t_arena, "hit:%.*s", (int)item.n, item.value);
}
