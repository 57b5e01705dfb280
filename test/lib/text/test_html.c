#include <string.h>

#include "test/support.h"
#include "text/html.h"

typedef void escape_fn(struct buf *b, const char *s, size_t n);

static const char *escaped(escape_fn *fn, const char *s, size_t n)
{
    struct buf b;
    buf_init(&b, 1000);
    fn(&b, s, n);
    const char *text = arena_dup(t_arena, buf_str(&b), b.n);
    buf_done(&b);
    return text;
}

START_TEST(markup_becomes_text)
{
    static const char text[] = "<a href=\"x\" b='y'>&amp;</a>";
    static const char safe[] = "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;"
                               "&amp;amp;&lt;/a&gt;";
    ck_assert_str_eq(escaped(html_escape, text, strlen(text)), safe);
    ck_assert_str_eq(escaped(html_pre_escape, text, strlen(text)), safe);
    ck_assert_str_eq(escaped(html_escape, "", 0), "");
    ck_assert_str_eq(escaped(html_escape, "ñ€😀 plain", 15), "ñ€😀 plain");
    ck_assert_str_eq(escaped(html_escape, "<<", 1), "&lt;");
}
END_TEST

START_TEST(white_space_is_kept_only_by_pre)
{
    static const char text[] = "a\tb\nc\vd\fe\rf g";
    ck_assert_str_eq(escaped(html_escape, text, strlen(text)), "a b c d e f g");
    ck_assert_str_eq(escaped(html_pre_escape, text, strlen(text)), text);
}
END_TEST

START_TEST(nothing_dangerous_is_left)
{
    for (int c = 0; c < 256; c++) {
        char one = (char)c;
        const char *out = escaped(html_escape, &one, 1);
        ck_assert_msg(strpbrk(out, "<>\"'\n\r\t") == NULL, "byte %d", c);
        ck_assert_msg(out[0] != '&' || out[1] != '\0', "byte %d", c);
    }
}
END_TEST

Suite *html_suite(void)
{
    Suite *s = suite_create("html");
    TCase *tc = t_case(s, "html");
    tcase_add_test(tc, markup_becomes_text);
    tcase_add_test(tc, white_space_is_kept_only_by_pre);
    tcase_add_test(tc, nothing_dangerous_is_left);
    return s;
}
