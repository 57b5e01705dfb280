/*
 * db_impl - what db.c and its two backends share; for no one else.
 *
 * Layer      store.
 */
#ifndef PT_STORE_DB_IMPL_H
#define PT_STORE_DB_IMPL_H

#include "base/limits.h"
#include "store/db.h"

/* Where the rows of a statement go. */
struct db_sink {
    struct arena *a;
    const struct column *columns; /* NULL: rows are not wanted */
    size_t size;
    size_t max; /* rows wanted at most, 0 for all */
    struct db_rows rows;
    size_t room;     /* structs allocated */
    int64_t changed; /* rows a write touched */
};

/* Address of the next struct of the sink, cleared. */
void *db_sink_next(struct db_sink *sink);

/* What a statement touches. */
struct db_touched {
    struct tables reads, writes;
};

/* A statement of this connection, found by the address of its text. */
struct db_statement {
    const char *sql;              /* NULL: free */
    const struct column *checked; /* table whose names were compared */
    struct db_touched *touched;   /* NULL: not looked at yet */
    void *handle;                 /* backend's own; NULL: not prepared */
};

struct db_statements {
    struct db_statement slots[MAX_DB_STATEMENTS]; /* open addressing */
    size_t n;
};

/* The statement of sql, new at its first use; NULL: the table is full. */
struct db_statement *db_statement_find(struct db *db, const char *sql);

/* Compares result column i's name with the table; ERR_BUG when they differ. */
enum err db_check_column(struct db *db, const char *sql,
                         const struct column *columns, size_t i,
                         const char *name);

/*
 * A backend. run() returns ERR_UNAVAIL with db->lost set when the connection
 * broke.
 */
struct db_ops {
    enum db_kind kind;
    enum err (*run)(struct db *db, const struct query *q, struct db_sink *sink);
    enum err (*script)(struct db *db, const char *sql);
    enum err (*connect)(struct db *db); /* again, once, after a loss */
    bool (*is_alive)(struct db *db);    /* cheap look before a write */
    void (*listen)(struct db *db);      /* for a new epoch; NULL: cannot */
    bool (*heard)(struct db *db);       /* of one, since the last call */
    const char *begin;
    void (*close)(struct db *db);
};

/* The common head of both backends' structs. */
struct db {
    const struct db_ops *ops;
    struct log *log;
    struct phases *phases; /* NULL: nobody measures */
    int64_t reconnect_ms, statement_ms;
    const char *request; /* that the statements are for; NULL none */
    struct err_note error;
    bool lost;      /* the connection is known to be broken */
    bool in_tx;     /* between db_begin() and db_commit() or db_rollback() */
    bool tx_failed; /* a statement of the transaction did */
    bool wrote;     /* since db_set_request(); or so it may be */
    bool undone;    /* a transaction was, by the end of its connection */
    bool listening; /* after a loss too */
    bool missed;    /* there was a loss: an epoch may have been told of */
    unsigned n_statements;
    struct db_statements statements;
    struct cache *cache;
    struct tables reads;   /* since they were last asked for */
    struct tables changed; /* in this transaction */
    bool all_changed;      /* more than that, or nobody knows */
};

enum err db_pg_open(const struct db_conf *conf, struct db **ret_db,
                    struct err_note *why) MUST_USE;
enum err db_sqlite_open(const struct db_conf *conf, struct db **ret_db,
                        struct err_note *why) MUST_USE;

#endif
