/*
 * idp - the OpenID provider of the configuration, and a login by it.
 *
 * Authorization code flow with PKCE. What the provider publishes of itself is
 * kept in the database for an hour, for all workers. When a token names a key
 * that is not in it, the keys are fetched again, at most every IDP_RENEW_S: one
 * worker does it (oidc_provider.renewed_at lies ahead meanwhile), others whose
 * key is missing wait for what it finds. When nothing is to be had of what it
 * publishes, or not as it should be, what was kept serves for a day. All that
 * one page asks the provider ends within oidc.timeout.
 *
 * Source     OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0;
 *            RFC 6749, 7636, 9700.
 * Ownership  Texts live in the arena of the call.
 * Errors     UNAVAIL (the provider, or the database, does not answer or not
 *            as it should), FORBIDDEN (it does not vouch for this person),
 *            CONFIG; the note says why, without a secret.
 * Layer      out.
 */
#ifndef PT_OUT_IDP_H
#define PT_OUT_IDP_H

#include "base/config.h"
#include "out/idtoken.h"
#include "store/db.h"

enum {
    IDP_KEEP_S = 3600,       /* what it publishes */
    IDP_STALE_S = 24 * 3600, /* while no more is to be had; then no login */
    IDP_RENEW_S = 30         /* between two looks for a key that was missing */
};

struct idp {
    const struct config *conf;
    struct db *db;
    struct arena *arena;
    struct err_note *why;
    int64_t deadline_ms; /* clock_ms() */
    const char *authorize_url, *token_url, *keys_url, *keys;
    const char *logout_url; /* "": it has none */
    int64_t fetched_at, renewed_at;
    bool stale; /* fetched_at is long ago; *why says what went wrong since */
};

/* Is the section of the configuration complete? OK when it is empty. */
enum err idp_check(const struct config *conf, struct err_note *why) MUST_USE;

static inline bool idp_is_on(const struct config *conf)
{
    return conf->oidc.issuer[0] != '\0';
}

/* The role that the first line of oidc.roles gives; NULL: none. */
const char *idp_role(const struct config *conf, const struct idtoken *token);

/* Whether the provider vouches for the e-mail: see docs/operations.md. */
bool idp_owns_email(const struct config *conf, const struct idtoken *token);

/*
 * Fills p. With fetch, what is missing or old is asked for (and OK may mean
 * p->stale); without, NOTFOUND when nothing is known.
 */
enum err idp_open(struct idp *p, const struct config *conf, struct db *db,
                  struct arena *a, bool fetch, struct err_note *why) MUST_USE;

/* Where a login begins. The challenge is that of the verifier, S256. */
const char *idp_login_url(const struct idp *p, const char *state,
                          const char *nonce, const char *challenge);

/* Where one logs out there, and comes back; NULL: it has none. */
const char *idp_logout_url(const struct idp *p);

/* Exchanges a code for a token, and believes it or not. */
enum err idp_redeem(struct idp *p, const char *code, const char *verifier,
                    const char *nonce, struct idtoken *ret) MUST_USE;

#endif
