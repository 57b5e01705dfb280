#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "test/support.h"

START_TEST(every_error_has_status_and_text)
{
    for (int e = 0; e < ERR__MAX; e++) {
        ck_assert_int_ge(err_http((enum err)e), 200);
        ck_assert_int_lt(err_http((enum err)e), 600);
        ck_assert_str_ne(err_text((enum err)e), "");
        ck_assert_str_ne(err_name((enum err)e), "");
    }
    ck_assert_int_eq(err_http(ERR_OK), 200);
    ck_assert_int_eq(err_http(ERR_CONFLICT), 409);
    ck_assert_int_eq(err_http(ERR_UNAVAIL), 503);
    ck_assert_int_eq(err_http(ERR__MAX), 500);
    ck_assert_str_eq(err_text(ERR__MAX), "unknown error");
    ck_assert_str_eq(err_name(ERR_UNAVAIL), "UNAVAIL");
    ck_assert_str_eq(err_name(ERR__MAX), "UNKNOWN");
}
END_TEST

START_TEST(notes_are_written_and_cut)
{
    struct err_note note = {""};
    t_is(err_set(NULL, ERR_BUG, "%d", 1), ERR_BUG);
    t_is(err_set(&note, ERR_BUG, "line %d", 7), ERR_BUG);
    ck_assert_str_eq(note.text, "line 7");
    t_is(err_set(&note, ERR_CONFIG, "%02000d", 1), ERR_CONFIG);
    ck_assert_uint_eq(strlen(note.text), ERR_NOTE_MAX - 1);
    errno = ENOENT;
    t_is(err_errno(&note, ERR_SYSTEM, "open %s", "x"), ERR_SYSTEM);
    ck_assert_str_eq(note.text, "open x: No such file or directory");
    t_is(err_errno(NULL, ERR_SYSTEM, "x"), ERR_SYSTEM);
    errno = ENOENT;
    t_is(err_errno(&note, ERR_SYSTEM, "%02000d", 1), ERR_SYSTEM);
    ck_assert_uint_eq(strlen(note.text), ERR_NOTE_MAX - 1);
}
END_TEST

Suite *err_suite(void)
{
    Suite *s = suite_create("err");
    TCase *tc = t_case(s, "err");
    tcase_add_test(tc, every_error_has_status_and_text);
    tcase_add_test(tc, notes_are_written_and_cut);
    return s;
}
