/*
 * cache - caches of both kinds for tests, each seen by two processes' eyes.
 *
 * Ownership  t_caches_done() closes what t_caches_new() opened.
 */
#ifndef PT_TEST_CACHE_H
#define PT_TEST_CACHE_H

#include "store/cache.h"
#include "test/redis.h"
#include "test/support.h"

enum { IN_SHM, IN_REDIS, CACHES };

/* fn runs on each kind, which is its _i. */
#define t_add_caches(tc, fn) tcase_add_loop_test((tc), (fn), 0, CACHES)

struct t_caches {
    int shm_fd;           /* of IN_SHM */
    struct t_redis redis; /* of IN_REDIS */
    uint64_t epoch;       /* what "the database" says, … */
    bool away;            /* … unless it is away */
    struct cache *a, *b;
};

void t_caches_new(struct t_caches *t, int which);
void t_caches_done(struct t_caches *t);

/* One more cache of the same kind, as another process would have it. */
struct cache *t_cache_open(const struct t_caches *t, const char *build);

/* Its epoch is that of t. */
void t_cache_attend(struct t_caches *t, struct cache *c);

/* An item of these tags, looked for in c. */
struct cache_item t_look(struct cache *c, const char *key,
                         const struct tables *tags);

/* Puts text; nothing happens while the tags are closed. */
void t_keep(struct cache *c, const char *key, const struct tables *tags,
            const char *text);

/* "hit:TEXT", "miss" or "closed" */
const char *t_found(struct cache *c, const char *key,
                    const struct tables *tags);

/* The set of these names. */
struct tables t_tags(const char *names);

#endif
