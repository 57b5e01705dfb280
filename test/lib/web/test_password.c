#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "test/support.h"
#include "web/password.h"

static void setup(void)
{
    if (sodium_init() < 0)
        abort();
}

START_TEST(only_the_right_password)
{
    const char *hash = NULL;
    t_ok(password_hash(t_arena, "contraseña larga", &hash));
    t_contains(hash, "$argon2id$v=19$m=19456,t=2,p=1$");
    ck_assert(password_verify(hash, "contraseña larga"));
    ck_assert(!password_verify(hash, "contraseña larg"));
    ck_assert(!password_verify(hash, ""));
}
END_TEST

/* No account, or one without password: nobody gets in, and nobody can tell
 * by the time it takes. */
START_TEST(no_hash_matches_nothing_and_takes_as_long)
{
    const char *hash = NULL;
    t_ok(password_hash(t_arena, "contraseña larga", &hash));
    int64_t start = clock_us();
    ck_assert(!password_verify(hash, "wrong"));
    int64_t real = clock_us() - start;
    start = clock_us();
    ck_assert(!password_verify("", "wrong"));
    int64_t nobody = clock_us() - start;
    ck_assert_int_gt(nobody * 5, real);
    ck_assert(!password_verify("", ""));
}
END_TEST

START_TEST(broken_hashes_match_nothing)
{
    static const char *const bad[] = {
        "x",
        "plain text",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$",
        "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
        "$2y$10$abcdefghijklmnopqrstuv"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert(!password_verify(bad[i], bad[i]));
        ck_assert(!password_verify(bad[i], ""));
    }
}
END_TEST

Suite *password_suite(void)
{
    Suite *s = suite_create("password");
    TCase *tc = t_case(s, "password");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, only_the_right_password);
    tcase_add_test(tc, no_hash_matches_nothing_and_takes_as_long);
    tcase_add_test(tc, broken_hashes_match_nothing);
    return s;
}
