/*
 * metrics - the state of the supervisor for a machine that collects it.
 *
 * In OpenMetrics for whoever asks for that, else in the older text format of
 * Prometheus, which differs in the names of counters.
 *
 * Source     OpenMetrics 1.0; Prometheus, "Exposition formats", 0.0.4.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_METRICS_H
#define PT_FCGI_POOL_METRICS_H

#include "base/buf.h"

struct super;

/* accept: the header of that name. Returns the type of what was written. */
const char *metrics_write(const struct super *s, const char *accept,
                          struct buf *body);

#endif
