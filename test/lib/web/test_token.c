#include <string.h>

#include "test/support.h"
#include "web/token.h"

START_TEST(tokens_are_long_and_new)
{
    const char *a = token_new(t_arena), *b = token_new(t_arena);
    ck_assert_uint_eq(strlen(a), TOKEN_CHARS);
    ck_assert_uint_eq(strspn(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                "UVWXYZ0123456789-_"),
                      TOKEN_CHARS);
    ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(hashes_do_not_change)
{
    /* BLAKE2b-256 of "abc", by another implementation */
    ck_assert_str_eq(token_hash(t_arena, "abc"),
                     "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c0"
                     "68d52319");
    ck_assert_uint_eq(strlen(token_hash(t_arena, "")), HASH_CHARS);
}
END_TEST

START_TEST(a_code_depends_on_everything)
{
    unsigned char key[32] = {1}, other[32] = {2};
    const char *code = token_mac(t_arena, key, "a", "b");
    ck_assert_str_eq(code, token_mac(t_arena, key, "a", "b"));
    ck_assert_uint_eq(strlen(code), 43);
    ck_assert_str_ne(code, token_mac(t_arena, other, "a", "b"));
    ck_assert_str_ne(code, token_mac(t_arena, key, "b", "b"));
    ck_assert_str_ne(code, token_mac(t_arena, key, "a", "c"));
    ck_assert_str_ne(code, token_mac(t_arena, key, "ab", "")); /* no joining */
    ck_assert_str_ne(code, token_mac(t_arena, key, "", "ab"));
}
END_TEST

START_TEST(a_code_is_keyed_blake2b)
{
    /* of "a\0b", by another implementation (Python's hashlib) */
    static const unsigned char key[32] = {1},
                               want[16] = {0x80, 0x57, 0xf6, 0xbe, 0x89, 0xb8,
                                           0x99, 0x2e, 0xb4, 0x08, 0x07, 0xab,
                                           0x0f, 0x4e, 0xc2, 0x2e};
    unsigned char code[16];
    token_code(key, "a", "b", code, sizeof(code));
    ck_assert_mem_eq(code, want, sizeof(want));
}
END_TEST

START_TEST(comparing)
{
    ck_assert(token_equal("", ""));
    ck_assert(token_equal("abc", "abc"));
    ck_assert(!token_equal("abc", "abd"));
    ck_assert(!token_equal("abc", "ab"));
    ck_assert(!token_equal("", "a"));
}
END_TEST

Suite *token_suite(void)
{
    Suite *s = suite_create("token");
    TCase *tc = t_case(s, "token");
    tcase_add_test(tc, tokens_are_long_and_new);
    tcase_add_test(tc, hashes_do_not_change);
    tcase_add_test(tc, a_code_depends_on_everything);
    tcase_add_test(tc, a_code_is_keyed_blake2b);
    tcase_add_test(tc, comparing);
    return s;
}
