/*
 * output - what workers write to their standard output and error.
 *
 * Each worker has two pipes. A line is written to the log of the supervisor
 * with the worker's program, pid and pool; a longer one than
 * MAX_OUTPUT_LINE_BYTES in numbered parts. Two kinds go as they are:
 *
 *   a line of our own logger (its time, level, program and this pid), only to
 *   the console, since who wrote it has put it into the file himself;
 *   a JSON object, if the log is in JSON, with "pool" and "pid" added unless
 *   it has them.
 *
 * A pipe that is full holds up its worker, nobody else. What a dead worker's
 * own children still write is read on until they end too.
 *
 * Ownership  The set belongs to the supervisor; an output to its worker's
 *            slot until output_end(). The pool's name outlives both.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_OUTPUT_H
#define PT_FCGI_POOL_OUTPUT_H

#include <sys/types.h>

#include "base/err.h"
#include "base/log.h"
#include "pool/loop.h"

enum {
    OUTPUT_TURN_BYTES = 16 << 10, /* read at once, before others have a turn */
    MAX_OUTPUT_ORPHANS = 64       /* dead workers whose children still write */
};

struct output;

/* All outputs of one supervisor. */
struct output_set {
    struct loop *loop;
    struct log *const *log; /* a reload puts another one there */
    struct output *orphans[MAX_OUTPUT_ORPHANS];
    size_t next; /* orphan that is given up if there is one too many */
};

/*
 * Pipes for a worker of pool that runs program (a path). ret_ends, its
 * standard output and error, are the caller's to close after the fork.
 */
enum err output_open(struct output_set *set, const char *pool,
                     const char *program, struct output **ret_output,
                     int ret_ends[2], struct err_note *why) MUST_USE;

/* The worker's process runs. */
void output_started(struct output *o, pid_t pid);

/*
 * The worker has ended, or never began: all that it wrote is in the log when
 * this returns. NULL is allowed. Returns NULL.
 */
struct output *output_end(struct output *o);

/* Gives up all orphans. */
void output_set_done(struct output_set *set);

#endif
