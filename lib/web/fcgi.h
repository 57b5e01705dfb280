/*
 * fcgi - the FastCGI side of a worker, over libfcgi.
 *
 * libfcgi makes the environment of a request; accepting, time-outs, the peer
 * check, the records and the response are ours, because its own ways block
 * for ever, hold a worker for seconds after a response, trust lengths that a
 * peer names, overflow a buffer in FCGI_GET_VALUES and send a page in pieces
 * of 8 KiB.
 * One connection at a time, one request a connection.
 *
 * Ownership  The environment and the streams end with fcgi_finish().
 * Units      Time-outs in milliseconds.
 * Source     FastCGI specification 1.0; libfcgi 2.4.2 (fcgiapp.c, os_unix.c).
 * Layer      web.
 */
#ifndef PT_WEB_FCGI_H
#define PT_WEB_FCGI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "web/peer.h"
#include "web/resp.h"

struct fcgi;

struct fcgi_conf {
    int listener; /* a listening socket; becomes non-blocking */
    int64_t read_timeout_ms, write_timeout_ms;
    int64_t drain_bytes; /* unread body that is read before closing */
    const struct peer_list *peers;
    struct log *log;
};

enum fcgi_event {
    FCGI_REQUEST, /* a request was read: answer it, then fcgi_finish() */
    FCGI_NOTHING, /* a peer was refused or went away: ask again */
    FCGI_SIGNAL,  /* a signal was taken: see what it asks for */
    FCGI_FAILED   /* the listener is broken: errno says why */
};

/* CONFIG when the listener is not a listening socket. */
enum err fcgi_new(const struct fcgi_conf *conf, struct fcgi **ret_fcgi,
                  struct err_note *why) MUST_USE;
struct fcgi *fcgi_free(struct fcgi *f);

/*
 * Waits for a connection with the signals of `waiting` as mask (so that a
 * signal is only ever taken here) and reads the head of its request. However
 * many connections there are, a signal is taken within some milliseconds.
 */
enum fcgi_event fcgi_next(struct fcgi *f, const sigset_t *waiting);

/* True when nobody is there any more to read the answer. */
bool fcgi_client_left(const struct fcgi *f);

/* "NAME=value" strings, ends with NULL. */
char *const *fcgi_environment(const struct fcgi *f);

/* Reads up to n bytes of the request's body; 0 at its end. A body_fn. */
size_t fcgi_read_body(void *f, char *p, size_t n);

/* Sends the response and ends the request. False when the peer has gone. */
bool fcgi_send(struct fcgi *f, const struct resp *resp);

/*
 * Answers with a 503 that costs nothing, and ends the request. Once it was
 * done fcgi_send() sends nothing any more. fcgi_refuse_late() may be called by
 * a signal handler, at any time: it does nothing when there is no request, or
 * its response has begun, or it is younger than age_ms; true if it answered.
 */
void fcgi_refuse(struct fcgi *f);
bool fcgi_refuse_late(struct fcgi *f, int64_t age_ms);

/*
 * Closes the connection without waiting for the peer; the environment stays.
 * For work after the response: fcgi_finish() must follow.
 */
void fcgi_hang_up(struct fcgi *f);

/* Ends the request, and closes its connection in the same way. */
void fcgi_finish(struct fcgi *f);

#endif
