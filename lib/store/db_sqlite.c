/*
 * SQLite behind the query API: the embedded database.
 *
 * WAL, so readers never wait for a writer; synchronous=FULL, so what was
 * acknowledged survives a power cut; foreign keys enforced. The schema is
 * trusted, for it is ours: triggers of the search write to FTS5 tables, which
 * SQLite before 3.42 refuses to a schema that is not.
 */
#include <poll.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/db_impl.h"

struct db_sqlite {
    struct db db; /* first: the backend's struct begins with the common one */
    sqlite3 *handle;
    int64_t deadline_ms; /* of the statement that runs, by clock_ms() */
};

enum { PROGRESS_STEPS = 10000, BUSY_MS = 5000, BUSY_PAUSE_MS = 10 };

static struct db_sqlite *self(struct db *db)
{
    return (struct db_sqlite *)db;
}

/* The error of the handle as one of ours. */
static enum err failure(struct db_sqlite *s, const char *sql)
{
    int code = sqlite3_extended_errcode(s->handle);
    enum err e = ERR_BUG;
    if (code == SQLITE_CONSTRAINT_UNIQUE ||
        code == SQLITE_CONSTRAINT_PRIMARYKEY)
        e = ERR_DUPLICATE;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_INTERRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        e = ERR_UNAVAIL;
        break;
    default:
        break;
    }
    return err_set(&s->db.error, e, "%s (sqlite %d) in: %.120s",
                   sqlite3_errmsg(s->handle), code, sql);
}

static enum err prepare(struct db_sqlite *s, struct db_statement *st)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(s->handle, st->sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &stmt, NULL) != SQLITE_OK)
        return failure(s, st->sql);
    st->handle = stmt;
    return ERR_OK;
}

/* SQLite numbers $n by first appearance, so each is looked up by name. */
static enum err bind(struct db_sqlite *s, sqlite3_stmt *stmt,
                     const struct query *q)
{
    for (size_t i = 0; i < q->n_args; i++) {
        char name[8] = {'$', (char)('1' + i)};
        if (i >= 9) {
            name[1] = (char)('0' + (i + 1) / 10);
            name[2] = (char)('0' + (i + 1) % 10);
        }
        int at = sqlite3_bind_parameter_index(stmt, name);
        int rc = SQLITE_OK;
        if (at == 0)
            return err_set(&s->db.error, ERR_BUG, "%s is not in: %.120s", name,
                           q->sql);
        const struct db_arg *arg = &q->args[i];
        if (arg->kind == DB_ARG_INT)
            rc = sqlite3_bind_int64(stmt, at, arg->i);
        else if (arg->kind == DB_ARG_TEXT)
            rc = sqlite3_bind_text(stmt, at, arg->s, -1, SQLITE_STATIC);
        else
            rc = sqlite3_bind_null(stmt, at);
        if (rc != SQLITE_OK)
            return failure(s, q->sql);
    }
    if ((size_t)sqlite3_bind_parameter_count(stmt) != q->n_args)
        return err_set(&s->db.error, ERR_BUG, "%zu parameters given to: %.120s",
                       q->n_args, q->sql);
    return ERR_OK;
}

static enum err check_columns(struct db_sqlite *s, struct db_statement *st,
                              const struct column *columns)
{
    if (columns == NULL || st->checked == columns)
        return ERR_OK;
    int n = sqlite3_column_count(st->handle);
    for (int i = 0; i < n; i++)
        TRY(db_check_column(&s->db, st->sql, columns, (size_t)i,
                            sqlite3_column_name(st->handle, i)));
    if (columns[n].kind != COL_NONE)
        return db_check_column(&s->db, st->sql, columns, (size_t)n, NULL);
    st->checked = columns;
    return ERR_OK;
}

static void take_row(sqlite3_stmt *stmt, struct db_sink *sink)
{
    char *row = db_sink_next(sink);
    for (int i = 0; sink->columns[i].kind != COL_NONE; i++) {
        void *field = row + sink->columns[i].offset;
        const char *text;
        switch (sink->columns[i].kind) {
        case COL_INT:
            *(int64_t *)field = sqlite3_column_int64(stmt, i);
            break;
        case COL_BOOL:
            *(bool *)field = sqlite3_column_int(stmt, i) != 0;
            break;
        case COL_TEXT:
            text = (const char *)sqlite3_column_text(stmt, i);
            *(const char **)field =
                text != NULL ? arena_dup(sink->a, text,
                                         (size_t)sqlite3_column_bytes(stmt, i))
                             : "";
            break;
        case COL_NONE:
            break;
        }
    }
}

/* Called every PROGRESS_STEPS instructions; not 0 ends the statement. */
static int past_deadline(void *arg)
{
    const struct db_sqlite *s = arg;
    return clock_ms() > s->deadline_ms;
}

static enum err step_all(struct db_sqlite *s, sqlite3_stmt *stmt,
                         const char *sql, struct db_sink *sink)
{
    int rc;
    s->deadline_ms =
        s->db.statement_ms > 0 ? clock_ms() + s->db.statement_ms : INT64_MAX;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (sink->columns != NULL &&
            (sink->max == 0 || sink->rows.n < sink->max))
            take_row(stmt, sink);
    }
    if (rc != SQLITE_DONE)
        return failure(s, sql);
    if (!sqlite3_stmt_readonly(stmt))
        sink->changed = sqlite3_changes64(s->handle);
    return ERR_OK;
}

static enum err run(struct db *db, const struct query *q, struct db_sink *sink)
{
    struct db_sqlite *s = self(db);
    struct db_statement *st = db_statement_find(db, q->sql);
    if (st == NULL)
        return err_set(&db->error, ERR_BUG, "more than %d statements",
                       MAX_DB_STATEMENTS);
    if (st->handle == NULL)
        TRY(prepare(s, st));
    enum err e = check_columns(s, st, sink->columns);
    if (e == ERR_OK)
        e = bind(s, st->handle, q);
    if (e == ERR_OK)
        e = step_all(s, st->handle, q->sql, sink);
    sqlite3_reset(st->handle);
    sqlite3_clear_bindings(st->handle);
    return e;
}

static enum err script(struct db *db, const char *sql)
{
    struct db_sqlite *s = self(db);
    s->deadline_ms = INT64_MAX; /* a migration takes what it takes */
    if (sqlite3_exec(s->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return failure(s, sql);
    return ERR_OK;
}

static bool is_alive(struct db *db UNUSED)
{
    return true;
}

static enum err connect_again(struct db *db UNUSED)
{
    return ERR_OK;
}

static void close_db(struct db *db)
{
    struct db_sqlite *s = self(db);
    for (size_t i = 0; i < MAX_DB_STATEMENTS; i++)
        sqlite3_finalize(s->db.statements.slots[i].handle);
    sqlite3_close_v2(s->handle);
    free(s);
}

static const struct db_ops sqlite_ops = {
    .kind = DB_SQLITE,
    .run = run,
    .script = script,
    .connect = connect_again,
    .is_alive = is_alive,
    .begin = "BEGIN IMMEDIATE",
    .close = close_db,
};

/*
 * Reading goes through a mapping of the file's first GiB, shared by all workers
 * in the page cache of the kernel: a page of a list of a million clients reads
 * a hundred scattered rows, each a copy and a system call without it. Writing
 * does not use it. A disk that fails to read such a page ends the worker
 * (SIGBUS), and the pool starts another.
 *
 * The busy handler is not asked when the first switch of a file to WAL meets
 * another: workers that start together on a new file try again themselves.
 */
static int apply_settings(sqlite3 *handle)
{
    static const char settings[] = "PRAGMA journal_mode=WAL;"
                                   "PRAGMA synchronous=FULL;"
                                   "PRAGMA foreign_keys=ON;"
                                   "PRAGMA mmap_size=1073741824;";
    int64_t until = clock_ms() + BUSY_MS;
    int rc;
    while ((rc = sqlite3_exec(handle, settings, NULL, NULL, NULL)) !=
               SQLITE_OK &&
           (rc & 0xff) == SQLITE_BUSY && clock_ms() < until)
        poll(NULL, 0, BUSY_PAUSE_MS);
    return rc;
}

enum err db_sqlite_open(const struct db_conf *conf, struct db **ret_db,
                        struct err_note *why)
{
    const char *path = conf->url + strlen("sqlite:");
    struct db_sqlite *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    s->deadline_ms = INT64_MAX;
    s->db = (struct db){.ops = &sqlite_ops,
                        .log = conf->log,
                        .phases = conf->phases,
                        .reconnect_ms = conf->reconnect_ms,
                        .statement_ms = conf->statement_ms};
    /* One thread, and nobody asks how much memory it takes: without these it
     * locks for every block. Refused once a connection has been opened. */
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int rc = sqlite3_open_v2(path, &s->handle,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                 SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(s->handle, BUSY_MS);
        sqlite3_progress_handler(s->handle, PROGRESS_STEPS, past_deadline, s);
        sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        rc = apply_settings(s->handle);
    }
    if (rc != SQLITE_OK) {
        const char *text =
            s->handle != NULL ? sqlite3_errmsg(s->handle) : "out of memory";
        enum err e = err_set(why, ERR_UNAVAIL,
                             "database.url: cannot use %s: %s; check that the "
                             "directory exists and may be written",
                             path, text);
        close_db(&s->db);
        return e;
    }
    *ret_db = &s->db;
    return ERR_OK;
}
