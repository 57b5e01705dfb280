/*
 * accounts - what the files of this feature share.
 *
 * Layer      views.
 */
#ifndef PT_VIEWS_ACCOUNTS_H
#define PT_VIEWS_ACCOUNTS_H

#include "model/user.h"
#include "web/route.h"

/* Where a login leads: to next, if that is on this site. */
const char *accounts_after_login(const char *next, const char *role);

/*
 * Is the field "present" the password of who is logged in? If not, it says so
 * there: INVALID, or THROTTLED, as whoever holds a session must not guess the
 * password with it.
 */
enum err accounts_check_present(struct ctx *c) MUST_USE;

/* Shows the button of the provider, if there is one, on the login page. */
void oidc_offer(struct ctx *c);

/* Where a person goes who logs out. */
const char *oidc_after_logout(const struct ctx *c);

#endif
