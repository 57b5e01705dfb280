/*
 * dump - a whole database as a stream of bytes, and back.
 *
 * PostgreSQL: pg_dump -Fc and pg_restore, which must be installed and no older
 * than the server. SQLite: a copy by the online backup API. Either is one
 * moment of the database, the counts too, while others go on writing.
 *
 * dump_restore() is one transaction: all of it is there or nothing has
 * changed, for those too who are at work on that database.
 *
 * Ownership  What is returned lives in the arena of the call.
 * Errors     UNAVAIL (no server, a program failed; the note has its words),
 *            SYSTEM, NOSPACE, CONFIG, CONFLICT (dump_restore(): it is not
 *            empty), and what the stream's functions return.
 * Layer      store.
 */
#ifndef PT_STORE_DUMP_H
#define PT_STORE_DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/db.h"

struct dump_table {
    const char *name;
    int64_t rows;
};

/* What is in a database. */
struct dump_facts {
    struct dump_table *tables; /* by name */
    size_t n;
    int64_t audit_seq; /* the end of the audit's chain; 0: none */
    const char *audit_hash;
};

/* Where a database is, and where a copy may lie for a moment. */
struct dump_place {
    const char *url;
    const char *work; /* a folder */
};

/* DB_ANY for an address that is neither. */
enum db_kind dump_kind(const char *url);

/* Takes bytes. */
typedef enum err dump_put_fn(void *arg, const void *p, size_t n);

/* Gives bytes; none at the end. */
typedef enum err dump_get_fn(void *arg, const unsigned char **ret_p,
                             size_t *ret_n);

enum err dump_write(const struct dump_place *place, struct arena *a,
                    dump_put_fn *put, void *arg, struct dump_facts *ret,
                    struct err_note *why) MUST_USE;

/* With replace, what the database holds goes. */
enum err dump_restore(const struct dump_place *place, bool replace,
                      dump_get_fn *get, void *arg,
                      struct err_note *why) MUST_USE;

enum err dump_is_empty(const char *url, bool *ret_empty,
                       struct err_note *why) MUST_USE;

enum err dump_count(const char *url, struct arena *a, struct dump_facts *ret,
                    struct err_note *why) MUST_USE;

/*
 * An empty database beside this one, to restore into; those that a killed
 * program left go. On PostgreSQL the account needs CREATEDB.
 */
enum err dump_scratch_new(const struct dump_place *place, struct arena *a,
                          const char **ret_url, struct err_note *why) MUST_USE;
enum err dump_scratch_drop(const struct dump_place *place, const char *scratch,
                           struct err_note *why) MUST_USE;

#endif
