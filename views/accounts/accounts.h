/*
 * accounts - what the files of this feature share.
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

#endif
