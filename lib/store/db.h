/*
 * db - one query API over PostgreSQL (libpq) and SQLite.
 *
 * A statement is a named constant, `static const char sql_client_get[]`,
 * with typed parameters $1 …; it is prepared once per connection, found again
 * by the address of its text. Rows fill C structs by a column table, whose
 * names must be those of the result in the same order.
 *
 *   struct client cl;
 *   TRY(db_one(db, arena, QUERY(sql_client_get, db_int(id)), client_cols,
 *              &cl));
 *
 * When the server goes away, a call waits up to the configured time for it to
 * come back. A read outside a transaction is then tried once more; a write
 * never, unless nothing of it had been sent; a transaction by its owner, who
 * asks db_undone(). What was acknowledged is never lost.
 *
 * Which tables a statement reads and writes is seen in its text (tables.h).
 * With a cache, every write tells it what it changes before anybody can see
 * the change, and db_reads() says what an answer was computed from.
 *
 * Ownership  Rows and their texts live in the arena of the call.
 * Errors     NOTFOUND (db_one, no row), DUPLICATE (unique constraint),
 *            UNAVAIL (server away, busy, disk full, time out), CONFIG
 *            (db_open), BUG (everything else). db_error() has the detail.
 * Units      Times in the database are seconds since 1970, UTC.
 * Layer      store.
 */
#ifndef PT_STORE_DB_H
#define PT_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/column.h"
#include "base/err.h"
#include "base/log.h"
#include "base/phase.h"
#include "store/cache.h"

struct db;

enum db_kind { DB_ANY, DB_PG, DB_SQLITE };

struct db_conf {
    const char *url;       /* sqlite:PATH, postgresql://… or postgres://… */
    int64_t reconnect_ms;  /* how long a call waits for a lost server */
    int64_t statement_ms;  /* longest time of one statement; 0 none */
    bool unprepared;       /* see db_set_request() */
    struct log *log;       /* told of lost and found servers; NULL allowed */
    struct phases *phases; /* told of the time spent here; NULL allowed */
};

/* One parameter; text is not copied. */
struct db_arg {
    enum { DB_ARG_NULL, DB_ARG_INT, DB_ARG_TEXT } kind;
    int64_t i;
    const char *s;
};

static inline struct db_arg db_int(int64_t i)
{
    return (struct db_arg){.kind = DB_ARG_INT, .i = i};
}

static inline struct db_arg db_text(const char *s)
{
    return (struct db_arg){.kind = DB_ARG_TEXT, .s = s};
}

static inline struct db_arg db_null(void)
{
    return (struct db_arg){.kind = DB_ARG_NULL};
}

/* NULL for 0, which no id ever is. */
static inline struct db_arg db_id(int64_t id)
{
    return id != 0 ? db_int(id) : db_null();
}

struct query {
    const char *sql;
    const struct db_arg *args;
    size_t n_args;
};

#define QUERY(text, ...)                                                       \
    (&(const struct query){.sql = (text),                                      \
                           .args = (const struct db_arg[]){__VA_ARGS__},       \
                           .n_args =                                           \
                               sizeof((const struct db_arg[]){__VA_ARGS__}) /  \
                               sizeof(struct db_arg)})

struct db_rows {
    void *items; /* array of the caller's struct */
    size_t n;
};

/* Connects. The file of a SQLite database is created if it is missing. */
enum err db_open(const struct db_conf *conf, struct db **ret_db,
                 struct err_note *why) MUST_USE;
struct db *db_close(struct db *db);

enum db_kind db_kind(const struct db *db);

/* Detail of the last error, static until the next call. */
const char *db_error(const struct db *db);

/* Sets that detail, for what is built on this API; returns e. */
enum err db_refuse(struct db *db, enum err e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* All rows, as structs of size bytes. */
enum err db_all(struct db *db, struct arena *a, const struct query *q,
                const struct column *columns, size_t size,
                struct db_rows *ret_rows) MUST_USE;

/* The first row; ERR_NOTFOUND when there is none. */
enum err db_one(struct db *db, struct arena *a, const struct query *q,
                const struct column *columns, void *ret) MUST_USE;

/* A write; ret_changed (may be NULL): rows it touched. */
enum err db_write(struct db *db, const struct query *q,
                  int64_t *ret_changed) MUST_USE;

/*
 * A write of bookkeeping, such as when somebody was last seen, that no cached
 * value depends on: the cache is not told.
 */
enum err db_touch(struct db *db, const struct query *q) MUST_USE;

/* A write that returns its row (… RETURNING); NOTFOUND if it touched none. */
enum err db_write_one(struct db *db, struct arena *a, const struct query *q,
                      const struct column *columns, void *ret) MUST_USE;

/* A transaction; on SQLite the write lock is taken at once. */
enum err db_begin(struct db *db) MUST_USE;

/*
 * BUG after an error inside the transaction: PostgreSQL would drop it and
 * call that a success. Roll back, whatever the error was.
 */
enum err db_commit(struct db *db) MUST_USE;

/* Safe to call when there is nothing to roll back. */
void db_rollback(struct db *db);

/*
 * Several statements without parameters, for migrations: the cache is told
 * that anything may have changed.
 */
enum err db_script(struct db *db, const char *sql) MUST_USE;

/*
 * From now on writes tell the cache, and the cache asks this connection for
 * its epoch. The schema must have cache_epoch. db_close() closes it.
 */
void db_use_cache(struct db *db, struct cache *cache);

/* Makes every cached value of every process void: data came by another way. */
enum err db_forget_cached(struct db *db) MUST_USE;

/*
 * The same after a backup was restored, with which the epoch went back: the
 * new one is greater than what db_epoch() said before. That is 0 for a
 * database without one.
 */
enum err db_forget_cached_past(struct db *db, int64_t epoch) MUST_USE;
int64_t db_epoch(struct db *db);

/*
 * What the statements from now on are for: letters, digits, "-" and "_", at
 * most MAX_REQUEST_ID_BYTES; kept by the caller, NULL ends it. An unprepared
 * connection to PostgreSQL writes it behind each statement as a comment, so
 * that its log and pg_stat_activity name the request.
 * Source: sqlcommenter, https://google.github.io/sqlcommenter/spec/
 */
void db_set_request(struct db *db, const char *id);

/*
 * Is nothing stored of all that was written since db_set_request(), because
 * the connection ended before a COMMIT was sent? The server undoes such a
 * transaction, so whoever began it may do all of it once more.
 */
bool db_undone(const struct db *db);

/* The tables read since the last call with reset. */
const struct tables *db_reads(struct db *db, bool reset);

/* Statements run since the last call with reset. */
unsigned db_statements(struct db *db, bool reset);

#endif
