#include <string.h>

#include "test/support.h"
#include "text/connection.h"

START_TEST(values)
{
    static const char text[] =
        " AccountName=a ;accountkey=b==;;Empty=; X-Name=x;Last = l; EndPoint=e";
    static const struct {
        const char *name, *value;
    } there[] = {{"AccountName", "a"}, {"AccountKey", "b=="},
                 {"Empty", ""},        {"Name", NULL},
                 {"X-Name", "x"},      {"Account", NULL},
                 {"Last", NULL},       {"Last ", " l"},
                 {"Endpoint", "e"},    {"EndpointSuffix", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(there); i++) {
        const char *got = connection_value(t_arena, text, there[i].name);
        if (there[i].value == NULL)
            ck_assert_msg(got == NULL, "%s: %s", there[i].name, got);
        else
            ck_assert_str_eq(got, there[i].value);
    }
    ck_assert_ptr_null(connection_value(t_arena, "", "a"));
    ck_assert_ptr_null(connection_value(t_arena, " ;  ; ", "a"));
}
END_TEST

START_TEST(bases)
{
    ck_assert_str_eq(connection_base(t_arena, "https://a.co"), "https://a.co");
    ck_assert_str_eq(connection_base(t_arena, "https://a.co/b//"),
                     "https://a.co/b");
    ck_assert_str_eq(connection_base(t_arena, "/"), "");
}
END_TEST

Suite *connection_suite(void)
{
    Suite *s = suite_create("connection");
    TCase *tc = t_case(s, "connection");
    tcase_add_test(tc, values);
    tcase_add_test(tc, bases);
    return s;
}
