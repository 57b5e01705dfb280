#include <string.h>

#include "test/support.h"
#include "web/seal.h"

static const unsigned char key[32] = "of this installation";
static const unsigned char other_key[32] = "of another one";
static const char text[] = "12345678901234567890";

enum { N = sizeof(text) };

static bool opens(const unsigned char k[32], const char *purpose,
                  const char *about, const char *sealed)
{
    char got[N] = "";
    return seal_open(k, purpose, about, sealed, got, N) &&
           memcmp(got, text, N) == 0;
}

START_TEST(it_opens_for_its_purpose_and_thing_alone)
{
    const char *sealed = seal_close(t_arena, key, "totp", "user:7", text, N);
    ck_assert(opens(key, "totp", "user:7", sealed));
    ck_assert(!opens(other_key, "totp", "user:7", sealed));
    ck_assert(!opens(key, "totp-setup", "user:7", sealed));
    ck_assert(!opens(key, "totp", "user:8", sealed));
    char less[N];
    ck_assert(!seal_open(key, "totp", "user:7", sealed, less, N - 1));
    ck_assert_ptr_null(strstr(sealed, "1234"));
    ck_assert_str_ne(sealed,
                     seal_close(t_arena, key, "totp", "user:7", text, N));
}
END_TEST

START_TEST(a_changed_one_does_not_open)
{
    const char *sealed = seal_close(t_arena, key, "totp", "user:7", text, N);
    for (size_t i = 0; sealed[i] != '\0'; i++) {
        char *bad = arena_strdup(t_arena, sealed);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        ck_assert(!opens(key, "totp", "user:7", bad));
        bad[i] = '\0';
        ck_assert(!opens(key, "totp", "user:7", bad));
    }
    ck_assert(!opens(key, "totp", "user:7", arena_fmt(t_arena, "%sA", sealed)));
    ck_assert(!opens(key, "totp", "user:7", arena_fmt(t_arena, "%s=", sealed)));
    ck_assert(!opens(key, "totp", "user:7", ""));
    ck_assert(!opens(key, "totp", "user:7", "\xff/+ no base64"));
}
END_TEST

Suite *seal_suite(void)
{
    Suite *s = suite_create("seal");
    TCase *tc = t_case(s, "seal");
    tcase_add_test(tc, it_opens_for_its_purpose_and_thing_alone);
    tcase_add_test(tc, a_changed_one_does_not_open);
    return s;
}
