#include <string.h>

#include "base/clock.h"
#include "model/user.h"
#include "test/database.h"
#include "test/site.h"
#include "web/after.h"
#include "web/session.h"
#include "web/token.h"

static const char cookie_name[] = "__Host-pt_session";

static struct t_site *site;
static struct db *db;
static int64_t user_id;

static void open_site(int which)
{
    static const struct user ana = {.email = "ana@example.com",
                                    .name = "Ana",
                                    .role = "office",
                                    .pass_hash = ""};
    db = t_db_new(which);
    site = t_site_new(db);
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &user_id));
}

static void close_site(void)
{
    t_site_done(site);
    db_close(db);
}

/* Logs in and returns the cookie as the browser sends it. */
static const char *log_in(bool remember)
{
    t_ok(session_start(t_request(site, ""), user_id, remember));
    return t_cookie_back(site, cookie_name);
}

static struct session *load(const char *cookies)
{
    struct ctx *c = t_request(site, cookies);
    t_ok(session_load(c));
    return c->session;
}

/* Runs sql, in which %lld is now plus offset. */
static void change(const char *sql_format, int64_t offset)
{
    const char *mark = strstr(sql_format, "%lld");
    t_ok(db_script(db, arena_fmt(t_arena, "%.*s%lld%s",
                                 (int)(mark - sql_format), sql_format,
                                 (long long)(clock_now() + offset), mark + 4)));
}

START_TEST(a_login_is_found_again)
{
    open_site(_i);
    const char *cookie = log_in(false);
    t_contains(buf_str(&site->resp.headers),
               "; Path=/; HttpOnly; SameSite=Lax; Secure\r\n");
    ck_assert_uint_eq(strlen(t_set_cookie(site, cookie_name)), TOKEN_CHARS);
    struct session *s = load(cookie);
    ck_assert_ptr_nonnull(s);
    ck_assert_int_eq(s->user_id, user_id);
    ck_assert_int_eq(s->client_id, 0);
    ck_assert_str_eq(s->name, "Ana");
    ck_assert_str_eq(s->email, "ana@example.com");
    ck_assert_int_eq(s->role, ROLE_office);
    ck_assert_int_eq(s->idle_s, 1800);
    ck_assert_int_ge(s->expires_at, clock_now() + 43200 - 5);
    ck_assert_str_eq(s->token_hash, token_hash(t_arena, s->token));
    close_site();
}
END_TEST

START_TEST(the_database_does_not_hold_the_token)
{
    static const char all[] = "SELECT token_hash AS hash FROM session";
    struct row {
        const char *hash;
    } row;
    const struct column cols[] = {COL(COL_TEXT, struct row, hash), {0}};
    open_site(_i);
    const char *cookie = log_in(false);
    t_ok(db_one(db, t_arena, QUERY(all), cols, &row));
    ck_assert_uint_eq(strlen(row.hash), HASH_CHARS);
    ck_assert_ptr_null(strstr(cookie, row.hash));
    const char *stolen = arena_fmt(t_arena, "%s=%.43s", cookie_name, row.hash);
    ck_assert_ptr_null(load(stolen));
    close_site();
}
END_TEST

START_TEST(other_cookies_are_nobody)
{
    open_site(_i);
    const char *cookie = log_in(false);
    const char *bare = strchr(cookie, '=') + 1;
    ck_assert_ptr_null(load(""));
    ck_assert_ptr_null(load(arena_dup(t_arena, cookie, strlen(cookie) - 1)));
    ck_assert_ptr_null(load(arena_fmt(t_arena, "%sx", cookie)));
    ck_assert_ptr_null(load(arena_fmt(t_arena, "pt_session=%s", bare)));
    ck_assert_ptr_null(
        load(arena_fmt(t_arena, "%s=%s", cookie_name, token_new(t_arena))));
    struct ctx *c = t_request(site, cookie); /* http knows another name */
    c->req.https = false;
    t_ok(session_load(c));
    ck_assert_ptr_null(c->session);
    close_site();
}
END_TEST

START_TEST(sessions_end)
{
    open_site(_i);
    const char *cookie = log_in(false);
    change("UPDATE session SET seen_at = %lld", -30 * 60 + 5);
    ck_assert_ptr_nonnull(load(cookie)); /* and seen just now */
    change("UPDATE session SET seen_at = %lld", -30 * 60 - 1);
    ck_assert_ptr_null(load(cookie));
    change("UPDATE session SET seen_at = %lld", 0);
    ck_assert_ptr_nonnull(load(cookie));
    change("UPDATE session SET expires_at = %lld", -1);
    ck_assert_ptr_null(load(cookie));
    close_site();
}
END_TEST

START_TEST(being_seen_is_noted_once_a_minute)
{
    open_site(_i);
    const char *cookie = log_in(false);
    (void)db_statements(db, true);
    ck_assert_ptr_nonnull(load(cookie));
    ck_assert_uint_eq(db_statements(db, true), 1);
    change("UPDATE session SET seen_at = %lld", -100);
    (void)db_statements(db, true);
    struct ctx *c = t_request(site, cookie);
    t_ok(session_load(c));
    ck_assert_int_ge(c->session->seen_at, clock_now() - 5);
    ck_assert_uint_eq(db_statements(db, false), 1); /* nobody waits for it */
    ck_assert_ptr_nonnull(c->after);
    t_ok(c->after->fn(c, c->after->arg));
    c = t_request(site, cookie);
    t_ok(session_load(c));
    ck_assert_ptr_null(c->after);
    ck_assert_int_ge(c->session->seen_at, clock_now() - 5);
    close_site();
}
END_TEST

START_TEST(remembered_for_longer)
{
    open_site(_i);
    const char *cookie = log_in(true);
    t_contains(buf_str(&site->resp.headers), "; Max-Age=1209600; Secure");
    struct session *s = load(cookie);
    ck_assert_int_eq(s->idle_s, 1209600);
    ck_assert_int_ge(s->expires_at, clock_now() + 1209600 - 5);
    close_site();
}
END_TEST

START_TEST(a_login_ends_the_session_before)
{
    open_site(_i);
    const char *first = log_in(false);
    struct ctx *c = t_request(site, first);
    t_ok(session_load(c));
    t_ok(session_start(c, user_id, false));
    const char *second = t_cookie_back(site, cookie_name);
    ck_assert_str_ne(first, second);
    ck_assert_ptr_null(load(first));
    ck_assert_ptr_nonnull(load(second));
    close_site();
}
END_TEST

START_TEST(a_logout_ends_it)
{
    open_site(_i);
    const char *cookie = log_in(false), *other = log_in(false);
    struct ctx *c = t_request(site, cookie);
    t_ok(session_load(c));
    t_ok(session_end(c));
    ck_assert_str_eq(t_set_cookie(site, cookie_name), "");
    t_contains(buf_str(&site->resp.headers), "; Max-Age=0; Secure");
    ck_assert_ptr_null(load(cookie));
    ck_assert_ptr_nonnull(load(other));
    t_ok(session_end(t_request(site, ""))); /* nobody may log out too */
    close_site();
}
END_TEST

START_TEST(a_renewed_session_is_the_only_one)
{
    open_site(_i);
    const char *old = log_in(true), *other = log_in(false);
    struct ctx *c = t_request(site, old);
    t_ok(session_load(c));
    t_ok(session_renew(c));
    const char *new = t_cookie_back(site, cookie_name);
    ck_assert_str_eq(c->session->token, strchr(new, '=') + 1);
    ck_assert_ptr_null(load(old));
    ck_assert_ptr_null(load(other));
    struct session *s = load(new);
    ck_assert_ptr_nonnull(s);
    ck_assert_str_eq(s->token_hash, c->session->token_hash);
    ck_assert_int_eq(s->idle_s, 1209600); /* still remembered */
    close_site();
}
END_TEST

START_TEST(sessions_are_listed_and_ended)
{
    struct db_rows rows;
    open_site(_i);
    const char *mine = log_in(false), *other = log_in(false);
    struct ctx *c = t_request(site, mine);
    t_ok(session_load(c));
    t_ok(session_places(c, user_id, &rows));
    ck_assert_uint_eq(rows.n, 2);
    const struct session_place *p = rows.items;
    ck_assert_str_eq(p[0].ip, "192.0.2.1");
    ck_assert_str_eq(p[0].user_agent, "unit");
    t_ok(session_end_others(c, user_id + 1, ""));
    t_ok(session_end_others(c, user_id, c->session->token_hash));
    ck_assert_ptr_nonnull(load(mine));
    ck_assert_ptr_null(load(other));
    t_ok(session_places(c, user_id, &rows));
    ck_assert_uint_eq(rows.n, 1);
    change("UPDATE session SET seen_at = %lld", -30 * 60 - 1);
    t_ok(session_places(c, user_id, &rows));
    ck_assert_uint_eq(rows.n, 0);
    t_ok(session_end_others(c, user_id, ""));
    close_site();
}
END_TEST

START_TEST(a_session_knows_what_the_person_chose)
{
    open_site(_i);
    const char *cookie = log_in(false);
    ck_assert_int_eq(load(cookie)->lang, LANG_ES);
    ck_assert_str_eq(load(cookie)->theme, "blue");
    t_ok(db_script(db, "UPDATE app_user SET lang = 'en', ui_theme = 'teal'"));
    ck_assert_int_eq(load(cookie)->lang, LANG_EN);
    ck_assert_str_eq(load(cookie)->theme, "teal");
    close_site();
}
END_TEST

START_TEST(a_role_may_need_more_than_a_password)
{
    static const char *const of_office[] = {"admin", "office", NULL};
    open_site(_i);
    const char *full = log_in(false);
    ck_assert_int_eq(load(full)->password_only, 0);
    t_ok(session_start_password(t_request(site, ""), user_id, false));
    const char *bare = t_cookie_back(site, cookie_name);
    ck_assert_int_eq(load(bare)->password_only, 1);
    site->app.conf.login.totp_required = of_office;
    ck_assert_ptr_null(load(bare));
    ck_assert_ptr_nonnull(load(full));
    site->app.conf.login.totp_required = &of_office[2]; /* nobody */
    ck_assert_ptr_nonnull(load(bare));
    struct ctx *c = t_request(site, bare);
    t_ok(session_load(c));
    t_ok(session_renew(c)); /* which proves nothing new … */
    const char *renewed = t_cookie_back(site, cookie_name);
    ck_assert_int_eq(load(renewed)->password_only, 1);
    c->session->password_only = 0; /* … unless somebody says so */
    t_ok(session_renew(c));
    renewed = t_cookie_back(site, cookie_name);
    ck_assert_int_eq(load(renewed)->password_only, 0);
    close_site();
}
END_TEST

START_TEST(a_request_goes_on_in_the_session_it_began)
{
    open_site(_i);
    struct ctx *c = t_request(site, "");
    t_ok(session_start(c, user_id, false));
    ck_assert_ptr_null(c->session);
    t_ok(session_enter(c));
    ck_assert_int_eq(c->session->user_id, user_id);
    ck_assert_str_eq(c->session->token, t_set_cookie(site, cookie_name));
    close_site();
}
END_TEST

START_TEST(an_account_that_ends_ends_its_sessions)
{
    static const char *const ways[] = {
        "UPDATE app_user SET status = 'inactive'",
        "UPDATE app_user SET status = 'blocked'",
        "UPDATE app_user SET status = 'active', archived_at = 1"};
    open_site(_i);
    const char *cookie = log_in(false);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        t_ok(db_script(db, ways[i]));
        ck_assert_ptr_null(load(cookie));
    }
    t_ok(db_script(db, "UPDATE app_user SET archived_at = NULL"));
    ck_assert_ptr_nonnull(load(cookie));
    close_site();
}
END_TEST

START_TEST(old_sessions_are_swept_away)
{
    static const char count[] = "SELECT count(*) AS n FROM session";
    struct row {
        int64_t n;
    } row;
    const struct column cols[] = {COL(COL_INT, struct row, n), {0}};
    open_site(_i);
    log_in(false);
    log_in(false);
    change("UPDATE session SET expires_at = %lld", -1);
    log_in(false);
    t_ok(db_one(db, t_arena, QUERY(count), cols, &row));
    ck_assert_int_eq(row.n, 1);
    close_site();
}
END_TEST

/* A browser's name is cut between characters, not inside one. */
START_TEST(long_browser_names_are_cut)
{
    static const char get[] = "SELECT user_agent AS agent FROM session";
    struct row {
        const char *agent;
    } row;
    const struct column cols[] = {COL(COL_TEXT, struct row, agent), {0}};
    open_site(_i);
    struct ctx *c = t_request(site, "");
    char *agent = arena_strdup(t_arena, "x");
    for (int i = 0; i < 150; i++)
        agent = arena_fmt(t_arena, "%sñ", agent);
    c->req.user_agent = agent;
    t_ok(session_start(c, user_id, false));
    t_ok(db_one(db, t_arena, QUERY(get), cols, &row));
    ck_assert_uint_eq(strlen(row.agent), 199);
    close_site();
}
END_TEST

Suite *session_suite(void)
{
    Suite *s = suite_create("session");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, a_login_is_found_again);
    t_add_both(tc, the_database_does_not_hold_the_token);
    t_add_both(tc, other_cookies_are_nobody);
    t_add_both(tc, sessions_end);
    t_add_both(tc, being_seen_is_noted_once_a_minute);
    t_add_both(tc, remembered_for_longer);
    t_add_both(tc, a_login_ends_the_session_before);
    t_add_both(tc, a_logout_ends_it);
    t_add_both(tc, a_renewed_session_is_the_only_one);
    t_add_both(tc, sessions_are_listed_and_ended);
    t_add_both(tc, a_session_knows_what_the_person_chose);
    t_add_both(tc, a_role_may_need_more_than_a_password);
    t_add_both(tc, a_request_goes_on_in_the_session_it_began);
    t_add_both(tc, an_account_that_ends_ends_its_sessions);
    t_add_both(tc, old_sessions_are_swept_away);
    t_add_both(tc, long_browser_names_are_cut);
    return s;
}
