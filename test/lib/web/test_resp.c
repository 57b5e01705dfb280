#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "test/support.h"
#include "web/resp.h"

static struct resp r;

static void setup(void)
{
    resp_init(&r);
}

static void teardown(void)
{
    resp_done(&r);
}

START_TEST(headers)
{
    ck_assert_int_eq(r.status, 200);
    resp_header(&r, "A", "b");
    resp_header(&r, "C", "");
    ck_assert_str_eq(buf_str(&r.headers), "A: b\r\nC: \r\n");
    resp_reset(&r);
    ck_assert_str_eq(buf_str(&r.headers), "");
    resp_redirect(&r, "/clientes/?a=b");
    ck_assert_int_eq(r.status, 303);
    ck_assert_str_eq(buf_str(&r.headers), "Location: /clientes/?a=b\r\n");
    resp_reset(&r);
    ck_assert_int_eq(r.status, 200);
}
END_TEST

START_TEST(a_line_break_makes_no_header)
{
    static const char *const bad[] = {"a\r\nSet-Cookie: x=y", "a\nb", "a\rb",
                                      "\n", "a\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        resp_header(&r, "X", bad[i]);
        resp_redirect(&r, bad[i]);
        resp_cookie(&r, "c", bad[i], 0, true);
    }
    ck_assert_str_eq(buf_str(&r.headers), "");
}
END_TEST

START_TEST(cookies_have_their_attributes)
{
    resp_cookie(&r, "a", "b", -1, false);
    ck_assert_str_eq(buf_str(&r.headers),
                     "Set-Cookie: a=b; Path=/; HttpOnly; SameSite=Lax\r\n");
    resp_reset(&r);
    resp_cookie(&r, "a", "b", 60, true);
    ck_assert_str_eq(buf_str(&r.headers),
                     "Set-Cookie: a=b; Path=/; HttpOnly; SameSite=Lax; "
                     "Max-Age=60; Secure\r\n");
    resp_reset(&r);
    resp_cookie(&r, "a", "", 0, false);
    ck_assert_str_eq(buf_str(&r.headers),
                     "Set-Cookie: a=; Path=/; HttpOnly; SameSite=Lax; "
                     "Max-Age=0\r\n");
}
END_TEST

/* RFC 6265, 4.1.1: what a value may not hold. */
START_TEST(a_cookie_holds_one_value)
{
    static const char *const bad[] = {"a;b", "a, b", "a b", "a\"b", "a\\b"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        resp_cookie(&r, "c", bad[i], 0, true);
    ck_assert_str_eq(buf_str(&r.headers), "");
}
END_TEST

START_TEST(headers_have_a_limit)
{
    for (int i = 0; i < MAX_HEADER_BYTES / 10; i++)
        resp_header(&r, "Name", "0123456789");
    ck_assert(!buf_ok(&r.headers));
    ck_assert_uint_le(r.headers.n, MAX_HEADER_BYTES);
}
END_TEST

START_TEST(every_error_has_its_words)
{
    for (int e = 0; e < ERR__MAX; e++)
        ck_assert_str_ne(resp_reason(err_http((enum err)e)), "");
    ck_assert_str_eq(resp_reason(404), "Not Found");
    ck_assert_str_eq(resp_reason(299), "");
}
END_TEST

Suite *resp_suite(void)
{
    Suite *s = suite_create("resp");
    TCase *tc = t_case(s, "resp");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, every_error_has_its_words);
    tcase_add_test(tc, headers);
    tcase_add_test(tc, a_line_break_makes_no_header);
    tcase_add_test(tc, cookies_have_their_attributes);
    tcase_add_test(tc, a_cookie_holds_one_value);
    tcase_add_test(tc, headers_have_a_limit);
    return s;
}
