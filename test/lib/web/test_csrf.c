#include <string.h>

#include "test/site.h"
#include "web/csrf.h"

static const char first[] = "1111111111111111111111111111111111111111111";
static const char second[] = "2222222222222222222222222222222222222222222";

static struct t_site *site;

static void setup(void)
{
    site = t_site_new(NULL);
}

static void teardown(void)
{
    t_site_done(site);
}

static struct ctx *request_of(const char *session_token)
{
    struct ctx *c = t_request(site, "");
    c->session = t_session(session_token, ROLE_admin);
    return c;
}

START_TEST(a_session_s_token_is_valid_for_it)
{
    const char *token = csrf_token(request_of(first));
    ck_assert_uint_eq(strlen(token), 64);
    ck_assert(csrf_valid(request_of(first), token));
    ck_assert(!csrf_valid(request_of(second), token));
    ck_assert(!csrf_valid(t_request(site, ""), token));
    ck_assert_ptr_null(t_set_cookie(site, "__Host-pt_visitor"));
}
END_TEST

START_TEST(each_form_has_another_mask)
{
    struct ctx *c = request_of(first);
    const char *a = csrf_token(c), *b = csrf_token(c);
    ck_assert_str_ne(a, b);
    ck_assert(strncmp(a + 32, b + 32, 32) != 0);
    ck_assert(csrf_valid(c, a));
    ck_assert(csrf_valid(c, b));
}
END_TEST

START_TEST(anything_else_is_refused)
{
    struct ctx *c = request_of(first);
    const char *good = csrf_token(c);
    const char *const bad[] = {
        "",
        "x",
        "00",
        first,
        arena_dup(t_arena, good, 62),
        arena_dup(t_arena, good, 63),
        arena_fmt(t_arena, "%s00", good),
        arena_fmt(t_arena, "%.63sg", good),
        arena_fmt(t_arena, " %s", good),
        arena_fmt(t_arena, "%.32s%.32s", good, good),
        arena_fmt(t_arena, "%064d", 0),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!csrf_valid(c, bad[i]), "accepted: %s", bad[i]);
    for (size_t i = 0; i < 64; i++) { /* every digit counts */
        char *token = arena_strdup(t_arena, good);
        token[i] = token[i] == '0' ? '1' : '0';
        ck_assert(!csrf_valid(c, token));
    }
    site->app.secret[0] ^= 1; /* another installation */
    ck_assert(!csrf_valid(c, good));
}
END_TEST

START_TEST(a_visitor_is_known_by_a_cookie)
{
    const char *token = csrf_token(t_request(site, ""));
    const char *cookie = t_cookie_back(site, "__Host-pt_visitor");
    ck_assert(csrf_valid(t_request(site, cookie), token));
    struct ctx *again = t_request(site, cookie);
    ck_assert(csrf_valid(again, csrf_token(again)));
    ck_assert_ptr_null(t_set_cookie(site, "__Host-pt_visitor")); /* kept */
    ck_assert(!csrf_valid(t_request(site, ""), token));
    const char *other = arena_fmt(t_arena, "__Host-pt_visitor=%s", second);
    ck_assert(!csrf_valid(t_request(site, other), token));
    struct ctx *bad = t_request(site, "__Host-pt_visitor=short");
    ck_assert(!csrf_valid(bad, token));
    ck_assert(csrf_valid(bad, csrf_token(bad))); /* it gets a new one */
    ck_assert_ptr_nonnull(t_set_cookie(site, "__Host-pt_visitor"));
}
END_TEST

START_TEST(one_form_shows_one_visitor)
{
    struct ctx *c = t_request(site, "");
    c->req.https = false;
    const char *a = csrf_token(c), *b = csrf_token(c);
    const char *cookie = t_cookie_back(site, "pt_visitor");
    c = t_request(site, cookie);
    c->req.https = false;
    ck_assert(csrf_valid(c, a));
    ck_assert(csrf_valid(c, b));
}
END_TEST

/* After a login the visitor's token is void. */
START_TEST(a_login_changes_the_token)
{
    const char *token = csrf_token(t_request(site, ""));
    struct ctx *c = t_request(site, t_cookie_back(site, "__Host-pt_visitor"));
    c->session = t_session(first, ROLE_client);
    ck_assert(!csrf_valid(c, token));
}
END_TEST

Suite *csrf_suite(void)
{
    Suite *s = suite_create("csrf");
    TCase *tc = t_case(s, "csrf");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_session_s_token_is_valid_for_it);
    tcase_add_test(tc, each_form_has_another_mask);
    tcase_add_test(tc, anything_else_is_refused);
    tcase_add_test(tc, a_visitor_is_known_by_a_cookie);
    tcase_add_test(tc, one_form_shows_one_visitor);
    tcase_add_test(tc, a_login_changes_the_token);
    return s;
}
