/*
 * local_http - one small HTTP request to a unix socket of this machine.
 *
 * Errors     FORBIDDEN (no access), UNAVAIL (nobody answers there, or not in
 *            time), TOOLARGE, SYSTEM; the note says what happened.
 * Layer      base.
 */
#ifndef PT_BASE_LOCAL_HTTP_H
#define PT_BASE_LOCAL_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { MAX_LOCAL_HTTP_BYTES = 5 << 20 }; /* a whole response */

/*
 * Sends method and path to the socket at address (a path, or unix:PATH) and
 * waits for the answer: its HTTP status and, appended to body, its text. A
 * peer that is silent for timeout_ms is given up; 0: never.
 */
enum err local_http_call(const char *address, const char *method,
                         const char *path, int64_t timeout_ms, int *ret_status,
                         struct buf *body, struct err_note *why) MUST_USE;

/* True while somebody accepts at address. */
bool local_http_alive(const char *address);

#endif
