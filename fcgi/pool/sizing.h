/*
 * sizing - what `workers: auto` means on this machine, in this container.
 *
 * At least one worker for each processor that may be used, at most four of
 * them, and never more than memory allows: half of it, WORKER_ROOM_BYTES for
 * each.
 *
 * Source     cgroups(7): cpu.max and memory.max (version 2),
 *            cpu.cfs_quota_us, cpu.cfs_period_us and memory.limit_in_bytes
 *            (version 1); sched_getaffinity(2).
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_SIZING_H
#define PT_FCGI_POOL_SIZING_H

#include <stdint.h>

#include "base/config.h"
#include "pool/manager.h"

enum {
    WORKERS_PER_CPU = 4,
    WORKER_ROOM_BYTES = 32 << 20 /* a worker at work, and what it caches */
};

struct sizing {
    double cpus;          /* that may be used, above 0 */
    int64_t memory_bytes; /* that may be used */
};

/* What the kernel grants this process. root: "", or a folder with a /proc
 * and /sys/fs/cgroup of its own. */
struct sizing sizing_read(const char *root);

/* The least and the most workers. */
void sizing_workers(const struct sizing *s, int64_t *ret_min, int64_t *ret_max);

/* What the configuration says of the number of workers, here and now. */
struct manager_rule sizing_rule(const struct pool_conf *c);

#endif
