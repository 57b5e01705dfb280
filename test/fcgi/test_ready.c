#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ready.h"
#include "test/suites.h"

suite_fn ready_suite;

START_TEST(test_one_byte_then_the_end)
{
    int ends[2];
    char text[16];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(text, sizeof(text), "%d", ends[1]);
    setenv("PTPOOL_READY_FD", text, 1);
    ready_notify();
    ck_assert_int_eq(read(ends[0], text, sizeof(text)), 1);
    ck_assert_int_eq(text[0], READY_BYTE);
    ck_assert_int_eq(read(ends[0], text, sizeof(text)), 0);
    ck_assert_ptr_null(getenv("PTPOOL_READY_FD"));
    close(ends[0]);
}
END_TEST

START_TEST(test_without_a_supervisor)
{
    unsetenv("PTPOOL_READY_FD");
    ready_notify();
    setenv("PTPOOL_READY_FD", "nonsense", 1);
    ready_notify();
}
END_TEST

Suite *ready_suite(void)
{
    Suite *s = suite_create("ready");
    TCase *t = tcase_create("ready");
    tcase_add_test(t, test_one_byte_then_the_end);
    tcase_add_test(t, test_without_a_supervisor);
    suite_add_tcase(s, t);
    return s;
}
