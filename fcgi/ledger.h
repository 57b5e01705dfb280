/*
 * ledger - how long the requests of each route took, phase by phase.
 *
 * Each worker writes one into memory that it shares with the supervisor: a
 * row for each route, in the order in which it met them, and the first one
 * for all that have no name or no room. The supervisor adds those of all
 * workers, living and dead, to one of its own; it copies before it looks, and
 * leaves out what makes no sense.
 *
 * Ownership  Open structs; the shared one is board.c's.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_LEDGER_H
#define PT_FCGI_LEDGER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/phase.h"
#include "histogram.h"

#define LEDGER_OTHER "other" /* name of the first row */

enum {
    LEDGER_ROUTES = 128,
    LEDGER_NAME = 64, /* bytes with the NUL: a-z 0-9 . _ - */
};

struct ledger_route {
    char name[LEDGER_NAME];
    struct histogram phase[PHASE__MAX];
};

struct ledger {
    size_t n; /* rows in use; of the others nothing is looked at */
    struct ledger_route route[LEDGER_ROUTES];
};

enum { LEDGER_WORDS = sizeof(struct ledger_route) / 8 };

/* Rows as words, so that a read beside a write is defined behaviour. */
struct ledger_shared {
    _Atomic uint64_t word[LEDGER_ROUTES][LEDGER_WORDS];
};

/* --- worker --- */

struct ledger_writer {
    struct ledger_shared *at;
    size_t n; /* rows in use */
    struct {
        const char *route; /* NULL: free */
        size_t row;
    } known[2 * LEDGER_ROUTES]; /* open addressing, by address */
};

/*
 * A request has ended. The name (NULL: none) is looked at when its address is
 * met for the first time.
 */
void ledger_write(struct ledger_writer *w, const char *route,
                  const struct phases *took);

/* --- supervisor --- */

/* Adds the first n rows of a worker; false if some of it made no sense. */
bool ledger_add(struct ledger *sum, const struct ledger_shared *from, size_t n);

/* Adds one histogram; false if it, or the name, makes no sense. */
bool ledger_put(struct ledger *sum, const char *route, enum phase phase,
                const struct histogram *h);

/* `to` need not be set up: only the rows in use are touched. */
void ledger_copy(struct ledger *to, const struct ledger *from);

#endif
