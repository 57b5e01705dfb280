#include <string.h>

#include "base/clock.h"
#include "model/user.h"
#include "test/database.h"
#include "test/site.h"
#include "web/pending.h"
#include "web/token.h"

static const char cookie_name[] = "__Host-pt_login";

static struct t_site *site;
static struct db *db;
static struct user ana;

static void open_site(int which)
{
    static const struct user new = {.email = "ana@example.com",
                                    .name = "Ana",
                                    .role = "office",
                                    .pass_hash = ""};
    int64_t id;
    db = t_db_new(which);
    site = t_site_new(db);
    t_ok(user_create(db, t_arena, &new, t_actor(0), &id));
    t_ok(user_get(db, t_arena, id, &ana));
}

static void close_site(void)
{
    t_site_done(site);
    db_close(db);
}

static const char *begin(void)
{
    t_ok(pending_start(t_request(site, ""),
                       &(struct pending){.user_id = ana.id,
                                         .user_version = ana.version,
                                         .remember = 1,
                                         .next = "/hoy/"}));
    return t_cookie_back(site, cookie_name);
}

static enum err find(const char *cookies, struct pending *ret)
{
    return pending_find(t_request(site, cookies), ret);
}

START_TEST(it_is_of_the_browser_that_began_it)
{
    struct pending p;
    open_site(_i);
    const char *cookie = begin();
    t_contains(buf_str(&site->resp.headers), "; Max-Age=300; Secure\r\n");
    t_ok(find(cookie, &p));
    ck_assert_int_eq(p.user_id, ana.id);
    ck_assert_int_eq(p.remember, 1);
    ck_assert_str_eq(p.next, "/hoy/");
    const char *token = strchr(cookie, '=') + 1;
    ck_assert_str_eq(p.token_hash, token_hash(t_arena, token));
    t_is(find("", &p), ERR_NOTFOUND);
    t_is(find("__Host-pt_login=x", &p), ERR_NOTFOUND);
    t_is(find(arena_fmt(t_arena, "__Host-pt_login=%s", p.token_hash), &p),
         ERR_NOTFOUND); /* what the table holds opens nothing */
    struct ctx *c = t_request(site, cookie);
    t_ok(pending_end(c, &p));
    ck_assert_str_eq(t_set_cookie(site, cookie_name), "");
    t_is(pending_end(c, &p), ERR_NOTFOUND);
    t_is(find(cookie, &p), ERR_NOTFOUND);
    close_site();
}
END_TEST

START_TEST(it_bears_so_many_attempts)
{
    struct pending p;
    open_site(_i);
    const char *cookie = begin();
    t_ok(find(cookie, &p));
    for (int i = 0; i < PENDING_ATTEMPTS; i++) {
        t_ok(find(cookie, &p));
        t_ok(pending_try(t_request(site, cookie), &p));
    }
    t_is(pending_try(t_request(site, cookie), &p), ERR_NOTFOUND);
    t_is(find(cookie, &p), ERR_NOTFOUND);
    close_site();
}
END_TEST

START_TEST(it_grows_old)
{
    struct pending p;
    open_site(_i);
    const char *cookie = begin();
    t_ok(find(cookie, &p));
    t_ok(db_script(db, "UPDATE login_pending SET expires_at = expires_at"
                       " - 301"));
    t_is(find(cookie, &p), ERR_NOTFOUND);
    t_is(pending_try(t_request(site, cookie), &p), ERR_NOTFOUND);
    begin(); /* which clears away what is over */
    t_is(pending_end(t_request(site, cookie), &p), ERR_NOTFOUND);
    close_site();
}
END_TEST

START_TEST(a_change_of_the_account_ends_it)
{
    struct pending p;
    open_site(_i);
    const char *cookie = begin();
    t_ok(user_set_password(db, t_arena, ana.email, "new", t_actor(0)));
    t_is(find(cookie, &p), ERR_NOTFOUND);
    t_ok(user_get(db, t_arena, ana.id, &ana));
    cookie = begin();
    t_ok(find(cookie, &p));
    t_ok(db_script(db, "UPDATE app_user SET status = 'inactive'"));
    t_is(find(cookie, &p), ERR_NOTFOUND);
    close_site();
}
END_TEST

Suite *pending_suite(void)
{
    Suite *s = suite_create("pending");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, it_is_of_the_browser_that_began_it);
    t_add_both(tc, it_bears_so_many_attempts);
    t_add_both(tc, it_grows_old);
    t_add_both(tc, a_change_of_the_account_ends_it);
    return s;
}
