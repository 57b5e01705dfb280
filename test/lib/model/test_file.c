#include <string.h>

#include "base/clock.h"
#include "model/file.h"
#include "model/user.h"
#include "test/database.h"

static const struct file paper = {
    .entity = "client",
    .entity_id = 7,
    .name = "año \"uno\".pdf",
    .mime = "application/pdf",
    .bytes = INT64_C(5000000000),
    .sha256 =
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"};

static int64_t add(struct db *db, int64_t entity_id, int64_t by)
{
    struct file f = paper;
    int64_t id = 0;
    f.entity_id = entity_id;
    enum err e = file_create(db, t_arena, &f, t_actor(by), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static const struct file *list(struct db *db, bool archived, int64_t before,
                               int64_t limit, size_t want)
{
    struct db_rows rows;
    const struct file_filter filter = {.entity = "client",
                                       .entity_id = 7,
                                       .archived = archived,
                                       .before = before,
                                       .limit = limit};
    enum err e = file_list(db, t_arena, &filter, &rows);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    ck_assert_uint_eq(rows.n, want);
    return rows.items;
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
    int64_t id = add(db, 7, by);
    struct file got;
    t_ok(file_get(db, t_arena, id, &got));
    ck_assert_int_eq(got.id, id);
    ck_assert_str_eq(got.entity, paper.entity);
    ck_assert_int_eq(got.entity_id, paper.entity_id);
    ck_assert_str_eq(got.name, paper.name);
    ck_assert_str_eq(got.mime, paper.mime);
    ck_assert_int_eq(got.bytes, paper.bytes);
    ck_assert_str_eq(got.sha256, paper.sha256);
    ck_assert_int_ge(got.created_at, before);
    ck_assert_int_eq(got.version, 1);
    ck_assert_int_eq(got.archived_at, 0);
    ck_assert_str_eq(list(db, false, 0, 9, 1)->created_by_name, "Ana");
    t_is(file_get(db, t_arena, id + 1, &got), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(a_list_is_of_one_thing_newest_first)
{
    struct db *db = t_db_new(_i);
    int64_t a = add(db, 7, 0);
    add(db, 8, 0);
    int64_t b = add(db, 7, 0), c = add(db, 7, 0);
    const struct file *page = list(db, false, 0, 2, 2);
    ck_assert_int_eq(page[0].id, c);
    ck_assert_int_eq(page[1].id, b);
    ck_assert_int_eq(list(db, false, b, 9, 1)->id, a);
    list(db, true, 0, 9, 0);
    db_close(db);
}
END_TEST

START_TEST(archive_and_back)
{
    struct db *db = t_db_new(_i);
    int64_t id = add(db, 7, 0);
    t_is(file_archive(db, t_arena, id, 9, true, t_actor(0)), ERR_CONFLICT);
    t_is(file_archive(db, t_arena, id, 1, false, t_actor(0)), ERR_CONFLICT);
    t_is(file_archive(db, t_arena, id + 1, 1, true, t_actor(0)), ERR_NOTFOUND);
    t_ok(file_archive(db, t_arena, id, 1, true, t_actor(0)));
    list(db, false, 0, 9, 0);
    ck_assert_int_ne(list(db, true, 0, 9, 1)->archived_at, 0);
    t_is(file_archive(db, t_arena, id, 1, true, t_actor(0)), ERR_CONFLICT);
    t_ok(file_archive(db, t_arena, id, 2, false, t_actor(0)));
    ck_assert_int_eq(list(db, false, 0, 9, 1)->version, 3);
    db_close(db);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    struct db *db = t_db_new(_i);
    struct file f = paper;
    int64_t id;
    f.bytes = 0;
    t_is(file_create(db, t_arena, &f, t_actor(0), &id), ERR_BUG);
    f = paper;
    f.sha256 = "short";
    t_is(file_create(db, t_arena, &f, t_actor(0), &id), ERR_BUG);
    db_close(db);
}
END_TEST

Suite *file_suite(void)
{
    Suite *s = suite_create("file");
    TCase *tc = t_db_case(s, "file");
    t_add_both(tc, everything_is_stored);
    t_add_both(tc, a_list_is_of_one_thing_newest_first);
    t_add_both(tc, archive_and_back);
    t_add_both(tc, what_cannot_be_is_refused);
    return s;
}
