#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support.h"
#include "web/qr.h"

enum { MAX = 200 };

static char dots[MAX][MAX];

/* Draws the path; fails unless it is made of rows one high. */
static void draw(const struct qr *qr)
{
    memset(dots, 0, sizeof(dots));
    for (const char *p = qr->path; *p != '\0'; p = strchr(p, 'z') + 1) {
        int x, y, n, back, used = 0;
        /* NOLINTNEXTLINE(cert-err34-c): the text is our own */
        ck_assert_int_eq(
            sscanf(p, "M%d %dh%dv1h-%dz%n", &x, &y, &n, &back, &used), 4);
        ck_assert_int_gt(used, 0);
        ck_assert_int_eq(n, back);
        for (int i = 0; i < n; i++)
            dots[y][x + i] = 1;
    }
}

/* The pattern that three corners of every code have. */
static void has_finder(int x, int y)
{
    for (int r = 0; r < 7; r++) {
        for (int k = 0; k < 7; k++) {
            bool rim = r == 0 || r == 6 || k == 0 || k == 6;
            bool core = r >= 2 && r <= 4 && k >= 2 && k <= 4;
            ck_assert_int_eq(dots[y + r][x + k], rim || core);
        }
    }
}

START_TEST(a_code_has_its_corners_and_its_border)
{
    struct qr qr;
    t_ok(qr_encode(t_arena, "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ", &qr));
    ck_assert_int_lt(qr.size, MAX);
    ck_assert_int_eq((qr.size - 2 * QR_QUIET - 17) % 4, 0);
    draw(&qr);
    int far = qr.size - QR_QUIET - 7;
    has_finder(QR_QUIET, QR_QUIET);
    has_finder(far, QR_QUIET);
    has_finder(QR_QUIET, far);
    for (int i = 0; i < qr.size; i++) {
        for (int k = 0; k < QR_QUIET; k++) {
            ck_assert_int_eq(dots[k][i] + dots[i][k], 0);
            ck_assert_int_eq(dots[qr.size - 1 - k][i], 0);
            ck_assert_int_eq(dots[i][qr.size - 1 - k], 0);
        }
    }
}
END_TEST

START_TEST(too_much_text)
{
    struct qr qr;
    char *text = arena_alloc(t_arena, 4001);
    memset(text, 'x', 4000);
    text[4000] = '\0';
    t_is(qr_encode(t_arena, text, &qr), ERR_TOOLARGE);
}
END_TEST

Suite *qr_suite(void)
{
    Suite *s = suite_create("qr");
    TCase *tc = t_case(s, "qr");
    tcase_add_test(tc, a_code_has_its_corners_and_its_border);
    tcase_add_test(tc, too_much_text);
    return s;
}
