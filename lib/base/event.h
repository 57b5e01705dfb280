/*
 * event - what telemetry tells of: a request, a call to another server, a
 * fault, a check of the address, records that were lost.
 *
 * event_add() writes one into the spool as a few bytes, in no time that a
 * page would notice; out/envelope.h makes of it what is sent. Nothing in it
 * tells of a person: paths are those of routes, with {id} where an id was,
 * client is an address without its last part (event_mask()).
 *
 * Ownership  Texts are the caller's; those of event_read() live as long as
 *            the record.
 * Errors     event_read(): false when the record makes no sense.
 * Units      at_ms since 1970, UTC; took_us and the like microseconds.
 * Layer      base.
 */
#ifndef PT_BASE_EVENT_H
#define PT_BASE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spool.h"

enum event_kind {
    EVENT_REQUEST, /* of a page, or a job */
    EVENT_CALL,    /* to another server, but for database and cache */
    EVENT_FAULT,   /* an error that is ours, the end of a worker */
    EVENT_CHECK,   /* of the public address */
    EVENT_LOST,    /* records */
    EVENT_KINDS
};

/* What only EVENT_REQUEST has: how long it was in other servers. */
enum event_number {
    EVENT_QUEUE_US, /* from the web server to the worker */
    EVENT_DATABASE_US,
    EVENT_CACHE_US,
    EVENT_STATEMENTS,
    EVENT_BYTES, /* of the answer */
    EVENT_NUMBERS
};

enum event_text {
    EVENT_ID,     /* of the request: what belongs together has the same */
    EVENT_NAME,   /* "GET /clientes/{id}/", "JOB mail.send", "PUT" */
    EVENT_ROUTE,  /* "clients.show", "mail.send", "" */
    EVENT_RESULT, /* "200", "UNAVAIL" */
    EVENT_ERROR,  /* of a fault: its name, and … */
    EVENT_DETAIL, /* … what is known of it; of a request's error its text */
    EVENT_TYPE,   /* of a call: "SMTP", "Azure blob" */
    EVENT_TARGET, /* of a call: HOST:PORT; of a request: its own host */
    EVENT_CLIENT, /* a masked address */
    EVENT_TEXTS
};

enum { EVENT_TEXT_BYTES = 200 }; /* of one; longer ones are cut */

struct event {
    enum event_kind kind;
    bool failed;
    unsigned sample; /* percent of such events that are kept */
    int64_t at_ms, took_us;
    int64_t number[EVENT_NUMBERS];
    const char *text[EVENT_TEXTS]; /* NULL for "" */
};

/* A NULL spool is allowed: then nothing happens. */
void event_add(struct spool *s, const struct event *e);

/* The texts lie in ret_space. */
bool event_read(const char *record, size_t n, struct event *ret,
                char ret_space[MAX_SPOOL_RECORD_BYTES]);

/* Is this request, or job, among so many percent of all? By its id. */
bool event_sampled(const char *id, int64_t percent);

/* 203.0.113.0 of 203.0.113.7, 2001:db8:1:: of what begins so; else "". */
void event_mask(const char *address, char ret[48]);

#endif
