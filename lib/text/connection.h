/*
 * connection - connection strings as Azure's portal shows them:
 * "Name=value;Name=value".
 *
 * Names in any case; blanks around a setting do not belong to it.
 *
 * Ownership  What is returned lives in the arena.
 * Layer      text.
 */
#ifndef PT_TEXT_CONNECTION_H
#define PT_TEXT_CONNECTION_H

#include "base/arena.h"

/* NULL: it is not there. */
const char *connection_value(struct arena *a, const char *text,
                             const char *name);

/* An address of it, to put a path behind: without its final slashes. */
const char *connection_base(struct arena *a, const char *url);

#endif
