/*
 * user_token - one-time links: a new password, or an invitation.
 *
 * Callers make the token and keep only its hash here. Looking changes
 * nothing, as programs that check mail for viruses follow links; using it
 * works once.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND (no such token, used, too old, or of an account in
 *            another state), THROTTLED, UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      model.
 */
#ifndef PT_MODEL_USER_TOKEN_H
#define PT_MODEL_USER_TOKEN_H

#include "model/user.h"

enum {
    RESET_VALID_S = 3600,       /* asked for just now */
    INVITE_VALID_S = 7 * 86400, /* mail that one reads next week */
    RESET_PER_HOUR = 10         /* from one address */
};

struct user_token {
    const char *hash, *kind; /* "reset": of an active account, "invite": of
                              * an invited one */
    int64_t user_id;
    int64_t valid_s; /* user_token_create(): from now on */
    int64_t created_at, expires_at;
};

/* Stores t; the account's earlier ones of that kind end. */
enum err user_token_create(struct db *db, const struct user_token *t,
                           struct actor *by) MUST_USE;

/* The account that a valid token is for. */
enum err user_token_find(struct db *db, struct arena *a, const char *hash,
                         const char *kind, struct user *ret) MUST_USE;

/* The last one of the account, too old or not. */
enum err user_token_last(struct db *db, struct arena *a, int64_t user_id,
                         const char *kind, struct user_token *ret) MUST_USE;

/*
 * Uses it up: sets the password of u, which user_token_find() found and which
 * is active then, and ends its other tokens.
 */
enum err user_token_use(struct db *db, const char *hash, const struct user *u,
                        const char *pass_hash, struct actor *by) MUST_USE;

/* Ends all tokens of an account; part of something else that is audited. */
enum err user_token_revoke(struct db *db, int64_t user_id) MUST_USE;

/*
 * Notes that somebody at this address asks for a new password. THROTTLED:
 * too often.
 */
enum err user_token_request(struct db *db, struct arena *a,
                            const char *ip) MUST_USE;

#endif
