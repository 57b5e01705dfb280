#include <string.h>

#include "test/database.h"
#include "test/site.h"
#include "web/oidc.h"
#include "web/token.h"

static const char cookie_name[] = "__Host-pt_oidc";

static struct t_site *site;
static struct db *db;

static void open_site(int which)
{
    db = t_db_new(which);
    site = t_site_new(db);
}

static void close_site(void)
{
    t_site_done(site);
    db_close(db);
}

/* Begins a login and returns the browser's cookie. */
static const char *begin(const char *cookies, const char *next,
                         struct oidc_login *ret)
{
    t_ok(oidc_begin(t_request(site, cookies), next, ret));
    return t_cookie_back(site, cookie_name);
}

static enum err take(const char *cookies, const char *state,
                     struct oidc_login *ret)
{
    return oidc_take(t_request(site, cookies), state, ret);
}

START_TEST(a_login_comes_back_once)
{
    struct oidc_login l, back;
    open_site(_i);
    const char *cookie = begin("", "/hoy/?a=b", &l);
    t_contains(buf_str(&site->resp.headers),
               "; HttpOnly; SameSite=Lax; Max-Age=600; Secure\r\n");
    t_ok(take(cookie, l.state, &back));
    ck_assert_str_eq(back.next, "/hoy/?a=b");
    ck_assert_str_eq(back.lang_code, "es");
    ck_assert_str_eq(back.nonce, l.nonce);
    ck_assert_str_eq(back.verifier, l.verifier);
    t_is(take(cookie, l.state, &back), ERR_NOTFOUND);
    close_site();
}
END_TEST

START_TEST(in_its_own_browser)
{
    struct oidc_login l, other, back;
    open_site(_i);
    const char *cookie = begin("", "", &l);
    const char *theirs = begin("", "", &other);
    t_is(take(theirs, l.state, &back), ERR_NOTFOUND);
    t_is(take("", l.state, &back), ERR_NOTFOUND);
    t_is(take(arena_fmt(t_arena, "%s=x", cookie_name), l.state, &back),
         ERR_NOTFOUND);
    t_is(take(cookie, "", &back), ERR_NOTFOUND);
    t_is(take(cookie, token_new(t_arena), &back), ERR_NOTFOUND);
    t_ok(take(cookie, l.state, &back)); /* nobody has used it up */
    close_site();
}
END_TEST

START_TEST(within_its_time)
{
    struct oidc_login l, back;
    open_site(_i);
    const char *cookie = begin("", "", &l);
    t_ok(db_script(db, "UPDATE oidc_login SET expires_at = expires_at - 600"));
    t_is(take(cookie, l.state, &back), ERR_NOTFOUND);
    begin("", "", &l);
    struct count {
        int64_t n;
    } count;
    const struct column cols[] = {COL(COL_INT, struct count, n), {0}};
    static const char all[] = "SELECT count(*) AS n FROM oidc_login";
    t_ok(db_one(db, t_arena, QUERY(all), cols, &count));
    ck_assert_int_eq(count.n, 1); /* the old one is gone */
    close_site();
}
END_TEST

/* Two tabs do not take each other's cookie. */
START_TEST(a_browser_keeps_its_cookie)
{
    struct oidc_login a, b;
    open_site(_i);
    const char *cookie = begin("", "", &a);
    ck_assert_str_eq(begin(cookie, "", &b), cookie);
    ck_assert_str_ne(a.state, b.state);
    ck_assert_str_ne(a.nonce, b.nonce);
    ck_assert_str_ne(a.nonce, a.verifier);
    t_ok(take(cookie, b.state, &b));
    t_ok(take(cookie, a.state, &a));
    close_site();
}
END_TEST

/* BASE64URL-ENCODE(SHA256(ASCII(code_verifier))): RFC 7636, 4.2. */
START_TEST(the_challenge_is_of_the_verifier)
{
    struct oidc_login l;
    open_site(_i);
    begin("", "", &l);
    ck_assert_uint_eq(strlen(l.challenge), 43);
    ck_assert_uint_eq(strlen(l.verifier), 43);
    ck_assert_str_ne(l.challenge, l.verifier);
    close_site();
}
END_TEST

START_TEST(an_address_begins_only_so_many)
{
    struct oidc_login l;
    open_site(_i);
    for (int i = 0; i < MAX_OIDC_OPEN; i++)
        begin("", "", &l);
    t_is(oidc_begin(t_request(site, ""), "", &l), ERR_THROTTLED);
    struct ctx *c = t_request(site, "");
    c->req.remote_addr = "192.0.2.2";
    t_ok(oidc_begin(c, "", &l));
    close_site();
}
END_TEST

Suite *oidc_suite(void)
{
    Suite *s = suite_create("oidc");
    TCase *tc = t_db_case(s, "oidc");
    t_add_both(tc, a_login_comes_back_once);
    t_add_both(tc, in_its_own_browser);
    t_add_both(tc, within_its_time);
    t_add_both(tc, a_browser_keeps_its_cookie);
    t_add_both(tc, the_challenge_is_of_the_verifier);
    t_add_both(tc, an_address_begins_only_so_many);
    return s;
}
