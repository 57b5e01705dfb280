/*
 * worker - one process, one request at a time.
 *
 * Signals are taken only while it waits for a connection, never inside a
 * request: TERM, QUIT and INT end it after the present request, USR1 opens
 * the log again. Two come to a page at work, with SA_RESTART: USR2 (the request
 * takes too long) and TRACE_SIGNAL (where is it?), for as long as it makes its
 * answer.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_WORKER_WORKER_H
#define PT_FCGI_WORKER_WORKER_H

#include "web/ctx.h"

/* Exit codes; the supervisor shows them. */
enum {
    WORKER_OK = 0,
    WORKER_USAGE = 64,       /* EX_USAGE */
    WORKER_UNAVAILABLE = 69, /* EX_UNAVAILABLE: database */
    WORKER_NO_MEMORY = 70,   /* EX_SOFTWARE: a request wanted too much */
    WORKER_NO_LISTENER = 71, /* EX_OSERR: fd 0 is no listening socket */
    WORKER_CONFIG = 78       /* EX_CONFIG */
};

/*
 * Serves connections of the listener on fd 0 until told to stop; returns
 * an exit code.
 */
int worker_run(struct app *app);

#endif
