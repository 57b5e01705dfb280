#include <string.h>

#include "base/build.h"
#include "test/support.h"

START_TEST(this_program_has_one)
{
    char id[BUILD_ID_TEXT];
    build_id(id);
    ck_assert_uint_ge(strlen(id), 32);
    ck_assert_uint_eq(strspn(id, "0123456789abcdef"), strlen(id));
    char again[BUILD_ID_TEXT];
    build_id(again);
    ck_assert_str_eq(id, again);
}
END_TEST

Suite *build_suite(void)
{
    Suite *s = suite_create("build");
    TCase *tc = t_case(s, "note");
    tcase_add_test(tc, this_program_has_one);
    return s;
}
