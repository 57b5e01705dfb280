/*
 * jwk - public keys as a provider publishes them, and what they signed.
 *
 * Only RSA, and only algorithms of this table: RS256, RS384, RS512, PS256,
 * PS384, PS512. One that needs no key, or a shared one, does not exist here.
 *
 * Source     RFC 7517 (JWK), RFC 7518 (JWA), OpenSSL 3.
 * Ownership  A key belongs to the arena.
 * Errors     NOTFOUND (no such key), FORBIDDEN (it did not sign this),
 *            INVALID (the set, or the key, is none).
 * Layer      out.
 */
#ifndef PT_OUT_JWK_H
#define PT_OUT_JWK_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* Is it one of the table's? */
bool jwk_algorithm(const char *name);

/*
 * The key of a set, text[0..n), that may check signatures of alg and has this
 * id; with kid NULL the only one that may.
 */
enum err jwk_find(struct arena *a, const char *text, size_t n, const char *kid,
                  const char *alg, EVP_PKEY **ret_key) MUST_USE;

/* Did key sign p[0..n) by alg? */
enum err jwk_verify(EVP_PKEY *key, const char *alg, const char *p, size_t n,
                    const unsigned char *signature,
                    size_t n_signature) MUST_USE;

#endif
