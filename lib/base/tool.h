/*
 * tool - another program, run for what it does: its standard input and
 * output are the caller's, what it says on standard error is kept.
 *
 * Errors     SYSTEM (it cannot be run), UNAVAIL (it failed; the note has its
 *            words).
 * Layer      base.
 */
#ifndef PT_BASE_TOOL_H
#define PT_BASE_TOOL_H

#include <sys/types.h>

#include "base/err.h"

struct tool {
    const char *name;
    pid_t pid;
    int errors; /* what it said; a file in memory */
};

/*
 * Runs argv[0], looked for in PATH; both lists end with NULL. in and out
 * become its standard input and output; -1 is /dev/null. It leads a process
 * group of its own.
 */
enum err tool_start(struct tool *c, const char *const *argv,
                    const char *const *env, int in, int out,
                    struct err_note *why) MUST_USE;

/* Waits for its end, which is an error unless its status is 0. */
enum err tool_wait(struct tool *c, struct err_note *why) MUST_USE;

/* Ends it at once, and what it started. */
void tool_kill(struct tool *c);

/* A pipe that nobody inherits: [0] to read, [1] to write. */
enum err tool_pipe(int ret_ends[2], struct err_note *why) MUST_USE;

#endif
