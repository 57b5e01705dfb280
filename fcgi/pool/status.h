/*
 * status - the state of the supervisor as JSON.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_STATUS_H
#define PT_FCGI_POOL_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct super;

/* What /health/ shows; returns its HTTP status: 503 when it is down. */
int status_health(const struct super *s, struct buf *body);

/* What /status shows: that and every worker. */
void status_full(const struct super *s, struct buf *body);

/* {"ok":true} or {"ok":false,"reason":…} */
void status_answer(struct buf *body, bool ok, const char *reason);

/* ok, degraded, down */
const char *status_word(const struct super *s, int64_t now_ms);

/* {"ok":…,"generation":…} or {"ok":false,"reason":…} of the last reload. */
void status_reload(const struct super *s, struct buf *body);

#endif
