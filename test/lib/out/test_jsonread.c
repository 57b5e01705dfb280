#include <string.h>

#include "out/jsonread.h"
#include "test/support.h"

static enum err parse(const char *text, struct json_object **ret)
{
    return jsonread_parse(t_arena, text, strlen(text), ret);
}

START_TEST(objects_alone)
{
    static const char *const good[] = {"{}", " {\"a\": [1, {}]} \n"};
    static const char *const bad[] = {"",
                                      "[]",
                                      "1",
                                      "{",
                                      "{} x",
                                      "{}{}",
                                      "{\"a\": 'x'}",
                                      "{\"a\": 1,}",
                                      "// x\n{}",
                                      "{\"a\": x}",
                                      "{\"a\": tru}",
                                      "{\"a\": \"\xff\"}",
                                      "{\"a\": \"\xc0\x9d\"}",
                                      "{\"a\": \"\x01\"}"};
    struct json_object *o;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        ck_assert_msg(parse(good[i], &o) == ERR_OK, "%s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(parse(bad[i], &o) == ERR_INVALID, "%s", bad[i]);
    t_is(jsonread_parse(t_arena, "{}\0", 3, &o), ERR_INVALID);
}
END_TEST

START_TEST(not_too_deep)
{
    struct json_object *o;
    const char *deep = arena_fmt(t_arena, "{\"a\":%s%s}", "[[[[[[[[[[[[[[[[[[",
                                 "]]]]]]]]]]]]]]]]]]");
    t_is(parse(deep, &o), ERR_INVALID);
}
END_TEST

START_TEST(texts_and_times)
{
    struct json_object *o;
    int64_t t = 0;
    t_ok(parse("{\"s\": \"\\u00e1\", \"nul\": \"a\\u0000b\", \"n\": 7,"
               " \"f\": 7.9, \"big\": 1e300, \"nan\": NaN, \"null\": null}",
               &o));
    ck_assert_str_eq(jsonread_text(o, "s"), "á");
    ck_assert_ptr_null(jsonread_text(o, "nul"));
    ck_assert_ptr_null(jsonread_text(o, "n"));
    ck_assert_ptr_null(jsonread_text(o, "null"));
    ck_assert_ptr_null(jsonread_text(o, "missing"));
    ck_assert(jsonread_time(o, "n", &t));
    ck_assert_int_eq(t, 7);
    ck_assert(jsonread_time(o, "f", &t));
    ck_assert_int_eq(t, 7);
    ck_assert(!jsonread_time(o, "big", &t));
    ck_assert(!jsonread_time(o, "nan", &t));
    ck_assert(!jsonread_time(o, "s", &t));
    ck_assert(!jsonread_time(o, "null", &t));
    ck_assert(!jsonread_time(o, "missing", &t));
}
END_TEST

Suite *jsonread_suite(void)
{
    Suite *s = suite_create("jsonread");
    TCase *tc = t_case(s, "jsonread");
    tcase_add_test(tc, objects_alone);
    tcase_add_test(tc, not_too_deep);
    tcase_add_test(tc, texts_and_times);
    return s;
}
