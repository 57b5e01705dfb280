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
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &id));
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
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &id));
    t_is(user_create(db, t_arena, &ana, t_actor(0), &id), ERR_DUPLICATE);
    bad.email = "other@example.com";
    bad.role = "root";
    t_is(user_create(db, t_arena, &bad, t_actor(0), &id), ERR_BUG);
    db_close(db);
}
END_TEST

START_TEST(passwords_and_logins_are_noted)
{
    struct db *db = t_db_new(_i);
    struct user u = ana;
    int64_t id = 0, before = clock_now();
    u.client_id = 7;
    t_ok(user_create(db, t_arena, &u, t_actor(0), &id));
    t_ok(user_set_password(db, t_arena, "ana@example.com", "new", t_actor(id)));
    t_is(user_set_password(db, t_arena, "nobody@example.com", "new",
                           t_actor(id)),
         ERR_NOTFOUND);
    t_ok(user_get(db, t_arena, id, &u));
    t_ok(user_logged_in(db, &u, t_actor(id)));
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.pass_hash, "new");
    ck_assert_int_eq(u.client_id, 7);
    ck_assert_int_ge(u.last_login_at, before);
    ck_assert_int_le(u.last_login_at, clock_now());
    db_close(db);
}
END_TEST

START_TEST(people_change_themselves)
{
    struct db *db = t_db_new(_i);
    struct user u;
    int64_t id = 0;
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &id));
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.phone, "");
    ck_assert_str_eq(u.lang, "es");
    ck_assert_str_eq(u.theme, "blue");
    u.name = "Ana María";
    u.phone = "+573001234567";
    u.lang = "en";
    u.theme = "dark";
    t_ok(user_update_own(db, t_arena, &u, t_actor(id)));
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.name, "Ana María");
    ck_assert_str_eq(u.phone, "+573001234567");
    ck_assert_str_eq(u.lang, "en");
    ck_assert_str_eq(u.theme, "dark");
    ck_assert_str_eq(u.role, "technician");
    ck_assert_int_eq(u.version, 2);
    u.theme = "pink";
    t_is(user_update_own(db, t_arena, &u, t_actor(id)), ERR_BUG);
    u.theme = "red";
    u.id = id + 1;
    t_is(user_update_own(db, t_arena, &u, t_actor(id)), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

/* The names of a page, in order: "Ana Bea ". */
static const char *names(struct db *db, const char *search, int64_t after,
                         int64_t before, int64_t limit)
{
    struct user_filter f = {search, after, before, limit};
    struct db_rows rows;
    const char *all = "";
    t_ok(user_list(db, t_arena, &f, &rows));
    const struct user *u = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        all = arena_fmt(t_arena, "%s%s ", all, u[i].name);
    return all;
}

START_TEST(accounts_are_listed_in_pages)
{
    static const char *const people[] = {"Dora", "Ána", "Carla", "Bea"};
    struct db *db = t_db_new(_i);
    int64_t id[4];
    for (size_t i = 0; i < ARRAY_LEN(people); i++) {
        struct user u = ana;
        u.name = people[i];
        u.email = arena_fmt(t_arena, "p%zu@example.com", i);
        u.phone = i == 2 ? "+573001234567" : NULL;
        t_ok(user_create(db, t_arena, &u, t_actor(0), &id[i]));
    }
    ck_assert_str_eq(names(db, "", 0, 0, 9), "Ána Bea Carla Dora ");
    ck_assert_str_eq(names(db, "", 0, 0, 2), "Ána Bea ");
    ck_assert_str_eq(names(db, "", id[3], 0, 2), "Carla Dora ");
    ck_assert_str_eq(names(db, "", 0, id[0], 2), "Bea Carla ");
    ck_assert_str_eq(names(db, "example", 0, 0, 9), "Ána Bea Carla Dora ");
    ck_assert_str_eq(names(db, "example", id[3], 0, 1), "Carla ");
    ck_assert_str_eq(names(db, "example", 0, id[2], 9), "Ána Bea ");
    ck_assert_str_eq(names(db, "", 999, 0, 9), "");
    ck_assert_str_eq(names(db, "b", 0, 0, 9), "Bea ");
    ck_assert_str_eq(names(db, "ANA", 0, 0, 9), "Ána ");
    ck_assert_str_eq(names(db, "p2@ carla", 0, 0, 9), "Carla ");
    ck_assert_str_eq(names(db, "3001234567", 0, 0, 9), "Carla ");
    ck_assert_str_eq(names(db, "nobody", 0, 0, 9), "");
    t_ok(db_script(db, "UPDATE app_user SET archived_at = 1"
                       " WHERE name = 'Bea'"));
    ck_assert_str_eq(names(db, "", 0, 0, 9), "Ána Carla Dora ");
    db_close(db);
}
END_TEST

START_TEST(a_change_checks_the_version)
{
    struct db *db = t_db_new(_i);
    struct user u, stale;
    int64_t id = 0;
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &id));
    t_ok(user_get(db, t_arena, id, &u));
    stale = u;
    u.name = "Ana Pérez";
    u.role = "client";
    u.client_id = 7;
    t_ok(user_update(db, t_arena, &u, t_actor(id)));
    t_is(user_update(db, t_arena, &stale, t_actor(id)), ERR_CONFLICT);
    t_is(user_set_active(db, t_arena, &stale, false, t_actor(id)),
         ERR_CONFLICT);
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.name, "Ana Pérez");
    ck_assert_str_eq(u.role, "client");
    ck_assert_int_eq(u.client_id, 7);
    t_ok(user_set_active(db, t_arena, &u, false, t_actor(id)));
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.status, "inactive");
    t_ok(user_set_active(db, t_arena, &u, true, t_actor(id)));
    t_ok(user_get(db, t_arena, id, &u));
    ck_assert_str_eq(u.status, "active");
    ck_assert_int_eq(u.version, 4);
    u.id = id + 1;
    t_is(user_update(db, t_arena, &u, t_actor(id)), ERR_NOTFOUND);
    t_is(user_set_active(db, t_arena, &u, true, t_actor(id)), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(the_last_administrator_stays)
{
    struct db *db = t_db_new(_i);
    struct user first = ana, second = ana, u;
    int64_t a = 0, b = 0;
    first.role = second.role = "admin";
    second.email = "bea@example.com";
    t_ok(user_create(db, t_arena, &first, t_actor(0), &a));
    t_ok(user_get(db, t_arena, a, &first));
    u = first;
    u.role = "office";
    t_is(user_update(db, t_arena, &u, t_actor(a)), ERR_FORBIDDEN);
    t_is(user_set_active(db, t_arena, &first, false, t_actor(a)),
         ERR_FORBIDDEN);
    u.role = "admin";
    t_ok(user_update(db, t_arena, &u,
                     t_actor(a))); /* everything else may change */
    t_ok(user_create(db, t_arena, &second, t_actor(0), &b));
    t_ok(user_get(db, t_arena, b, &second));
    t_ok(user_set_active(db, t_arena, &second, false, t_actor(a)));
    t_ok(user_get(db, t_arena, a, &first));
    t_is(user_set_active(db, t_arena, &first, false, t_actor(a)),
         ERR_FORBIDDEN);
    t_ok(user_get(db, t_arena, b, &second));
    t_ok(user_set_active(db, t_arena, &second, true, t_actor(a)));
    t_ok(user_set_active(db, t_arena, &first, false, t_actor(b)));
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
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &id));
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        t_ok(db_script(db, ways[i]));
        t_is(user_by_email(db, t_arena, ana.email, &u), ERR_NOTFOUND);
        t_ok(user_get(db, t_arena, id, &u));
        t_is(user_logged_in(db, &u, t_actor(id)), ERR_CONFLICT);
    }
    db_close(db);
}
END_TEST

START_TEST(who_was_changed_since_does_not_log_in)
{
    struct db *db = t_db_new(_i);
    struct user u, then;
    int64_t id = 0;
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &id));
    t_ok(user_get(db, t_arena, id, &then));
    t_ok(user_logged_in(db, &then, t_actor(id))); /* which is no change */
    t_ok(user_logged_in(db, &then, t_actor(id)));
    t_ok(user_set_password(db, t_arena, ana.email, "new", t_actor(0)));
    t_is(user_logged_in(db, &then, t_actor(id)), ERR_CONFLICT);
    t_ok(user_get(db, t_arena, id, &u));
    t_ok(user_logged_in(db, &u, t_actor(id)));
    then = u;
    u.role = "office";
    t_ok(user_update(db, t_arena, &u, t_actor(0)));
    t_is(user_logged_in(db, &then, t_actor(id)), ERR_CONFLICT);
    t_ok(user_get(db, t_arena, id, &u));
    t_ok(user_set_active(db, t_arena, &u, false, t_actor(0)));
    t_is(user_logged_in(db, &u, t_actor(id)), ERR_CONFLICT);
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
    t_add_both(tc, who_was_changed_since_does_not_log_in);
    t_add_both(tc, people_change_themselves);
    t_add_both(tc, accounts_are_listed_in_pages);
    t_add_both(tc, a_change_checks_the_version);
    t_add_both(tc, the_last_administrator_stays);
    return s;
}
