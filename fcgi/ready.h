/*
 * ready - a worker tells its supervisor that it can serve.
 *
 * The supervisor passes the number of a pipe in PTPOOL_READY_FD. A worker
 * calls ready_notify() once, after all it needs is open and its signal
 * handlers stand: from then on it may get SIGTERM (finish the request, accept
 * no more, exit 0) and SIGUSR1 (open the log file again).
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_READY_H
#define PT_FCGI_READY_H

/*
 * The first byte a supervisor reads: READY_BYTE is what ready_notify() writes
 * (any byte but NUL counts as ready); NUL precedes the text of a failure
 * before the worker's program ran, which only the supervisor's child writes.
 */
enum { READY_BYTE = '\n', READY_FAILED = '\0' };

/* Writes the byte and closes the pipe; does nothing without a supervisor. */
void ready_notify(void);

#endif
