/*
 * queue - how many connections wait on a listening socket for a worker.
 *
 * The kernel knows, exactly: of a unix socket by sock_diag, of TCP by
 * TCP_INFO. Both count also clients that have given up since.
 *
 * Source     sock_diag(7), tcp(7); net/unix/diag.c, net/ipv4/tcp.c of Linux.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_QUEUE_H
#define PT_FCGI_POOL_QUEUE_H

#include <stdint.h>

/* -1: the kernel does not say (another network namespace, no sock_diag). */
int64_t queue_length(int listen_fd);

#endif
