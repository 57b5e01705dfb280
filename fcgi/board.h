/*
 * board - the scoreboard: which request each worker is on, what it counted.
 *
 * Shared memory (a memfd) with one slot and one ledger per worker of a pool.
 * A worker writes only its own; the supervisor only reads, copies before it
 * looks, and trusts no value, so a worker that scribbles over them harms
 * nobody.
 * The worker finds its slot through the environment the supervisor sets:
 * PTPOOL_BOARD_FD and PTPOOL_SLOT.
 *
 * Units      Times are milliseconds of clock_ms(), comparable between
 *            processes of one machine.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_BOARD_H
#define PT_FCGI_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/phase.h"
#include "ledger.h"

struct board;

/* What a worker counts beside the requests it has answered. */
enum board_count {
    BOARD_SHED, /* refused: they had waited too long */
    BOARD_GONE, /* dropped: the client had left before its turn */
    BOARD_LATE, /* took longer than they may */
    BOARD_COUNTS
};

/* What a slot says. All text is NUL-terminated, printable ASCII or UTF-8. */
struct board_slot {
    int32_t pid;
    bool busy;
    int64_t since_ms;  /* start of the present or end of the last request */
    uint64_t requests; /* answered by this worker */
    uint64_t counts[BOARD_COUNTS];
    uint64_t routes;  /* rows of its ledger that are in use */
    bool traces;      /* it answers TRACE_SIGNAL, see trace.h */
    enum phase phase; /* PHASE_QUEUE: none, or it does not say */
    int64_t phase_us; /* when that began */
    bool nonsense;    /* no worker writes that: these are the values before */
    char request_id[65];
    char method[8];
    char path[160]; /* without the query string: it may hold secrets */
    char route[64]; /* "": not known yet */
};

enum { BOARD_FRAMES = 24 };

/* Where a worker's request was when it was asked: trace.h fills it. */
struct board_trace {
    int64_t of_ms;                /* board_slot.since_ms of the request */
    uint64_t base, size;          /* the program's code in memory */
    uint64_t build;               /* first bytes of its build id, as a number */
    uint64_t n;                   /* of frame */
    uint64_t frame[BOARD_FRAMES]; /* the innermost first */
};

/* Supervisor: a board of n slots; board_fd() is what a worker inherits. */
enum err board_new(size_t n, struct board **ret_board,
                   struct err_note *why) MUST_USE;
struct board *board_free(struct board *b);
int board_fd(const struct board *b);

/* Supervisor: a checked copy of slot i; clears slot i before a new worker. */
void board_read(const struct board *b, size_t i, struct board_slot *ret);
void board_clear(struct board *b, size_t i);

/*
 * Supervisor: what slot i says of the request that began at of_ms; false when
 * it says nothing of that. The numbers may be any: only n is checked.
 */
bool board_read_trace(const struct board *b, size_t i, int64_t of_ms,
                      struct board_trace *ret);

/*
 * Supervisor: adds the ledger of slot i, of which at was read, to sum; false
 * if some of it made no sense and was left out.
 */
bool board_add_ledger(const struct board *b, size_t i,
                      const struct board_slot *at, struct ledger *sum);

/* Worker: the slot given by the supervisor, NULL when there is none. */
struct board *board_attach(void);

/* Worker: a request begins, with its name; it ends. A NULL b is allowed. */
void board_begin(struct board *b, const char *request_id, const char *method,
                 const char *path);
void board_end(struct board *b);

/* Worker: the present request is one of this route. A NULL b is allowed. */
void board_route(struct board *b, const char *route);

/* Worker: it answers TRACE_SIGNAL. */
void board_traces(struct board *b);

/*
 * Worker, also in a signal handler: when the present request began, 0 without
 * one; and where it is.
 */
int64_t board_since(const struct board *b);
void board_trace(struct board *b, const struct board_trace *t);

/* Worker: from now on the slot shows the phase of p. A NULL b is allowed. */
void board_show(struct board *b, struct phases *p);

/*
 * Worker: a request of this route took so long; before board_end(). route
 * lives as long as b, NULL is any other. A NULL b is allowed.
 */
void board_took(struct board *b, const char *route, const struct phases *p);

/* Worker: one more of these. A NULL b is allowed. */
void board_count(struct board *b, enum board_count what);

#endif
