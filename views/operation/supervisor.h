/*
 * supervisor - what ptpool tells of its workers, as the page shows it.
 *
 * Ownership  Everything lives in the arena of the call.
 * Errors     FORBIDDEN, UNAVAIL, SYSTEM: no answer, the note says why.
 * Units      Milliseconds; microseconds where the name says so.
 * Layer      views.
 */
#ifndef PT_VIEWS_OPERATION_SUPERVISOR_H
#define PT_VIEWS_OPERATION_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct supervisor_pool {
    const char *name, *last_error; /* "" none */
    int64_t ready, wanted, busy;   /* workers */
    int64_t queued;                /* connections that wait; -1 not known */
    int64_t requests, shed, late, deaths;
};

/* Requests of one page since the supervisor started. */
struct supervisor_route {
    const char *name;
    int64_t requests, sum_us, p50_us, p99_us;
};

/* A request that a worker is at. */
struct supervisor_request {
    const char *method, *path, *phase; /* "" not known */
    int64_t pid, age_ms;
};

struct supervisor {
    const char *status; /* ok, degraded or down */
    int64_t age_ms;
    struct supervisor_pool *pools;
    struct supervisor_route *routes;     /* that took most time first */
    struct supervisor_request *requests; /* the longest first */
    size_t n_pools, n_routes, n_requests;
};

/* Asks the supervisor whose control socket has this address. */
enum err supervisor_read(struct arena *a, const char *address,
                         struct supervisor *ret, struct err_note *why) MUST_USE;

#endif
