#include <string.h>

#include "test/support.h"
#include "text/utf8.h"

#define BYTES(s) (s), sizeof(s) - 1

struct vector {
    const char *p;
    size_t n;
};

START_TEST(valid_sequences)
{
    static const struct vector good[] = {
        {BYTES("")},
        {BYTES("\x01\x7f")},
        {BYTES("\xc2\x80")},         /* U+0080, the first of two bytes */
        {BYTES("\xdf\xbf")},         /* U+07FF */
        {BYTES("\xe0\xa0\x80")},     /* U+0800 */
        {BYTES("\xed\x9f\xbf")},     /* U+D7FF, before the surrogates */
        {BYTES("\xee\x80\x80")},     /* U+E000, after them */
        {BYTES("\xef\xbf\xbf")},     /* U+FFFF */
        {BYTES("\xf0\x90\x80\x80")}, /* U+10000 */
        {BYTES("\xf4\x8f\xbf\xbf")}, /* U+10FFFF, the last */
        {BYTES("A\xe2\x89\xa2\xce\x91.")},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        ck_assert_msg(utf8_valid(good[i].p, good[i].n), "vector %zu", i);
}
END_TEST

/* RFC 3629, sections 3 and 4. */
START_TEST(broken_sequences)
{
    static const struct vector bad[] = {
        {BYTES("\0")},
        {BYTES("a\0b")},
        {BYTES("\x80")}, /* a continuation alone */
        {BYTES("\xbf")},
        {BYTES("\xc0\x80")},         /* overlong NUL */
        {BYTES("\xc1\xbf")},         /* overlong U+007F */
        {BYTES("\xe0\x80\xaf")},     /* overlong "/" */
        {BYTES("\xe0\x9f\xbf")},     /* overlong U+07FF */
        {BYTES("\xf0\x80\x80\xaf")}, /* overlong "/" */
        {BYTES("\xf0\x8f\xbf\xbf")}, /* overlong U+FFFF */
        {BYTES("\xed\xa0\x80")},     /* U+D800 */
        {BYTES("\xed\xbf\xbf")},     /* U+DFFF */
        {BYTES("\xf4\x90\x80\x80")}, /* U+110000 */
        {BYTES("\xf5\x80\x80\x80")},
        {BYTES("\xf8\x88\x80\x80\x80")},
        {BYTES("\xfe")},
        {BYTES("\xff")},
        {BYTES("\xc3")}, /* truncated */
        {BYTES("\xe2\x82")},
        {BYTES("\xf0\x9f\x98")},
        {BYTES("\xc3(")}, /* broken in the middle */
        {BYTES("\xe2(\xa1")},
        {BYTES("\xe2\x82(")},
        {BYTES("\xf0\x9f\x98(")},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!utf8_valid(bad[i].p, bad[i].n), "vector %zu", i);
}
END_TEST

/* A sequence that ends past n is broken, whatever stands there. */
START_TEST(the_length_is_obeyed)
{
    static const char text[] = "\xf0\x9f\x98\x80";
    for (size_t n = 1; n < 4; n++)
        ck_assert(!utf8_valid(text, n));
    ck_assert(utf8_valid(text, 4));
}
END_TEST

START_TEST(code_points_are_counted_and_read)
{
    static const struct {
        const char *s;
        uint32_t cp;
        size_t len;
    } vectors[] = {{"a", 'a', 1},     {"ñ", 0xf1, 2},    {"€", 0x20ac, 3},
                   {"😀", 0x1f600, 4}, {"\xff", 0xff, 1}, {"\xc3", 0xc3, 1}};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        size_t len = 0;
        ck_assert_uint_eq(utf8_next(vectors[i].s, strlen(vectors[i].s), &len),
                          vectors[i].cp);
        ck_assert_uint_eq(len, vectors[i].len);
    }
    ck_assert_uint_eq(utf8_length("añ€😀", 10), 4);
    ck_assert_uint_eq(utf8_length("", 0), 0);
    ck_assert_uint_eq(utf8_units("añ€😀", 10), 5);
    ck_assert_uint_eq(utf8_units("", 0), 0);
}
END_TEST

static const char *fold(const char *s)
{
    struct buf b;
    buf_init(&b, 1000);
    utf8_fold(&b, s, strlen(s));
    const char *folded = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    return folded;
}

START_TEST(a_prefix_ends_between_characters)
{
    static const char text[] = "a\u00e9\u4e2d"; /* 1, 2 and 3 bytes */
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6};
    for (size_t max = 0; max < ARRAY_LEN(expected); max++)
        ck_assert_uint_eq(utf8_prefix(text, max), expected[max]);
    ck_assert_uint_eq(utf8_prefix("", 5), 0);
}
END_TEST

START_TEST(folding)
{
    static const struct {
        const char *text, *folded;
    } vectors[] = {
        {"", ""},
        {"   ", ""},
        {" - . ", ""},
        {"José Ñúñez", "jose nunez"},
        {"José  Núñez S.A.S.", "jose nunez s a s"},
        {"Jose\xcc\x81 N\xcc\x83", "jose n"}, /* combining marks */
        {"\xcc\x81", ""},
        {"Straße", "strasse"},
        {"Œuvre, cœur", "oeuvre coeur"},
        {"Ægir Þór Øst Łódź Đuro", "aegir thor ost lodz duro"},
        {"İstanbul ILICA ılıca Şiş Ğ", "istanbul ilica ilica sis g"},
        {"ÀÁÂÃÄÅ ÇÈÉÊË ÌÍÎÏ Ð ÒÓÔÕÖØ ÙÚÛÜ Ý ÿŸ",
         "aaaaaa ceeee iiii d oooooo uuuu y yy"},
        {"Ĳ ĳ ſ Ÿ ŽŹŻ", "ij ij s y zzz"},
        {"100% _x_ \\ a*b", "100 x a b"},
        {"2×4÷2", "2 4 2"},
        {"a\xc2\xa0"
         "b\tc\nd",
         "a b c d"}, /* no-break space */
        {"a\xe2\x80\x94"
         "b\xe2\x80\x99s",
         "a b s"}, /* dash, apostrophe */
        {"Café 😀 ☕", "cafe 😀 ☕"},
        {"株式会社", "株式会社"},
        {"+57 (300) 123-4567", "57 300 123 4567"},
        {"MAYÚSCULAS", "mayusculas"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_str_eq(fold(vectors[i].text), vectors[i].folded);
}
END_TEST

START_TEST(folding_twice_changes_nothing)
{
    static const char *const texts[] = {"José Ñúñez S.A.S.", "Œ ß Æ 😀",
                                        "İ ı  ¿qué?"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        ck_assert_str_eq(fold(fold(texts[i])), fold(texts[i]));
}
END_TEST

Suite *utf8_suite(void)
{
    Suite *s = suite_create("utf8");
    TCase *tc = t_case(s, "utf8");
    tcase_add_test(tc, valid_sequences);
    tcase_add_test(tc, broken_sequences);
    tcase_add_test(tc, the_length_is_obeyed);
    tcase_add_test(tc, code_points_are_counted_and_read);
    tcase_add_test(tc, a_prefix_ends_between_characters);
    tcase_add_test(tc, folding);
    tcase_add_test(tc, folding_twice_changes_nothing);
    return s;
}
