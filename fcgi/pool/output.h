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
 * A pipe that is full holds up its worker, nobody else; when the console of
 * the supervisor takes nothing, the pipes fill up. What a dead worker's
 * own children still write is read on until they end too.
 *
 * Ownership  The set belongs to the supervisor; an output to its worker's
 *            slot until output_end().
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_OUTPUT_H
#define PT_FCGI_POOL_OUTPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "pool/inherit.h"
#include "pool/loop.h"

enum {
    OUTPUT_TURN_BYTES = 16 << 10,  /* read at once, before others have a turn */
    OUTPUT_AHEAD_BYTES = 64 << 10, /* of the console; then nothing is read */
    OUTPUT_PAUSE_MS = 20,
    MAX_OUTPUT_ORPHANS = 64 /* dead workers whose children still write */
};

struct output;
struct stream;

/* All outputs of one supervisor. */
struct output_set {
    struct loop *loop;
    struct log *const *log; /* a reload puts another one there */
    struct output *first;   /* of all */
    size_t orphans;         /* of them */
    struct stream *paused;  /* until the console has taken what waits */
};

/*
 * Pipes for a worker of the pool with this name, which outlives conf; when
 * they are merged one for both. ret_ends, its standard output and error, are
 * the caller's to close after the fork.
 */
enum err output_open(struct output_set *set, const char *pool,
                     const struct pool_conf *conf, struct output **ret_output,
                     int ret_ends[2], struct err_note *why) MUST_USE;

/* The worker's process runs. */
void output_started(struct output *o, pid_t pid);

/*
 * The worker has ended, or never began: all that it wrote is in the log when
 * this returns. NULL is allowed. Returns NULL.
 */
struct output *output_end(struct output *o);

/*
 * Writes what waits for the console, and reads on when it was taken. To be
 * called after each event, and after OUTPUT_PAUSE_MS when it returns true.
 */
bool output_set_tick(struct output_set *set);

/*
 * Before this process executes another program: appends ",FD,FD" (the same one
 * twice: merged) for the worker with this pid, if it has an output, and "
 * ended:POOL=PID,FD,FD" for each orphan. A line that was begun is written; the
 * descriptors stay open.
 */
void output_keep(struct output_set *set, pid_t pid, struct buf *state);
void output_keep_orphans(struct output_set *set, struct buf *state);

/* It was not executed. */
void output_take_back(struct output_set *set);

/* In the program that was: the pipes of w, which outlives the output. */
enum err output_adopt(struct output_set *set, const struct inherit_worker *w,
                      const char *program, struct output **ret_output,
                      struct err_note *why) MUST_USE;

/* Gives up all that is left. */
void output_set_done(struct output_set *set);

#endif
