/*
 * observe - tells telemetry of each request that a worker has answered.
 *
 * After the answer, and without a system call: see base/spool.h.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_WORKER_OBSERVE_H
#define PT_FCGI_WORKER_OBSERVE_H

#include "base/telemetry.h"
#include "web/ctx.h"

/*
 * A request that was answered, whose phases have ended. late: its
 * client was told before that it takes too long.
 */
void observe_page(struct spool *spool, const struct ctx *c, bool late);

/* One that was answered by no page, and why: its client got this status. */
struct observe_other {
    const char *id, *method, *client;
    int status;
    int64_t queue_us;           /* -1: not known */
    const char *error, *detail; /* error NULL: it is no fault of ours */
};
void observe_other(struct spool *spool, const struct observe_other *o);

#endif
