/*
 * PostgreSQL as a stream, by its own programs: they alone know everything
 * that a database of theirs may hold. A transaction here exports what it sees
 * (pg_export_snapshot), so that pg_dump reads the very rows that are counted.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/tool.h"
#include "store/dump_impl.h"

enum { PIECE = 64 << 10, MAX_ENV = 64, MAX_URL_BYTES = 4096 };

/* --- a connection --- */

static void finish(PGconn **conn)
{
    PQfinish(*conn);
}

static void clear(PGresult **res)
{
    PQclear(*res);
}

/* Its first line. */
static enum err failed(const PGconn *conn, struct err_note *why)
{
    const char *text = PQerrorMessage(conn);
    return err_set(why, ERR_UNAVAIL, "%.*s", (int)strcspn(text, "\n"), text);
}

static enum err connect_to(const char *url, PGconn **ret, struct err_note *why)
{
    *ret = PQconnectdb(url);
    return PQstatus(*ret) == CONNECTION_OK ? ERR_OK : failed(*ret, why);
}

static enum err run(PGconn *conn, const char *text, PGresult **ret,
                    struct err_note *why)
{
    *ret = PQexec(conn, text);
    ExecStatusType status = PQresultStatus(*ret);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    return ok ? ERR_OK : failed(conn, why);
}

static enum err execute(PGconn *conn, const char *text, struct err_note *why)
{
    CLEANUP(clear) PGresult *res = NULL;
    return run(conn, text, &res, why);
}

static int64_t number(const PGresult *res, int row, int column)
{
    return strtoll(PQgetvalue(res, row, column), NULL, 10);
}

/* --- what is in it --- */

/* The server writes the statements: it quotes its own names. */
static const char query_tables[] =
    "SELECT c.relname, format('SELECT count(*) FROM %I.%I', n.nspname,"
    " c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
    " ORDER BY c.relname COLLATE \"C\"";

/* What an extension brought does not count. */
static const char query_things[] =
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND NOT EXISTS"
    " (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')";

static enum err take_head(PGconn *conn, struct arena *a,
                          struct dump_facts *facts, struct err_note *why)
{
    CLEANUP(clear) PGresult *res = NULL;
    TRY(run(conn, "SELECT seq, hash FROM audit_head", &res, why));
    if (PQntuples(res) == 1) {
        facts->audit_seq = number(res, 0, 0);
        facts->audit_hash = arena_strdup(a, PQgetvalue(res, 0, 1));
    }
    return ERR_OK;
}

static enum err look(PGconn *conn, struct arena *a, struct dump_facts *ret,
                     struct err_note *why)
{
    CLEANUP(clear) PGresult *list = NULL;
    *ret = (struct dump_facts){.audit_hash = ""};
    TRY(run(conn, query_tables, &list, why));
    int n = PQntuples(list);
    ret->tables = ARENA_ARRAY(a, struct dump_table, (size_t)n + 1);
    ret->n = (size_t)n;
    for (int i = 0; i < n; i++) {
        CLEANUP(clear) PGresult *rows = NULL;
        TRY(run(conn, PQgetvalue(list, i, 1), &rows, why));
        ret->tables[i].name = arena_strdup(a, PQgetvalue(list, i, 0));
        ret->tables[i].rows = number(rows, 0, 0);
        if (strcmp(ret->tables[i].name, "audit_head") == 0)
            TRY(take_head(conn, a, ret, why));
    }
    return ERR_OK;
}

static enum err count(const char *url, struct arena *a, struct dump_facts *ret,
                      struct err_note *why)
{
    CLEANUP(finish) PGconn *conn = NULL;
    TRY(connect_to(url, &conn, why));
    TRY(execute(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", why));
    return look(conn, a, ret, why);
}

static enum err is_empty(const char *url, bool *ret, struct err_note *why)
{
    CLEANUP(finish) PGconn *conn = NULL;
    CLEANUP(clear) PGresult *res = NULL;
    TRY(connect_to(url, &conn, why));
    TRY(run(conn, query_things, &res, why));
    *ret = number(res, 0, 0) == 0;
    return ERR_OK;
}

/* --- the programs --- */

/* What they need of our own environment; no secret of ours. */
static bool is_kept(const char *v)
{
    static const char *const kept[] = {"PATH=", "HOME=", "LANG=", "PG"};
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (strncmp(v, kept[i], strlen(kept[i])) == 0)
            return true;
    return false;
}

static bool has_name(const char *const *env, const char *v)
{
    size_t n = strcspn(v, "=") + 1;
    for (; *env != NULL; env++)
        if (strncmp(*env, v, n) == 0)
            return true;
    return false;
}

/* The address as variables that they understand: who looks at the list of
 * processes sees no password. */
static enum err make_env(const char *url, struct arena *a,
                         const char *const **ret, struct err_note *why)
{
    char *wrong = NULL;
    const char **env = ARENA_ARRAY(a, const char *, MAX_ENV);
    size_t n = 0;
    PQconninfoOption *all = PQconninfoParse(url, &wrong);
    if (all == NULL) {
        err_set(why, ERR_CONFIG, "database.url: %s", wrong);
        PQfreemem(wrong);
        return ERR_CONFIG;
    }
    for (const PQconninfoOption *o = all; o->keyword != NULL; o++)
        if (o->val != NULL && o->envvar != NULL && n + 1 < MAX_ENV)
            env[n++] = arena_fmt(a, "%s=%s", o->envvar, o->val);
    PQconninfoFree(all);
    for (char **v = environ; *v != NULL && n + 1 < MAX_ENV; v++)
        if (is_kept(*v) && !has_name(env, *v))
            env[n++] = *v;
    *ret = env;
    return ERR_OK;
}

static enum err pass_on(int fd, dump_put_fn *put, void *arg,
                        struct err_note *why)
{
    for (;;) {
        char piece[PIECE];
        ssize_t n = read(fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(why, ERR_SYSTEM, "reading from pg_dump");
        if (n == 0)
            return ERR_OK;
        TRY(put(arg, piece, (size_t)n));
    }
}

static enum err run_dump(const char *url, const char *snapshot, struct arena *a,
                         dump_put_fn *put, void *arg, struct err_note *why)
{
    const char *const argv[] = {"pg_dump",
                                "--format=custom",
                                "--no-owner",
                                "--no-privileges",
                                arena_fmt(a, "--snapshot=%s", snapshot),
                                NULL};
    const char *const *env;
    struct tool tool;
    struct err_note reading = {""};
    int ends[2];
    TRY(make_env(url, a, &env, why));
    TRY(tool_pipe(ends, why));
    enum err e = tool_start(&tool, argv, env, -1, ends[1], why);
    close(ends[1]);
    if (e != ERR_OK) {
        close(ends[0]);
        return e;
    }
    e = pass_on(ends[0], put, arg, &reading);
    close(ends[0]); /* before waiting: it may still have something to say */
    enum err ended = tool_wait(&tool, why);
    if (e != ERR_OK && reading.text[0] != '\0')
        *why = reading;
    return e != ERR_OK ? e : ended;
}

static enum err write_out(const struct dump_place *place, struct arena *a,
                          dump_put_fn *put, void *arg, struct dump_facts *ret,
                          struct err_note *why)
{
    CLEANUP(finish) PGconn *conn = NULL;
    CLEANUP(clear) PGresult *res = NULL;
    TRY(connect_to(place->url, &conn, why));
    TRY(execute(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", why));
    TRY(run(conn, "SELECT pg_export_snapshot()", &res, why));
    TRY(look(conn, a, ret, why));
    return run_dump(place->url, PQgetvalue(res, 0, 0), a, put, arg, why);
}

/*
 * pg_restore makes a script of the dump, psql runs it in one transaction. The
 * COMMIT comes only when pg_restore has ended well: if anything breaks on the
 * way, psql meets the end of its input and the server drops it all.
 */
static const char script[] =
    "{ printf 'BEGIN;\\n%s\\n' \"$1\" &&"
    " pg_restore --no-owner --no-privileges --file=- &&"
    " printf 'COMMIT;\\n\\\\echo %s\\n' committed; } |"
    " psql -X -q -v ON_ERROR_STOP=1";

static const char replacing[] =
    "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;"
    " GRANT USAGE ON SCHEMA public TO PUBLIC;";

/* Feeds it; that it takes no more is seen when it is waited for. */
static enum err feed(int fd, dump_get_fn *get, void *arg)
{
    const unsigned char *p = NULL;
    size_t n = 0;
    for (;;) {
        TRY(get(arg, &p, &n));
        if (n == 0 || !fd_write_all(fd, p, n))
            return ERR_OK;
    }
}

static bool says_committed(int fd)
{
    CLEANUP(buf_done) struct buf b;
    char piece[4096];
    ssize_t n;
    buf_init(&b, MAX_CONF_BYTES);
    for (off_t at = 0; (n = pread(fd, piece, sizeof(piece), at)) > 0; at += n)
        buf_add(&b, piece, (size_t)n);
    return strstr(buf_str(&b), "committed") != NULL;
}

static enum err run_restore(const char *const *env, bool replace, int said,
                            dump_get_fn *get, void *arg, struct err_note *why)
{
    const char *const argv[] = {
        "sh", "-c", script, "sh", replace ? replacing : "", NULL};
    struct tool tool;
    int ends[2];
    TRY(tool_pipe(ends, why));
    enum err e = tool_start(&tool, argv, env, ends[0], said, why);
    close(ends[0]);
    if (e != ERR_OK) {
        close(ends[1]);
        return e;
    }
    e = feed(ends[1], get, arg);
    if (e != ERR_OK) /* before it takes this for the end */
        tool_kill(&tool);
    close(ends[1]);
    TRY(e);
    TRY(tool_wait(&tool, why));
    if (says_committed(said))
        return ERR_OK;
    return err_set(why, ERR_UNAVAIL, "pg_restore did not come to its end");
}

static enum err restore(const struct dump_place *place, bool replace,
                        dump_get_fn *get, void *arg, struct err_note *why)
{
    const char *const *env;
    bool empty = false;
    TRY(is_empty(place->url, &empty, why));
    if (!empty && !replace)
        return err_set(why, ERR_CONFLICT, "the database is not empty");
    CLEANUP(fd_done) int said = memfd_create("said", MFD_CLOEXEC);
    if (said < 0)
        return err_errno(why, ERR_SYSTEM, "memfd_create");
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    enum err e = make_env(place->url, a, &env, why);
    if (e == ERR_OK)
        e = run_restore(env, replace, said, get, arg, why);
    arena_free(a);
    return e;
}

/* --- a scratch database --- */

static void add_parameter(struct buf *b, const char *name, const char *value)
{
    buf_addc(b, strchr(buf_str(b), '?') == NULL ? '?' : '&');
    buf_addf(b, "%s=", name);
    for (; *value != '\0'; value++) /* libpq takes no + for a blank */
        buf_addf(b, "%%%02X", (unsigned char)*value);
}

/* The same server, another database. */
static const char *with_database(const char *url, const char *name,
                                 struct arena *a)
{
    CLEANUP(buf_done) struct buf b;
    PQconninfoOption *all = PQconninfoParse(url, NULL);
    buf_init(&b, MAX_URL_BYTES);
    buf_adds(&b, "postgresql://");
    for (const PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++)
        if (o->val != NULL && strcmp(o->keyword, "dbname") != 0)
            add_parameter(&b, o->keyword, o->val);
    add_parameter(&b, "dbname", name);
    PQconninfoFree(all);
    return arena_strdup(a, buf_str(&b));
}

/* "DROP DATABASE …" of each, written by the server. */
static const char query_left[] =
    "SELECT format('DROP DATABASE IF EXISTS %I', datname) FROM pg_database d"
    " WHERE starts_with(datname, left(current_database(), 40) || '_drill_')"
    " AND NOT EXISTS (SELECT 1 FROM pg_stat_activity s"
    " WHERE s.datname = d.datname)";

static const char query_name[] =
    "SELECT left(current_database(), 40) || '_drill_' ||"
    " to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS')";

static enum err drop_left(PGconn *conn, struct err_note *why)
{
    CLEANUP(clear) PGresult *list = NULL;
    TRY(run(conn, query_left, &list, why));
    for (int i = 0; i < PQntuples(list); i++)
        TRY(execute(conn, PQgetvalue(list, i, 0), why));
    return ERR_OK;
}

static enum err create(PGconn *conn, const char *name, struct arena *a,
                       struct err_note *why)
{
    char *quoted = PQescapeIdentifier(conn, name, strlen(name));
    if (quoted == NULL)
        return failed(conn, why);
    enum err e = execute(
        conn, arena_fmt(a, "CREATE DATABASE %s TEMPLATE template0", quoted),
        why);
    PQfreemem(quoted);
    return e;
}

static enum err scratch_new(const struct dump_place *place, struct arena *a,
                            const char **ret_url, struct err_note *why)
{
    CLEANUP(finish) PGconn *conn = NULL;
    CLEANUP(clear) PGresult *name = NULL;
    TRY(connect_to(place->url, &conn, why));
    TRY(drop_left(conn, why));
    TRY(run(conn, query_name, &name, why));
    TRY(create(conn, PQgetvalue(name, 0, 0), a, why));
    *ret_url = with_database(place->url, PQgetvalue(name, 0, 0), a);
    return ERR_OK;
}

/* All that are left and unused: this one too. */
static enum err scratch_drop(const struct dump_place *place,
                             const char *scratch UNUSED, struct err_note *why)
{
    CLEANUP(finish) PGconn *conn = NULL;
    TRY(connect_to(place->url, &conn, why));
    return drop_left(conn, why);
}

const struct dump_ops dump_pg = {.write = write_out,
                                 .restore = restore,
                                 .is_empty = is_empty,
                                 .count = count,
                                 .scratch_new = scratch_new,
                                 .scratch_drop = scratch_drop};
