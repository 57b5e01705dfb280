/*
 * idtoken - what an OpenID provider says of a person, if it is to be believed.
 *
 * Pure: the token, the keys, the time and what is expected come in; nothing is
 * fetched or stored. The signature is looked at before anything that the token
 * says of somebody.
 *
 * Source     OpenID Connect Core 1.0, 3.1.3.7; RFC 7515; RFC 8725; for tid,
 *            oid and _claim_names: Microsoft identity platform, ID token
 *            claims reference.
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND (signed by a key that is not in the set), FORBIDDEN
 *            (not to be believed; the note says why, without quoting it).
 * Units      Seconds since 1970, UTC.
 * Layer      out.
 */
#ifndef PT_OUT_IDTOKEN_H
#define PT_OUT_IDTOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

enum {
    IDTOKEN_SKEW_S = 120,   /* clocks may differ by so much */
    IDTOKEN_AGE_S = 10 * 60 /* made for a login that has just ended */
};

struct idtoken_rules {
    const char *issuer, *client_id, *nonce;
    const char *tenant;            /* "": no tid is asked for */
    const char *const *algorithms; /* end with NULL */
    const char *roles_claim;
    const char *keys; /* a JWK set */
    size_t n_keys;
    int64_t now;
};

struct idtoken {
    const char *subject;                   /* of the tenant: oid; else sub */
    const char *email, *username, *name;   /* "": it does not say */
    const char *roles[MAX_OIDC_ROLES + 1]; /* end with NULL */
    bool email_verified;
    bool roles_elsewhere; /* too many for a token: it names where to ask */
};

enum err idtoken_verify(struct arena *a, const struct idtoken_rules *rules,
                        const char *token, struct idtoken *ret,
                        struct err_note *why) MUST_USE;

/* The half behind the signature: p[0..n) are the claims of a token. */
enum err idtoken_claims(struct arena *a, const struct idtoken_rules *rules,
                        const char *p, size_t n, struct idtoken *ret,
                        struct err_note *why) MUST_USE;

#endif
