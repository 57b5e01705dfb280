/*
 * clock - the two clocks of the project.
 *
 * Units      As the names say.
 * Layer      base.
 */
#ifndef PT_BASE_CLOCK_H
#define PT_BASE_CLOCK_H

#include <stdint.h>

/* Seconds since 1970, UTC: what the database stores. */
int64_t clock_now(void);

/* Milliseconds since 1970, UTC: comparable with nginx's $msec. */
int64_t clock_wall_ms(void);

/* Milliseconds of a clock that never jumps: for timeouts and durations. */
int64_t clock_ms(void);

/* Microseconds of the same clock: for measuring. */
int64_t clock_us(void);

#endif
