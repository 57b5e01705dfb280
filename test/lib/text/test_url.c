#include <string.h>

#include "test/support.h"
#include "text/url.h"

/* The decoded text, or NULL when it is refused. */
static const char *decode(const char *s, bool plus)
{
    size_t n = strlen(s), got = 999;
    char *text = arena_alloc(t_arena, n + 1);
    if (!url_decode(s, n, plus, text, &got))
        return NULL;
    ck_assert_uint_eq(got, strlen(text));
    return text;
}

START_TEST(decoding)
{
    static const struct {
        const char *text, *as_form, *as_path;
    } vectors[] = {
        {"", "", ""},
        {"abc", "abc", "abc"},
        {"a+b", "a b", "a+b"},
        {"a%20b%2Bc%2bd", "a b+c+d", "a b+c+d"},
        {"%C3%b1", "ñ", "ñ"},
        {"%25%32%35", "%25", "%25"}, /* once only */
        {"%ff", "\xff", "\xff"},     /* bytes, whatever they mean */
        {"%2e%2E%2f", "../", "../"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        ck_assert_pstr_eq(decode(vectors[i].text, true), vectors[i].as_form);
        ck_assert_pstr_eq(decode(vectors[i].text, false), vectors[i].as_path);
    }
}
END_TEST

START_TEST(broken_sequences_are_refused)
{
    static const char *const bad[] = {"%",   "a%",    "%4",    "a%4", "%4g",
                                      "%g4", "%%41",  "% 1",   "%-1", "%0x",
                                      "%00", "a%00b", "%u00e9"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(decode(bad[i], true) == NULL, "accepted: %s", bad[i]);
    char out[4];
    size_t got;
    ck_assert(!url_decode("a\0b", 3, true, out, &got));
    ck_assert(!url_decode("%41", 2, true, out, &got)); /* obeys n */
}
END_TEST

START_TEST(decoding_in_place)
{
    char text[] = "%41%42+C";
    size_t got = 0;
    ck_assert(url_decode(text, strlen(text), true, text, &got));
    ck_assert_str_eq(text, "AB C");
    ck_assert_uint_eq(got, 4);
}
END_TEST

START_TEST(escaping_comes_back)
{
    struct buf b;
    buf_init(&b, 1000);
    url_query_escape(&b, "a b&c=d+e%é\n~!", 15);
    ck_assert_str_eq(buf_str(&b), "a+b%26c%3Dd%2Be%25%C3%A9%0A~!");
    ck_assert_pstr_eq(decode(buf_str(&b), true), "a b&c=d+e%é\n~!");
    buf_reset(&b);
    url_query_escape(&b, "\0\"<>'#?", 7);
    ck_assert_str_eq(buf_str(&b), "%00%22%3C%3E%27%23%3F");
    buf_reset(&b);
    for (int c = 1; c < 256; c++) {
        char one = (char)c;
        buf_reset(&b);
        url_query_escape(&b, &one, 1);
        ck_assert_mem_eq(decode(buf_str(&b), true), &one, 1);
    }
    buf_done(&b);
}
END_TEST

Suite *url_suite(void)
{
    Suite *s = suite_create("url");
    TCase *tc = t_case(s, "url");
    tcase_add_test(tc, decoding);
    tcase_add_test(tc, broken_sequences_are_refused);
    tcase_add_test(tc, decoding_in_place);
    tcase_add_test(tc, escaping_comes_back);
    return s;
}
