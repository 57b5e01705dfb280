#include <string.h>

#include "test/support.h"
#include "text/nit.h"

START_TEST(check_digits)
{
    static const struct {
        const char *number;
        char dv;
    } vectors[] = {
        {"890903938", '8'},
        {"899999068", '1'},
        {"860002964", '4'},
        {"800197268", '4'},
        {"890321567", '0'},
        {"900123456", '8'},
        {"1", '8'},
        {"0", '0'},
        {"4", '1'},               /* 12: a rest of 1 is the digit itself */
        {"999999999999999", '2'}, /* 4761, all fifteen weights */
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_msg(nit_dv(vectors[i].number) == vectors[i].dv, "%s: %c",
                      vectors[i].number, nit_dv(vectors[i].number));
}
END_TEST

START_TEST(numbers_are_read)
{
    static const struct {
        const char *typed, *number, *dv, *shown;
    } vectors[] = {
        {"900.123.456-8", "900123456", "8", "900.123.456-8"},
        {"900123456-8", "900123456", "8", "900.123.456-8"},
        {"900,123,456 - 8", "900123456", "8", "900.123.456-8"},
        {" 900 123 456 ", "900123456", "", "900.123.456"},
        {"900123456", "900123456", "", "900.123.456"},
        {"9001234568", "9001234568", "", "9.001.234.568"}, /* as typed */
        {"890.321.567-0", "890321567", "0", "890.321.567-0"},
        {"000900123456-8", "900123456", "8", "900.123.456-8"},
        {"1-8", "1", "8", "1-8"},
        {"123456789012345", "123456789012345", "", "123.456.789.012.345"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct nit got;
        char shown[NIT_MAX];
        ck_assert_msg(nit_parse(vectors[i].typed, &got) == NIT_OK, "%s",
                      vectors[i].typed);
        ck_assert_str_eq(got.number, vectors[i].number);
        ck_assert_str_eq(got.dv, vectors[i].dv);
        nit_show(got.number, got.dv, shown);
        ck_assert_str_eq(shown, vectors[i].shown);
        ck_assert(nit_parse(shown, &got) == NIT_OK);
        ck_assert_str_eq(got.number, vectors[i].number);
    }
}
END_TEST

START_TEST(a_wrong_digit_names_the_right_one)
{
    struct nit got;
    for (char dv = '0'; dv <= '9'; dv++) {
        char typed[] = "900.123.456-x";
        typed[12] = dv;
        ck_assert_int_eq(nit_parse(typed, &got),
                         dv == '8' ? NIT_OK : NIT_WRONG_DV);
        ck_assert_str_eq(got.number, "900123456");
        ck_assert_str_eq(got.dv, "8");
    }
}
END_TEST

START_TEST(the_rest_is_refused)
{
    static const char *const bad[] = {
        "",
        " . ",
        "0",
        "-8",
        "900123456-",
        "900123456-88",
        "900123456--8",
        "900-123-456",
        "1234567890123456", /* sixteen */
        "90012345X",
        "NIT 900123456",
        "900/123/456",
        "９００",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct nit got = {"1", "2"};
        ck_assert_msg(nit_parse(bad[i], &got) == NIT_BAD, "accepted: %s",
                      bad[i]);
        ck_assert_str_eq(got.number, "1");
        ck_assert_str_eq(got.dv, "2");
    }
}
END_TEST

START_TEST(ten_digits_may_hide_a_check_digit)
{
    struct nit got = {"", ""};
    ck_assert(nit_suggest("9001234568", &got));
    ck_assert_str_eq(got.number, "900123456");
    ck_assert_str_eq(got.dv, "8");
    ck_assert(!nit_suggest("9001234567", &got));
    ck_assert(!nit_suggest("900123456", &got));
    ck_assert(!nit_suggest("90012345688", &got));
    ck_assert(!nit_suggest("", &got));
}
END_TEST

Suite *nit_suite(void)
{
    Suite *s = suite_create("nit");
    TCase *tc = t_case(s, "nit");
    tcase_add_test(tc, check_digits);
    tcase_add_test(tc, numbers_are_read);
    tcase_add_test(tc, a_wrong_digit_names_the_right_one);
    tcase_add_test(tc, the_rest_is_refused);
    tcase_add_test(tc, ten_digits_may_hide_a_check_digit);
    return s;
}
