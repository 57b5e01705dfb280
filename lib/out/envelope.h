/*
 * envelope - events as Application Insights reads them.
 *
 * One event makes one to four items, each a line of JSON: a request, what it
 * asked of the database and of Redis (one item each, with the time of all its
 * statements together), and an exception when it failed by our fault.
 *
 * Source     Application Insights, endpoint v2.1 "track": the schemas of
 *            RequestData, RemoteDependencyData, ExceptionData,
 *            AvailabilityData and MetricData (ver 2).
 * Layer      out.
 */
#ifndef PT_OUT_ENVELOPE_H
#define PT_OUT_ENVELOPE_H

#include "base/buf.h"
#include "base/config.h"
#include "base/event.h"

enum { ENVELOPE_ITEMS = 4 }; /* most of one event */

/* Whose events they are. */
struct envelope_source {
    const char *key;                          /* instrumentation key */
    const char *program, *instance, *version; /* of the segment */
    const char *site;                         /* site.url, or "" */
    const char *database, *database_host;     /* "PostgreSQL", "db:5432" */
    const char *redis_host;                   /* NULL: another kind of cache */
};

/* Fills what the configuration says; the texts lie in a. */
void envelope_source_init(struct envelope_source *s, const struct config *conf,
                          const char *key, struct arena *a);

/* Appends the lines of e; returns how many. */
size_t envelope_write(struct buf *b, const struct envelope_source *s,
                      const struct event *e);

#endif
