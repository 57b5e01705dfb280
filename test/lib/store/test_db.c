#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "store/db.h"
#include "test/database.h"

struct thing {
    int64_t id;
    const char *name;
    int64_t n;
    bool flag;
    int64_t untouched; /* no column */
};

static const struct column thing_cols[] = {
    COL(COL_INT, struct thing, id),
    COL(COL_TEXT, struct thing, name),
    COL(COL_INT, struct thing, n),
    COL(COL_BOOL, struct thing, flag),
    {0},
};

static const char create[] = "CREATE TABLE thing (id BIGINT PRIMARY KEY,"
                             " name TEXT UNIQUE, n BIGINT);"
                             "CREATE TABLE part (thing BIGINT NOT NULL"
                             " REFERENCES thing (id));";
static const char add[] = "INSERT INTO thing (id, name, n) VALUES ($1, $2, $3)";
static const char get[] =
    "SELECT id, name, n, n > 5 AS flag FROM thing WHERE id = $1";
static const char all[] =
    "SELECT id, name, n, n > 5 AS flag FROM thing ORDER BY id";

static struct db *open_with_table(int which)
{
    struct db *db = t_db_open(t_db_url(which));
    t_ok(db_script(db, create));
    return db;
}

static enum err add_thing(struct db *db, int64_t id, const char *name)
{
    return db_write(db, QUERY(add, db_int(id), db_text(name), db_int(id)),
                    NULL);
}

static size_t count(struct db *db)
{
    struct db_rows rows;
    t_ok(db_all(db, t_arena, QUERY(all), thing_cols, sizeof(struct thing),
                &rows));
    return rows.n;
}

START_TEST(every_kind_of_column)
{
    static const int64_t ints[] = {0, 1, -1, 6, INT64_MAX, INT64_MIN};
    struct db *db = open_with_table(_i);
    ck_assert_int_eq(db_kind(db), _i == ON_PG ? DB_PG : DB_SQLITE);
    const char *longer = arena_fmt(t_arena, "ñ€😀'\"\\%%%0100000d", 1);
    for (size_t i = 0; i < ARRAY_LEN(ints); i++) {
        struct thing t = {.untouched = 42};
        const char *name = arena_fmt(t_arena, "%s%zu", longer, i);
        t_ok(db_write(
            db, QUERY(add, db_int((int64_t)i), db_text(name), db_int(ints[i])),
            NULL));
        t_ok(db_one(db, t_arena, QUERY(get, db_int((int64_t)i)), thing_cols,
                    &t));
        ck_assert_int_eq(t.id, (int64_t)i);
        ck_assert_str_eq(t.name, name);
        ck_assert_int_eq(t.n, ints[i]);
        ck_assert_int_eq(t.flag, ints[i] > 5);
        ck_assert_int_eq(t.untouched, 42);
    }
    db_close(db);
}
END_TEST

START_TEST(null_is_empty_or_zero)
{
    struct db *db = open_with_table(_i);
    struct thing t;
    /* also: a NULL first, then a value, through the same statement */
    t_ok(db_write(db, QUERY(add, db_int(1), db_null(), db_null()), NULL));
    t_ok(db_write(db, QUERY(add, db_int(2), db_text("two"), db_int(2)), NULL));
    t_ok(db_write(db, QUERY(add, db_int(3), db_text(""), db_id(0)), NULL));
    for (int id = 1; id <= 3; id += 2) {
        memset(&t, 0xff, sizeof(t));
        t_ok(db_one(db, t_arena, QUERY(get, db_int(id)), thing_cols, &t));
        ck_assert_str_eq(t.name, "");
        ck_assert_int_eq(t.n, 0);
        ck_assert(!t.flag);
    }
    t_ok(db_one(db, t_arena, QUERY(get, db_int(2)), thing_cols, &t));
    ck_assert_str_eq(t.name, "two");
    static const char nulls[] =
        "SELECT id, name, n, n > 5 AS flag FROM thing WHERE name IS NULL";
    struct db_rows rows;
    t_ok(db_all(db, t_arena, QUERY(nulls), thing_cols, sizeof(t), &rows));
    ck_assert_uint_eq(rows.n, 1); /* the empty text is not NULL */
    db_close(db);
}
END_TEST

struct values {
    int64_t c;
    const char *a;
    int64_t again;
    const char *b;
};

static const struct column values_cols[] = {COL(COL_INT, struct values, c),
                                            COL(COL_TEXT, struct values, a),
                                            COL(COL_INT, struct values, again),
                                            COL(COL_TEXT, struct values, b),
                                            {0}};

START_TEST(parameters_in_any_order)
{
    static const char swapped[] =
        "SELECT $3 AS c, $1 AS a, $3 + 1 AS again, $2 AS b";
    struct db *db = t_db_open(t_db_url(_i));
    struct values v;
    t_ok(db_one(db, t_arena,
                QUERY(swapped, db_text("one"), db_text("two"), db_int(3)),
                values_cols, &v));
    ck_assert_int_eq(v.c, 3);
    ck_assert_str_eq(v.a, "one");
    ck_assert_int_eq(v.again, 4);
    ck_assert_str_eq(v.b, "two");
    db_close(db);
}
END_TEST

struct number {
    int64_t n;
};

static const struct column number_cols[] = {COL(COL_INT, struct number, n),
                                            {0}};

START_TEST(as_many_parameters_as_there_may_be)
{
    struct db *db = t_db_open(t_db_url(_i));
    struct db_arg args[MAX_DB_ARGS];
    struct buf sql;
    struct number sum;
    buf_init(&sql, MAX_SQL_BYTES);
    buf_adds(&sql, "SELECT 0");
    for (int i = MAX_DB_ARGS; i >= 1; i--) { /* $32 first */
        buf_addf(&sql, " + %d * $%d", i, i);
        args[i - 1] = db_int(i);
    }
    buf_adds(&sql, " AS n");
    struct query q = {buf_str(&sql), args, MAX_DB_ARGS};
    t_ok(db_one(db, t_arena, &q, number_cols, &sum));
    ck_assert_int_eq(sum.n, 32 * 33 * 65 / 6);
    db_close(db);
    buf_done(&sql);
}
END_TEST

START_TEST(more_rows_than_the_first_block)
{
    enum { ROWS = 1000 };
    struct db *db = open_with_table(_i);
    struct db_rows rows;
    t_ok(db_begin(db));
    for (int i = 0; i < ROWS; i++)
        t_ok(add_thing(db, i, arena_fmt(t_arena, "name %d", i)));
    t_ok(db_commit(db));
    t_ok(db_all(db, t_arena, QUERY(all), thing_cols, sizeof(struct thing),
                &rows));
    ck_assert_uint_eq(rows.n, ROWS);
    const struct thing *t = rows.items;
    for (int i = 0; i < ROWS; i++) {
        ck_assert_int_eq(t[i].id, i);
        ck_assert_str_eq(t[i].name, arena_fmt(t_arena, "name %d", i));
        ck_assert_int_eq(t[i].flag, i > 5);
    }
    struct thing first;
    t_ok(db_one(db, t_arena, QUERY(all), thing_cols, &first));
    ck_assert_int_eq(first.id, 0);
    db_close(db);
}
END_TEST

START_TEST(no_row_is_not_found)
{
    struct db *db = open_with_table(_i);
    struct thing t = {.id = 77};
    struct db_rows rows = {.n = 9};
    t_is(db_one(db, t_arena, QUERY(get, db_int(5)), thing_cols, &t),
         ERR_NOTFOUND);
    ck_assert_int_eq(t.id, 77);
    t_ok(db_all(db, t_arena, QUERY(all), thing_cols, sizeof(t), &rows));
    ck_assert_uint_eq(rows.n, 0);
    db_close(db);
}
END_TEST

START_TEST(writes_tell_what_they_touched)
{
    static const char rise[] = "UPDATE thing SET n = n + 1 WHERE id < $1";
    static const char rise_one[] =
        "UPDATE thing SET n = n + 1 WHERE id = $1 RETURNING n";
    struct db *db = open_with_table(_i);
    struct number now = {.n = -1};
    int64_t changed = -1;
    for (int i = 1; i <= 5; i++)
        t_ok(add_thing(db, i, arena_fmt(t_arena, "%d", i)));
    t_ok(db_write(db, QUERY(rise, db_int(4)), &changed));
    ck_assert_int_eq(changed, 3);
    t_ok(db_write(db, QUERY(rise, db_int(0)), &changed));
    ck_assert_int_eq(changed, 0);
    t_ok(db_write_one(db, t_arena, QUERY(rise_one, db_int(1)), number_cols,
                      &now));
    ck_assert_int_eq(now.n, 3);
    t_is(db_write_one(db, t_arena, QUERY(rise_one, db_int(9)), number_cols,
                      &now),
         ERR_NOTFOUND);
    ck_assert_int_eq(now.n, 3);
    db_close(db);
}
END_TEST

START_TEST(constraints)
{
    static const char add_part[] = "INSERT INTO part (thing) VALUES ($1)";
    struct db *db = open_with_table(_i);
    t_ok(add_thing(db, 1, "one"));
    t_is(add_thing(db, 2, "one"), ERR_DUPLICATE); /* unique */
    t_contains(db_error(db), "INSERT INTO thing");
    t_is(add_thing(db, 1, "two"), ERR_DUPLICATE); /* primary key */
    t_is(db_write(db, QUERY(add_part, db_int(9)), NULL), ERR_BUG);
    t_is(db_write(db, QUERY(add_part, db_null()), NULL), ERR_BUG);
    t_ok(db_write(db, QUERY(add_part, db_int(1)), NULL));
    ck_assert_uint_eq(count(db), 1);
    db_close(db);
}
END_TEST

START_TEST(text_that_is_no_sql)
{
    static const char *const bad[] = {"SELEC 1", "SELECT x FROM nowhere"};
    struct db *db = t_db_open(t_db_url(_i));
    struct number n = {.n = 5};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t_is(db_one(db, t_arena, QUERY(bad[i]), number_cols, &n), ERR_BUG);
        t_contains(db_error(db), bad[i]);
    }
    t_is(db_script(db, "SELECT 1; SELEC 2"), ERR_BUG);
    static const char good[] = "SELECT 1 AS n";
    t_ok(db_one(db, t_arena, QUERY(good), number_cols, &n));
    ck_assert_int_eq(n.n, 1);
    db_close(db);
}
END_TEST

START_TEST(a_wrong_column_table_is_a_bug)
{
    static const struct column wrong_name[] = {
        {COL_INT, "m", offsetof(struct number, n)}, {0}};
    static const struct column too_many[] = {
        COL(COL_INT, struct number, n), COL(COL_INT, struct number, n), {0}};
    static const struct column too_few[] = {{0}};
    static const struct {
        const struct column *columns;
        const char *says;
    } vectors[] = {
        {wrong_name, "column 1 is n, the table says m, in: SELECT 7 AS n"},
        {too_many, "column 2 is (missing), the table says n"},
        {too_few, "column 1 is n, the table says (no more)"},
    };
    static const char seven[] = "SELECT 7 AS n";
    struct db *db = t_db_open(t_db_url(_i));
    struct number n = {.n = 5};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        t_is(db_one(db, t_arena, QUERY(seven), vectors[i].columns, &n),
             ERR_BUG);
        t_contains(db_error(db), vectors[i].says);
        ck_assert_int_eq(n.n, 5);
    }
    t_ok(db_one(db, t_arena, QUERY(seven), number_cols, &n));
    ck_assert_int_eq(n.n, 7);
    t_is(db_one(db, t_arena, QUERY(seven), wrong_name, &n), ERR_BUG);
    db_close(db);
}
END_TEST

START_TEST(a_wrong_number_of_parameters_is_a_bug)
{
    static const char sum[] = "SELECT $1 + $2 AS n";
    struct db *db = t_db_open(t_db_url(_i));
    struct number n;
    t_is(db_one(db, t_arena, QUERY(sum, db_int(1)), number_cols, &n), ERR_BUG);
    ck_assert_str_ne(db_error(db), "");
    t_is(db_one(db, t_arena, QUERY(sum, db_int(1), db_int(2), db_int(3)),
                number_cols, &n),
         ERR_BUG);
    t_ok(
        db_one(db, t_arena, QUERY(sum, db_int(1), db_int(2)), number_cols, &n));
    ck_assert_int_eq(n.n, 3);
    db_close(db);
}
END_TEST

START_TEST(transactions)
{
    const char *url = t_db_url(_i);
    struct db *db = t_db_open(url), *other = t_db_open(url);
    t_ok(db_script(db, create));
    t_ok(db_begin(db));
    t_is(db_begin(db), ERR_BUG);
    t_ok(add_thing(db, 1, "one"));
    ck_assert_uint_eq(count(db), 1);
    ck_assert_uint_eq(count(other), 0);
    t_ok(db_commit(db));
    ck_assert_uint_eq(count(other), 1);
    t_is(db_commit(db), ERR_BUG);
    t_ok(db_begin(db));
    t_ok(add_thing(db, 2, "two"));
    db_rollback(db);
    db_rollback(db);
    ck_assert_uint_eq(count(db), 1);
    t_ok(db_begin(db));
    t_ok(db_script(db, "DELETE FROM thing"));
    db_close(db); /* takes its transaction along */
    ck_assert_uint_eq(count(other), 1);
    ck_assert_ptr_null(db_close(NULL));
    db_close(other);
}
END_TEST

/* After an error nothing of a transaction can be stored, on both alike. */
START_TEST(an_error_spoils_its_transaction)
{
    struct db *db = open_with_table(_i);
    t_ok(add_thing(db, 1, "one"));
    t_ok(db_begin(db));
    t_ok(add_thing(db, 2, "two"));
    t_is(add_thing(db, 3, "one"), ERR_DUPLICATE);
    t_is(db_commit(db), ERR_BUG);
    t_contains(db_error(db), "INSERT INTO thing");
    db_rollback(db);
    ck_assert_uint_eq(count(db), 1);
    t_ok(db_begin(db)); /* the next one starts clean */
    t_ok(add_thing(db, 2, "two"));
    t_ok(db_commit(db));
    t_ok(db_begin(db));
    t_ok(db_script(db, "DELETE FROM thing"));
    t_is(db_script(db, "SELEC 1"), ERR_BUG);
    t_is(db_commit(db), ERR_BUG);
    db_rollback(db);
    ck_assert_uint_eq(count(db), 2);
    db_close(db);
}
END_TEST

START_TEST(finding_nothing_spoils_nothing)
{
    struct db *db = open_with_table(_i);
    struct thing t;
    t_ok(db_begin(db));
    t_ok(add_thing(db, 1, "one"));
    t_is(db_one(db, t_arena, QUERY(get, db_int(5)), thing_cols, &t),
         ERR_NOTFOUND);
    t_ok(db_commit(db));
    ck_assert_uint_eq(count(db), 1);
    db_close(db);
}
END_TEST

START_TEST(statements_are_prepared_once)
{
    static const char named[] = "SELECT count(*) AS n FROM"
                                " pg_prepared_statements";
    struct db *db = open_with_table(_i);
    struct number n;
    (void)db_statements(db, true);
    for (int i = 0; i < 50; i++)
        t_ok(add_thing(db, i, arena_fmt(t_arena, "%d", i)));
    ck_assert_uint_eq(db_statements(db, false), 50);
    ck_assert_uint_eq(db_statements(db, true), 50);
    ck_assert_uint_eq(db_statements(db, false), 0);
    if (_i == ON_PG) {
        t_ok(db_one(db, t_arena, QUERY(named), number_cols, &n));
        ck_assert_int_eq(n.n, 2); /* the INSERT and this one */
    }
    db_close(db);
}
END_TEST

START_TEST(more_statements_than_there_may_be)
{
    struct db *db = t_db_open(t_db_url(_i));
    struct number n;
    for (int i = 0; i < MAX_DB_STATEMENTS; i++) {
        const char *sql = arena_fmt(t_arena, "SELECT %d AS n", i);
        t_ok(db_one(db, t_arena, QUERY(sql), number_cols, &n));
        ck_assert_int_eq(n.n, i);
    }
    t_is(db_one(db, t_arena, QUERY(all), number_cols, &n), ERR_BUG);
    t_contains(db_error(db), "statements");
    db_close(db);
}
END_TEST

START_TEST(addresses_of_no_database)
{
    static const char *const bad[] = {"", "mysql://x/y", "sqlite", "/var/x.db"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct db *db = NULL;
        struct err_note why = {""};
        struct db_conf conf = {.url = bad[i]};
        t_is(db_open(&conf, &db, &why), ERR_CONFIG);
        t_contains(why.text, "database.url: must begin with sqlite: or ");
        ck_assert_ptr_null(db);
    }
}
END_TEST

Suite *db_suite(void)
{
    Suite *s = suite_create("db");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, every_kind_of_column);
    t_add_both(tc, null_is_empty_or_zero);
    t_add_both(tc, parameters_in_any_order);
    t_add_both(tc, as_many_parameters_as_there_may_be);
    t_add_both(tc, more_rows_than_the_first_block);
    t_add_both(tc, no_row_is_not_found);
    t_add_both(tc, writes_tell_what_they_touched);
    t_add_both(tc, constraints);
    t_add_both(tc, text_that_is_no_sql);
    t_add_both(tc, a_wrong_column_table_is_a_bug);
    t_add_both(tc, a_wrong_number_of_parameters_is_a_bug);
    t_add_both(tc, transactions);
    t_add_both(tc, an_error_spoils_its_transaction);
    t_add_both(tc, finding_nothing_spoils_nothing);
    t_add_both(tc, statements_are_prepared_once);
    t_add_both(tc, more_statements_than_there_may_be);
    tcase_add_test(tc, addresses_of_no_database);
    return s;
}
