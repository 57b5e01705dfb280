/*
 * PostgreSQL behind the query API: libpq, one connection per process.
 *
 * Parameters go as text with declared types, results come back as text and
 * are used in place: the PGresult joins the arena of the request.
 */
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/db_impl.h"

/* Type numbers of the catalogue. Source: pg_type.dat; fixed for ever. */
enum { PG_INT8 = 20, PG_TEXT = 25 };

enum { STATEMENT_NAME = 24 }; /* bytes of "s123" with its NUL */

struct db_pg {
    struct db db; /* first: the backend's struct begins with the common one */
    PGconn *conn;
    char *url;
    bool unprepared;
    struct buf text; /* of an unprepared statement with its comment */
};

static struct db_pg *self(struct db *db)
{
    return (struct db_pg *)db;
}

static void result_done(void *result)
{
    PQclear(result);
}

/* "ERROR:  text\n" of libpq as one line. */
static void note_error(struct db_pg *p, const char *text, const char *sql)
{
    size_t len = strcspn(text, "\n");
    err_set(&p->db.error, ERR_BUG, "%.*s in: %.120s", (int)len, text, sql);
}

/* What a SQLSTATE means to us. Source: PostgreSQL 15, appendix A. */
static enum err state_err(const char *state)
{
    static const struct {
        const char *prefix;
        enum err e;
    } table[] = {
        {"23505", ERR_DUPLICATE}, /* unique_violation */
        {"08P01", ERR_BUG},       /* wrong number of parameters */
        {"08", ERR_UNAVAIL},      /* connection exceptions */
        {"53", ERR_UNAVAIL},      /* out of disk, memory, connections */
        {"57", ERR_UNAVAIL},      /* shutdown, cancelled, time out */
        {"58", ERR_UNAVAIL},      /* I/O error of the server */
        {"40", ERR_UNAVAIL},      /* serialization failure, deadlock */
        {"25006", ERR_UNAVAIL},   /* read-only: a standby */
    };
    for (size_t i = 0; state != NULL && i < ARRAY_LEN(table); i++)
        if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0)
            return table[i].e;
    return ERR_BUG;
}

/*
 * An error without a SQLSTATE is libpq's own: the server did not answer. Its
 * connection may still call itself good when a write has just failed.
 */
static enum err failure(struct db_pg *p, PGresult *res, const char *sql)
{
    const char *state =
        res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    enum err e = state_err(state);
    const char *text = res != NULL ? PQresultErrorMessage(res) : "";
    note_error(p, text[0] != '\0' ? text : PQerrorMessage(p->conn), sql);
    if (state == NULL || PQstatus(p->conn) != CONNECTION_OK ||
        strncmp(state, "57P", 3) == 0) {
        p->db.lost = true;
        e = ERR_UNAVAIL;
    }
    PQclear(res);
    return e;
}

/* --- statements --- */

/* The declared types of a statement: what its arguments are at first use. */
static size_t declare_types(const struct query *q, Oid types[MAX_DB_ARGS])
{
    for (size_t i = 0; i < q->n_args; i++)
        types[i] = q->args[i].kind == DB_ARG_TEXT  ? PG_TEXT
                   : q->args[i].kind == DB_ARG_INT ? PG_INT8
                                                   : 0;
    return q->n_args;
}

static void statement_name(const struct db_pg *p, const struct db_statement *st,
                           char name[STATEMENT_NAME])
{
    snprintf(name, STATEMENT_NAME, "s%td", st - p->db.statements.slots);
}

static enum err prepare(struct db_pg *p, const struct query *q,
                        struct db_statement *st, const char *name)
{
    Oid types[MAX_DB_ARGS];
    size_t n = declare_types(q, types);
    PGresult *res = PQprepare(p->conn, name, q->sql, (int)n, types);
    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        return failure(p, res, q->sql);
    PQclear(res);
    st->handle = p; /* any address: it exists on this connection */
    return ERR_OK;
}

/* The text of a prepared one cannot name a request. */
static PGresult *execute_text(struct db_pg *p, const struct query *q,
                              const char *const *values)
{
    Oid types[MAX_DB_ARGS];
    size_t n = declare_types(q, types);
    buf_reset(&p->text);
    buf_adds(&p->text, q->sql);
    if (p->db.request != NULL)
        buf_addf(&p->text, " /*request_id='%s'*/", p->db.request);
    return PQexecParams(p->conn, buf_ok(&p->text) ? buf_str(&p->text) : q->sql,
                        (int)n, types, values, NULL, NULL, 0);
}

/* name: of a prepared statement, NULL for one that is not. */
static PGresult *execute(struct db_pg *p, const struct query *q,
                         const char *name)
{
    const char *values[MAX_DB_ARGS];
    char digits[MAX_DB_ARGS][24];
    for (size_t i = 0; i < q->n_args; i++) {
        const struct db_arg *arg = &q->args[i];
        values[i] = NULL;
        if (arg->kind == DB_ARG_TEXT)
            values[i] = arg->s;
        if (arg->kind != DB_ARG_INT)
            continue;
        snprintf(digits[i], sizeof(digits[i]), "%" PRId64, arg->i);
        values[i] = digits[i];
    }
    if (name == NULL)
        return execute_text(p, q, values);
    return PQexecPrepared(p->conn, name, (int)q->n_args, values, NULL, NULL, 0);
}

/* --- rows --- */

static enum err check_columns(struct db_pg *p, struct db_statement *st,
                              const struct column *columns, const PGresult *res)
{
    if (columns == NULL || st->checked == columns)
        return ERR_OK;
    int n = PQnfields(res);
    for (int i = 0; i < n; i++)
        TRY(db_check_column(&p->db, st->sql, columns, (size_t)i,
                            PQfname(res, i)));
    if (columns[n].kind != COL_NONE)
        return db_check_column(&p->db, st->sql, columns, (size_t)n, NULL);
    st->checked = columns;
    return ERR_OK;
}

/* As the server writes it: digits, a minus before them, nothing else. */
static int64_t parse_int(const char *text)
{
    uint64_t n = 0;
    for (const char *c = text + (text[0] == '-'); *c != '\0'; c++)
        n = n * 10 + (uint64_t)(*c - '0');
    return (int64_t)(text[0] == '-' ? 0 - n : n);
}

static void take_row(const PGresult *res, int row_no, struct db_sink *sink)
{
    char *row = db_sink_next(sink);
    for (int i = 0; sink->columns[i].kind != COL_NONE; i++) {
        void *field = row + sink->columns[i].offset;
        const char *text = PQgetvalue(res, row_no, i);
        switch (sink->columns[i].kind) {
        case COL_INT:
            *(int64_t *)field = parse_int(text);
            break;
        case COL_BOOL:
            *(bool *)field = text[0] == '1' || text[0] == 't';
            break;
        case COL_TEXT:
            *(const char **)field = text;
            break;
        case COL_NONE:
            break;
        }
    }
}

static void take_rows(PGresult *res, struct db_sink *sink)
{
    int n = PQntuples(res);
    arena_defer(sink->a, result_done, res); /* the texts lie in res */
    if (sink->max > 0 && (size_t)n > sink->max)
        n = (int)sink->max;
    if (n == 0)
        return;
    sink->rows.items = arena_calloc(sink->a, (size_t)n, sink->size);
    sink->rows.n = 0;
    sink->room = (size_t)n;
    for (int i = 0; i < n; i++)
        take_row(res, i, sink);
}

static enum err run(struct db *db, const struct query *q, struct db_sink *sink)
{
    struct db_pg *p = self(db);
    struct db_statement *st = db_statement_find(db, q->sql);
    char name[STATEMENT_NAME];
    if (st == NULL || q->n_args > MAX_DB_ARGS)
        return err_set(&db->error, ERR_BUG,
                       "more than %d statements or %d arguments",
                       MAX_DB_STATEMENTS, MAX_DB_ARGS);
    statement_name(p, st, name);
    if (st->handle == NULL && !p->unprepared)
        TRY(prepare(p, q, st, name));
    PGresult *res = execute(p, q, p->unprepared ? NULL : name);
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        return failure(p, res, q->sql);
    sink->changed = strtoll(PQcmdTuples(res), NULL, 10);
    enum err e = check_columns(p, st, sink->columns, res);
    if (e == ERR_OK && sink->columns != NULL)
        take_rows(res, sink);
    else
        PQclear(res);
    return e;
}

static enum err script(struct db *db, const char *sql)
{
    struct db_pg *p = self(db);
    PGresult *res = PQexec(p->conn, sql);
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        return failure(p, res, sql);
    PQclear(res);
    return ERR_OK;
}

/* --- the connection --- */

static void drop_notice(void *arg UNUSED, const PGresult *res UNUSED)
{
}

/*
 * One plan for each statement, whatever its parameters: no request waits for
 * the planner, and the tests know the plan (test/lib/store/test_plans.c).
 * A row by its index costs little more than the next one: what is listed is in
 * memory, or on a disk without a head.
 */
#define PLANNER "-c plan_cache_mode=force_generic_plan -c random_page_cost=1.1"

/* Has no effect on a connection that breaks; the next one does it again. */
static void listen_for_epoch(struct db *db)
{
    struct db_pg *p = self(db);
    db->listening = true;
    PQclear(PQexec(p->conn, "LISTEN cache_epoch"));
}

static enum err connect_once(struct db *db)
{
    struct db_pg *p = self(db);
    char options[160];
    snprintf(options, sizeof(options), PLANNER " -c statement_timeout=%" PRId64,
             db->statement_ms);
    const char *keys[] = {"dbname",           "client_encoding",
                          "application_name", "connect_timeout",
                          "options",          NULL};
    const char *values[] = {p->url, "UTF8",  "personal-tech",
                            "2",    options, NULL};
    PQfinish(p->conn);
    for (size_t i = 0; i < MAX_DB_STATEMENTS; i++) {
        db->statements.slots[i].handle = NULL;
        db->statements.slots[i].checked = NULL;
    }
    p->conn = PQconnectdbParams(keys, values, 1);
    if (PQstatus(p->conn) != CONNECTION_OK) {
        note_error(p, PQerrorMessage(p->conn), "connect");
        return ERR_UNAVAIL;
    }
    PQsetNoticeReceiver(p->conn, drop_notice, NULL);
    db->missed = db->listening;
    if (db->listening)
        listen_for_epoch(db);
    return ERR_OK;
}

/*
 * A server that went away while we were idle has closed the socket. Its last
 * words come first, so it takes more than one read to find the end.
 */
static bool is_alive(struct db *db)
{
    struct db_pg *p = self(db);
    struct pollfd fd = {.fd = PQsocket(p->conn), .events = POLLIN};
    if (fd.fd < 0)
        return false;
    while (PQstatus(p->conn) == CONNECTION_OK && poll(&fd, 1, 0) > 0)
        if (PQconsumeInput(p->conn) == 0)
            note_error(p, PQerrorMessage(p->conn), "idle");
    return PQstatus(p->conn) == CONNECTION_OK;
}

static bool heard_of_epoch(struct db *db)
{
    struct db_pg *p = self(db);
    bool heard = db->missed;
    PGnotify *n;
    db->missed = false;
    (void)is_alive(db); /* reads what has come */
    while ((n = PQnotifies(p->conn)) != NULL) {
        heard = true;
        PQfreemem(n);
    }
    return heard;
}

static void close_db(struct db *db)
{
    struct db_pg *p = self(db);
    PQfinish(p->conn);
    buf_done(&p->text);
    free(p->url);
    free(p);
}

static const struct db_ops pg_ops = {
    .kind = DB_PG,
    .run = run,
    .script = script,
    .connect = connect_once,
    .is_alive = is_alive,
    .listen = listen_for_epoch,
    .heard = heard_of_epoch,
    .begin = "BEGIN",
    .close = close_db,
};

enum err db_pg_open(const struct db_conf *conf, struct db **ret_db,
                    struct err_note *why)
{
    struct db_pg *p = calloc(1, sizeof(*p));
    if (p == NULL || (p->url = strdup(conf->url)) == NULL)
        abort();
    p->db = (struct db){.ops = &pg_ops,
                        .log = conf->log,
                        .phases = conf->phases,
                        .reconnect_ms = conf->reconnect_ms,
                        .statement_ms = conf->statement_ms};
    p->unprepared = conf->unprepared;
    buf_init(&p->text, MAX_SQL_BYTES);
    if (connect_once(&p->db) != ERR_OK) {
        enum err e = err_set(why, ERR_UNAVAIL,
                             "database.url: cannot reach PostgreSQL: %.300s; "
                             "check DATABASE_URL and that the server runs",
                             p->db.error.text);
        close_db(&p->db);
        return e;
    }
    *ret_db = &p->db;
    return ERR_OK;
}
