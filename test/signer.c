#include "test/signer.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <string.h>

static const char private_exponent[] =
    "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgv"
    "fTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f"
    "3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQl"
    "BjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuh"
    "LhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";

const char *t_key_set(const char *kid)
{
    return arena_fmt(t_arena,
                     "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":"
                     "\"%s\",\"e\":\"AQAB\",\"n\":\"" T_RSA_N "\"}]}",
                     kid);
}

static BIGNUM *number(const char *text)
{
    unsigned char bytes[256];
    size_t n = 0;
    ck_assert_int_eq(
        sodium_base642bin(bytes, sizeof(bytes), text, strlen(text), NULL, &n,
                          NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
        0);
    return BN_bin2bn(bytes, (int)n, NULL);
}

static EVP_PKEY *private_key(void)
{
    EVP_PKEY *key = NULL;
    BIGNUM *n = number(T_RSA_N), *e = number("AQAB");
    BIGNUM *d = number(private_exponent);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_D, d);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
    ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);
    BN_free(d);
    return key;
}

static const char *base64(const void *p, size_t n)
{
    size_t room =
        sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(arena_alloc(t_arena, room), room, p, n,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *sign(const char *header, const char *claims, int padding)
{
    unsigned char signature[256];
    size_t n = sizeof(signature);
    EVP_PKEY_CTX *ctx;
    EVP_PKEY *key = private_key();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    const char *text =
        arena_fmt(t_arena, "%s.%s", base64(header, strlen(header)),
                  base64(claims, strlen(claims)));
    ck_assert_int_eq(
        EVP_DigestSignInit_ex(md, &ctx, "SHA256", NULL, NULL, key, NULL), 1);
    EVP_PKEY_CTX_set_rsa_padding(ctx, padding);
    if (padding == RSA_PKCS1_PSS_PADDING)
        EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST);
    ck_assert_int_eq(EVP_DigestSign(md, signature, &n,
                                    (const unsigned char *)text, strlen(text)),
                     1);
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    return arena_fmt(t_arena, "%s.%s", text, base64(signature, n));
}

const char *t_sign(const char *header, const char *claims)
{
    return sign(header, claims, RSA_PKCS1_PADDING);
}

const char *t_sign_pss(const char *header, const char *claims)
{
    return sign(header, claims, RSA_PKCS1_PSS_PADDING);
}
