/*
 * after - work of a request that its client does not wait for.
 *
 * A handler names it; it runs in the same worker once the response has been
 * sent and its connection closed, in the phase "after", before the next
 * request is taken. request_timeout still holds: whoever takes longer ends
 * with the worker. So it is for what is short and may be lost; what must
 * happen is a job (out/job.h), in the transaction of what causes it.
 *
 * Ownership  c and all of the request live until it has run; a transaction
 *            must not be left open.
 * Errors     What it returns is logged with c->note (after.failed).
 * Layer      web.
 */
#ifndef PT_WEB_AFTER_H
#define PT_WEB_AFTER_H

#include "web/ctx.h"

typedef enum err after_fn(struct ctx *c, void *arg);

struct after {
    struct after *next;
    after_fn *fn;
    void *arg;
};

/* fn(c, arg) shall run after the response; in the order of these calls. */
void after_add(struct ctx *c, after_fn *fn, void *arg);

/* Runs what was added; whatever fails, the rest runs too. */
void after_run(struct ctx *c);

#endif
