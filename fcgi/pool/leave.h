/*
 * leave - the end of a pool: who waits is served, nobody new is let in.
 *
 * Before its workers are told to stop, the socket takes no new connections
 * (listen_shut()) and the workers empty its queue: what nginx has already sent
 * it would not send again. Where the socket cannot be shut, or no worker
 * serves, the workers are told at once.
 *
 * Units      Times are milliseconds of clock_ms().
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_LEAVE_H
#define PT_FCGI_POOL_LEAVE_H

#include <stdbool.h>
#include <stdint.h>

struct pool;

struct leave {
    int64_t until_ms; /* the queue may take so long; 0: not leaving */
    int64_t look_ms;  /* when it is looked at next */
    int64_t empty_ms; /* since when it is empty; 0: it is not */
};

/* hurry: at once, whoever waits. */
void leave_begin(struct pool *p, bool hurry, int64_t now_ms);

void leave_tick(struct pool *p, int64_t now_ms);

/* The longest part of stop_timeout that the queue gets. */
int64_t leave_limit_ms(int64_t stop_timeout_ms);

#endif
