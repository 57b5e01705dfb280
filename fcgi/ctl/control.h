/*
 * control - one request to the supervisor over its control socket.
 *
 * Errors     UNAVAIL when nobody answers there; SYSTEM; the note says what
 *            to do.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_CONTROL_H
#define PT_FCGI_CTL_CONTROL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/local_http.h"

enum { MAX_CONTROL_BYTES = MAX_LOCAL_HTTP_BYTES }; /* a whole response */

/*
 * Sends method and path to the socket at address (a path, or unix:PATH) and
 * waits for the answer: its HTTP status and, appended to body, its text.
 */
enum err control_call(const char *address, const char *method, const char *path,
                      int *ret_status, struct buf *body,
                      struct err_note *why) MUST_USE;

/* True while somebody accepts at address. */
bool control_alive(const char *address);

#endif
