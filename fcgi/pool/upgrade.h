/*
 * upgrade - another program of the supervisor in the place of this one.
 *
 * The file that this program was started from, and the configuration, are
 * tried first: the new program is run with --test. If that fails nothing
 * changes. Then this process executes it: the number of the process, the
 * sockets and the workers stay, and the new program replaces the workers one
 * by one, as a reload does.
 *
 * Ownership  Open struct inside struct super.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_UPGRADE_H
#define PT_FCGI_POOL_UPGRADE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct super;

enum { UPGRADE_TEST_MS = 10000 };

struct upgrade {
    pid_t tester; /* runs the new program with --test; 0: none */
    int64_t deadline_ms;
    int counters; /* for the next program; only while it is executed */
};

/* Begins to try the new program, unless something else is under way. */
void upgrade_request(struct super *s);

/* Kills a trial that takes too long. */
void upgrade_tick(struct super *s, int64_t now_ms);

/* A child has ended: true if it was the trial, whose end decides. */
bool upgrade_reap(struct super *s, pid_t pid, int status);

#endif
