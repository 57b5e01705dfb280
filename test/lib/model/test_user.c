#include "base/clock.h"
#include "model/user.h"
#include "test/database.h"

static const struct user ana = {.email = "ana@example.com",
                                .name = "Ana Ñúñez",
                                .role = "technician",
                                .pass_hash = "hash"};

START_TEST(accounts_are_stored_and_found)
{
    struct db *db = t_db_new(_i);
    struct user u;
    int64_t id = 0;
    t_ok(user_create(db, t_arena, &ana, &id));
    ck_assert_int_gt(id, 0);
    t_ok(user_by_email(db, t_arena, "ana@example.com", &u));
    ck_assert_int_eq(u.id, id);
    ck_assert_int_eq(u.client_id, 0);
    ck_assert_str_eq(u.email, "ana@example.com");
    ck_assert_str_eq(u.name, "Ana Ñúñez");
    ck_assert_str_eq(u.role, "technician");
    ck_assert_str_eq(u.status, "active");
    ck_assert_str_eq(u.pass_hash, "hash");
    ck_assert_int_eq(u.last_login_at, 0);
    struct user again;
    t_ok(user_get(db, t_arena, id, &again));
    ck_assert_str_eq(again.email, u.email);
    t_is(user_by_email(db, t_arena, "Ana@example.com", &u), ERR_NOTFOUND);
    t_is(user_by_email(db, t_arena, "", &u), ERR_NOTFOUND);
    t_is(user_get(db, t_arena, id + 1, &u), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(an_address_has_one_account)
{
    struct db *db = t_db_new(_i);
    struct user bad = ana;
    int64_t id = 0;
    t_ok(user_create(db, t_arena, &ana, &id));
    t_is(user_create(db, t_arena, &ana, &id), ERR_DUPLICATE);
    bad.email = "other@example.com";
    bad.role = "root";
    t_is(user_create(db, t_arena, &bad, &id), ERR_BUG);
    db_close(db);
}
END_TEST

START_TEST(passwords_and_logins_are_noted)
{
    struct db *db = t_db_new(_i);
    struct user u = ana;
    int64_t id = 0, before = clock_now();
    u.client_id = 7;
    t_ok(user_create(db, t_arena, &u, &id));
    t_ok(user_set_password(db, "ana@example.com", "new"));
    t_is(user_set_password(db, "nobody@example.com", "new"), ERR_NOTFOUND);
    t_ok(user_logged_in(db, id));
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.pass_hash, "new");
    ck_assert_int_eq(u.client_id, 7);
    ck_assert_int_ge(u.last_login_at, before);
    ck_assert_int_le(u.last_login_at, clock_now());
    db_close(db);
}
END_TEST

START_TEST(only_active_accounts_log_in)
{
    static const char *const ways[] = {
        "UPDATE app_user SET status = 'blocked'",
        "UPDATE app_user SET status = 'inactive'",
        "UPDATE app_user SET status = 'invited'",
        "UPDATE app_user SET status = 'active', archived_at = 1"};
    struct db *db = t_db_new(_i);
    struct user u;
    int64_t id = 0;
    t_ok(user_create(db, t_arena, &ana, &id));
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        t_ok(db_script(db, ways[i]));
        t_is(user_by_email(db, t_arena, ana.email, &u), ERR_NOTFOUND);
        t_ok(user_get(db, t_arena, id, &u));
    }
    db_close(db);
}
END_TEST

Suite *user_suite(void)
{
    Suite *s = suite_create("user");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, accounts_are_stored_and_found);
    t_add_both(tc, an_address_has_one_account);
    t_add_both(tc, passwords_and_logins_are_noted);
    t_add_both(tc, only_active_accounts_log_in);
    return s;
}
