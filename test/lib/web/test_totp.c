#include <string.h>

#include "base/compiler.h"
#include "test/support.h"
#include "web/totp.h"

/* RFC 4226 and RFC 6238 use the same one. */
static const unsigned char secret[] = "12345678901234567890";

START_TEST(rfc_4226_appendix_d)
{
    static const char *const want[] = {"755224", "287082", "359152", "969429",
                                       "338314", "254676", "287922", "162583",
                                       "399871", "520489"};
    char code[TOTP_MAX_DIGITS + 1];
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        totp_code(secret, TOTP_SECRET_BYTES, (int64_t)i, 6, code);
        ck_assert_str_eq(code, want[i]);
    }
}
END_TEST

/* Those of SHA-1, of eight digits. */
static const struct {
    int64_t at;
    const char *code;
} vectors[] = {
    {59, "94287082"},         {1111111109, "07081804"},
    {1111111111, "14050471"}, {1234567890, "89005924"},
    {2000000000, "69279037"}, {20000000000, "65353130"},
};

START_TEST(rfc_6238_appendix_b)
{
    char code[TOTP_MAX_DIGITS + 1];
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        totp_code(secret, TOTP_SECRET_BYTES, vectors[i].at / TOTP_STEP_S, 8,
                  code);
        ck_assert_str_eq(code, vectors[i].code);
    }
}
END_TEST

START_TEST(a_clock_may_be_wrong_by_one_step)
{
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        /* what an app shows: the last six of the eight */
        const char *code = vectors[i].code + 2;
        int64_t step = vectors[i].at / TOTP_STEP_S, found = -1;
        for (int64_t off = -2; off <= 2; off++) {
            int64_t now = vectors[i].at + off * TOTP_STEP_S;
            bool near = off >= -1 && off <= 1;
            if (now < 0)
                continue;
            ck_assert_int_eq(totp_match(secret, code, now, 0, &found), near);
            if (near)
                ck_assert_int_eq(found, step);
        }
        /* the first and the last second of the step before and after */
        int64_t first = (step - 1) * TOTP_STEP_S;
        int64_t last = (step + 2) * TOTP_STEP_S - 1;
        ck_assert(totp_match(secret, code, first, 0, &found));
        if (first > 0)
            ck_assert(!totp_match(secret, code, first - 1, 0, &found));
        ck_assert(totp_match(secret, code, last, 0, &found));
        ck_assert(!totp_match(secret, code, last + 1, 0, &found));
    }
}
END_TEST

START_TEST(none_up_to_the_last_step)
{
    int64_t step = 1234567890 / TOTP_STEP_S, found = -1;
    ck_assert(totp_match(secret, "005924", 1234567890, step - 1, &found));
    ck_assert_int_eq(found, step);
    ck_assert(!totp_match(secret, "005924", 1234567890, step, &found));
    ck_assert(!totp_match(secret, "005924", 1234567890, step + 1, &found));
}
END_TEST

START_TEST(codes_as_people_type_them)
{
    int64_t found;
    ck_assert(totp_match(secret, " 005 924 ", 1234567890, 0, &found));
    static const char *const wrong[] = {"",        "005925",       "5924",
                                        "0059244", "89005924",     "00592a",
                                        "-05924",  "00592\xd9\xa4"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        ck_assert_msg(!totp_match(secret, wrong[i], 1234567890, 0, &found),
                      "%s", wrong[i]);
}
END_TEST

START_TEST(the_key_as_text)
{
    unsigned char other[TOTP_SECRET_BYTES];
    ck_assert_str_eq(totp_base32(t_arena, secret),
                     "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    memset(other, 0xff, sizeof(other));
    ck_assert_str_eq(totp_base32(t_arena, other),
                     "77777777777777777777777777777777");
    memset(other, 0, sizeof(other));
    other[19] = 1;
    ck_assert_str_eq(totp_base32(t_arena, other),
                     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB");
    ck_assert_str_eq(
        totp_uri(t_arena, "ana+x&y@example.com", secret),
        "otpauth://totp/Personal%20Technology:ana%2Bx%26y%40example.com"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Personal%20Technology&algorithm=SHA1&digits=6&period=30");
}
END_TEST

Suite *totp_suite(void)
{
    Suite *s = suite_create("totp");
    TCase *tc = t_case(s, "codes");
    tcase_add_test(tc, rfc_4226_appendix_d);
    tcase_add_test(tc, rfc_6238_appendix_b);
    tcase_add_test(tc, a_clock_may_be_wrong_by_one_step);
    tcase_add_test(tc, none_up_to_the_last_step);
    tcase_add_test(tc, codes_as_people_type_them);
    tcase_add_test(tc, the_key_as_text);
    return s;
}
