#include "model/search.h"
#include "test/support.h"

START_TEST(words_become_patterns)
{
    struct search s;
    ck_assert(search_parse(t_arena, "  ÑÚÑEZ   café 100% ", &s));
    ck_assert_str_eq(s.like[0], "%nunez%");
    ck_assert_str_eq(s.like[1], "%cafe%");
    ck_assert_str_eq(s.like[2], "%100%");
    ck_assert_str_eq(s.like[3], "%nunez%");
    ck_assert(search_parse(t_arena, "ana bea cam dan eva", &s));
    ck_assert_str_eq(s.like[3], "%dan eva%");
    ck_assert(!search_parse(t_arena, "", &s));
    ck_assert(!search_parse(t_arena, " -- !", &s));
}
END_TEST

START_TEST(short_words_begin_a_word)
{
    struct search s;
    ck_assert(search_parse(t_arena, "7 Ñu", &s));
    ck_assert_str_eq(s.like[0], "% 7%");
    ck_assert_str_eq(s.like[1], "% nu%");
    ck_assert_str_eq(s.pieces, "\"  7\" \"  n\" \" nu\" ");
}
END_TEST

/* Of characters, not of bytes; over two blanks where words are joined. */
START_TEST(words_become_pieces)
{
    struct search s;
    ck_assert(search_parse(t_arena, "jose", &s));
    ck_assert_str_eq(s.pieces, "\"jos\" \"ose\" ");
    ck_assert(search_parse(t_arena, "Ωμέγα", &s));
    ck_assert_str_eq(s.pieces, "\"Ωμέ\" \"μέγ\" \"έγα\" ");
    ck_assert(search_parse(t_arena, "aaa aaa aaa a b", &s));
    t_contains(s.pieces, "\"a  \" \"  b\" ");
}
END_TEST

START_TEST(groups_of_a_number_are_one_word)
{
    static const struct {
        const char *typed, *first, *last;
    } vectors[] = {
        {"300 123 45 67", "%3001234567%", "%3001234567%"},
        {"900.123.456-8", "%9001234568%", "%9001234568%"},
        {"cedro 900123456 8", "%cedro%", "%cedro%"},
        {"24 7", "% 24%", "% 24%"},
        {"12 ana 34567", "% 12%", "% 12%"},
        {"1 2 3 4567x", "% 1%", "%4567x%"},
        {"123 4567", "%1234567%", "%1234567%"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct search s;
        ck_assert(search_parse(t_arena, vectors[i].typed, &s));
        ck_assert_str_eq(s.like[0], vectors[i].first);
        ck_assert_str_eq(s.like[3], vectors[i].last);
    }
}
END_TEST

START_TEST(stored_words_have_a_blank_before_them)
{
    ck_assert_str_eq(search_text(t_arena, "José  Ñúñez"), " jose nunez");
    ck_assert_str_eq(search_fold(t_arena, "José  Ñúñez"), "jose nunez");
}
END_TEST

START_TEST(phones_are_searched_without_the_country)
{
    ck_assert_str_eq(search_phone("+573001234567"), "3001234567");
    ck_assert_str_eq(search_phone("+14155550100"), "+14155550100");
    ck_assert_str_eq(search_phone(""), "");
}
END_TEST

Suite *search_suite(void)
{
    Suite *s = suite_create("search");
    TCase *tc = t_case(s, "search");
    tcase_add_test(tc, words_become_patterns);
    tcase_add_test(tc, short_words_begin_a_word);
    tcase_add_test(tc, words_become_pieces);
    tcase_add_test(tc, groups_of_a_number_are_one_word);
    tcase_add_test(tc, stored_words_have_a_blank_before_them);
    tcase_add_test(tc, phones_are_searched_without_the_country);
    return s;
}
