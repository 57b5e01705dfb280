#include "model/search.h"
#include "test/support.h"

START_TEST(words_become_patterns)
{
    const char *p[SEARCH_WORDS];
    search_patterns(t_arena, "  ÑÚÑEZ   café 100% ", p);
    ck_assert_str_eq(p[0], "%nunez%");
    ck_assert_str_eq(p[1], "%cafe%");
    ck_assert_str_eq(p[2], "%100%");
    ck_assert_str_eq(p[3], "");
    search_patterns(t_arena, "a b c d e", p);
    ck_assert_str_eq(p[3], "%d e%");
    search_patterns(t_arena, "", p);
    ck_assert_str_eq(p[0], "");
}
END_TEST

START_TEST(phones_are_searched_without_the_country)
{
    ck_assert_str_eq(search_phone("+573001234567"), "3001234567");
    ck_assert_str_eq(search_phone("+14155550100"), "+14155550100");
    ck_assert_str_eq(search_phone(""), "");
    ck_assert_str_eq(search_fold(t_arena, "José  Ñúñez"), "jose nunez");
}
END_TEST

Suite *search_suite(void)
{
    Suite *s = suite_create("search");
    TCase *tc = t_case(s, "search");
    tcase_add_test(tc, words_become_patterns);
    tcase_add_test(tc, phones_are_searched_without_the_country);
    return s;
}
