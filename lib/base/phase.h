/*
 * phase - which part of its work a request is in, and how long each took.
 *
 * A request is in one phase at a time. Whoever enters another one returns to
 * the one before when it is done, so the times add up to that of the whole:
 *
 *   enum phase before = phase_enter(p, PHASE_DATABASE);
 *   …
 *   phase_enter(p, before);
 *
 * Between requests, where nobody measures (NULL), and in AFTER, which only the
 * end leaves, that does nothing.
 * The cost is a look at the clock, which needs no system call.
 *
 * Units      Microseconds of clock_us().
 * Layer      base.
 */
#ifndef PT_BASE_PHASE_H
#define PT_BASE_PHASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* phase, its name; a clock that is in the first one has no request */
#define PHASE_LIST(X)                                                          \
    X(QUEUE, "queue")       /* from the web server to a worker */              \
    X(HANDLER, "handler")   /* all that is none of the following */            \
    X(DATABASE, "database") /* waits for it, or works in it */                 \
    X(CACHE, "cache")       /* the same */                                     \
    X(WRITE, "write")       /* the response */                                 \
    X(AFTER, "after")       /* work once the client has its answer */          \
    X(TOTAL, "total")       /* from HANDLER to WRITE; never entered */

enum phase {
#define X(name, text) PHASE_##name,
    PHASE_LIST(X)
#undef X
        PHASE__MAX
};

/* Where others see the present phase: when it began << 8, and the phase. */
typedef _Atomic uint64_t phase_shown;

struct phases {
    phase_shown *shown; /* NULL: nobody looks */
    enum phase now;
    int64_t begun_us; /* the request */
    int64_t since_us; /* in this phase */
    bool seen[PHASE__MAX];
    int64_t spent_us[PHASE__MAX]; /* where seen */
};

/* A request begins, in HANDLER; it waited so long before (-1: not known). */
void phase_begin(struct phases *p, int64_t queued_us);

/* Returns the phase that was; see above. */
enum phase phase_enter(struct phases *p, enum phase next);

/* It has ended: seen[] and spent_us[] tell of it until the next begins. */
void phase_end(struct phases *p);

const char *phase_name(enum phase phase);

#endif
