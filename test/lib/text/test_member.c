#include "test/support.h"
#include "text/member.h"

START_TEST(what_is_there)
{
    struct json_object *o = json_tokener_parse(
        "{\"n\":-7000000000,\"s\":\"ñ\",\"b\":true,\"in\":{\"n\":1},"
        "\"list\":[4,5,6]}");
    ck_assert_int_eq(member_number(o, "n"), -7000000000);
    ck_assert_str_eq(member_text(o, "s"), "ñ");
    ck_assert(member_is(o, "b"));
    ck_assert_int_eq(member_number(member_get(o, "in"), "n"), 1);
    ck_assert_uint_eq(member_length(member_get(o, "list")), 3);
    json_object_put(o);
}
END_TEST

START_TEST(what_is_not)
{
    struct json_object *o =
        json_tokener_parse("{\"null\":null,\"s\":\"x\",\"list\":[1]}");
    struct json_object *from[] = {o, NULL, member_get(o, "list")};
    static const char *const names[] = {"null", "other", ""};
    for (size_t i = 0; i < ARRAY_LEN(from); i++)
        for (size_t n = 0; n < ARRAY_LEN(names); n++) {
            ck_assert_ptr_null(member_get(from[i], names[n]));
            ck_assert_int_eq(member_number(from[i], names[n]), 0);
            ck_assert_str_eq(member_text(from[i], names[n]), "");
            ck_assert(!member_is(from[i], names[n]));
        }
    ck_assert_int_eq(member_number(o, "s"), 0);
    ck_assert_uint_eq(member_length(o), 0);
    ck_assert_uint_eq(member_length(member_get(o, "s")), 0);
    ck_assert_uint_eq(member_length(NULL), 0);
    json_object_put(o);
}
END_TEST

Suite *member_suite(void)
{
    Suite *s = suite_create("member");
    TCase *tc = t_case(s, "member");
    tcase_add_test(tc, what_is_there);
    tcase_add_test(tc, what_is_not);
    return s;
}
