/*
 * connections - do the workers of all instances fit into the database?
 *
 * Each ptworker and ptjobs holds one connection; while workers are replaced, a
 * tenth of a pool, at least one, is there twice (pool.c).
 *
 * Errors     CONFIG.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_CONNECTIONS_H
#define PT_FCGI_CTL_CONNECTIONS_H

#include "base/config.h"

/* Most connections that one instance opens at once. */
int64_t connections_of_instance(const struct config *conf);

/*
 * ERR_CONFIG when all instances together may want more than
 * database.connections; the note has the sum. Where that is 0, or the database
 * is a file, there is nothing to compare.
 */
enum err connections_check(const struct config *conf,
                           struct err_note *why) MUST_USE;

#endif
