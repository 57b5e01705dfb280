/*
 * recycle - when a worker has done enough, by the keys max_… of its pool.
 *
 * Units      Milliseconds, bytes.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_RECYCLE_H
#define PT_FCGI_POOL_RECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"

/*
 * Younger workers are not replaced for their memory: if max_memory is less
 * than one takes at rest, or after its first request, there would be no end.
 */
enum { RECYCLE_MEMORY_MS = 60 * 1000 };

struct recycle_look {
    uint64_t requests;
    int64_t age_ms;
    int64_t memory_bytes; /* 0: not known */
};

/* The key that says so; NULL: it has not. */
const char *recycle_reason(const struct pool_conf *c,
                           const struct recycle_look *at);

/* Has it reached max_memory, but not that age? */
bool recycle_is_early(const struct pool_conf *c, const struct recycle_look *at);

#endif
