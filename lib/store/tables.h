/*
 * tables - which tables a statement reads and which it writes.
 *
 * Found by looking at its words, so that nobody has to declare it and nobody
 * can forget to. It knows the SQL of this project: one SELECT, INSERT, UPDATE
 * or DELETE, also behind WITH; what it cannot tell, it refuses. Tables that a
 * trigger or a foreign key writes are not seen.
 *
 * Ownership  Names point into the text and are not ended by a NUL.
 * Errors     BUG: not a statement it understands.
 * Layer      store.
 */
#ifndef PT_STORE_TABLES_H
#define PT_STORE_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/limits.h"

struct table_name {
    const char *p;
    size_t n;
};

/* A set of tables; full when it holds MAX_TABLES. */
struct tables {
    size_t n;
    struct table_name name[MAX_TABLES];
};

enum err tables_of(const char *sql, struct tables *ret_reads,
                   struct tables *ret_writes, struct err_note *why) MUST_USE;

/* Adds every name of more; false when there is no room for all. */
bool tables_add(struct tables *t, const struct tables *more);

/* The names in text, separated by blanks; false when they are too many. */
bool tables_parse(const char *text, struct tables *ret);

/* The first name of t that is not in others, NULL when there is none. */
const struct table_name *tables_missing(const struct tables *t,
                                        const struct tables *others);

#endif
