/*
 * record - FastCGI records, as they come in on a connection.
 *
 * Never takes more from the peer than there is room for here: what a length
 * field says is compared with what has arrived, nothing is allocated for it.
 *
 * Errors     False when the peer has left, or was too slow.
 * Units      Bytes; times as of clock_ms().
 * Source     FastCGI specification 1.0, sections 3.3, 3.4 and 8.
 * Layer      web.
 */
#ifndef PT_WEB_RECORD_H
#define PT_WEB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum {
    RECORD_HEADER = 8,
    END_REQUEST_BYTES = 8, /* content of a RECORD_END_REQUEST */
    RECORD_INPUT_BYTES = 64 << 10
};

enum record_type {
    RECORD_BEGIN_REQUEST = 1,
    RECORD_END_REQUEST = 3,
    RECORD_PARAMS = 4,
    RECORD_STDIN = 5,
    RECORD_STDOUT = 6,
    RECORD_GET_VALUES = 9
};

/* A header. */
struct record {
    int version, type;
    int id;         /* of the request; 0 is the connection itself */
    size_t length;  /* of the content */
    size_t padding; /* after it */
};

/* Bytes of a connection, taken from it in large bites. */
struct record_input {
    int fd;
    int64_t deadline_ms;
    size_t at, n; /* those of p that are still to be read */
    unsigned char p[RECORD_INPUT_BYTES];
};

/* Begins with a connection; the deadline holds until it is set anew. */
void record_input_reset(struct record_input *in, int fd, int64_t deadline_ms);

/* Reads a header; its content is what comes next. */
bool record_next(struct record_input *in, struct record *ret_record) MUST_USE;

/* Reads some bytes, up to n; 0 as false. */
size_t record_some(struct record_input *in, void *p, size_t n) MUST_USE;

/* Reads n bytes; with p NULL they are skipped. */
bool record_take(struct record_input *in, void *p, size_t n) MUST_USE;

/* Writes a header without padding. */
void record_header(unsigned char p[RECORD_HEADER], int type, int id,
                   size_t length);

/* True when p is name-value pairs to its last byte, none longer than it. */
bool record_pairs_fit(const unsigned char *p, size_t n) MUST_USE;

#endif
