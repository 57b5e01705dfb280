/*
 * cache_impl - what cache.c and its backends share; for no one else.
 *
 * Layer      store.
 */
#ifndef PT_STORE_CACHE_IMPL_H
#define PT_STORE_CACHE_IMPL_H

#include "store/cache.h"

struct cache_ops {
    void (*get)(struct cache *c, struct arena *a, struct cache_item *items,
                size_t n);
    void (*put)(struct cache *c, const struct cache_item *item, const char *p,
                size_t n);
    bool (*claim)(struct cache *c, const struct cache_item *item);
    void (*disclaim)(struct cache *c, const struct cache_item *item);
    bool (*write_begin)(struct cache *c, const struct tables *tags,
                        struct cache_write *ret);
    void (*write_end)(struct cache *c, const struct cache_write *w);
    void (*raise)(struct cache *c);
    void (*close)(struct cache *c);
};

/* The common head of the backends' structs. */
struct cache {
    const struct cache_ops *ops;
    bool remote; /* each look costs a trip */
    struct log *log;
    struct phases *phases;
    int64_t write_ms; /* a mark stands at most so long */
    unsigned char build[32];
    cache_epoch_fn *epoch_fn;
    cache_moved_fn *moved_fn; /* NULL: nobody tells */
    void *epoch_arg;
    struct cache_counts counts;
};

static inline bool cache_stamp_equal(const struct cache_stamp *a,
                                     const struct cache_stamp *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->word[i] != b->word[i])
            return false;
    return true;
}

enum err cache_shm_open(const struct cache_conf *conf, struct cache **ret_cache,
                        struct err_note *why) MUST_USE;
enum err cache_redis_open(const struct cache_conf *conf,
                          struct cache **ret_cache,
                          struct err_note *why) MUST_USE;

#endif
