/*
 * fault - tells telemetry of the end of a worker.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_FAULT_H
#define PT_FCGI_POOL_FAULT_H

#include "board.h"
#include "pool/pool.h"

/*
 * A worker of that pool ended so; at: what it was on, without its path, which
 * may hold ids.
 */
void fault_tell(struct pool_env *env, const char *event, const char *pool,
                const struct board_slot *at, const char *end);

#endif
