/*
 * change - the pools that come and go with a reload.
 *
 * A pool that is new in the configuration, or shall have another socket than
 * it has, comes: it is made beside the others and started on trial. When the
 * reload succeeds it takes its place among those in force, and the one it
 * replaces leaves, as does one that the configuration no longer has; when the
 * reload fails it leaves itself. One that leaves does so as leave.h says, ends
 * its requests, and is gone. Nobody counts it any more.
 *
 * Ownership  Open struct inside struct super. A pool that leaves keeps the
 *            arena of its configuration.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_CHANGE_H
#define PT_FCGI_POOL_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "pool/pool.h"

struct super;

enum {
    MAX_LEAVING = 2 * MAX_POOLS,
    MAX_ALL_POOLS = 2 * MAX_POOLS + MAX_LEAVING
};

struct change {
    struct pool *coming[MAX_POOLS];
    size_t n_coming, n_leaving;
    struct {
        struct pool *pool;
        struct arena *arena; /* of its configuration, perhaps of others too */
    } leaving[MAX_LEAVING];
};

/* ERR_CONFIG when a reload cannot go there from here. */
enum err change_check(const struct super *s, const struct config *next,
                      struct err_note *why) MUST_USE;

/* ERR_CONFIG when pools or their sockets would be other ones. */
enum err change_is_none(const struct super *s, const struct config *next,
                        struct err_note *why) MUST_USE;

/*
 * Opens the sockets of the pools that come, and sends the others on their way
 * to s->last_generation. On failure all is as before.
 */
enum err change_begin(struct super *s, const struct config *next,
                      struct err_note *why) MUST_USE;

/*
 * To next, for good; it is s->conf from then on, and in an arena of its own,
 * which is s->arena. On failure nothing is decided.
 */
enum err change_commit(struct super *s, const struct config *next,
                       struct arena *arena, struct err_note *why) MUST_USE;

/* Back to what was before. next was in arena, which this takes. */
void change_abort(struct super *s, struct arena *arena);

/* Forgets those that have left; all of them, whatever their state. */
void change_tick(struct super *s);
void change_done(struct super *s);

/* Every pool that may have a process: in force, coming and leaving. */
size_t change_all(const struct super *s, struct pool *ret[MAX_ALL_POOLS]);

#endif
