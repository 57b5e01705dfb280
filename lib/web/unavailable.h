/*
 * unavailable - the 503 that is sent when no page can be made: the request has
 * waited too long for a worker, or takes longer than it may.
 *
 * It is one run of bytes, made beforehand: it costs nothing, and can be sent
 * from a signal handler.
 *
 * Units      Bytes.
 * Source     FastCGI specification 1.0, section 8.
 * Layer      web.
 */
#ifndef PT_WEB_UNAVAILABLE_H
#define PT_WEB_UNAVAILABLE_H

#include <stddef.h>

enum { MAX_UNAVAILABLE_BYTES = 1536, RETRY_AFTER_S = 5 };

/* The records of the whole answer to a request, and their length. */
struct unavailable {
    unsigned char bytes[MAX_UNAVAILABLE_BYTES];
    size_t n;
    size_t ids[3]; /* where each record has the number of its request */
};

void unavailable_init(struct unavailable *u);

/* For the request with this number. */
void unavailable_address(struct unavailable *u, int request_id);

#endif
