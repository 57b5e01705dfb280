/*
 * cache - values that hold as long as nothing they were made of has changed.
 *
 * A value names the tables it was computed from. Each table has a version in
 * the cache; a value carries the versions that were read before it was
 * computed, and is used only while they are still the present ones. db.c
 * tells the cache of every write, so no one else has to. README.cache.md
 * beside this file has the whole protocol and what happens when a process or
 * the cache dies in the middle of it.
 *
 *   shm[:64MiB]       memory that the supervisor shares among its workers
 *   redis://…         one Redis for all hosts
 *   none
 *
 * A cache that is away, full or damaged makes misses, never errors; only
 * cache_open() can fail. A NULL cache is allowed everywhere and is empty.
 *
 * Ownership  Values found lie in the arena of the call; tags must live as long
 *            as the item.
 * Errors     CONFIG (cache_open).
 * Units      Milliseconds; bytes.
 * Layer      store.
 */
#ifndef PT_STORE_CACHE_H
#define PT_STORE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/phase.h"
#include "store/tables.h"

struct cache;

enum {
    CACHE_TTL_MS = 300000, /* a value lives at most so long */
    CACHE_LEASE_MS = 300,  /* whoever computes a value has it to himself */
    CACHE_KEY_BYTES = 16,
    MAX_CACHE_VALUE = 256 << 10
};

struct cache_conf {
    const char *url;
    int64_t write_ms; /* no write or commit takes longer; 0 unknown */
    int shm_fd; /* memory all processes of the site share, is copied; -1 none */
    const char *build; /* whose values these are: another program's differ */
    struct log *log;   /* told when the cache goes and comes back */
    struct phases *phases; /* told of the time spent here; NULL allowed */
};

struct cache_key {
    unsigned char b[CACHE_KEY_BYTES];
};

/* The epoch and the versions of the tags, as read at one moment. */
struct cache_stamp {
    uint64_t word[1 + MAX_TABLES];
    size_t n;
};

enum cache_state {
    CACHE_CLOSED, /* no cache, or a write is on its way: compute, keep nothing
                   */
    CACHE_MISS,   /* compute and put */
    CACHE_HIT
};

struct cache_item {
    struct cache_key key;
    const struct tables *tags;
    enum cache_state state;
    struct cache_stamp stamp; /* with which a new value may be put */
    const char *value;        /* HIT */
    size_t n;
};

enum err cache_open(const struct cache_conf *conf, struct cache **ret_cache,
                    struct err_note *why) MUST_USE;
struct cache *cache_close(struct cache *c);

/* The key of a value of this program: a hash of what it is and for whom. */
struct cache_key cache_key(const struct cache *c, const char *kind,
                           const char *p, size_t n);

/* True when a look costs a trip over the network, or to the database. */
bool cache_is_remote(const struct cache *c);

/* --- reading --- */

/* Looks for all n items in one trip. */
void cache_get(struct cache *c, struct arena *a, struct cache_item *items,
               size_t n);

/* Keeps a value for an item that cache_get() did not find; ends the claim. */
void cache_put(struct cache *c, const struct cache_item *item, const char *p,
               size_t n);

/*
 * After a miss: true when this process shall compute the value. Else another
 * one is at it; look again, but for no longer than CACHE_LEASE_MS.
 */
bool cache_claim(struct cache *c, const struct cache_item *item);

/* Nothing will be put: whoever waits for it need not any longer. */
void cache_disclaim(struct cache *c, const struct cache_item *item);

struct cache_counts {
    uint64_t hits, misses, waits;
};

/* Of this process since its start; waits are counted by the caller. */
struct cache_counts *cache_counts(struct cache *c);

/* --- writing: for db.c --- */

/* What cache_write_begin() did and cache_write_end() has to undo. */
struct cache_write {
    const struct tables *tags;
    uint64_t id;
    struct {
        uint32_t cell, mark;
        uint64_t until;
    } marks[MAX_TABLES];
    size_t n;
};

/*
 * Before a write, or the commit that makes it visible: nobody uses or keeps a
 * value of these tags any more. False when not every process that uses the
 * cache can be told: then the write must raise the epoch in its transaction,
 * and cache_raise() follows.
 */
bool cache_write_begin(struct cache *c, const struct tables *tags,
                       struct cache_write *ret_write) MUST_USE;

/*
 * When it is over, well or not. When nobody knows how it ended, it is not
 * called, and the tags stay closed for conf.write_ms.
 */
void cache_write_end(struct cache *c, const struct cache_write *w);

/* What the database says; false when it does not answer. */
typedef bool cache_epoch_fn(void *arg, uint64_t *ret_epoch, uint64_t *ret_site);

/* Without it (fn NULL, or never called) every look is closed. */
void cache_use_epoch(struct cache *c, cache_epoch_fn *fn, void *arg);

/* Has the database told of a new epoch since the last call? Costs no trip. */
typedef bool cache_moved_fn(void *arg);

/* Asked, with the same arg, before each look. */
void cache_watch_epoch(struct cache *c, cache_moved_fn *fn);

/* Brings the cache to the epoch of the database, if it can be reached. */
void cache_raise(struct cache *c);

#endif
