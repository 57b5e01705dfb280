#include "store/db.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/db_impl.h"

enum { RECONNECT_PAUSE_MS = 50, FIRST_ROWS = 32 };

enum err db_open(const struct db_conf *conf, struct db **ret_db,
                 struct err_note *why)
{
    if (strncmp(conf->url, "sqlite:", 7) == 0)
        return db_sqlite_open(conf, ret_db, why);
    if (strncmp(conf->url, "postgresql://", 13) == 0 ||
        strncmp(conf->url, "postgres://", 11) == 0)
        return db_pg_open(conf, ret_db, why);
    return err_set(why, ERR_CONFIG,
                   "database.url: must begin with sqlite: or postgresql://");
}

struct db *db_close(struct db *db)
{
    if (db == NULL)
        return NULL;
    cache_close(db->cache);
    for (size_t i = 0; i < MAX_DB_STATEMENTS; i++)
        free(db->statements.slots[i].touched);
    db->ops->close(db);
    return NULL;
}

enum db_kind db_kind(const struct db *db)
{
    return db->ops->kind;
}

const char *db_error(const struct db *db)
{
    return db->error.text;
}

enum err db_refuse(struct db *db, enum err e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(db->error.text, sizeof(db->error.text), fmt, ap);
    va_end(ap);
    return e;
}

void db_set_request(struct db *db, const char *id)
{
    db->request = id;
    db->wrote = db->undone = false;
}

bool db_undone(const struct db *db)
{
    return db->undone && !db->wrote;
}

unsigned db_statements(struct db *db, bool reset)
{
    unsigned n = db->n_statements;
    if (reset)
        db->n_statements = 0;
    return n;
}

/* --- for the backends --- */

void *db_sink_next(struct db_sink *sink)
{
    if (sink->rows.n == sink->room) {
        size_t room = sink->room > 0 ? sink->room * 2 : FIRST_ROWS;
        if (sink->max > 0 && room > sink->max)
            room = sink->max;
        char *items = arena_calloc(sink->a, room, sink->size);
        if (sink->rows.n > 0)
            memcpy(items, sink->rows.items, sink->rows.n * sink->size);
        sink->rows.items = items;
        sink->room = room;
    }
    return (char *)sink->rows.items + sink->rows.n++ * sink->size;
}

struct db_statement *db_statement_find(struct db *db, const char *sql)
{
    struct db_statements *t = &db->statements;
    size_t i = ((uintptr_t)sql >> 4) % MAX_DB_STATEMENTS;
    for (size_t tries = 0; tries < MAX_DB_STATEMENTS; tries++) {
        struct db_statement *s = &t->slots[i];
        if (s->sql == sql)
            return s;
        if (s->sql == NULL) {
            s->sql = sql;
            t->n++;
            return s;
        }
        i = (i + 1) % MAX_DB_STATEMENTS;
    }
    return NULL;
}

enum err db_check_column(struct db *db, const char *sql,
                         const struct column *columns, size_t i,
                         const char *name)
{
    const char *want =
        columns[i].kind != COL_NONE ? columns[i].name : "(no more)";
    if (name != NULL && strcmp(name, want) == 0)
        return ERR_OK;
    return err_set(&db->error, ERR_BUG,
                   "column %zu is %s, the table says %s, in: %.80s", i + 1,
                   name != NULL ? name : "(missing)", want, sql);
}

/* The backend at work: the time of the database. */
static enum err call(struct db *db, const struct query *q, struct db_sink *sink)
{
    enum phase before = phase_enter(db->phases, PHASE_DATABASE);
    enum err e = db->ops->run(db, q, sink);
    phase_enter(db->phases, before);
    return e;
}

/* --- a lost server --- */

/*
 * Tries to connect until it works or the configured time is over. A call that
 * finds the server gone thus waits; the first of them says so in the log.
 */
static enum err try_to_connect(struct db *db)
{
    int64_t start = clock_ms();
    log_warn(db->log, "db.lost", "%s", db->error.text);
    for (;;) {
        enum err e = db->ops->connect(db);
        int64_t waited = clock_ms() - start;
        if (e == ERR_OK) {
            db->lost = false;
            log_info(db->log, "db.back", "after_ms=%lld", (long long)waited);
            return ERR_OK;
        }
        if (waited + RECONNECT_PAUSE_MS > db->reconnect_ms)
            return ERR_UNAVAIL;
        poll(NULL, 0, RECONNECT_PAUSE_MS);
    }
}

static enum err reconnect(struct db *db)
{
    enum phase before = phase_enter(db->phases, PHASE_DATABASE);
    enum err e = try_to_connect(db);
    phase_enter(db->phases, before);
    return e;
}

static enum err ensure_connected(struct db *db)
{
    if (!db->lost && db->ops->is_alive(db))
        return ERR_OK;
    db->lost = true;
    return reconnect(db);
}

static enum err run(struct db *db, const struct query *q, struct db_sink *sink)
{
    db->n_statements++;
    enum err e = call(db, q, sink);
    db->tx_failed |= e != ERR_OK;
    return e;
}

/* --- what a statement touches --- */

/* NULL, with a note in db->error, when nobody can tell. */
static const struct db_touched *touched_by(struct db *db, const char *sql)
{
    struct db_touched t;
    struct db_statement *st = db_statement_find(db, sql);
    if (st == NULL) {
        err_set(&db->error, ERR_BUG, "more than %d statements",
                MAX_DB_STATEMENTS);
        return NULL;
    }
    if (st->touched != NULL)
        return st->touched;
    if (tables_of(sql, &t.reads, &t.writes, &db->error) != ERR_OK)
        return NULL;
    st->touched = malloc(sizeof(t));
    if (st->touched == NULL)
        abort();
    *st->touched = t;
    return st->touched;
}

static void note_reads(struct db *db, const struct tables *reads)
{
    static const struct table_name too_many = {"(too many)", 10};
    if (!tables_add(&db->reads, reads))
        db->reads.name[0] = too_many;
}

const struct tables *db_reads(struct db *db, bool reset)
{
    if (reset)
        db->reads.n = 0;
    return &db->reads;
}

static enum err read_rows(struct db *db, const struct query *q,
                          struct db_sink *sink)
{
    const struct db_touched *t = touched_by(db, q->sql);
    if (t == NULL)
        return ERR_BUG;
    if (t->writes.n > 0)
        return err_set(&db->error, ERR_BUG, "a write that is read: %.120s",
                       q->sql);
    note_reads(db, &t->reads);
    if (db->lost && db->in_tx)
        return ERR_UNAVAIL; /* the transaction went with the connection */
    if (db->lost)
        TRY(reconnect(db));
    enum err e = run(db, q, sink);
    if (e == ERR_OK || !db->lost || db->in_tx)
        return e;
    TRY(reconnect(db));
    sink->rows.n = 0;
    return call(db, q, sink);
}

/* A write that stands alone, when the cache could be told of it. */
static enum err write_told(struct db *db, const struct query *q,
                           struct db_sink *sink, const struct cache_write *w)
{
    db->wrote = true;
    enum err e = run(db, q, sink);
    if (!db->lost) /* else it may still happen */
        cache_write_end(db->cache, w);
    return e;
}

static enum err write_rows(struct db *db, const struct query *q,
                           struct db_sink *sink)
{
    const struct db_touched *t = touched_by(db, q->sql);
    struct cache_write w;
    if (t == NULL)
        return ERR_BUG;
    if (db->in_tx) {
        db->all_changed |= !tables_add(&db->changed, &t->writes);
        return db->lost ? ERR_UNAVAIL : run(db, q, sink);
    }
    TRY(ensure_connected(db));
    if (cache_write_begin(db->cache, &t->writes, &w))
        return write_told(db, q, sink, &w);
    TRY(db_begin(db));
    db->all_changed = true;
    enum err e = run(db, q, sink);
    if (e == ERR_OK)
        e = db_commit(db);
    if (e != ERR_OK)
        db_rollback(db);
    return e;
}

/* --- the calls --- */

enum err db_all(struct db *db, struct arena *a, const struct query *q,
                const struct column *columns, size_t size,
                struct db_rows *ret_rows)
{
    struct db_sink sink = {.a = a, .columns = columns, .size = size};
    TRY(read_rows(db, q, &sink));
    *ret_rows = sink.rows;
    return ERR_OK;
}

/* Bytes from the start of the struct to the end of its last column. */
static size_t extent(const struct column *columns)
{
    size_t end = 0;
    for (; columns->kind != COL_NONE; columns++) {
        size_t size = columns->kind == COL_BOOL ? sizeof(bool) : 8;
        if (columns->offset + size > end)
            end = columns->offset + size;
    }
    return end;
}

/* The columns of the only row into ret; its other members stay. */
static enum err take_one(const struct db_sink *sink, void *ret)
{
    if (sink->rows.n == 0)
        return ERR_NOTFOUND;
    const char *row = sink->rows.items;
    for (const struct column *c = sink->columns; c->kind != COL_NONE; c++) {
        size_t size = c->kind == COL_INT    ? sizeof(int64_t)
                      : c->kind == COL_BOOL ? sizeof(bool)
                                            : sizeof(char *);
        memcpy((char *)ret + c->offset, row + c->offset, size);
    }
    return ERR_OK;
}

enum err db_one(struct db *db, struct arena *a, const struct query *q,
                const struct column *columns, void *ret)
{
    struct db_sink sink = {
        .a = a, .columns = columns, .size = extent(columns), .max = 1};
    TRY(read_rows(db, q, &sink));
    return take_one(&sink, ret);
}

enum err db_write(struct db *db, const struct query *q, int64_t *ret_changed)
{
    struct db_sink sink = {0};
    TRY(write_rows(db, q, &sink));
    if (ret_changed != NULL)
        *ret_changed = sink.changed;
    return ERR_OK;
}

enum err db_touch(struct db *db, const struct query *q)
{
    struct db_sink sink = {0};
    if (!db->in_tx)
        TRY(ensure_connected(db));
    db->wrote |= !db->in_tx;
    return db->lost ? ERR_UNAVAIL : run(db, q, &sink);
}

enum err db_write_one(struct db *db, struct arena *a, const struct query *q,
                      const struct column *columns, void *ret)
{
    struct db_sink sink = {
        .a = a, .columns = columns, .size = extent(columns), .max = 1};
    TRY(write_rows(db, q, &sink));
    return take_one(&sink, ret);
}

static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";

static enum err begin_once(struct db *db)
{
    struct db_sink sink = {0};
    db->n_statements++;
    TRY(call(db, QUERY(db->ops->begin), &sink));
    db->in_tx = true;
    db->tx_failed = false;
    db->changed.n = 0;
    db->all_changed = false;
    return ERR_OK;
}

enum err db_begin(struct db *db)
{
    if (db->in_tx)
        return err_set(&db->error, ERR_BUG, "a transaction is open already");
    TRY(ensure_connected(db));
    enum err e = begin_once(db);
    if (e == ERR_OK || !db->lost)
        return e;
    TRY(reconnect(db)); /* nothing has been done yet: safe to try again */
    return begin_once(db);
}

/* A cache that missed a write finds it by this number. */
static const char sql_cache_epoch_next[] =
    "UPDATE cache_epoch SET epoch ="
    " CASE WHEN epoch < $1 THEN $1 ELSE epoch + 1 END WHERE id = 1";

/* Never less than the time, so that it grows past a restored backup too. */
static enum err next_epoch(struct db *db, int64_t past)
{
    struct db_sink sink = {0};
    int64_t now = clock_now(), least = past < now ? now : past + 1;
    return run(db, QUERY(sql_cache_epoch_next, db_int(least)), &sink);
}

static enum err commit(struct db *db, const struct cache_write *w)
{
    struct db_sink sink = {0};
    db->n_statements++;
    db->wrote = true;
    enum err e = call(db, QUERY(sql_commit), &sink);
    if (!db->lost) /* else nobody knows how it ended */
        cache_write_end(db->cache, w);
    if (e == ERR_OK)
        db->in_tx = false;
    return e;
}

enum err db_commit(struct db *db)
{
    struct cache_write w = {0};
    if (!db->in_tx)
        return err_set(&db->error, ERR_BUG, "no transaction is open");
    if (db->lost)
        return ERR_UNAVAIL;
    if (db->tx_failed)
        return ERR_BUG; /* the note still tells of the failure */
    if (db->cache == NULL ||
        (!db->all_changed && cache_write_begin(db->cache, &db->changed, &w)))
        return commit(db, &w);
    TRY(next_epoch(db, 0));
    TRY(commit(db, &w));
    cache_raise(db->cache);
    return ERR_OK;
}

void db_rollback(struct db *db)
{
    struct db_sink sink = {0};
    bool open = db->in_tx && !db->lost;
    db->undone |= db->in_tx && db->lost;
    db->in_tx = false;
    if (!open)
        return;
    struct err_note kept = db->error; /* the reason for rolling back */
    if (call(db, QUERY(sql_rollback), &sink) != ERR_OK)
        db->lost = true;
    db->error = kept;
}

enum err db_script(struct db *db, const char *sql)
{
    db->n_statements++;
    enum err e = db->ops->script(db, sql);
    db->tx_failed |= e != ERR_OK;
    db->all_changed = db->wrote = true;
    if (e == ERR_OK && !db->in_tx && db->cache != NULL)
        return db_forget_cached(db);
    return e;
}

/* --- the cache --- */

static const char sql_cache_epoch[] =
    "SELECT epoch, site FROM cache_epoch WHERE id = 1";

struct epoch {
    int64_t epoch, site;
};

static const struct column epoch_columns[] = {
    COL(COL_INT, struct epoch, epoch),
    COL(COL_INT, struct epoch, site),
    {0},
};

/* A cache_epoch_fn. */
static bool read_epoch(void *arg, uint64_t *ret_epoch, uint64_t *ret_site)
{
    struct db *db = arg;
    struct epoch row = {0};
    struct tables reads = db->reads; /* of the page: not this one */
    struct arena *a = arena_new(64 << 10, NULL, NULL);
    enum err e = db_one(db, a, QUERY(sql_cache_epoch), epoch_columns, &row);
    arena_free(a);
    db->reads = reads;
    if (e != ERR_OK)
        return false;
    *ret_epoch = (uint64_t)row.epoch;
    *ret_site = (uint64_t)row.site;
    return true;
}

/* A cache_moved_fn. */
static bool heard_of_epoch(void *arg)
{
    struct db *db = arg;
    return db->ops->heard(db);
}

void db_use_cache(struct db *db, struct cache *cache)
{
    bool listens = db->ops->listen != NULL && cache_is_remote(cache);
    db->cache = cache;
    if (listens)
        db->ops->listen(db); /* before the epoch is read for the first time */
    cache_use_epoch(cache, read_epoch, db);
    if (listens)
        cache_watch_epoch(cache, heard_of_epoch);
}

int64_t db_epoch(struct db *db)
{
    uint64_t epoch, site;
    return read_epoch(db, &epoch, &site) ? (int64_t)epoch : 0;
}

enum err db_forget_cached(struct db *db)
{
    return db_forget_cached_past(db, 0);
}

enum err db_forget_cached_past(struct db *db, int64_t epoch)
{
    TRY(db_begin(db));
    enum err e = next_epoch(db, epoch);
    if (e == ERR_OK)
        e = db_commit(db);
    if (e != ERR_OK)
        db_rollback(db);
    cache_raise(db->cache);
    return e;
}
