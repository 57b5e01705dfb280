/*
 * throttle - wrong passwords make the next ones wait.
 *
 * Failures are counted within login.window: per account and address
 * (login.attempts), per address (5 times that), per account from everywhere
 * (20 times that, so that a stranger cannot easily lock a person out).
 *
 * Errors     THROTTLED, UNAVAIL, BUG.
 * Layer      web.
 */
#ifndef PT_WEB_THROTTLE_H
#define PT_WEB_THROTTLE_H

#include "web/ctx.h"

/* ERR_THROTTLED when this login may not even be tried now. */
enum err throttle_check(struct ctx *c, const char *email) MUST_USE;

/* A wrong password. */
enum err throttle_failure(struct ctx *c, const char *email) MUST_USE;

/* The right one: this account's failures from this address are forgotten. */
enum err throttle_success(struct ctx *c, const char *email) MUST_USE;

#endif
