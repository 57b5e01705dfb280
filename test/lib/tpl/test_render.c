#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "test/allocations.h"
#include "test/suites.h"
#include "tpl/names.h"
#include "tpl/tpl.h"

Suite *render_suite(void);

struct row {
    int64_t id;
    const char *name;
    bool active;
};

static const struct column columns[] = {COL(COL_INT, struct row, id),
                                        COL(COL_TEXT, struct row, name),
                                        COL(COL_BOOL, struct row, active),
                                        {0}};

static const char page[] =
    "{{%AUTOESCAPE context=\"HTML\"}}<table>{{#ROW}}<tr><td>{{ID}}</td>"
    "<td title=\"{{NAME}}\">{{#ACTIVE}}<a href=\"{{NAME}}\">{{/ACTIVE}}"
    "{{#ROW_separator}}\n{{/ROW_separator}}{{/ROW}}</table>";

/* Fills and renders a page of so many rows; returns its allocations. */
static size_t allocations_of(size_t n)
{
    struct arena *parsed = arena_new(16 << 20, NULL, NULL);
    struct tpl_names *names = tpl_names_new(parsed);
    struct row *rows = ARENA_ARRAY(parsed, struct row, n);
    const struct tpl *t;
    struct err_note why;
    struct tpl_source src = {.file = "t.tpl", .p = page, .n = sizeof(page) - 1};
    ck_assert_int_eq(tpl_parse(parsed, names, &src, &t, &why), ERR_OK);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct row){(int64_t)i, "María & Cía", i % 3 == 0};

    size_t before = allocations();
    struct arena *a = arena_new(16 << 20, NULL, NULL);
    struct buf out;
    buf_init(&out, 64 << 20);
    struct tpl_dict *d = tpl_dict_new_names(a, LANG_ES, names);
    tpl_bind(d, tpl_name(names, "ROW", 3), columns, rows, n, sizeof(rows[0]));
    ck_assert_int_eq(tpl_render(t, d, &out, &why), ERR_OK);
    ck_assert_uint_gt(out.n, n * 40);
    size_t used = allocations() - before;
    buf_done(&out);
    arena_free(a);
    arena_free(parsed);
    return used;
}

/* Those of the arena, and one for each time that the output doubles. */
START_TEST(allocations_do_not_follow_the_rows)
{
    size_t ten = allocations_of(10), thousand = allocations_of(1000);
    ck_assert_uint_gt(ten, 0); /* they are counted */
    ck_assert_uint_le(thousand, 20);
    ck_assert_uint_le(thousand, ten + 8);
    ck_assert_uint_le(allocations_of(100000), thousand + 8);
}
END_TEST

/* --- structs and dictionaries ----------------------------------------------
 */

static const char *const values[] = {
    "", "a", "<b>", "María", "12345678", "123456789012345", "1234567890123456",
    "a & b, c & d, e & f", "Soluciones <Andinas> S.A.S.", "line\nline\t'\"",
    "javascript:alert(1)", "https://x.example/?a=b&c=d",
    /* longer than what has its room found with the text before it */
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\"<&"};

static const char both_ways[] =
    "{{%AUTOESCAPE context=\"HTML\"}}{{#ROW}}{{ID}}<p>{{NAME}}</p>"
    "<!-- a text that is longer than what is copied without a call to it -->"
    "{{NAME}} {{ID}}<a href=\"{{NAME}}\" onclick=\"f('{{NAME}}', {{ID}})\">"
    "{{NAME:u}}{{OUTER}}{{NOBODYS}}</a>{{#ACTIVE}}<b>{{NAME}}</b>{{ACTIVE}}"
    "{{#ACTIVE_separator}}never{{/ACTIVE_separator}}{{#INNER}}{{NAME}}{{ID}}"
    "{{/INNER}}{{/ACTIVE}}{{#ROW_separator}}, "
    "{{NAME}}{{/ROW_separator}}{{/ROW}}";

enum { BOTH_ROWS = 60 };

struct sides {
    struct arena *arena;
    struct tpl_names *names;
    const struct tpl *tpl;
    struct row rows[BOTH_ROWS];
};

static struct tpl_dict *outer(struct sides *s)
{
    struct tpl_dict *d = tpl_dict_new_names(s->arena, LANG_ES, s->names);
    tpl_set(d, tpl_name(s->names, "OUTER", 5), "<outer>");
    tpl_set(d, tpl_name(s->names, "NAME", 4), "not this one");
    tpl_show(d, tpl_name(s->names, "INNER", 5));
    return d;
}

static struct tpl_dict *bound(struct sides *s)
{
    struct tpl_dict *d = outer(s);
    tpl_bind(d, tpl_name(s->names, "ROW", 3), columns, s->rows, BOTH_ROWS,
             sizeof(s->rows[0]));
    return d;
}

static struct tpl_dict *added(struct sides *s)
{
    struct tpl_dict *d = outer(s);
    for (size_t i = 0; i < BOTH_ROWS; i++) {
        struct tpl_dict *row = tpl_add(d, tpl_name(s->names, "ROW", 3));
        tpl_set_struct(row, columns, &s->rows[i]);
    }
    return d;
}

static enum err expand(const struct sides *s, const struct tpl_dict *d,
                       size_t max, struct buf *out)
{
    struct err_note why;
    buf_init(out, max);
    return tpl_render(s->tpl, d, out, &why);
}

static void set_up(struct sides *s)
{
    struct err_note why;
    s->arena = arena_new(64 << 20, NULL, NULL);
    s->names = tpl_names_new(s->arena);
    struct tpl_source src = {
        .file = "t.tpl", .p = both_ways, .n = sizeof(both_ways) - 1};
    ck_assert_int_eq(tpl_parse(s->arena, s->names, &src, &s->tpl, &why),
                     ERR_OK);
    for (size_t i = 0; i < BOTH_ROWS; i++)
        s->rows[i] =
            (struct row){.id = i % 2 == 0 ? (int64_t)1 << i : -(int64_t)i,
                         .name = values[i % ARRAY_LEN(values)],
                         .active = i % 3 != 0};
    s->rows[1].id = INT64_MIN;
    s->rows[2].id = INT64_MAX;
    s->rows[7].name = NULL;
}

/* Structs have a way of their own, which must not be seen. */
START_TEST(structs_look_like_dictionaries)
{
    struct sides s;
    struct buf got, want;
    set_up(&s);
    ck_assert_int_eq(expand(&s, added(&s), 1 << 20, &want), ERR_OK);
    ck_assert_int_eq(expand(&s, bound(&s), 1 << 20, &got), ERR_OK);
    ck_assert_uint_eq(got.n, want.n);
    ck_assert_mem_eq(got.p, want.p, want.n);
    ck_assert_ptr_nonnull(strstr(got.p, "-9223372036854775808<p>a</p>"));
    ck_assert_ptr_nonnull(
        strstr(got.p, "\"Soluciones &lt;Andinas&gt; S.A.S.\""));
    buf_done(&got);
    buf_done(&want);
    arena_free(s.arena);
}
END_TEST

/* However close to what they need: all of it, or an error. */
START_TEST(structs_keep_to_the_maximum)
{
    struct sides s;
    struct buf out;
    set_up(&s);
    const struct tpl_dict *d = bound(&s);
    ck_assert_int_eq(expand(&s, d, 1 << 20, &out), ERR_OK);
    size_t n = out.n;
    buf_done(&out);
    for (size_t max = n - 400; max < n; max++) {
        ck_assert_int_eq(expand(&s, d, max, &out), ERR_TOOLARGE);
        ck_assert_uint_le(out.n, max);
        buf_done(&out);
    }
    ck_assert_int_eq(expand(&s, d, n, &out), ERR_OK);
    ck_assert_uint_eq(out.n, n);
    buf_done(&out);
    arena_free(s.arena);
}
END_TEST

Suite *render_suite(void)
{
    Suite *s = suite_create("render");
    TCase *tc = tcase_create("render");
    tcase_add_test(tc, allocations_do_not_follow_the_rows);
    tcase_add_test(tc, structs_look_like_dictionaries);
    tcase_add_test(tc, structs_keep_to_the_maximum);
    suite_add_tcase(s, tc);
    return s;
}
