/*
 * counters - what was counted, from one program of the supervisor to the next.
 *
 * Lines of text in memory that outlives the exec, since the next program may
 * have other structs than this one:
 *
 *   pool NAME NUMBER…                    the counters of struct pool_status
 *   time NAME ROUTE PHASE SUM COUNT…     one histogram of its ledger
 *
 * What a line says is checked as a worker's scoreboard is; a line that makes
 * no sense, or that this program has no name for, is left out. What an older
 * worker answers after the exec is not counted: its scoreboard is not read.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_COUNTERS_H
#define PT_FCGI_POOL_COUNTERS_H

#include "pool/pool.h"

/* A memfd (close-on-exec) with those of n pools; -1: it could not be had. */
int counters_save(struct pool *const *pools, size_t n);

/* Adds what fd says of p. False if some of it was left out. */
bool counters_restore(int fd, struct pool *p);

#endif
