/*
 * manager - how many workers a pool wants, from what it has to do.
 *
 *   min = max      that many, always
 *   0 = min < max  none at rest: the first connection starts one
 *   min < max      what is needed now, and `spare` idle ones
 *
 * It grows at once: a connection that waits for a worker is a reason to start
 * one. It shrinks late, to the most that was needed in the last idle_ms, so
 * that a quiet moment between two requests stops nobody.
 *
 * A pure function of its inputs: it starts and stops nothing itself.
 *
 * Ownership  Open structs.
 * Units      Workers; milliseconds of clock_ms().
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_MANAGER_H
#define PT_FCGI_POOL_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

struct manager_rule {
    int64_t min, max;
    int64_t spare;   /* idle workers beside the busy ones */
    int64_t idle_ms; /* as long unneeded, a worker is too many */
};

struct manager_load {
    int64_t busy;   /* workers with a request */
    int64_t queued; /* connections that no worker has taken yet */
};

struct manager {
    int64_t wanted;
    int64_t peak;     /* most needed since … */
    int64_t since_ms; /* … this moment */
};

/* With which number a pool starts. */
int64_t manager_first(const struct manager_rule *rule);

/* Keeps what is wanted within a rule that may be another one than before. */
void manager_bound(struct manager *m, const struct manager_rule *rule);

/* Sees the load, and changes m->wanted. */
void manager_step(struct manager *m, const struct manager_rule *rule,
                  const struct manager_load *load, int64_t now_ms);

#endif
