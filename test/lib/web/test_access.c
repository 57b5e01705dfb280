#include <string.h>

#include "test/support.h"
#include "web/access.h"

struct row {
    const char *name;
    enum perm perm;
    unsigned roles;
};

static const struct row rows[] = {
#define PERM(name, roles) {#name, PERM_##name, roles},
#include "gen/permissions.def"
#undef PERM
};

START_TEST(every_permission_for_every_role)
{
    ck_assert_uint_eq(ARRAY_LEN(rows), PERM__MAX - PERM_own - 1);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (int role = 0; role < ROLE__MAX; role++) {
            bool want = role != ROLE_none && (rows[i].roles >> role & 1) != 0;
            ck_assert_msg(access_allows((enum role)role, rows[i].perm) == want,
                          "%s for %s", rows[i].name,
                          role_code((enum role)role));
        }
        ck_assert_str_eq(perm_name(rows[i].perm), rows[i].name);
    }
}
END_TEST

/* The matrix of what the site promises, written out once more. */
START_TEST(clients_are_for_the_staff)
{
    static const enum role staff[] = {ROLE_admin, ROLE_office};
    for (size_t i = 0; i < ARRAY_LEN(staff); i++) {
        ck_assert(access_allows(staff[i], PERM_client_view));
        ck_assert(access_allows(staff[i], PERM_client_create));
        ck_assert(access_allows(staff[i], PERM_client_edit));
    }
    ck_assert(access_allows(ROLE_technician, PERM_client_view));
    ck_assert(!access_allows(ROLE_technician, PERM_client_create));
    ck_assert(!access_allows(ROLE_technician, PERM_client_edit));
    ck_assert(!access_allows(ROLE_client, PERM_client_view));
    ck_assert(!access_allows(ROLE_client, PERM_client_edit));
    ck_assert(!access_allows(ROLE_none, PERM_client_view));
}
END_TEST

START_TEST(accounts_are_for_the_administrator)
{
    ck_assert(access_allows(ROLE_admin, PERM_user_view));
    ck_assert(access_allows(ROLE_admin, PERM_user_admin));
    ck_assert(access_allows(ROLE_office, PERM_user_view));
    ck_assert(!access_allows(ROLE_office, PERM_user_admin));
    ck_assert(!access_allows(ROLE_technician, PERM_user_view));
    ck_assert(!access_allows(ROLE_client, PERM_user_view));
}
END_TEST

START_TEST(the_built_in_permissions)
{
    for (int role = 0; role < ROLE__MAX; role++) {
        ck_assert(!access_allows((enum role)role, PERM_UNSET));
        ck_assert(access_allows((enum role)role, PERM_public));
        ck_assert_int_eq(access_allows((enum role)role, PERM_own),
                         role != ROLE_none);
        ck_assert(!access_allows((enum role)role, PERM__MAX));
    }
    ck_assert_str_eq(perm_name(PERM_UNSET), "(unset)");
    ck_assert_str_eq(perm_name(PERM__MAX), "?");
}
END_TEST

START_TEST(roles_have_codes_and_labels)
{
    for (int role = 1; role < ROLE__MAX; role++) {
        const char *code = role_code((enum role)role);
        ck_assert_int_eq((int)role_parse(code), role);
        ck_assert_int_ne(role_label((enum role)role), MSG_none);
    }
    static const char *const unknown[] = {"", "root", "Admin", "admin "};
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        ck_assert_int_eq(role_parse(unknown[i]), ROLE_none);
    ck_assert_str_eq(role_code(ROLE__MAX), "");
    ck_assert_int_eq(role_label(ROLE__MAX), MSG_none);
}
END_TEST

Suite *access_suite(void)
{
    Suite *s = suite_create("access");
    TCase *tc = t_case(s, "access");
    tcase_add_test(tc, every_permission_for_every_role);
    tcase_add_test(tc, clients_are_for_the_staff);
    tcase_add_test(tc, accounts_are_for_the_administrator);
    tcase_add_test(tc, the_built_in_permissions);
    tcase_add_test(tc, roles_have_codes_and_labels);
    return s;
}
