/*
 * metrics - the state of the supervisor for a machine that collects it.
 *
 * Source     OpenMetrics 1.0.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_METRICS_H
#define PT_FCGI_POOL_METRICS_H

#include "base/buf.h"

#define METRICS_TYPE                                                           \
    "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct super;

void metrics_write(const struct super *s, struct buf *body);

#endif
