#include <string.h>

#include "model/user_identity.h"
#include "test/client.h"
#include "test/database.h"

static struct db *db;

static int64_t add_user(const char *email, const char *role, const char *status)
{
    struct user u = {.email = email,
                     .name = "X",
                     .role = role,
                     .status = status,
                     .pass_hash = "hash"};
    int64_t id = 0;
    if (strcmp(role, "client") == 0)
        u.client_id = t_client(db, "C");
    t_ok(user_create(db, t_arena, &u, t_actor(0), &id));
    return id;
}

static const struct user_identity ana = {.issuer = "https://idp.example",
                                         .subject = "s1",
                                         .email = "ana@b.co",
                                         .name = "Ana",
                                         .role = "office",
                                         .email_owned = true};

static enum err enter(const struct user_identity *who, struct user *ret)
{
    return user_identity_enter(db, t_arena, who, t_actor(0), ret);
}

START_TEST(a_new_person_gets_an_account)
{
    struct user u, again;
    db = t_db_new(_i);
    t_ok(enter(&ana, &u));
    ck_assert_str_eq(u.email, "ana@b.co");
    ck_assert_str_eq(u.name, "Ana");
    ck_assert_str_eq(u.role, "office");
    ck_assert_str_eq(u.pass_hash, "");
    ck_assert_str_eq(u.oidc_subject, "s1");
    struct user_identity later = ana;
    later.email = "married@b.co"; /* the subject is who it is */
    t_ok(enter(&later, &again));
    ck_assert_int_eq(again.id, u.id);
    ck_assert_str_eq(again.email, "ana@b.co");
    later.issuer = "https://other.example";
    t_ok(enter(&later, &again));
    ck_assert_int_ne(again.id, u.id);
    later = ana;
    later.subject = "s2";
    later.email = "";
    t_is(enter(&later, &again), ERR_INVALID);
    later.email = "nameless@b.co";
    later.name = "";
    later.email_owned = false; /* it may be somebody else's */
    t_is(enter(&later, &again), ERR_INVALID);
    later.email_owned = true;
    t_ok(enter(&later, &again));
    ck_assert_str_eq(again.name, "nameless@b.co");
    db_close(db);
}
END_TEST

START_TEST(an_address_links_only_if_it_may)
{
    struct user u;
    struct user_identity who = ana;
    db = t_db_new(_i);
    int64_t id = add_user("ana@b.co", "office", "active");
    t_is(enter(&who, &u), ERR_DUPLICATE);
    who.may_link = true;
    who.email_owned = false;
    t_is(enter(&who, &u), ERR_DUPLICATE);
    who.email_owned = true;
    t_ok(enter(&who, &u));
    ck_assert_int_eq(u.id, id);
    ck_assert_str_eq(u.pass_hash, "hash");
    who.subject = "s2"; /* it has a person already */
    t_is(enter(&who, &u), ERR_DUPLICATE);
    who.may_link = false;
    who.subject = "s1";
    t_ok(enter(&who, &u));
    db_close(db);
}
END_TEST

START_TEST(only_to_accounts_that_are_open)
{
    struct user u;
    struct user_identity who = ana;
    db = t_db_new(_i);
    who.may_link = true;
    add_user("off@b.co", "office", "inactive");
    add_user("asked@b.co", "office", "invited");
    add_user("client@b.co", "client", "active");
    who.email = "off@b.co";
    t_is(enter(&who, &u), ERR_FORBIDDEN);
    who.email = "asked@b.co";
    t_is(enter(&who, &u), ERR_FORBIDDEN);
    who.email = "client@b.co";
    t_is(enter(&who, &u), ERR_DUPLICATE);
    db_close(db);
}
END_TEST

START_TEST(the_role_is_the_providers)
{
    struct user u;
    struct user_identity who = ana;
    db = t_db_new(_i);
    t_ok(enter(&who, &u));
    who.role = "admin";
    t_ok(enter(&who, &u));
    ck_assert_str_eq(u.role, "admin");
    who.role = "technician"; /* nobody else administrates */
    t_is(enter(&who, &u), ERR_CONFLICT);
    t_ok(user_get(db, t_arena, u.id, &u));
    ck_assert_str_eq(u.role, "admin");
    add_user("boss@b.co", "admin", "active");
    t_ok(enter(&who, &u));
    t_ok(user_logged_in(db, &u, t_actor(u.id))); /* with its new version */
    t_ok(user_get(db, t_arena, u.id, &u));
    ck_assert_str_eq(u.role, "technician");
    db_close(db);
}
END_TEST

START_TEST(who_was_deactivated_stays_out)
{
    struct user u;
    db = t_db_new(_i);
    t_ok(enter(&ana, &u));
    t_ok(user_set_active(db, t_arena, &u, false, t_actor(0)));
    t_is(enter(&ana, &u), ERR_FORBIDDEN);
    db_close(db);
}
END_TEST

Suite *user_identity_suite(void)
{
    Suite *s = suite_create("user_identity");
    TCase *tc = t_db_case(s, "user_identity");
    t_add_both(tc, a_new_person_gets_an_account);
    t_add_both(tc, an_address_links_only_if_it_may);
    t_add_both(tc, only_to_accounts_that_are_open);
    t_add_both(tc, the_role_is_the_providers);
    t_add_both(tc, who_was_deactivated_stays_out);
    return s;
}
