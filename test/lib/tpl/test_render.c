#include <check.h>

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

Suite *render_suite(void)
{
    Suite *s = suite_create("render");
    TCase *tc = tcase_create("render");
    tcase_add_test(tc, allocations_do_not_follow_the_rows);
    suite_add_tcase(s, tc);
    return s;
}
