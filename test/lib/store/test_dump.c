#include <string.h>

#include "base/buf.h"
#include "store/dump.h"
#include "test/database.h"

enum { MAX_DUMP_BYTES = 64 << 20, PIECE = 1000 };

static struct buf stream;
static size_t at;
static bool breaks; /* half way back */

static enum err put(void *arg UNUSED, const void *p, size_t n)
{
    buf_add(&stream, p, n);
    return buf_ok(&stream) ? ERR_OK : ERR_BUG;
}

static enum err get(void *arg UNUSED, const unsigned char **ret_p,
                    size_t *ret_n)
{
    size_t left = stream.n - at;
    if (breaks && at > stream.n / 2)
        return ERR_SYSTEM;
    *ret_p = (const unsigned char *)stream.p + at;
    *ret_n = left < PIECE ? left : PIECE;
    at += *ret_n;
    return ERR_OK;
}

static struct dump_place place_of(const char *url)
{
    return (struct dump_place){.url = url, .work = t_dir()};
}

/* A database of the schema as a stream, and what is in it. */
static struct dump_facts dumped(int which, const char **ret_url)
{
    struct dump_facts facts;
    struct err_note why = {""};
    *ret_url = t_db_new_url(which);
    struct dump_place place = place_of(*ret_url);
    struct db *db = t_db_open(*ret_url);
    t_ok(audit_record(db, t_actor(0),
                      &(struct audit_event){.action = "a", .entity = "b"}));
    db_close(db);
    buf_init(&stream, MAX_DUMP_BYTES);
    at = 0;
    breaks = false;
    ck_assert_msg(dump_write(&place, t_arena, put, NULL, &facts, &why) ==
                      ERR_OK,
                  "%s", why.text);
    return facts;
}

static int64_t rows_of(const struct dump_facts *f, const char *table)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->tables[i].name, table) == 0)
            return f->tables[i].rows;
    return -1;
}

START_TEST(it_comes_back_into_an_empty_one)
{
    const char *url, *other = NULL;
    struct dump_facts then = dumped(_i, &url), now;
    struct dump_place from = place_of(url);
    struct err_note why = {""};
    bool empty = false;
    ck_assert_msg(dump_scratch_new(&from, t_arena, &other, &why) == ERR_OK,
                  "%s", why.text);
    struct dump_place place = place_of(other);
    ck_assert_int_eq(then.audit_seq, 1);
    ck_assert_uint_eq(strlen(then.audit_hash), 64);
    ck_assert_int_eq(rows_of(&then, "audit_log"), 1);
    ck_assert_int_gt(rows_of(&then, "schema_migration"), 9);
    t_ok(dump_is_empty(other, &empty, &why));
    ck_assert(empty);
    ck_assert_msg(dump_restore(&place, false, get, NULL, &why) == ERR_OK, "%s",
                  why.text);
    t_ok(dump_is_empty(other, &empty, &why));
    ck_assert(!empty);
    t_ok(dump_count(other, t_arena, &now, &why));
    ck_assert_uint_eq(now.n, then.n);
    for (size_t i = 0; i < now.n; i++) {
        ck_assert_str_eq(now.tables[i].name, then.tables[i].name);
        ck_assert_int_eq(now.tables[i].rows, then.tables[i].rows);
    }
    ck_assert_str_eq(now.audit_hash, then.audit_hash);
    t_ok(dump_scratch_drop(&from, other, &why));
    buf_done(&stream);
}
END_TEST

START_TEST(what_is_there_goes_only_when_it_is_said)
{
    const char *url;
    struct dump_facts then = dumped(_i, &url), now;
    struct dump_place place = place_of(url);
    struct err_note why = {""};
    struct db *db = t_db_open(url);
    t_ok(db_script(db, "CREATE TABLE later (n BIGINT)"));
    db_close(db);
    t_is(dump_restore(&place, false, get, NULL, &why), ERR_CONFLICT);
    t_contains(why.text, "not empty");
    at = 0;
    ck_assert_msg(dump_restore(&place, true, get, NULL, &why) == ERR_OK, "%s",
                  why.text);
    t_ok(dump_count(url, t_arena, &now, &why));
    ck_assert_uint_eq(now.n, then.n);
    ck_assert_int_eq(rows_of(&now, "later"), -1);
    buf_done(&stream);
}
END_TEST

START_TEST(half_of_one_changes_nothing)
{
    const char *url;
    struct dump_facts then = dumped(_i, &url), now;
    struct dump_place place = place_of(url);
    struct err_note why = {""};
    breaks = true;
    t_is(dump_restore(&place, true, get, NULL, &why), ERR_SYSTEM);
    breaks = false;
    stream.n /= 2; /* this end looks like one */
    at = 0;
    ck_assert_int_ne(dump_restore(&place, true, get, NULL, &why), ERR_OK);
    t_ok(dump_count(url, t_arena, &now, &why));
    ck_assert_uint_eq(now.n, then.n);
    ck_assert_int_eq(rows_of(&now, "audit_log"), 1);
    buf_done(&stream);
}
END_TEST

START_TEST(a_scratch_database_comes_and_goes)
{
    const char *scratch = NULL, *again = NULL;
    struct dump_place place = place_of(t_db_new_url(_i));
    struct err_note why = {""};
    bool empty = false;
    ck_assert_msg(dump_scratch_new(&place, t_arena, &scratch, &why) == ERR_OK,
                  "%s", why.text);
    struct db *db = t_db_open(scratch);
    t_ok(db_script(db, "CREATE TABLE here (n BIGINT)"));
    db_close(db);
    t_ok(dump_scratch_drop(&place, scratch, &why));
    t_ok(dump_scratch_new(&place, t_arena, &again, &why));
    t_ok(dump_is_empty(again, &empty, &why));
    ck_assert(empty);
    t_ok(dump_scratch_drop(&place, again, &why));
}
END_TEST

Suite *dump_suite(void)
{
    Suite *s = suite_create("dump");
    TCase *tc = t_db_case(s, "dump");
    tcase_set_timeout(tc, 60);
    t_add_both(tc, it_comes_back_into_an_empty_one);
    t_add_both(tc, what_is_there_goes_only_when_it_is_said);
    t_add_both(tc, half_of_one_changes_nothing);
    t_add_both(tc, a_scratch_database_comes_and_goes);
    return s;
}
