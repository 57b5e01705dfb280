#include <string.h>

#include "test/support.h"
#include "text/dane.h"

START_TEST(codes_and_names_are_read)
{
    static const struct {
        const char *text, *code;
    } vectors[] = {
        {"05001", "05001"},
        {"5001", "05001"},
        {"8001", "08001"},
        {"11001", "11001"},
        {"99773", "99773"}, /* no name here, but a department */
        {"Medellín, Antioquia", "05001"},
        {"MEDELLIN ANTIOQUIA", "05001"},
        {"Bogotá, D.C.", "11001"},
        {"bogota d c", "11001"},
        {"Rionegro, Antioquia", "05615"},
        {"Rionegro (Santander)", "68615"},
        {"Armenia, Quindío", "63001"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        char code[DANE_MAX] = "";
        ck_assert_msg(dane_parse(vectors[i].text, code), "refused: %s",
                      vectors[i].text);
        ck_assert_str_eq(code, vectors[i].code);
    }
}
END_TEST

START_TEST(the_rest_is_refused)
{
    const char *const bad[] = {
        "",          "0",
        "501",       "05000",
        "11000",     "050011",
        "00001",     "01001", /* no such department */
        "12001",     "1001",
        "05 001",    "-5001",
        "05001x",    "Medellín",
        "Rionegro",  "Medellín, Cundinamarca",
        "Antioquia", arena_fmt(t_arena, "Medellín, %0400d", 7)};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char code[DANE_MAX] = "same";
        ck_assert_msg(!dane_parse(bad[i], code), "accepted: %s", bad[i]);
        ck_assert_str_eq(code, "same");
    }
}
END_TEST

START_TEST(codes_have_names)
{
    ck_assert_str_eq(dane_name("05001"), "Medellín");
    ck_assert_str_eq(dane_department("05001"), "Antioquia");
    ck_assert_str_eq(dane_name("05999"), "");
    ck_assert_str_eq(dane_department("05999"), "Antioquia");
    ck_assert_str_eq(dane_department("01001"), "");
    ck_assert_str_eq(dane_department(""), "");
    ck_assert_str_eq(dane_name(""), "");
}
END_TEST

/* Each once, in order, in a department; what people choose from is read. */
START_TEST(every_place_is_found)
{
    const char *before = "";
    size_t n = 0;
    for (const struct dane_place *p = dane_places; p->code != NULL; p++) {
        char by_code[DANE_MAX], by_name[DANE_MAX];
        const char *whole =
            arena_fmt(t_arena, "%s, %s", p->name, dane_department(p->code));
        ck_assert_int_lt(strcmp(before, p->code), 0);
        ck_assert(dane_parse(p->code, by_code));
        ck_assert(dane_parse(whole, by_name));
        ck_assert_str_eq(by_code, p->code);
        ck_assert_str_eq(by_name, p->code);
        before = p->code;
        n++;
    }
    ck_assert_uint_gt(n, 200);
}
END_TEST

Suite *dane_suite(void)
{
    Suite *s = suite_create("dane");
    TCase *tc = t_case(s, "dane");
    tcase_add_test(tc, codes_and_names_are_read);
    tcase_add_test(tc, the_rest_is_refused);
    tcase_add_test(tc, codes_have_names);
    tcase_add_test(tc, every_place_is_found);
    return s;
}
