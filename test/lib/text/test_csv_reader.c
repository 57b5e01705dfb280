#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "test/support.h"
#include "text/csv.h"
#include "text/csv_reader.h"

struct source {
    const char *p;
    size_t n, piece;
};

static size_t read_piece(void *arg, char *p, size_t n)
{
    struct source *s = arg;
    if (n > s->piece)
        n = s->piece;
    if (n > s->n)
        n = s->n;
    memcpy(p, s->p, n);
    s->p += n;
    s->n -= n;
    return n;
}

static const char *const faults[] = {"",     "TEXT",  "LONG",
                                     "MANY", "QUOTE", "OPEN"};

/* All rows as "1:a|b 2:c" or "3!FAULT", line ends as they came. */
static const char *read_all(enum charset charset, const char *p, size_t n,
                            size_t piece)
{
    struct source source = {p, n, piece};
    struct csv_reader *r =
        csv_reader_new(t_arena, charset, read_piece, &source);
    const char *out = "";
    struct csv_row row;
    enum err e;
    while ((e = csv_reader_next(r, &row)) == ERR_OK) {
        out = arena_fmt(t_arena, "%s%s%d", out, out[0] != '\0' ? " " : "",
                        (int)row.number);
        if (row.fault != CSV_FINE)
            out = arena_fmt(t_arena, "%s!%s", out, faults[row.fault]);
        for (size_t i = 0; i < row.n; i++)
            out = arena_fmt(t_arena, "%s%c%s", out, i == 0 ? ':' : '|',
                            row.cells[i]);
    }
    ck_assert_int_eq(e, ERR_NOTFOUND);
    return out;
}

static const struct {
    const char *text, *rows;
} vectors[] = {
    {"", ""},
    {"\xef\xbb\xbf", ""},
    {"\n", "1:"},
    {"a", "1:a"},
    {"a;b\nc;d\n", "1:a|b 2:c|d"},
    {"a;b\r\nc;d\r\n", "1:a|b 2:c|d"},
    {"a;b\rc;d", "1:a|b 2:c|d"},
    {"a;b\n\nc\n", "1:a|b 2: 3:c"},
    {"a;b\r\n\r\n;\r\n", "1:a|b 2: 3:|"},
    {"a,b\n1;2,3\n", "1:a|b 2:1;2|3"},
    {"a\tb\n1;2\t3,4\n", "1:a|b 2:1;2|3,4"},
    {"a,b;c\n1,2;3\n", "1:a,b|c 2:1,2|3"}, /* as many of both */
    {"\"a,b,c\";d\n", "1:a,b,c|d"},
    {"\xef\xbb\xbf"
     "a;b\n",
     "1:a|b"},
    {"\xef\xbb\xbf\"a;b\"\n", "1:a;b"},
    {"\"a\"\"b\";\"\"\n", "1:a\"b|"},
    {"\"\"\"\"\n", "1:\""},
    {"\"two\nlines\r\n\"\n3\n", "1:two\nlines\r\n 2:3"},
    {"5\" pipe;\"x\"\n", "1:5\" pipe|x"},
    {" \"x\";y\n", "1: \"x\"|y"},
    {"\"x\" ;y\n", "1:x|y"},
    {"\"x\"y;z\nb\n", "1!QUOTE 2:b"},
    {"a\n\"open;b\nc\n", "1:a 2!OPEN"},
    {"\"a\"", "1:a"},
    {"\"a\"\"", "1!OPEN"},
    {"\"", "1!OPEN"},
    {"a\n\xd1;b\nc\n", "1:a 2!TEXT 3:c"},
    {"\"a\"x;\xd1\nc\n", "1!QUOTE 2:c"}, /* the first fault is told */
    {"Ñ;é\n", "1:Ñ|é"},
    {"'=1;'+57;'-1;'@x\n", "1:=1|+57|-1|@x"},
    {"\"'=a;b\";'x;';''=\n", "1:=a;b|'x|'|''="},
};

START_TEST(rows_whatever_the_pieces)
{
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        for (size_t piece = 1; piece < 9; piece++)
            ck_assert_str_eq(read_all(CHARSET_UTF8, vectors[i].text,
                                      strlen(vectors[i].text), piece),
                             vectors[i].rows);
}
END_TEST

START_TEST(windows_becomes_utf8)
{
    static const char text[] = "Direcci\xf3n;\x80\n\x81;x\ny";
    ck_assert_str_eq(read_all(CHARSET_WINDOWS, text, strlen(text), 3),
                     "1:Dirección|€ 2!TEXT 3:y");
    ck_assert_str_eq(read_all(CHARSET_WINDOWS, "a\0b\nc", 5, 9), "1!TEXT 2:c");
    ck_assert_str_eq(read_all(CHARSET_UTF8, "a\0b\nc", 5, 9), "1!TEXT 2:c");
}
END_TEST

/* times copies of text, then end. */
static const char *many(const char *text, size_t times, const char *end)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < times; i++)
        buf_adds(&b, text);
    buf_adds(&b, end);
    ck_assert(buf_ok(&b));
    const char *copy = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    return copy;
}

static const char *read_text(const char *text)
{
    return read_all(CHARSET_UTF8, text, strlen(text), 5000);
}

START_TEST(limits_are_those_of_the_row)
{
    const char *most = many("a", MAX_CSV_CELL_BYTES, "\nb");
    ck_assert_str_eq(
        read_text(most),
        many("", 0,
             arena_fmt(t_arena, "1:%.*s 2:b", MAX_CSV_CELL_BYTES, most)));
    ck_assert_str_eq(read_text(many("a", MAX_CSV_CELL_BYTES + 1, "\nb")),
                     "1!LONG 2:b");
    ck_assert_str_eq(
        read_text(arena_fmt(t_arena, "\"%s",
                            many("\n", MAX_CSV_CELL_BYTES + 1, "\"\nb"))),
        "1!LONG 2:b");
    const char *cell = many("a", 30000, ";");
    ck_assert_str_eq(read_text(many(cell, 5, "\nb")), "1!LONG 2:b");
    t_contains(read_text(many(";", MAX_CSV_CELLS - 1, "\nb")), "| 2:b");
    ck_assert_str_eq(read_text(many(";", MAX_CSV_CELLS, "\nb")), "1!MANY 2:b");
}
END_TEST

START_TEST(a_table_has_an_end)
{
    struct csv_row row = {0};
    for (int over = 0; over < 2; over++) {
        const char *text = many("a\n", (size_t)(MAX_CSV_ROWS + over), "");
        struct source source = {text, strlen(text), 10000};
        struct csv_reader *r =
            csv_reader_new(t_arena, CHARSET_UTF8, read_piece, &source);
        enum err e;
        while ((e = csv_reader_next(r, &row)) == ERR_OK)
            ;
        ck_assert_int_eq(row.number, MAX_CSV_ROWS);
        ck_assert_int_eq(e, over ? ERR_TOOLARGE : ERR_NOTFOUND);
        ck_assert_int_eq(csv_reader_separator(r), ';');
    }
}
END_TEST

START_TEST(what_we_write_we_read)
{
    static const char *const cells[] = {"a;b",  "say \"x\"", "two\nlines",
                                        "=1+1", "+57 1",     ""};
    struct buf b;
    buf_init(&b, 1000);
    csv_begin(&b);
    csv_row(&b, cells, ARRAY_LEN(cells));
    ck_assert_str_eq(read_text(buf_str(&b)),
                     "1:a;b|say \"x\"|two\nlines|=1+1|+57 1|");
    buf_done(&b);
}
END_TEST

Suite *csv_reader_suite(void)
{
    Suite *s = suite_create("csv_reader");
    TCase *tc = t_case(s, "csv_reader");
    tcase_add_test(tc, rows_whatever_the_pieces);
    tcase_add_test(tc, windows_becomes_utf8);
    tcase_add_test(tc, limits_are_those_of_the_row);
    tcase_add_test(tc, a_table_has_an_end);
    tcase_add_test(tc, what_we_write_we_read);
    return s;
}
