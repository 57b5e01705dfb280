#include <sodium.h>
#include <string.h>

#include "out/jwk.h"
#include "test/signer.h"

#define KEY(members) "{\"kty\":\"RSA\",\"n\":\"" T_RSA_N "\"" members "}"

static enum err find(const char *keys, const char *kid, const char *alg)
{
    EVP_PKEY *key;
    const char *set = arena_fmt(t_arena, "{\"keys\":[%s]}", keys);
    return jwk_find(t_arena, set, strlen(set), kid, alg, &key);
}

/* Is the token signed by alg with the key of the RFC? */
static enum err verify(const char *alg, const char *token)
{
    EVP_PKEY *key;
    unsigned char signature[300];
    size_t n = 0;
    const char *set = t_key_set("k"), *dot = strrchr(token, '.');
    t_ok(jwk_find(t_arena, set, strlen(set), "k", "RS256", &key));
    ck_assert_int_eq(
        sodium_base642bin(signature, sizeof(signature), dot + 1,
                          strlen(dot + 1), NULL, &n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING),
        0);
    return jwk_verify(key, alg, token, (size_t)(dot - token), signature, n);
}

START_TEST(the_example_of_the_rfc)
{
    char changed[] = T_RSA_EXAMPLE;
    t_ok(verify("RS256", T_RSA_EXAMPLE));
    t_is(verify("RS384", T_RSA_EXAMPLE), ERR_FORBIDDEN);
    t_is(verify("PS256", T_RSA_EXAMPLE), ERR_FORBIDDEN);
    t_is(verify("none", T_RSA_EXAMPLE), ERR_FORBIDDEN);
    t_is(verify("HS256", T_RSA_EXAMPLE), ERR_FORBIDDEN);
    changed[3]++;
    t_is(verify("RS256", changed), ERR_FORBIDDEN);
    changed[3]--;
    changed[sizeof(changed) - 10]++;
    t_is(verify("RS256", changed), ERR_FORBIDDEN);
    t_is(verify("RS256", "a.b."), ERR_FORBIDDEN);
    t_ok(verify("PS256", t_sign_pss("{}", "{}")));
    t_is(verify("RS256", t_sign_pss("{}", "{}")), ERR_FORBIDDEN);
}
END_TEST

START_TEST(the_table_has_no_others)
{
    static const char *const others[] = {"none",  "None",  "HS256", "ES256",
                                         "EdDSA", "rs256", "",      "RS2566"};
    ck_assert(jwk_algorithm("RS256"));
    ck_assert(jwk_algorithm("PS512"));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        ck_assert_msg(!jwk_algorithm(others[i]), "%s", others[i]);
}
END_TEST

START_TEST(keys_are_found)
{
    static const char a[] = KEY(",\"e\":\"AQAB\",\"kid\":\"a\"");
    static const char two[] = KEY(",\"e\":\"AQAB\",\"kid\":\"a\"") "," KEY(
        ",\"e\":\"AQAB\",\"kid\":\"b\",\"alg\":\"PS256\"");
    t_ok(find(a, "a", "RS256"));
    t_ok(find(a, NULL, "RS256"));
    t_is(find(a, "b", "RS256"), ERR_NOTFOUND);
    t_is(find(a, "", "RS256"), ERR_NOTFOUND);
    t_is(find("", "a", "RS256"), ERR_NOTFOUND);
    t_ok(find(two, "b", "PS256"));
    t_is(find(two, "b", "RS256"), ERR_NOTFOUND);
    t_is(find(two, NULL, "PS256"), ERR_INVALID);
    t_is(find(arena_fmt(t_arena, "%s,%s", a, a), "a", "RS256"), ERR_INVALID);
    t_is(find(KEY(",\"e\":\"AQAB\",\"use\":\"enc\""), NULL, "RS256"),
         ERR_NOTFOUND);
    t_is(find(KEY(",\"e\":\"AQAB\",\"use\":1"), NULL, "RS256"), ERR_NOTFOUND);
    t_is(find("{\"kty\":\"oct\",\"k\":\"AAAA\"},7,null", NULL, "RS256"),
         ERR_NOTFOUND);
}
END_TEST

START_TEST(keys_that_are_none)
{
    static const char *const bad[] = {
        KEY(""),                /* no exponent */
        KEY(",\"e\":\"AQ\""),   /* 1 */
        KEY(",\"e\":\"AQAC\""), /* even */
        KEY(",\"e\":\"====\""),
        KEY(",\"e\":\"AQABAQABAQABAQAB\""),
        KEY(",\"e\":65537"),
        "{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" T_RSA_N "+\"}"};
    EVP_PKEY *key;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(find(bad[i], NULL, "RS256") == ERR_INVALID, "%s", bad[i]);
    t_is(jwk_find(t_arena, "{}", 2, NULL, "RS256", &key), ERR_INVALID);
    t_is(jwk_find(t_arena, "x", 1, NULL, "RS256", &key), ERR_INVALID);
}
END_TEST

Suite *jwk_suite(void)
{
    Suite *s = suite_create("jwk");
    TCase *tc = t_case(s, "jwk");
    tcase_add_test(tc, the_example_of_the_rfc);
    tcase_add_test(tc, the_table_has_no_others);
    tcase_add_test(tc, keys_are_found);
    tcase_add_test(tc, keys_that_are_none);
    return s;
}
