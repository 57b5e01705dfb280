#include <string.h>

#include "test/support.h"
#include "text/charset.h"
#include "text/utf8.h"

static enum charset guess(const char *p, size_t n, size_t piece)
{
    struct charset_guess g = {0};
    for (size_t at = 0; at < n; at += piece)
        charset_feed(&g, p + at, piece < n - at ? piece : n - at);
    return charset_end(&g);
}

START_TEST(a_text_is_known_in_pieces_too)
{
    static const struct {
        const char *text;
        size_t n;
        enum charset is;
    } vectors[] = {
        {"", 0, CHARSET_UTF8},
        {"plain", 5, CHARSET_UTF8},
        {"Ñandú €", 11, CHARSET_UTF8},
        {"\xf0\x9f\x98\x80", 4, CHARSET_UTF8},
        {"\xef\xbb\xbf", 3, CHARSET_UTF8},
        {"\xef\xbb\xbf\xd1", 4, CHARSET_UTF8}, /* broken, but so marked */
        {"Medell\xedn", 8, CHARSET_WINDOWS},
        {"\xd1", 1, CHARSET_WINDOWS},
        {"\xc3\xb1 \xf1", 4, CHARSET_WINDOWS},
        {"\xe2\x82", 2, CHARSET_WINDOWS},         /* ends in the middle */
        {"\xc0\xaf", 2, CHARSET_WINDOWS},         /* overlong */
        {"\xe0\x80\xaf", 3, CHARSET_WINDOWS},     /* the same */
        {"\xed\xa0\x80", 3, CHARSET_WINDOWS},     /* a surrogate */
        {"\xf4\x90\x80\x80", 4, CHARSET_WINDOWS}, /* past U+10FFFF */
        {"a\0b", 3, CHARSET_NONE},
        {"\xff\xfe"
         "a",
         3, CHARSET_NONE},
        {"\xfe\xff", 2, CHARSET_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        for (size_t piece = 1; piece < 12; piece++)
            ck_assert_msg(guess(vectors[i].text, vectors[i].n, piece) ==
                              vectors[i].is,
                          "vector %zu in pieces of %zu", i, piece);
}
END_TEST

/* Against the checker of whole texts, for every pair of bytes. */
START_TEST(what_is_utf8_is_so_for_utf8_valid)
{
    for (unsigned i = 0x0101; i < 0x10000; i++) {
        const char text[] = {(char)(i >> 8), (char)i};
        if (text[0] == '\0' || text[1] == '\0' || i == 0xfffe || i == 0xfeff)
            continue;
        ck_assert_int_eq(guess(text, 2, 2) == CHARSET_UTF8,
                         utf8_valid(text, 2));
    }
}
END_TEST

START_TEST(bytes_of_windows)
{
    static const struct {
        unsigned char byte;
        const char *utf8;
    } vectors[] = {{'a', "a"},   {0x7f, "\x7f"}, {0x80, "€"},      {0x81, NULL},
                   {0x8d, NULL}, {0x8f, NULL},   {0x90, NULL},     {0x92, "’"},
                   {0x9d, NULL}, {0x9f, "Ÿ"},    {0xa0, "\u00a0"}, {0xd1, "Ñ"},
                   {0xe9, "é"},  {0xff, "ÿ"},    {0, NULL}};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct buf b;
        buf_init(&b, 10);
        ck_assert_int_eq(charset_add_windows(&b, vectors[i].byte),
                         vectors[i].utf8 != NULL);
        ck_assert_str_eq(buf_str(&b),
                         vectors[i].utf8 != NULL ? vectors[i].utf8 : "");
        buf_done(&b);
    }
}
END_TEST

Suite *charset_suite(void)
{
    Suite *s = suite_create("charset");
    TCase *tc = t_case(s, "charset");
    tcase_add_test(tc, a_text_is_known_in_pieces_too);
    tcase_add_test(tc, what_is_utf8_is_so_for_utf8_valid);
    tcase_add_test(tc, bytes_of_windows);
    return s;
}
