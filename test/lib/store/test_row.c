#include <string.h>

#include "store/row.h"
#include "test/support.h"

struct thing {
    int64_t id;
    bool yes, no;
    const char *name, *empty;
};

static const struct column columns[] = {
    COL(COL_INT, struct thing, id),     COL(COL_BOOL, struct thing, yes),
    COL(COL_BOOL, struct thing, no),    COL(COL_TEXT, struct thing, name),
    COL(COL_TEXT, struct thing, empty), {0},
};

START_TEST(there_and_back)
{
    const struct thing thing = {-5, true, false, "ñandú", ""};
    struct thing back = {.no = true};
    struct buf b;
    buf_init(&b, 1 << 10);
    row_pack(&b, columns, &thing);
    ck_assert(row_unpack(b.p, b.n, t_arena, columns, &back));
    ck_assert_int_eq(back.id, -5);
    ck_assert(back.yes && !back.no);
    ck_assert_str_eq(back.name, "ñandú");
    ck_assert_str_eq(back.empty, "");
    /* cut anywhere, or with something behind it, it is refused */
    for (size_t n = 0; n < b.n; n++)
        ck_assert(!row_unpack(b.p, n, t_arena, columns, &back));
    buf_addc(&b, 'x');
    ck_assert(!row_unpack(b.p, b.n, t_arena, columns, &back));
    memset(b.p, 0xff, b.n); /* lengths beyond all bounds */
    ck_assert(!row_unpack(b.p, b.n, t_arena, columns, &back));
    buf_done(&b);
}
END_TEST

Suite *row_suite(void)
{
    Suite *s = suite_create("row");
    TCase *tc = t_case(s, "bytes");
    tcase_add_test(tc, there_and_back);
    return s;
}
