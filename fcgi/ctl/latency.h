/*
 * latency - how long the requests of a pool took, as the commands show it.
 *
 * Reads the member "latency" of a pool of GET /status.
 *
 * Ownership  Open structs of the caller.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_LATENCY_H
#define PT_FCGI_CTL_LATENCY_H

#include "base/buf.h"
#include "ctl/state.h"
#include "ledger.h"

/* What a pool has measured; what is not understood is left out. */
void latency_read(struct json_object *pool, struct ledger *ret);

/* What was measured since `before`. */
void latency_since(struct ledger *l, const struct ledger *before);

/* One phase of all routes. */
void latency_all(const struct ledger *l, enum phase phase,
                 struct histogram *ret);

/*
 * A table of the routes, those first that took most of the workers' time: how
 * many requests (each second, when over_ms is not 0), the median and the 99th
 * percentile of the whole, and the latter of each phase. Nothing when there
 * is nothing.
 */
void latency_table(const struct ledger *l, int64_t over_ms, size_t max_rows,
                   struct buf *out);

enum { LATENCY_TEXT = 16 };

/* "0.31ms", "12ms", "1.2s"; "-" for none (below 0) */
const char *latency_text(int64_t us, char ret_text[LATENCY_TEXT]);

#endif
