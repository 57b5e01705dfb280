/*
 * loop - one epoll set: who waits for what.
 *
 * One event is handed out at a time, so a callback may remove or free any
 * source, its own as well.
 *
 * Ownership  A source belongs to its owner, who keeps it in place while it
 *            is added; the descriptor is the owner's too.
 * Units      Milliseconds.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_LOOP_H
#define PT_FCGI_POOL_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "base/err.h"

/* events: EPOLLIN … as epoll_wait() gave them */
typedef void source_fn(void *arg, uint32_t events);

struct source {
    int fd; /* -1: not added */
    source_fn *fn;
    void *arg;
};

struct loop {
    int epoll_fd;
};

enum err loop_init(struct loop *l, struct err_note *why) MUST_USE;
void loop_done(struct loop *l);

/* fd is watched for events; fn(arg, …) is called. */
enum err loop_add(struct loop *l, struct source *s, uint32_t events,
                  struct err_note *why) MUST_USE;
void loop_change(struct loop *l, struct source *s, uint32_t events);

/* Before the descriptor is closed. Allowed for a source with fd -1. */
void loop_remove(struct loop *l, struct source *s);

/* Waits for at most timeout_ms (-1: for ever) and hands out one event. */
void loop_once(struct loop *l, int64_t timeout_ms);

#endif
