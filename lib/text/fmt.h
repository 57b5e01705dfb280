/*
 * fmt - dates and numbers as people read them.
 *
 * Units      Times are seconds since 1970, UTC; shown in America/Bogota,
 *            which is UTC-5 all year (no daylight saving since 1993).
 * Ownership  Results live in the arena.
 * Layer      text.
 */
#ifndef PT_TEXT_FMT_H
#define PT_TEXT_FMT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "text/msg.h"

/* "24/11/2026 3:45 p. m.", in English "24 Nov 2026, 3:45 pm". */
const char *fmt_datetime(struct arena *a, enum lang lang, int64_t t);

/* Reads "2026-11-24" as the start of that day; false when it is no day. */
bool fmt_read_day(const char *text, int64_t *ret);

/* "512 B", "1,4 MB" (in English "1.4 MB"): powers of 1000, as on a phone. */
const char *fmt_bytes(struct arena *a, enum lang lang, int64_t n);

#endif
