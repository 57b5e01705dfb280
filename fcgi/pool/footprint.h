/*
 * footprint - the memory that would be free if a process ended.
 *
 * What it shares with others counts in part (PSS), so that the sum over the
 * workers of a pool is what the pool really uses.
 *
 * Source     proc(5), smaps_rollup and vmstat.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_FOOTPRINT_H
#define PT_FCGI_POOL_FOOTPRINT_H

#include <stdint.h>
#include <sys/types.h>

/* Bytes; 0: the process is gone, or another user's. */
int64_t footprint_read(pid_t pid);

#define OOM_KILLS_PATH "/proc/vmstat"

/* Processes that the kernel has killed for want of memory; 0: not known. */
int64_t footprint_oom_kills(const char *path);

#endif
