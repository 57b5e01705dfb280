/*
 * slow - one line in the log about each request that takes long, with the
 * place in the program where it was.
 *
 * A worker that has trace.h is asked by a signal, once for each request, and
 * has SLOW_WAIT_MS for its answer: it takes none while it sends its response.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_SLOW_H
#define PT_FCGI_POOL_SLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"

enum { SLOW_WAIT_MS = 500, CHILD_REQUEST_TEXT = 400 };

struct child;

struct slow {
    int64_t of_ms;    /* board_slot.since_ms of the request */
    int64_t asked_ms; /* when it was seen to be slow */
    bool waits;       /* not in the log yet */
    char route[64];   /* what it was then, … */
    char text[CHILD_REQUEST_TEXT];
};

/* Looks at the request of a worker, if it has one. */
void slow_look(struct child *ch, const struct board_slot *at, int64_t now_ms);

/* Writes the line that still waits, with what is there. */
void slow_tell(struct child *ch);

#endif
