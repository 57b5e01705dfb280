#include <string.h>

#include "test/support.h"
#include "text/csv.h"

START_TEST(cells)
{
    static const struct {
        const char *text, *cell;
    } vectors[] = {
        {"", ""},
        {"plain", "plain"},
        {"a, b", "a, b"},
        {"a;b", "\"a;b\""},
        {"say \"x\"", "\"say \"\"x\"\"\""},
        {"\"", "\"\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"Ñandú", "Ñandú"},
        {"=1+1", "'=1+1"},
        {"+57", "'+57"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "'\t=1"},
        {"\r=1", "\"'\r=1\""},
        {"=HYPERLINK(\"x\";\"y\")", "\"'=HYPERLINK(\"\"x\"\";\"\"y\"\")\""},
        {"a=1", "a=1"},
        {"'=1", "'=1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct buf b;
        const char *const row[] = {vectors[i].text};
        buf_init(&b, 1000);
        csv_row(&b, row, 1);
        ck_assert_str_eq(buf_str(&b),
                         arena_fmt(t_arena, "%s\r\n", vectors[i].cell));
        buf_done(&b);
    }
}
END_TEST

START_TEST(rows)
{
    static const char *const head[] = {"a", "b", ""};
    static const char *const row[] = {"1;2", "", "3"};
    struct buf b;
    buf_init(&b, 1000);
    csv_begin(&b);
    csv_row(&b, head, 3);
    csv_row(&b, row, 3);
    ck_assert_str_eq(buf_str(&b), "\xef\xbb\xbf"
                                  "a;b;\r\n\"1;2\";;3\r\n");
    buf_done(&b);
    buf_init(&b, 4);
    csv_row(&b, head, 3);
    ck_assert(!buf_ok(&b));
    buf_done(&b);
}
END_TEST

Suite *csv_suite(void)
{
    Suite *s = suite_create("csv");
    TCase *tc = t_case(s, "csv");
    tcase_add_test(tc, cells);
    tcase_add_test(tc, rows);
    return s;
}
