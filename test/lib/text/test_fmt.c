#include <stdlib.h>
#include <time.h>

#include "test/support.h"
#include "text/fmt.h"

static const struct {
    int64_t t;
    const char *es, *en;
} vectors[] = {
    /* 20:45 UTC is 15:45 in Bogotá */
    {1795553100, "24/11/2026 3:45 p. m.", "24 Nov 2026, 3:45 pm"},
    /* midnight and the minute before it, which is the day before */
    {1795496400, "24/11/2026 12:00 a. m.", "24 Nov 2026, 12:00 am"},
    {1795496340, "23/11/2026 11:59 p. m.", "23 Nov 2026, 11:59 pm"},
    {1795539600, "24/11/2026 12:00 p. m.", "24 Nov 2026, 12:00 pm"},
    {1767243540, "31/12/2025 11:59 p. m.", "31 Dec 2025, 11:59 pm"},
    {1709267400, "29/02/2024 11:30 p. m.", "29 Feb 2024, 11:30 pm"},
    {0, "31/12/1969 7:00 p. m.", "31 Dec 1969, 7:00 pm"},
};

START_TEST(dates_are_those_of_bogota)
{
    static const char *const zones[] = {"UTC", "Asia/Tokyo",
                                        "America/New_York"};
    for (size_t z = 0; z < ARRAY_LEN(zones); z++) {
        setenv("TZ", zones[z], 1); /* that of the server does not matter */
        tzset();
        for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
            ck_assert_str_eq(fmt_datetime(t_arena, LANG_ES, vectors[i].t),
                             vectors[i].es);
            ck_assert_str_eq(fmt_datetime(t_arena, LANG_EN, vectors[i].t),
                             vectors[i].en);
        }
    }
    unsetenv("TZ");
    tzset();
}
END_TEST

START_TEST(days_begin_in_bogota)
{
    static const char *const bad[] = {
        "",         "2026-11",    "2026-11-31",  "2026-13-01",
        "2026-2-3", "24/11/2026", "2026-11-24 ", "x"};
    int64_t t = 0;
    ck_assert(fmt_read_day("2026-11-24", &t));
    ck_assert_int_eq(t, 1795496400);
    ck_assert(fmt_read_day("2024-02-29", &t));
    ck_assert_str_eq(fmt_datetime(t_arena, LANG_ES, t),
                     "29/02/2024 12:00 a. m.");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!fmt_read_day(bad[i], &t), "%s", bad[i]);
}
END_TEST

START_TEST(sizes_have_two_digits_or_more)
{
    static const struct {
        int64_t n;
        const char *es, *en;
    } sizes[] = {
        {0, "0 B", "0 B"},
        {999, "999 B", "999 B"},
        {1000, "1,0 kB", "1.0 kB"},
        {1449, "1,4 kB", "1.4 kB"},
        {1450, "1,5 kB", "1.5 kB"},
        {9949, "9,9 kB", "9.9 kB"},
        {10000, "10 kB", "10 kB"},
        {999449, "999 kB", "999 kB"},
        {999450, "1,0 MB", "1.0 MB"},
        {1000000, "1,0 MB", "1.0 MB"},
        {52428800, "52 MB", "52 MB"},
        {INT64_C(2500000000), "2,5 GB", "2.5 GB"},
    };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        ck_assert_str_eq(fmt_bytes(t_arena, LANG_ES, sizes[i].n), sizes[i].es);
        ck_assert_str_eq(fmt_bytes(t_arena, LANG_EN, sizes[i].n), sizes[i].en);
    }
}
END_TEST

Suite *fmt_suite(void)
{
    Suite *s = suite_create("fmt");
    TCase *tc = t_case(s, "fmt");
    tcase_add_test(tc, dates_are_those_of_bogota);
    tcase_add_test(tc, days_begin_in_bogota);
    tcase_add_test(tc, sizes_have_two_digits_or_more);
    return s;
}
