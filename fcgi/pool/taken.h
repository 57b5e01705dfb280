/*
 * taken - the connections that workers have taken from a listening socket.
 *
 * For programs that do not report their requests: whoever has one is at work.
 * The kernel lists them by sock_diag, whoever the worker runs as, and leaves
 * out those that still wait (queue.h). It walks through all sockets of the
 * network namespace for it, so the time it takes is that of the host; who
 * asks regularly bounds it.
 *
 * Source     sock_diag(7); net/unix/diag.c, net/ipv4/inet_diag.c of Linux.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_TAKEN_H
#define PT_FCGI_POOL_TAKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/limits.h"

struct taken {
    size_t n;                    /* may be more than there are … */
    uint32_t inode[MAX_WORKERS]; /* … of these */
};

/* False: the kernel does not say (no sock_diag there). */
bool taken_read(int listen_fd, struct taken *ret) MUST_USE;

/* Has this process one of them? False also when its descriptors are hidden. */
bool taken_by(const struct taken *t, pid_t pid);

#endif
