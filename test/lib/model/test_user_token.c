#include <string.h>

#include "base/clock.h"
#include "model/user_token.h"
#include "test/database.h"

static struct db *db;

static int64_t add_user(const char *email, const char *status)
{
    struct user u = {.email = email,
                     .name = "X",
                     .role = "office",
                     .status = status,
                     .pass_hash = "old"};
    int64_t id = 0;
    enum err e = user_create(db, t_arena, &u, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static void give(int64_t user_id, const char *kind, const char *hash)
{
    struct user_token t = {
        .hash = hash, .kind = kind, .user_id = user_id, .valid_s = 100};
    enum err e = user_token_create(db, &t, t_actor(0));
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
}

static enum err find(const char *hash, const char *kind)
{
    struct user u;
    return user_token_find(db, t_arena, hash, kind, &u);
}

static enum err use(const char *hash, const char *kind)
{
    struct user u;
    TRY(user_token_find(db, t_arena, hash, kind, &u));
    return user_token_use(db, hash, &u, "new", t_actor(u.id));
}

START_TEST(a_reset_works_once)
{
    struct user u;
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co", "active");
    give(id, "reset", "h1");
    t_ok(user_token_find(db, t_arena, "h1", "reset", &u));
    ck_assert_int_eq(u.id, id);
    struct user slow = u;      /* somebody who found it, too */
    t_ok(find("h1", "reset")); /* looking changes nothing */
    t_is(find("h1", "invite"), ERR_NOTFOUND);
    t_is(find("h2", "reset"), ERR_NOTFOUND);
    t_is(find("", "reset"), ERR_NOTFOUND);
    t_ok(use("h1", "reset"));
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.pass_hash, "new");
    ck_assert_str_eq(u.status, "active");
    t_is(use("h1", "reset"), ERR_NOTFOUND);
    t_is(user_token_use(db, "h1", &slow, "mine", t_actor(id)), ERR_NOTFOUND);
    t_is(find("h1", "reset"), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(an_invitation_opens_the_account)
{
    struct user u;
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co", "invited");
    t_is(user_by_email(db, t_arena, "a@b.co", &u), ERR_NOTFOUND);
    give(id, "invite", "h1");
    give(id, "reset", "h2");
    t_is(find("h2", "reset"), ERR_NOTFOUND); /* it is not active */
    t_ok(use("h1", "invite"));
    t_ok(user_by_email(db, t_arena, "a@b.co", &u));
    ck_assert_str_eq(u.pass_hash, "new");
    t_is(find("h2", "reset"), ERR_NOTFOUND); /* the others ended with it */
    db_close(db);
}
END_TEST

START_TEST(a_new_one_replaces_the_last)
{
    struct user_token t;
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co", "active");
    int64_t other = add_user("c@d.co", "active");
    give(id, "reset", "h1");
    give(other, "reset", "h2");
    give(id, "reset", "h3");
    t_is(find("h1", "reset"), ERR_NOTFOUND);
    t_ok(find("h2", "reset"));
    t_ok(find("h3", "reset"));
    t_ok(user_token_last(db, t_arena, id, "reset", &t));
    ck_assert_int_eq(t.expires_at - t.created_at, 100);
    t_is(user_token_last(db, t_arena, id, "invite", &t), ERR_NOTFOUND);
    t_ok(user_token_revoke(db, id));
    t_is(find("h3", "reset"), ERR_NOTFOUND);
    t_ok(find("h2", "reset"));
    db_close(db);
}
END_TEST

START_TEST(it_grows_old)
{
    struct user_token t;
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co", "active");
    give(id, "reset", "h1");
    t_ok(db_script(db, "UPDATE user_token SET expires_at = expires_at - 101"));
    t_is(find("h1", "reset"), ERR_NOTFOUND);
    t_is(use("h1", "reset"), ERR_NOTFOUND);
    t_ok(user_token_last(db, t_arena, id, "reset", &t)); /* to be shown */
    give(add_user("c@d.co", "active"), "reset", "h2");
    t_is(user_token_last(db, t_arena, id, "reset", &t), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(not_for_who_may_not_enter)
{
    static const char *const statuses[] = {"inactive", "blocked"};
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co", "active");
    give(id, "reset", "h1");
    give(id, "invite", "h2");
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        t_ok(db_script(db,
                       arena_fmt(t_arena, "UPDATE app_user SET status = '%s'",
                                 statuses[i])));
        t_is(find("h1", "reset"), ERR_NOTFOUND);
        t_is(find("h2", "invite"), ERR_NOTFOUND);
    }
    t_ok(db_script(db, "UPDATE app_user SET status = 'active',"
                       " archived_at = 1"));
    t_is(find("h1", "reset"), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(an_address_asks_so_often)
{
    db = t_db_new(_i);
    for (int i = 0; i < RESET_PER_HOUR; i++)
        t_ok(user_token_request(db, t_arena, "192.0.2.1"));
    t_is(user_token_request(db, t_arena, "192.0.2.1"), ERR_THROTTLED);
    t_ok(user_token_request(db, t_arena, "192.0.2.2"));
    t_ok(db_script(db, "UPDATE reset_request SET at = at - 3601"));
    t_ok(user_token_request(db, t_arena, "192.0.2.1"));
    db_close(db);
}
END_TEST

Suite *user_token_suite(void)
{
    Suite *s = suite_create("user_token");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, a_reset_works_once);
    t_add_both(tc, an_invitation_opens_the_account);
    t_add_both(tc, a_new_one_replaces_the_last);
    t_add_both(tc, it_grows_old);
    t_add_both(tc, not_for_who_may_not_enter);
    t_add_both(tc, an_address_asks_so_often);
    return s;
}
