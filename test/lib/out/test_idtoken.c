#include <string.h>

#include "base/buf.h"
#include "out/idtoken.h"
#include "test/signer.h"

enum { NOW = 1000000 };

static const char *const rs256[] = {"RS256", NULL};

static struct idtoken_rules rules(void)
{
    const char *keys = t_key_set("k");
    return (struct idtoken_rules){.issuer = "https://idp.example",
                                  .client_id = "pt",
                                  .nonce = "n",
                                  .tenant = "",
                                  .algorithms = rs256,
                                  .roles_claim = "roles",
                                  .keys = keys,
                                  .n_keys = strlen(keys),
                                  .now = NOW};
}

/* Right claims; `more` comes last, and so wins. */
static const char *claims(const char *more)
{
    return arena_fmt(t_arena,
                     "{\"iss\":\"https://idp.example\",\"aud\":\"pt\","
                     "\"sub\":\"s\",\"nonce\":\"n\",\"iat\":1000000,"
                     "\"exp\":1000300%s}",
                     more);
}

static struct err_note why;

static enum err check_as(const struct idtoken_rules *r, const char *text,
                         struct idtoken *ret)
{
    why.text[0] = '\0';
    return idtoken_claims(t_arena, r, text, strlen(text), ret, &why);
}

static enum err check(const char *more, struct idtoken *ret)
{
    const struct idtoken_rules r = rules();
    return check_as(&r, claims(more), ret);
}

START_TEST(claims_are_checked)
{
    static const struct {
        const char *more, *why; /* NULL: it is right */
    } vectors[] = {
        {"", NULL},
        {",\"aud\":[\"pt\"]", NULL},
        {",\"azp\":\"pt\"", NULL},
        {",\"iss\":\"https://idp.example/\"", "issuer"},
        {",\"iss\":null", "issuer"},
        {",\"aud\":\"PT\"", "not for this site"},
        {",\"aud\":[]", "not for this site"},
        {",\"aud\":[\"pt\",\"x\"]", "not for this site"},
        {",\"aud\":[[\"pt\"]]", "not for this site"},
        {",\"aud\":null", "not for this site"},
        {",\"azp\":\"x\"", "not for this site"},
        {",\"azp\":null", "not for this site"},
        {",\"exp\":999881", NULL}, /* 119 s ago: within the skew */
        {",\"exp\":999880", "expired"},
        {",\"exp\":\"1000300\"", "since when"},
        {",\"exp\":-1e15", "since when"},
        {",\"iat\":1000120", NULL},
        {",\"iat\":1000121", "future"},
        {",\"iat\":999280", NULL},
        {",\"iat\":999279", "too old"},
        {",\"iat\":null", "since when"},
        {",\"nbf\":1000120", NULL},
        {",\"nbf\":1000121", "not valid yet"},
        {",\"nbf\":\"x\"", "not valid yet"},
        {",\"nonce\":\"m\"", "nonce"},
        {",\"nonce\":null", "nonce"},
        {",\"nonce\":\"n\\u0000\"", "nonce"},
        {",\"sub\":\"\"", "whom"},
        {",\"sub\":null", "whom"},
    };
    struct idtoken t;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        bool good = vectors[i].why == NULL;
        ck_assert_msg(check(vectors[i].more, &t) ==
                          (good ? ERR_OK : ERR_FORBIDDEN),
                      "%s: %s", vectors[i].more, why.text);
        if (!good)
            t_contains(why.text, vectors[i].why);
    }
}
END_TEST

START_TEST(what_it_says)
{
    struct idtoken t;
    t_ok(check(",\"email\":\"a@b.co\",\"email_verified\":true,\"name\":\"Ana\","
               "\"preferred_username\":\"ana\",\"roles\":[\"a\",7,\"b\"]",
               &t));
    ck_assert_str_eq(t.subject, "s");
    ck_assert_str_eq(t.email, "a@b.co");
    ck_assert(t.email_verified);
    ck_assert_str_eq(t.name, "Ana");
    ck_assert_str_eq(t.username, "ana");
    ck_assert_str_eq(t.roles[0], "a");
    ck_assert_str_eq(t.roles[1], "b");
    ck_assert_ptr_null(t.roles[2]);
    ck_assert(!t.roles_elsewhere);
    t_ok(check(",\"email_verified\":\"true\",\"roles\":\"a\",\"name\":7", &t));
    ck_assert(!t.email_verified);
    ck_assert_str_eq(t.name, "");
    ck_assert_str_eq(t.roles[0], "a");
    ck_assert_ptr_null(t.roles[1]);
    t_ok(check(",\"_claim_names\":{\"groups\":\"x\"}", &t));
    ck_assert(!t.roles_elsewhere); /* it is others that are not here */
    t_ok(check(",\"_claim_names\":{\"roles\":\"x\"}", &t));
    ck_assert(t.roles_elsewhere);
}
END_TEST

START_TEST(more_roles_than_are_taken)
{
    struct idtoken t;
    struct buf b;
    buf_init(&b, 4000);
    buf_adds(&b, ",\"roles\":[\"r\"");
    for (int i = 0; i < MAX_OIDC_ROLES; i++)
        buf_adds(&b, ",\"r\"");
    buf_addc(&b, ']');
    t_ok(check(buf_str(&b), &t));
    buf_done(&b);
    ck_assert(t.roles_elsewhere);
    ck_assert_ptr_null(t.roles[MAX_OIDC_ROLES]);
}
END_TEST

START_TEST(a_tenant_has_its_own_names)
{
    struct idtoken t;
    struct idtoken_rules r = rules();
    r.tenant = "T";
    t_is(check_as(&r, claims(""), &t), ERR_FORBIDDEN);
    t_contains(why.text, "tenant");
    t_is(check_as(&r, claims(",\"tid\":\"t\",\"oid\":\"o\""), &t),
         ERR_FORBIDDEN);
    t_is(check_as(&r, claims(",\"tid\":\"T\""), &t), ERR_FORBIDDEN);
    t_ok(check_as(&r, claims(",\"tid\":\"T\",\"oid\":\"o\""), &t));
    ck_assert_str_eq(t.subject, "o");
}
END_TEST

static enum err verify(const char *token)
{
    struct idtoken t;
    const struct idtoken_rules r = rules();
    why.text[0] = '\0';
    return idtoken_verify(t_arena, &r, token, &t, &why);
}

START_TEST(signatures_are_checked)
{
    static const char head[] = "{\"alg\":\"RS256\",\"kid\":\"k\"}";
    const char *good = t_sign(head, claims(""));
    t_ok(verify(good));
    t_ok(verify(t_sign("{\"alg\":\"RS256\"}", claims(""))));
    t_is(verify(T_RSA_EXAMPLE), ERR_FORBIDDEN);
    t_contains(why.text, "issuer"); /* signed it is */
    const char *other = t_sign(head, claims(",\"roles\":[\"admin\"]"));
    const char *mixed =
        arena_fmt(t_arena, "%.*s%s", (int)(strrchr(other, '.') - other), other,
                  strrchr(good, '.'));
    t_is(verify(mixed), ERR_FORBIDDEN);
    t_contains(why.text, "signature");
    t_is(verify(t_sign("{\"alg\":\"RS256\",\"kid\":\"x\"}", claims(""))),
         ERR_NOTFOUND);
    t_is(verify(t_sign("{\"alg\":\"RS256\",\"kid\":7}", claims(""))),
         ERR_FORBIDDEN);
    t_is(verify(t_sign("{\"alg\":\"RS256\",\"crit\":[]}", claims(""))),
         ERR_FORBIDDEN);
}
END_TEST

START_TEST(other_algorithms_are_refused)
{
    static const char *const algs[] = {"none",  "HS256", "RS512",
                                       "PS256", "ES256", ""};
    for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
        const char *head =
            arena_fmt(t_arena, "{\"alg\":\"%s\",\"kid\":\"k\"}", algs[i]);
        t_is(verify(t_sign(head, claims(""))), ERR_FORBIDDEN);
        t_contains(why.text, "algorithm");
    }
    t_is(verify(t_sign_pss("{\"alg\":\"PS256\",\"kid\":\"k\"}", claims(""))),
         ERR_FORBIDDEN);
    t_is(verify(t_sign("{}", claims(""))), ERR_FORBIDDEN);
}
END_TEST

START_TEST(what_is_no_token)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "..",
                                      "a",
                                      "a.b",
                                      "a.b.",
                                      ".b.c",
                                      "a..c",
                                      "a.b.c.d",
                                      "e30.e30.",
                                      "e30.e30.e30",
                                      "????.e30.AAAA",
                                      "e30=.e30.AAAA",
                                      "[].e30.AAAA"};
    char *long_one = arena_alloc(t_arena, MAX_ID_TOKEN_BYTES + 10);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(verify(bad[i]) == ERR_FORBIDDEN, "%s", bad[i]);
    memset(long_one, 'a', MAX_ID_TOKEN_BYTES + 9);
    long_one[5] = long_one[9] = '.';
    long_one[MAX_ID_TOKEN_BYTES + 9] = '\0';
    t_is(verify(long_one), ERR_FORBIDDEN);
    t_is(verify(t_sign("{\"alg\":\"RS256\"}", "no JSON")), ERR_FORBIDDEN);
}
END_TEST

Suite *idtoken_suite(void)
{
    Suite *s = suite_create("idtoken");
    TCase *tc = t_case(s, "idtoken");
    tcase_add_test(tc, claims_are_checked);
    tcase_add_test(tc, what_it_says);
    tcase_add_test(tc, more_roles_than_are_taken);
    tcase_add_test(tc, a_tenant_has_its_own_names);
    tcase_add_test(tc, signatures_are_checked);
    tcase_add_test(tc, other_algorithms_are_refused);
    tcase_add_test(tc, what_is_no_token);
    return s;
}
