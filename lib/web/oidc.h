/*
 * oidc - a login that was begun here and comes back from a provider.
 *
 * The state is a random token that works once, within OIDC_LOGIN_S, and only
 * in the browser that began: a cookie of its own says which that is. Nonce
 * and PKCE verifier are keyed codes of the state, so that neither is stored.
 *
 * Source     RFC 9700, 2.1 and 4.7; RFC 7636.
 * Ownership  Texts live in the arena of the request.
 * Errors     NOTFOUND (no such login, used, too old, or of another browser),
 *            THROTTLED (an address has MAX_OIDC_OPEN open), UNAVAIL, BUG.
 * Layer      web.
 */
#ifndef PT_WEB_OIDC_H
#define PT_WEB_OIDC_H

#include "web/ctx.h"

enum { OIDC_LOGIN_S = 600 };

struct oidc_login {
    const char *state, *nonce, *verifier;
    const char *challenge; /* of the verifier, S256 */
    const char *next;      /* where the person wanted to go; "" */
    const char *lang_code; /* of the page with the button */
};

/* Begins one and sets the cookie. */
enum err oidc_begin(struct ctx *c, const char *next,
                    struct oidc_login *ret) MUST_USE;

/* The login that comes back with this state; from now on it is used up. */
enum err oidc_take(struct ctx *c, const char *state,
                   struct oidc_login *ret) MUST_USE;

#endif
