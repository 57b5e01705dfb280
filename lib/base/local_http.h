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

struct local_http_request {
    const char *address; /* a path, or unix:PATH */
    const char *method, *path;
    int64_t timeout_ms; /* a peer so long silent is given up; 0 never */
};

/* Waits for the answer: its HTTP status and, appended to body, its text. */
enum err local_http_call(const struct local_http_request *r, int *ret_status,
                         struct buf *body, struct err_note *why) MUST_USE;

/* True while somebody accepts at address. */
bool local_http_alive(const char *address);

#endif
