/*
 * trace - where a worker is, told by itself: no debugger, no rights for one.
 *
 * The supervisor sends TRACE_SIGNAL about a request that takes long; its value
 * is the low 32 bits of that request's board_slot.since_ms. The handler walks
 * its stack by frame pointers (all of this program is compiled with them) and
 * writes the addresses into its slot of the scoreboard. A signal that comes
 * late, to another request, does nothing.
 *
 * Libraries have no frame pointers. Where one of them has been interrupted the
 * innermost frame of ours is looked for: a saved frame pointer on the stack
 * that leads to a record whose return address follows a call in our code.
 * What looks so and is not (what a call before has left there) can put a wrong
 * name into the list; it cannot do harm, since only the stack between the
 * interrupted frame and `top`, and our code, are ever read.
 *
 * Source     System V ABI, AMD64 supplement 1.0, 3.2.2 (the stack frame).
 *            On other machines nothing is traced.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_TRACE_H
#define PT_FCGI_TRACE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"

#define TRACE_SIGNAL (SIGRTMIN + 1)

/* What may be read, as addresses: from low, below high. */
struct trace_space {
    uintptr_t stack_high;
    uintptr_t code_low, code_high; /* of this program */
};

/* The registers of what was interrupted. */
struct trace_at {
    uintptr_t pc, sp, fp;
};

/*
 * Installs the handler, with SA_RESTART; top is the frame address of a
 * function that does not return while there are requests: the last of a trace.
 * False when this machine cannot: nothing has changed. A NULL b is allowed, and
 * is false.
 */
bool trace_install(struct board *b, const void *top);

/* The frames, the innermost first; at most max. Async-signal-safe. */
size_t trace_walk(const struct trace_at *at, const struct trace_space *s,
                  uint64_t *ret_frames, size_t max);

#endif
