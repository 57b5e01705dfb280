#include "out/jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <string.h>

#include "out/jsonread.h"

enum {
    MIN_RSA_BITS = 2048, /* RFC 7518, 3.3 */
    MAX_RSA_BITS = 8192,
    MAX_EXPONENT_BYTES = 8
};

static const struct algorithm {
    const char *name, *digest;
    bool pss;
} algorithms[] = {
    {"RS256", "SHA256", false}, {"RS384", "SHA384", false},
    {"RS512", "SHA512", false}, {"PS256", "SHA256", true},
    {"PS384", "SHA384", true},  {"PS512", "SHA512", true},
};

static const struct algorithm *algorithm(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
        if (strcmp(algorithms[i].name, name) == 0)
            return &algorithms[i];
    return NULL;
}

bool jwk_algorithm(const char *name)
{
    return algorithm(name) != NULL;
}

/* --- a key --- */

/* The number in base64url; NULL when it is none of at most max bytes. */
static BIGNUM *number(struct json_object *key, const char *name, size_t max)
{
    unsigned char bytes[MAX_RSA_BITS / 8];
    size_t n = 0;
    const char *text = jsonread_text(key, name);
    if (text == NULL ||
        sodium_base642bin(bytes, max, text, strlen(text), NULL, &n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return NULL;
    return BN_bin2bn(bytes, (int)n, NULL);
}

static EVP_PKEY *build(BIGNUM *n, BIGNUM *e)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = NULL;
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (b != NULL && ctx != NULL &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(b);
    if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void let_go(void *key)
{
    EVP_PKEY_free(key);
}

/* An exponent of 1, or an even one, would sign for everybody. */
static enum err import(struct arena *a, struct json_object *jwk,
                       EVP_PKEY **ret_key)
{
    EVP_PKEY *key = NULL;
    BIGNUM *n = number(jwk, "n", MAX_RSA_BITS / 8);
    BIGNUM *e = number(jwk, "e", MAX_EXPONENT_BYTES);
    if (n != NULL && e != NULL && BN_num_bits(n) >= MIN_RSA_BITS &&
        BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e))
        key = build(n, e);
    BN_free(n);
    BN_free(e);
    ERR_clear_error(); /* what failed is no concern of libpq */
    if (key == NULL)
        return ERR_INVALID;
    arena_defer(a, let_go, key);
    *ret_key = key;
    return ERR_OK;
}

/* --- the set --- */

/* Of a member that need not be there. */
static bool is_or_missing(struct json_object *key, const char *name,
                          const char *value)
{
    struct json_object *v;
    const char *text = jsonread_text(key, name);
    return !json_object_object_get_ex(key, name, &v) ||
           (text != NULL && strcmp(text, value) == 0);
}

static bool fits(struct json_object *key, const char *kid, const char *alg)
{
    const char *type = jsonread_text(key, "kty");
    const char *id = jsonread_text(key, "kid");
    return type != NULL && strcmp(type, "RSA") == 0 &&
           (kid == NULL || (id != NULL && strcmp(id, kid) == 0)) &&
           is_or_missing(key, "use", "sig") && is_or_missing(key, "alg", alg);
}

enum err jwk_find(struct arena *a, const char *text, size_t n, const char *kid,
                  const char *alg, EVP_PKEY **ret_key)
{
    struct json_object *set, *keys, *found = NULL;
    TRY(jsonread_parse(a, text, n, &set));
    if (!json_object_object_get_ex(set, "keys", &keys) ||
        !json_object_is_type(keys, json_type_array))
        return ERR_INVALID;
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        if (!json_object_is_type(key, json_type_object) || !fits(key, kid, alg))
            continue;
        if (found != NULL)
            return ERR_INVALID; /* which of the two? */
        found = key;
    }
    return found != NULL ? import(a, found, ret_key) : ERR_NOTFOUND;
}

/* --- a signature --- */

static bool set_padding(EVP_PKEY_CTX *ctx, const struct algorithm *alg)
{
    if (!alg->pss)
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

enum err jwk_verify(EVP_PKEY *key, const char *alg, const char *p, size_t n,
                    const unsigned char *signature, size_t n_signature)
{
    const struct algorithm *how = algorithm(alg);
    EVP_PKEY_CTX *ctx; /* of md */
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = how != NULL && md != NULL &&
                EVP_DigestVerifyInit_ex(md, &ctx, how->digest, NULL, NULL, key,
                                        NULL) == 1 &&
                set_padding(ctx, how) &&
                EVP_DigestVerify(md, signature, n_signature,
                                 (const unsigned char *)p, n) == 1;
    EVP_MD_CTX_free(md);
    ERR_clear_error();
    return good ? ERR_OK : ERR_FORBIDDEN;
}
