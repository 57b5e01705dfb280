#include <string.h>

#include "base/clock.h"
#include "model/client.h"
#include "model/client_import.h"
#include "model/user.h"
#include "test/database.h"

static const struct client_import sample = {
    .name = "año \"uno\".csv",
    .sha256 =
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    .bytes = INT64_C(5000000000),
    .charset = "windows-1252",
};

static int64_t add(struct db *db, int64_t by)
{
    int64_t id = 0;
    enum err e = client_import_create(db, t_arena, &sample, t_actor(by), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static struct client_import get(struct db *db, int64_t id)
{
    struct client_import im = {0};
    t_ok(client_import_get(db, t_arena, id, &im));
    return im;
}

static int64_t checked(struct db *db)
{
    int64_t id = add(db, 0);
    struct client_import_step s = {
        .id = id, .upto_row = 9, .bytes = 77, .good = 5, .bad = 2};
    t_ok(client_import_resume(db, t_arena, id, false));
    t_ok(client_import_checked(db, &s));
    return id;
}

static int64_t ready(struct db *db)
{
    int64_t id = checked(db);
    t_ok(client_import_finish(db, id, false));
    return id;
}

static void problem(struct db *db, int64_t id, int64_t line, int64_t n)
{
    t_ok(client_import_note(db, id,
                            &(struct client_import_line){.line = line,
                                                         .n = n,
                                                         .field = "email",
                                                         .problem = "bad",
                                                         .about = 7}));
}

START_TEST(everything_is_stored)
{
    struct db *db = t_db_new(_i);
    struct user u = {.email = "ana@example.com",
                     .name = "Ana",
                     .role = "office",
                     .pass_hash = ""};
    int64_t by = 0, before = clock_now();
    t_ok(user_create(db, t_arena, &u, t_actor(0), &by));
    int64_t id = add(db, by);
    struct client_import im = get(db, id);
    ck_assert_str_eq(im.name, sample.name);
    ck_assert_str_eq(im.sha256, sample.sha256);
    ck_assert_int_eq(im.bytes, sample.bytes);
    ck_assert_str_eq(im.charset, sample.charset);
    ck_assert_str_eq(im.state, "uploaded");
    ck_assert_str_eq(im.created_by_name, "Ana");
    ck_assert_int_ge(im.created_at, before);
    ck_assert_int_eq(im.started_at, 0);
    ck_assert_int_eq(im.version, 1);
    t_is(client_import_get(db, t_arena, id + 1, &im), ERR_NOTFOUND);
    struct db_rows rows;
    int64_t newest = add(db, 0);
    t_ok(client_import_list(db, t_arena, 2, &rows));
    ck_assert_uint_eq(rows.n, 2);
    ck_assert_int_eq(((const struct client_import *)rows.items)->id, newest);
    db_close(db);
}
END_TEST

START_TEST(a_step_goes_on_where_the_last_one_ended)
{
    struct db *db = t_db_new(_i);
    int64_t id = checked(db);
    struct client_import_step s = {.id = id,
                                   .from_row = 9,
                                   .upto_row = 12,
                                   .bytes = 99,
                                   .good = 3,
                                   .alike = 2};
    t_ok(client_import_checked(db, &s));
    t_is(client_import_checked(db, &s), ERR_CONFLICT);
    t_is(client_import_ran(db, &s), ERR_CONFLICT);
    struct client_import im = get(db, id);
    ck_assert_str_eq(im.state, "checking");
    ck_assert_int_eq(im.lines, 10);
    ck_assert_int_eq(im.good, 8);
    ck_assert_int_eq(im.bad, 2);
    ck_assert_int_eq(im.alike, 2);
    ck_assert_int_eq(im.checked_row, 12);
    ck_assert_int_eq(im.checked_bytes, 99);
    t_ok(client_import_resume(db, t_arena, id, false)); /* another process */
    t_is(client_import_resume(db, t_arena, id, true), ERR_CONFLICT);
    t_ok(client_import_finish(db, id, false));
    ck_assert_str_eq(get(db, id).state, "ready");
    t_is(client_import_resume(db, t_arena, id, false), ERR_CONFLICT);
    t_is(client_import_finish(db, id, false), ERR_CONFLICT);
    db_close(db);
}
END_TEST

START_TEST(it_starts_once_and_ends)
{
    struct db *db = t_db_new(_i);
    int64_t id = ready(db);
    struct client_import_step s = {
        .id = id, .upto_row = 9, .good = 4, .bad = 1};
    t_is(client_import_start(db, t_arena, id, 2, t_actor(0)), ERR_CONFLICT);
    t_is(client_import_start(db, t_arena, id + 1, 1, t_actor(0)), ERR_NOTFOUND);
    t_ok(client_import_start(db, t_arena, id, 1, t_actor(0)));
    t_is(client_import_start(db, t_arena, id, 2, t_actor(0)), ERR_CONFLICT);
    t_is(client_import_cancel(db, t_arena, id, 2, t_actor(0)), ERR_CONFLICT);
    t_ok(client_import_resume(db, t_arena, id, true));
    t_ok(client_import_ran(db, &s));
    t_is(client_import_ran(db, &s), ERR_CONFLICT);
    t_ok(client_import_finish(db, id, true));
    struct client_import im = get(db, id);
    ck_assert_str_eq(im.state, "done");
    ck_assert_int_eq(im.done, 4);
    ck_assert_int_eq(im.good, 4);
    ck_assert_int_eq(im.bad, 3);
    ck_assert_int_eq(im.version, 2);
    ck_assert_int_ne(im.finished_at, 0);
    t_is(client_import_resume(db, t_arena, id, true), ERR_CONFLICT);
    db_close(db);
}
END_TEST

START_TEST(without_good_lines_there_is_nothing_to_start)
{
    struct db *db = t_db_new(_i);
    int64_t id = add(db, 0);
    t_ok(client_import_resume(db, t_arena, id, false));
    t_ok(client_import_finish(db, id, false));
    t_is(client_import_start(db, t_arena, id, 1, t_actor(0)), ERR_CONFLICT);
    db_close(db);
}
END_TEST

START_TEST(cancelled_is_over)
{
    struct db *db = t_db_new(_i);
    struct db_rows rows;
    int64_t id = checked(db);
    struct client_import_step s = {
        .id = id, .from_row = 9, .upto_row = 12, .good = 3};
    problem(db, id, 4, 0);
    t_is(client_import_cancel(db, t_arena, id, 2, t_actor(0)), ERR_CONFLICT);
    t_ok(client_import_cancel(db, t_arena, id, 1, t_actor(0)));
    t_is(client_import_cancel(db, t_arena, id, 2, t_actor(0)), ERR_CONFLICT);
    t_is(client_import_checked(db, &s), ERR_CONFLICT);
    t_is(client_import_resume(db, t_arena, id, false), ERR_CONFLICT);
    ck_assert_str_eq(get(db, id).state, "cancelled");
    t_ok(client_import_problems(
        db, t_arena, &(struct client_import_page){id, 0, -1, 9}, &rows));
    ck_assert_uint_eq(rows.n, 0);
    t_ok(client_import_fail(db, id, "job"));
    ck_assert_str_eq(get(db, id).state, "cancelled");
    db_close(db);
}
END_TEST

START_TEST(what_failed_goes_on_where_it_was)
{
    struct db *db = t_db_new(_i);
    int64_t id = checked(db);
    t_ok(client_import_fail(db, id, "job"));
    ck_assert_str_eq(get(db, id).state, "failed");
    ck_assert_str_eq(get(db, id).error, "job");
    t_is(client_import_resume(db, t_arena, id, true), ERR_CONFLICT);
    t_ok(client_import_resume(db, t_arena, id, false));
    ck_assert_str_eq(get(db, id).error, "");
    t_ok(client_import_finish(db, id, false));
    t_ok(client_import_start(db, t_arena, id, 1, t_actor(0)));
    t_ok(client_import_fail(db, id, "job"));
    t_is(client_import_resume(db, t_arena, id, false), ERR_CONFLICT);
    t_ok(client_import_resume(db, t_arena, id, true));
    ck_assert_str_eq(get(db, id).state, "running");
    db_close(db);
}
END_TEST

START_TEST(problems_are_paged_by_line_and_number)
{
    struct db *db = t_db_new(_i);
    struct client made = {.kind = "legal",
                          .service_kind = "single",
                          .doc_type = "",
                          .doc_number = "",
                          .doc_dv = "",
                          .name = "A",
                          .company = "",
                          .email = "",
                          .phone = "",
                          .address = "",
                          .city = "",
                          .dane_city = "",
                          .notes = ""};
    struct client_import_line done = {.line = 4, .field = "", .problem = ""};
    struct db_rows rows;
    int64_t id = ready(db), other = ready(db);
    problem(db, id, 2, 0);
    problem(db, id, 2, 1);
    problem(db, id, 3, 0);
    problem(db, other, 3, 0);
    t_ok(client_create(db, t_arena, &made, t_actor(0), &done.client_id));
    t_ok(client_import_note(db, id, &done));
    t_is(client_import_note(db, id, &done), ERR_DUPLICATE);
    t_ok(client_import_problems(
        db, t_arena, &(struct client_import_page){id, 0, -1, 2}, &rows));
    const struct client_import_line *p = rows.items;
    ck_assert_uint_eq(rows.n, 2);
    ck_assert_int_eq(p[1].line, 2);
    ck_assert_int_eq(p[1].n, 1);
    ck_assert_str_eq(p[1].field, "email");
    ck_assert_str_eq(p[1].problem, "bad");
    ck_assert_int_eq(p[1].about, 7);
    t_ok(client_import_problems(
        db, t_arena, &(struct client_import_page){id, 2, 0, 9}, &rows));
    ck_assert_uint_eq(rows.n, 2);
    t_ok(client_import_bad(db, t_arena, id, 2, 9, &rows));
    ck_assert_uint_eq(rows.n, 1);
    t_ok(client_import_bad(db, t_arena, id, 0, 2, &rows));
    ck_assert_uint_eq(rows.n, 2);
    db_close(db);
}
END_TEST

START_TEST(a_warning_is_told_and_refuses_nothing)
{
    struct db *db = t_db_new(_i);
    struct db_rows rows;
    int64_t id = ready(db);
    problem(db, id, 3, 0);
    t_ok(client_import_note(db, id,
                            &(struct client_import_line){.line = 2,
                                                         .n = 16,
                                                         .field = "name",
                                                         .problem = "same_name",
                                                         .about = 5,
                                                         .warns = 1}));
    t_ok(client_import_problems(
        db, t_arena, &(struct client_import_page){id, 0, -1, 9}, &rows));
    const struct client_import_line *p = rows.items;
    ck_assert_uint_eq(rows.n, 2);
    ck_assert_int_eq(p[0].line, 2);
    ck_assert_int_eq(p[0].warns, 1);
    ck_assert_int_eq(p[0].about, 5);
    ck_assert_int_eq(p[1].warns, 0);
    t_ok(client_import_bad(db, t_arena, id, 0, 9, &rows));
    p = rows.items;
    ck_assert_uint_eq(rows.n, 1);
    ck_assert_int_eq(p[0].line, 3);
    db_close(db);
}
END_TEST

START_TEST(the_file_of_what_is_over_goes_unless_it_is_shared)
{
    struct db *db = t_db_new(_i);
    struct db_rows rows;
    bool shares = true;
    int64_t id = ready(db), now = clock_now();
    t_ok(client_import_over(db, t_arena, now + 9, now + 9, &rows));
    ck_assert_uint_eq(rows.n, 0);
    t_ok(client_import_cancel(db, t_arena, id, 1, t_actor(0)));
    t_ok(client_import_over(db, t_arena, now - 9, 0, &rows));
    ck_assert_uint_eq(rows.n, 0);
    t_ok(client_import_over(db, t_arena, now + 9, 0, &rows));
    ck_assert_uint_eq(rows.n, 1);
    const struct client_import *im = rows.items;
    ck_assert_int_eq(im->id, id);
    ck_assert_str_eq(im->sha256, sample.sha256);
    t_ok(client_import_shares(db, t_arena, im, &shares));
    ck_assert(!shares);
    int64_t other = ready(db);
    t_ok(client_import_shares(db, t_arena, im, &shares));
    ck_assert(shares);
    t_ok(client_import_removed(db, id));
    t_ok(client_import_start(db, t_arena, other, 1, t_actor(0)));
    t_ok(client_import_finish(db, other, true));
    t_ok(client_import_over(db, t_arena, now + 9, now - 9, &rows));
    ck_assert_uint_eq(rows.n, 0); /* done, but not for long */
    t_ok(client_import_over(db, t_arena, now + 9, now + 9, &rows));
    ck_assert_uint_eq(rows.n, 1);
    im = rows.items;
    t_ok(client_import_shares(db, t_arena, im, &shares));
    ck_assert(!shares);
    db_close(db);
}
END_TEST

Suite *client_import_suite(void)
{
    Suite *s = suite_create("client_import");
    TCase *tc = t_db_case(s, "client_import");
    t_add_both(tc, everything_is_stored);
    t_add_both(tc, a_step_goes_on_where_the_last_one_ended);
    t_add_both(tc, it_starts_once_and_ends);
    t_add_both(tc, without_good_lines_there_is_nothing_to_start);
    t_add_both(tc, cancelled_is_over);
    t_add_both(tc, what_failed_goes_on_where_it_was);
    t_add_both(tc, the_file_of_what_is_over_goes_unless_it_is_shared);
    t_add_both(tc, problems_are_paged_by_line_and_number);
    t_add_both(tc, a_warning_is_told_and_refuses_nothing);
    return s;
}
