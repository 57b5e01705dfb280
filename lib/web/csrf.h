/*
 * csrf - proof that a POST comes from one of our own pages.
 *
 * The token of a form is a keyed code over the session's token (or over a
 * visitor cookie before login), masked with fresh random bytes each time so
 * that compression tells nothing about it (BREACH).
 *
 * Source     OWASP CSRF prevention cheat sheet: HMAC based token pattern.
 * Layer      web.
 */
#ifndef PT_WEB_CSRF_H
#define PT_WEB_CSRF_H

#include "web/ctx.h"

/*
 * A token for a form of this page. Gives a person who is not logged in a
 * visitor cookie, so call it only where a form is shown.
 */
const char *csrf_token(struct ctx *c);

/* Is token one of this person's? */
bool csrf_valid(struct ctx *c, const char *token);

#endif
