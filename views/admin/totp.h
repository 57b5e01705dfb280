/*
 * totp - an account's second step, as administrators see it and take it away
 * from who has lost the telephone and the recovery codes.
 */
#ifndef PT_VIEWS_ADMIN_TOTP_H
#define PT_VIEWS_ADMIN_TOTP_H

#include "model/user.h"
#include "web/route.h"

/* What the account's page says, and the button of who may press it. */
void totp_fill(struct ctx *c, const struct user *u);

/* The button: the second step is off, the sessions end, the person is told. */
enum err totp_reset_post(struct ctx *c) MUST_USE;

#endif
