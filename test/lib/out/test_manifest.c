#include <string.h>

#include "out/manifest.h"
#include "test/support.h"

START_TEST(what_is_written_is_read)
{
    struct dump_table tables[] = {{"a", 3}, {"b \"c\"", 4}};
    const struct backup_info in = {
        .made_at = 1796000000,
        .database = "database.sqlite",
        .rows = 7,
        .files = 2,
        .damaged = 1,
        .facts = {
            .tables = tables, .n = 2, .audit_seq = 9, .audit_hash = "ab"}};
    struct backup_info out;
    struct err_note why = {""};
    struct buf b;
    buf_init(&b, MAX_MANIFEST_BYTES);
    manifest_write(&in, &b);
    t_ok(manifest_read(buf_str(&b), t_arena, &out, &why));
    buf_done(&b);
    ck_assert_int_eq(out.made_at, 1796000000);
    ck_assert_str_eq(out.database, "database.sqlite");
    ck_assert_int_eq(out.rows, 7);
    ck_assert_int_eq(out.files, 2);
    ck_assert_int_eq(out.damaged, 1);
    ck_assert_uint_eq(out.facts.n, 2);
    ck_assert_str_eq(out.facts.tables[1].name, "b \"c\"");
    ck_assert_int_eq(out.facts.tables[1].rows, 4);
    ck_assert_int_eq(out.facts.audit_seq, 9);
    ck_assert_str_eq(out.facts.audit_hash, "ab");
}
END_TEST

static const char *const others[] = {
    "", "[]", "{}", "{\"format\":2}", "{\"format\":1", "null"};

START_TEST(other_texts_are_refused)
{
    struct backup_info out;
    struct err_note why = {""};
    t_is(manifest_read(others[_i], t_arena, &out, &why), ERR_INVALID);
}
END_TEST

START_TEST(what_is_missing_is_nothing)
{
    struct backup_info out;
    t_ok(manifest_read("{\"format\":1,\"tables\":[1]}", t_arena, &out, NULL));
    ck_assert_str_eq(out.database, "");
    ck_assert_uint_eq(out.facts.n, 0);
    ck_assert_str_eq(out.facts.audit_hash, "");
}
END_TEST

Suite *manifest_suite(void)
{
    Suite *s = suite_create("manifest");
    TCase *tc = t_case(s, "manifest");
    tcase_add_test(tc, what_is_written_is_read);
    tcase_add_loop_test(tc, other_texts_are_refused, 0,
                        sizeof(others) / sizeof(others[0]));
    tcase_add_test(tc, what_is_missing_is_nothing);
    return s;
}
