#include <stdlib.h>
#include <string.h>

#include "test/support.h"
#include "text/html.h"
#include "text/html_short.h"

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

/* html_escape(), of one byte after the other. */
static size_t one_by_one(char *o, const char *s, size_t n)
{
    static const char bytes[] = "&<>\"'\t\n\v\f\r";
    static const char *const texts[] = {
        "&amp;", "&lt;", "&gt;", "&quot;", "&#39;", " ", " ", " ", " ", " "};
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        const char *found = s[i] != '\0' ? strchr(bytes, s[i]) : NULL;
        const char *text = found != NULL ? texts[found - bytes] : s + i;
        size_t n_text = found != NULL ? strlen(text) : 1;
        memcpy(o + length, text, n_text);
        length += n_text;
    }
    return length;
}

/* s[0..n) in memory that ends with it, into the room that is asked for. */
static void check_room(const char *s, size_t n)
{
    char *exact = malloc(n > 0 ? n : 1);
    char *o = malloc(n * HTML_GROW + HTML_SLACK);
    char want[HTML_PART * HTML_GROW];
    ck_assert(exact != NULL && o != NULL);
    memcpy(exact, s, n);
    size_t length = (size_t)(html_escape_part(o, exact, n, false) - o);
    ck_assert_uint_eq(length, one_by_one(want, s, n));
    ck_assert_mem_eq(o, want, length);
    free(exact);
    free(o);
}

/* Bytes are looked at eight and sixteen at once: any of them may be the one. */
START_TEST(every_length_and_place)
{
    static const char bytes[] = "\0\b\t\n\v\f\r\x0e !\"#%&'(;<=>?\x7f\x80\xff";
    char s[HTML_PART];
    for (size_t n = 0; n <= HTML_PART; n++) {
        memset(s, '<', n);
        check_room(s, n);
        for (size_t at = 0; at < n; at++) {
            for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
                memset(s, 'a', n);
                s[at] = bytes[i];
                s[n / 3] = '&';
                check_room(s, n);
                s[n / 3] = 'b';
                s[at] = bytes[i];
                check_room(s, n);
            }
        }
    }
}
END_TEST

START_TEST(bits_are_the_same_without_the_instruction)
{
    for (unsigned i = 0; i < 1 << 16; i++) {
        bytes16 found;
        for (unsigned at = 0; at < 16; at++)
            found[at] = (i >> at & 1) != 0 ? 0xff : 0;
        ck_assert_uint_eq(html_bits_any(found), i);
        ck_assert_uint_eq(html_bits(found), i);
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
    tcase_add_test(tc, every_length_and_place);
    tcase_add_test(tc, bits_are_the_same_without_the_instruction);
    return s;
}
