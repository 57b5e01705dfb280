#include <json-c/json.h>
#include <string.h>

#include "test/support.h"
#include "text/json.h"

static const char *quoted(const char *s, size_t n)
{
    struct buf b;
    buf_init(&b, 10000);
    json_string(&b, s, n);
    const char *text = arena_dup(t_arena, buf_str(&b), b.n);
    buf_done(&b);
    return text;
}

START_TEST(strings_are_escaped)
{
    static const struct {
        const char *text, *json;
    } vectors[] = {
        {"", "\"\""},
        {"ñ€😀", "\"ñ€😀\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"a\nb\tc\rd\x01\x7f", "\"a\\nb\\tc\\u000dd\\u0001\\u007f\""},
        {"</script>&", "\"\\u003c/script\\u003e\\u0026\""},
        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
         "\"\\u2028\\u2029\xe2\x80\xaa\""},
        {"a\xff\xc3(\xed\xa0\x80", "\"a\\ufffd\\ufffd(\\ufffd\\ufffd\\ufffd\""},
        {"\xe2\x82", "\"\\ufffd\\ufffd\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_str_eq(quoted(vectors[i].text, strlen(vectors[i].text)),
                         vectors[i].json);
    ck_assert_str_eq(quoted("a\0b", 3), "\"a\\u0000b\"");
}
END_TEST

/* Another implementation reads back what was written. */
START_TEST(a_parser_reads_the_same)
{
    char text[128];
    for (int i = 1; i < 128; i++)
        text[i - 1] = (char)i;
    text[127] = '\0';
    struct json_object *o = json_tokener_parse(quoted(text, 127));
    ck_assert_ptr_nonnull(o);
    ck_assert_str_eq(json_object_get_string(o), text);
    json_object_put(o);
}
END_TEST

/* As Python's json.dumps(text, ensure_ascii=False) writes it. */
START_TEST(one_form_for_each_text)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"", "\"\""},
        {"José <b> & 'x'/", "\"José <b> & 'x'/\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {"\xe2\x80\xa8😀", "\"\xe2\x80\xa8😀\""},
        {"a\xff", "\"a\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b;
        buf_init(&b, 256);
        json_canonical(&b, cases[i].text, strlen(cases[i].text));
        ck_assert_str_eq(buf_str(&b), cases[i].json);
        buf_done(&b);
    }
}
END_TEST

Suite *json_suite(void)
{
    Suite *s = suite_create("json");
    TCase *tc = t_case(s, "json");
    tcase_add_test(tc, strings_are_escaped);
    tcase_add_test(tc, a_parser_reads_the_same);
    tcase_add_test(tc, one_form_for_each_text);
    return s;
}
