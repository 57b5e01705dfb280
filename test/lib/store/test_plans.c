/*
 * How the databases read for every SQL constant of the program: no statement
 * may go through a whole table that grows. Each access to one of them must be
 * by a condition on an index; the few that may not be are named here.
 */
#include <ctype.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "test/database.h"
#include "test/sql_coverage.h"

/*
 * The numbers from which the tables are filled: enough for the planner of
 * PostgreSQL to think twice; SQLite's does not ask how many rows there are.
 */
#define NUMBERS(n)                                                             \
    "CREATE TEMP TABLE n AS WITH RECURSIVE m (i) AS (SELECT 1 UNION ALL"       \
    " SELECT i + 1 FROM m WHERE i < " n ") SELECT i FROM m"

/* The tables that grow, and how the test fills them. */
static const struct {
    const char *table, *fill;
} grown[] = {
    {"client",
     "INSERT INTO client (uid, kind, service_kind, name, name_key, city_key,"
     " doc_type, doc_number, search_text, created_at, updated_at,"
     " archived_at)"
     "SELECT 'c' || i, CASE i % 3 WHEN 0 THEN 'natural' ELSE 'legal' END,"
     " CASE i % 4 WHEN 0 THEN 'contract' ELSE 'single' END,"
     " 'Name ' || i, 'name ' || (i * 7919 % 6000), 'city ' || (i % 40), "
     "'31',"
     " '' || i, ' name ' || (i * 7919 % 6000) || ' shop ' || i, i, i,"
     " CASE i % 10 WHEN 0 THEN i END FROM n"},
    {"app_user",
     "INSERT INTO app_user (uid, email, name, role, status, name_key,"
     " search_text, created_at, updated_at)"
     "SELECT 'u' || i, i || '@example.com', 'Name ' || i,"
     " CASE i WHEN 1 THEN 'admin' ELSE 'technician' END, 'active',"
     " 'name ' || i, ' name ' || i, i, i FROM n"},
    {"contact_message",
     "INSERT INTO contact_message (uid, name, email, subject, message, lang,"
     " ip, consent_at, consent_text, created_at)"
     "SELECT 'm' || i, 'Name', 'a@example.com', 'other', 'Text', 'es',"
     " '192.0.2.' || (i % 250), i, '1', i FROM n"},
    {"session",
     "INSERT INTO session (token_hash, user_id, created_at, seen_at, idle_s,"
     " expires_at, ip, user_agent)"
     "SELECT 's' || i, (SELECT min(id) FROM app_user) + i % 500, i, i, 60, i, "
     "'', ''"
     " FROM n"},
    {"audit_log",
     "INSERT INTO audit_log (seq, at, actor_id, role, ip, action,"
     " entity, entity_id, diff, key_id, prev_hash, hash)"
     " SELECT i, i, i % 50, 'admin', '', 'update', 'client', i % 3000, '{}',"
     " '', '', '' FROM n"},
    {"job",
     "INSERT INTO job (kind, payload, state, due_at, created_at,"
     " finished_at) SELECT 'mail', '{}', CASE i % 100 WHEN 0 THEN 'ready'"
     " ELSE 'done' END, i, i, CASE i % 100 WHEN 0 THEN NULL ELSE i END"
     " FROM n"},
    {"mail_message",
     "INSERT INTO mail_message (uid, message_id, to_addr,"
     " to_name, reply_to, subject, body_text, body_html, lang, class, state,"
     " entity, entity_id, created_at) SELECT 'm' || i, 'm' || i,"
     " i || '@example.com', '', '', 'Subject', 'Text', '', 'es',"
     " 'transactional', CASE i % 100 WHEN 0 THEN 'queued' ELSE 'sent' END,"
     " 'contact', i, i FROM n"},
    {"file",
     "INSERT INTO file (uid, entity, entity_id, name, mime, bytes,"
     " sha256, created_at, updated_at) SELECT 'f' || i, 'client', i % 3000,"
     " 'name', 'text/plain', 1, substr(i || '"
     "0123456789012345678901234567890123456789012345678901234567890123',"
     " 1, 64), i, i FROM n"},
    {"client_contact",
     "INSERT INTO client_contact (uid, client_id, name, is_primary,"
     " created_at, updated_at) SELECT 'p' || i,"
     " (SELECT min(id) FROM client) + i % 3000, 'Name',"
     " CASE WHEN i < 3000 THEN 1 ELSE 0 END, i, i FROM n"},
    {"client_site",
     "INSERT INTO client_site (uid, client_id, name, address, created_at,"
     " updated_at) SELECT 's' || i, (SELECT min(id) FROM client) + i % 3000,"
     " 'Name', 'Street', i, i FROM n"},
    {"consent",
     "INSERT INTO consent (uid, client_id, purpose, text_version, channel,"
     " signed_by, ip, user_agent, granted_at) SELECT 'g' || i,"
     " (SELECT min(id) FROM client) + i % 3000, 'service', '1', 'web', 'Name',"
     " '', '', i FROM n"},
    {"client_import",
     "INSERT INTO client_import (uid, name, sha256, bytes, charset,"
     " created_at, created_by) SELECT 'i' || i, 'name', substr(i || '"
     "0123456789012345678901234567890123456789012345678901234567890123',"
     " 1, 64), 1, 'utf-8', i, (SELECT min(id) FROM app_user) + i % 500"
     " FROM n"},
    {"client_import_line",
     "INSERT INTO client_import_line (import_id, line, n, problem, client_id)"
     " SELECT (SELECT min(id) FROM client_import) + i % 100, i, 0,"
     " CASE i % 10 WHEN 0 THEN 'required' ELSE '' END,"
     " (SELECT min(id) FROM client) + i % 400 FROM n"},
    {"login_failure", "INSERT INTO login_failure (email, ip, at)"
                      "SELECT i || '@example.com', '192.0.2.1', i FROM n"},
};

/* Statements that read a whole table, and may. */
static const char *const whole[] = {
    "sql_user_count",    /* ptctl seed, of an empty database */
    "sql_seed_count",    /* the same, before it fills it */
    "sql_job_list_open", /* by an index of the open ones alone */
    "sql_job_count",     /* the same */
    "sql_job_hurry",     /* for an operator; what is done is soon deleted */
    "sql_backup_files",  /* a restore test looks for every file */
    "sql_thing_rows",    /* test_audit.c, of the whole chain */
};

/* Parts of the names of lists: they come from an index in their order, so that
 * a page reads no more than it shows. */
static const char *const in_order[] = {
    "_client_active",      "_client_all_",
    "_client_city_",       "_client_near_",
    "_client_city_near_",  "_user_list",
    "_user_near",          "_contact_list",
    "_client_import_list", "_client_import_problems",
    "_client_import_bad"};

/* What is wrong with a plan: "" or lines about it. */
struct findings {
    PGconn *pg;
    sqlite3 *sqlite;
    struct buf text;
};

static bool is_grown(const char *name, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(grown); i++)
        if (strlen(grown[i].table) == n && memcmp(grown[i].table, name, n) == 0)
            return true;
    return false;
}

static bool may_read_all(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(whole); i++)
        if (strcmp(whole[i], name) == 0)
            return true;
    return false;
}

static bool is_sorted_later(const char *name, const char *line)
{
    if (strstr(line, "Sort  (") == NULL && strstr(line, "TEMP B-TREE") == NULL)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(in_order); i++)
        if (strstr(name, in_order[i]) != NULL)
            return true;
    return false;
}

/* Others, such as COMMIT and INSERT … VALUES, have no plan to speak of. */
static bool is_planned(const char *sql)
{
    return strncmp(sql, "SELECT", 6) == 0 || strncmp(sql, "WITH", 4) == 0 ||
           strncmp(sql, "UPDATE", 6) == 0 || strncmp(sql, "DELETE", 6) == 0;
}

/* --- PostgreSQL --- */

static PGresult *pg_run(PGconn *pg, const char *sql)
{
    PGresult *res = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(res);
    ck_assert_msg(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK,
                  "%s: %s", sql, PQerrorMessage(pg));
    return res;
}

static const char *pg_cell(const PGresult *res, int row)
{
    return PQgetvalue(res, row, 0);
}

/*
 * "Seq Scan on client c  (cost…" or "Index Scan using i on client …": the name
 * of the table, NULL if the line is no scan. A bitmap's condition stands in
 * the line below it.
 */
static const char *pg_scanned(const char *line, size_t *ret_n)
{
    const char *at = strstr(line, " Scan ");
    if (at == NULL || strstr(line, "Bitmap Index Scan") != NULL)
        return NULL;
    at = strstr(at, " on ");
    if (at == NULL)
        return NULL;
    *ret_n = strcspn(at + 4, " ");
    return at + 4;
}

/* Does the node of this line, up to the next one, have a condition? */
static bool pg_has_condition(const PGresult *res, int row)
{
    if (strstr(pg_cell(res, row), "Seq Scan") != NULL)
        return false;
    for (int i = row + 1; i < PQntuples(res); i++) {
        const char *line = pg_cell(res, i);
        if (strstr(line, "Index Cond:") != NULL)
            return true;
        if (strstr(line, "->") != NULL &&
            strstr(line, "Bitmap Index Scan") == NULL &&
            strstr(line, "BitmapAnd") == NULL)
            return false;
    }
    return false;
}

/* A copy: the coverage test knows the constants by their addresses. */
static const char *pg_explain(PGconn *pg, const char *name, const char *sql)
{
    const char *nulls = "";
    PGresult *res = PQprepare(pg, name, arena_strdup(t_arena, sql), 0, NULL);
    ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK, "%s: %s", name,
                  PQerrorMessage(pg));
    PQclear(res);
    res = PQdescribePrepared(pg, name);
    for (int i = 0; i < PQnparams(res); i++)
        nulls = arena_fmt(t_arena, "%s%sNULL", nulls, i > 0 ? ", " : "");
    PQclear(res);
    return arena_fmt(t_arena,
                     nulls[0] != '\0' ? "EXPLAIN EXECUTE %s (%s)"
                                      : "EXPLAIN EXECUTE %s",
                     name, nulls);
}

static void pg_look(void *arg, const char *name, const char *sql)
{
    struct findings *f = arg;
    size_t n = 0;
    if (!is_planned(sql) || strncmp(name, "sql_sqlite_", 11) == 0)
        return;
    PGresult *res = pg_run(f->pg, pg_explain(f->pg, name, sql));
    for (int i = 0; i < PQntuples(res); i++) {
        const char *table = pg_scanned(pg_cell(res, i), &n);
        if (is_sorted_later(name, pg_cell(res, i)))
            buf_addf(&f->text, "%s: %s\n", name, pg_cell(res, i));
        if (table != NULL && is_grown(table, n) && !pg_has_condition(res, i) &&
            !may_read_all(name))
            buf_addf(&f->text, "%s: %s\n", name, pg_cell(res, i));
    }
    PQclear(res);
}

/* As the worker connects: one plan, made without values (db_pg.c). */
static void pg_plan_once(struct findings *f)
{
    PQclear(pg_run(f->pg, "SET plan_cache_mode = force_generic_plan"));
    PQclear(pg_run(f->pg, "SET random_page_cost = 1.1"));
}

static void pg_begin(struct findings *f, const char *url)
{
    f->pg = PQconnectdb(url);
    PQclear(pg_run(f->pg, NUMBERS("6000")));
    for (size_t i = 0; i < ARRAY_LEN(grown); i++)
        PQclear(pg_run(f->pg, grown[i].fill));
    PQclear(pg_run(f->pg, "ANALYZE"));
    pg_plan_once(f);
}

/* --- SQLite --- */

static void sqlite_run(sqlite3 *db, const char *sql)
{
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
                  "%s: %s", sql, sqlite3_errmsg(db));
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Does the statement call a table that grows by this name? */
static bool is_alias(const char *sql, const char *alias)
{
    for (size_t i = 0; i < ARRAY_LEN(grown); i++) {
        const char *whole_name =
            arena_fmt(t_arena, " %s %s", grown[i].table, alias);
        const char *at = strstr(sql, whole_name);
        if (at != NULL && !is_word(at[strlen(whole_name)]))
            return true;
    }
    return false;
}

static void sqlite_look(void *arg, const char *name, const char *sql)
{
    struct findings *f = arg;
    sqlite3_stmt *stmt = NULL;
    if (!is_planned(sql) || strncmp(name, "sql_pg_", 7) == 0)
        return;
    const char *text = arena_fmt(t_arena, "EXPLAIN QUERY PLAN %s", sql);
    ck_assert_msg(sqlite3_prepare_v2(f->sqlite, text, -1, &stmt, NULL) ==
                      SQLITE_OK,
                  "%s: %s", name, sqlite3_errmsg(f->sqlite));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *line = (const char *)sqlite3_column_text(stmt, 3);
        if (is_sorted_later(name, line))
            buf_addf(&f->text, "%s: %s\n", name, line);
        if (strncmp(line, "SCAN ", 5) != 0 ||
            strstr(line, "VIRTUAL TABLE") != NULL)
            continue;
        size_t n = strcspn(line + 5, " ");
        if ((is_grown(line + 5, n) ||
             is_alias(sql, arena_dup(t_arena, line + 5, n))) &&
            !may_read_all(name))
            buf_addf(&f->text, "%s: %s\n", name, line);
    }
    sqlite3_finalize(stmt);
}

static void sqlite_begin(struct findings *f, const char *url)
{
    ck_assert_int_eq(sqlite3_open(url + strlen("sqlite:"), &f->sqlite),
                     SQLITE_OK);
    sqlite_run(f->sqlite, NUMBERS("500"));
    for (size_t i = 0; i < ARRAY_LEN(grown); i++)
        sqlite_run(f->sqlite, grown[i].fill);
    sqlite_run(f->sqlite, "ANALYZE");
}

/* --- both --- */

static sql_coverage_fn *begin(struct findings *f, int which)
{
    const char *url = t_db_new_url(which);
    *f = (struct findings){.pg = NULL};
    buf_init(&f->text, 100000);
    if (which == ON_PG)
        pg_begin(f, url);
    else
        sqlite_begin(f, url);
    return which == ON_PG ? pg_look : sqlite_look;
}

static void end(struct findings *f)
{
    buf_done(&f->text);
    sqlite3_close(f->sqlite);
    PQfinish(f->pg);
}

START_TEST(no_statement_reads_a_whole_table)
{
    struct findings f;
    sql_coverage_fn *look = begin(&f, _i);
    sql_coverage_each(look, &f);
    ck_assert_msg(f.text.n == 0, "%s", buf_str(&f.text));
    end(&f);
}
END_TEST

/* Whatever compares names as a whole, and not by an index of names. */
static void pg_look_names(void *arg, const char *name, const char *sql)
{
    struct findings *f = arg;
    if (strncmp(sql, "INSERT", 6) == 0 || strstr(sql, "name_key = $") == NULL)
        return;
    PGresult *res = pg_run(f->pg, pg_explain(f->pg, name, sql));
    for (int i = 1; i < PQntuples(res); i++)
        if (strstr(pg_cell(res, i), "name_key = $") != NULL &&
            strstr(pg_cell(res, i - 1), "client_by_name") == NULL &&
            strstr(pg_cell(res, i - 1), "client_active") == NULL)
            buf_addf(&f->text, "%s: %s\n", name, pg_cell(res, i - 1));
    PQclear(res);
}

/* A connection keeps its plans until somebody analyses the table, which may
 * have grown a lot by then. */
START_TEST(names_are_found_by_their_index_while_there_are_few)
{
    struct findings f = {.pg = PQconnectdb(t_db_new_url(ON_PG))};
    buf_init(&f.text, 10000);
    PQclear(pg_run(f.pg, NUMBERS("300")));
    PQclear(pg_run(f.pg, grown[0].fill));
    pg_plan_once(&f);
    pg_look_names(&f, "city_index",
                  "SELECT id FROM client WHERE facet IN (0, 1, 4, 5)"
                  " AND name_key = $1 LIMIT 1");
    ck_assert_uint_gt(f.text.n, 0);
    buf_reset(&f.text);
    sql_coverage_each(pg_look_names, &f);
    ck_assert_msg(f.text.n == 0, "%s", buf_str(&f.text));
    end(&f);
}
END_TEST

/* The first test is worth what it finds. */
START_TEST(bad_statements_are_found)
{
    static const struct {
        const char *sql;
        bool bad;
    } vectors[] = {
        {"SELECT id FROM client WHERE notes = $1", true},
        {"SELECT id FROM client k WHERE k.notes = $1", true},
        {"SELECT id FROM client WHERE email LIKE $1", true},
        {"SELECT id FROM client WHERE facet = 1 OR notes = $1", true},
        {"SELECT id FROM client ORDER BY id LIMIT 10", true},
        {"UPDATE client SET notes = '' WHERE city = $1", true},
        {"DELETE FROM session WHERE ip = $1", true},
        {"SELECT id FROM client WHERE id = $1", false},
        {"SELECT id FROM client WHERE facet = $1 AND name_key > $2", false},
        {"DELETE FROM session WHERE expires_at < $1", false},
    };
    struct findings f;
    sql_coverage_fn *look = begin(&f, _i);
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        buf_reset(&f.text);
        look(&f, arena_fmt(t_arena, "v%zu", i), vectors[i].sql);
        ck_assert_msg((f.text.n > 0) == vectors[i].bad, "%s: %s",
                      vectors[i].sql, buf_str(&f.text));
    }
    end(&f);
}
END_TEST

/*
 * Does a statement read rows that it finds by an index? In the program that
 * SQLite makes of it, such a row is sought when the first column is asked for.
 */
static bool sqlite_reads_rows(sqlite3 *db, const char *sql)
{
    enum { OPCODE = 1, P1 = 2, P3 = 4, CURSORS = 64 };
    sqlite3_stmt *stmt = NULL;
    bool found[CURSORS] = {false}, reads = false;
    const char *text = arena_fmt(t_arena, "EXPLAIN %s", sql);
    ck_assert_int_eq(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *op = (const char *)sqlite3_column_text(stmt, OPCODE);
        bool seek = strcmp(op, "DeferredSeek") == 0;
        if (!seek && strcmp(op, "Column") != 0)
            continue;
        int cursor = sqlite3_column_int(stmt, seek ? P3 : P1);
        ck_assert_int_lt(cursor, CURSORS);
        if (seek)
            found[cursor] = true;
        else
            reads |= found[cursor];
    }
    sqlite3_finalize(stmt);
    return reads;
}

static void sqlite_look_rows(void *arg, const char *name, const char *sql)
{
    struct findings *f = arg;
    if (strncmp(name, "sql_sqlite_client_active", 24) == 0)
        buf_adds(&f->text, sqlite_reads_rows(f->sqlite, sql) ? "rows " : "ok ");
}

static bool pg_reads_rows(PGconn *pg, const char *name, const char *sql)
{
    bool only = false;
    PGresult *res = pg_run(pg, pg_explain(pg, name, sql));
    for (int i = 0; i < PQntuples(res); i++)
        only |= strstr(pg_cell(res, i), "Index Only Scan") != NULL &&
                strstr(pg_cell(res, i), " using client_active ") != NULL;
    PQclear(res);
    return !only;
}

static void pg_look_rows(void *arg, const char *name, const char *sql)
{
    struct findings *f = arg;
    if (strncmp(name, "sql_pg_client_active", 20) == 0)
        buf_adds(&f->text, pg_reads_rows(f->pg, name, sql) ? "rows " : "ok ");
}

/* What a list shows is in the index, or each client costs a block. */
START_TEST(active_clients_are_shown_from_their_index)
{
    static const char other[] =
        "SELECT notes FROM client WHERE facet < 4 AND name_key > $1"
        " ORDER BY name_key, id LIMIT 50";
    struct findings f;
    begin(&f, _i);
    if (_i == ON_PG)
        PQclear(pg_run(f.pg, "VACUUM client")); /* as it does by itself */
    ck_assert(_i == ON_PG ? pg_reads_rows(f.pg, "other", other)
                          : sqlite_reads_rows(f.sqlite, other));
    sql_coverage_each(_i == ON_PG ? pg_look_rows : sqlite_look_rows, &f);
    ck_assert_str_eq(buf_str(&f.text), "ok ok "); /* forwards, backwards */
    end(&f);
}
END_TEST

Suite *plans_suite(void)
{
    Suite *s = suite_create("plans");
    TCase *tc = t_db_case(s, "plans");
    tcase_set_timeout(tc, 60);
    t_add_both(tc, no_statement_reads_a_whole_table);
    t_add_both(tc, bad_statements_are_found);
    t_add_both(tc, active_clients_are_shown_from_their_index);
    tcase_add_test(tc, names_are_found_by_their_index_while_there_are_few);
    return s;
}
