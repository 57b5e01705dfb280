/*
 * pending - a login whose password was right and whose second step is owed.
 *
 * It is no session: nothing of the account is open to it. The browser holds a
 * token of its own in a cookie, the database its hash; it ends after a few
 * minutes, after a few attempts, with the login, and when anything about the
 * account changes, its password above all: what changes after pending_find(),
 * user_logged_in() finds, by user_version.
 *
 * Ownership  Results live in the arena of the request.
 * Errors     NOTFOUND (there is none, or it has ended), UNAVAIL, BUG.
 * Layer      web.
 */
#ifndef PT_WEB_PENDING_H
#define PT_WEB_PENDING_H

#include "web/ctx.h"

enum {
    PENDING_S = 300,
    PENDING_ATTEMPTS = 5 /* then the password is asked for again */
};

struct pending {
    const char *token_hash;
    int64_t user_id, user_version;
    int64_t remember; /* 1: the session shall last */
    const char *next; /* where the person wanted to; may be "" */
};

/* Begins one for p->user_id and sets the cookie; p has no token_hash yet. */
enum err pending_start(struct ctx *c, const struct pending *p) MUST_USE;

/* That of the request's cookie. Changes nothing. */
enum err pending_find(struct ctx *c, struct pending *ret) MUST_USE;

/*
 * Counts an attempt, before it is looked at: so two at once are two. In a
 * transaction, which is to be committed whatever comes of the attempt.
 */
enum err pending_try(struct ctx *c, const struct pending *p) MUST_USE;

/* It is over: of two who end it at once the second finds none. */
enum err pending_end(struct ctx *c, const struct pending *p) MUST_USE;

#endif
