/*
 * admin - a very small HTTP server on unix sockets, for probes and ptctl.
 *
 * HTTP/1.0 and 1.1, one request per connection, no request bodies read,
 * bounded in size, time and number of clients; nothing in it ever waits for
 * a client. A handler answers at once or leaves the client waiting for a
 * ticket that admin_answer() serves later.
 *
 * Ownership  Opaque; holds its sockets and clients.
 * Source     RFC 9112 (the subset above).
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_ADMIN_H
#define PT_FCGI_POOL_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "pool/listen.h"
#include "pool/loop.h"

enum {
    MAX_ADMIN_CLIENTS = 64,
    ADMIN_BACKLOG = 511,
    MAX_ADMIN_REQUEST = 4096,     /* bytes of request line and headers */
    MAX_ADMIN_RESPONSE = 4 << 20, /* bytes of body */
    ADMIN_REQUEST_MS = 5000,      /* to send the request */
    ADMIN_RESPONSE_MS = 5000,     /* to take the response */
    ADMIN_LINGER_MS = 1000,       /* to close after it */
    ADMIN_PAUSE_MS = 500          /* after accept() had no descriptor */
};

struct admin;

/* A request and its answer. */
struct admin_call {
    void *arg;
    const char *query;  /* after "?", as it came; "" */
    const char *accept; /* the header of that name; "" */
    struct buf *body;
    const char *type; /* of the body: JSON, unless the handler says another */
    uint64_t ticket;  /* 0; set by a handler that returns 0 */
};

/* Writes the body and returns the HTTP status; or sets the ticket to a number
 * above 0 and returns 0: the client waits for it. */
typedef int admin_fn(struct admin_call *call);

struct admin_route {
    const char *method; /* GET answers HEAD too; NULL ends a table */
    const char *path;
    bool control; /* only on the control socket */
    admin_fn *fn;
};

enum err admin_new(struct loop *loop, const struct admin_route *routes,
                   void *arg, struct admin **ret_admin,
                   struct err_note *why) MUST_USE;

/* Sends what can be sent without waiting; removes the sockets. */
struct admin *admin_free(struct admin *a);

/* Serves a socket: control or not. */
enum err admin_listen(struct admin *a, const struct listen_spec *spec,
                      bool control, struct err_note *why) MUST_USE;

/* The listening socket; -1 when there is none. */
int admin_door(const struct admin *a, bool control);

/* The answer for all clients that wait for ticket. */
void admin_answer(struct admin *a, uint64_t ticket, int status,
                  const struct buf *body);

void admin_tick(struct admin *a, int64_t now_ms);

/* The earliest time at which admin_tick() has something to do; 0 never. */
int64_t admin_next_ms(const struct admin *a);

#endif
