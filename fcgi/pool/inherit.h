/*
 * inherit - what this process has from the one before it: sockets, workers.
 *
 * Two give it something: systemd its sockets (LISTEN_PID, LISTEN_FDS,
 * LISTEN_FDNAMES; a pool takes the one of its name, a single pool a single
 * socket), and a supervisor that has executed a new program in its place
 * (upgrade.h; PTPOOL_UPGRADE) all that it holds open, and its workers, whose
 * parent we are still.
 *
 * Ownership  Plain data. A socket that nobody takes is closed by
 *            inherit_done().
 * Source     sd_listen_fds(3).
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_INHERIT_H
#define PT_FCGI_POOL_INHERIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/config.h"

/* Names of what is not the socket of a pool. */
#define INHERIT_HEALTH   "@health"
#define INHERIT_CONTROL  "@control"
#define INHERIT_MEMORY   "@memory"
#define INHERIT_COUNTERS "@counters"

enum {
    MAX_INHERITED = MAX_POOLS + 4,
    MAX_INHERITED_NAME = 64,
    MAX_INHERITED_WORKERS = 2 * MAX_WORKERS
};

struct inherit_worker {
    char pool[MAX_INHERITED_NAME];
    pid_t pid;
    bool ready, ended; /* neither: it is ending */
    int fds[2];        /* the pipes of its output; -1 none */
};

struct inherit {
    bool upgraded;                     /* by a supervisor */
    int64_t generation;                /* the last one it gave; 0 none */
    char on_stdin[MAX_INHERITED_NAME]; /* the pool with fd 0; "" none */
    size_t n, n_workers;
    struct {
        char name[MAX_INHERITED_NAME];
        bool given; /* not made by a supervisor */
        int fd;     /* -1: taken */
    } open[MAX_INHERITED];
    struct inherit_worker workers[MAX_INHERITED_WORKERS];
};

/* Reads the environment and takes those variables out of it. */
void inherit_read(struct inherit *ret);

/*
 * The descriptor of that name, now the caller's; -1 when there is none. Unless
 * *ret_given a supervisor made it, and what it left is ours to remove; NULL is
 * allowed.
 */
int inherit_take(struct inherit *in, const char *name, bool *ret_given);

/* The only descriptor of systemd, whatever its name. */
int inherit_take_only(struct inherit *in, bool *ret_given);

/* True if the pool of that name had its socket on descriptor 0. */
bool inherit_is_stdin(const struct inherit *in, const char *name);

/* Closes what nobody took. Returns how many that were. */
size_t inherit_done(struct inherit *in);

#endif
