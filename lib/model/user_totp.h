/*
 * user_totp - who has a second step at login, and the codes for a lost
 * telephone.
 *
 * Callers encrypt the secret and hash the codes; here they are only texts.
 * That a code is taken once, and how often one may be tried, is seen to here:
 * after USER_TOTP_FREE wrong ones in a row each next one has to wait longer,
 * wherever it comes from, since whoever tries knows the password.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     DUPLICATE (it is on already), NOTFOUND (it is not on; the code
 *            is none or was used), THROTTLED (too soon), UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC; steps those of web/totp.h.
 * Layer      model.
 */
#ifndef PT_MODEL_USER_TOTP_H
#define PT_MODEL_USER_TOTP_H

#include "model/user.h"

enum {
    USER_TOTP_FREE = 9, /* wrong codes in a row that cost nothing */
    USER_RECOVERY_CODES = 10
};

struct user_totp {
    const char *secret; /* encrypted */
    int64_t last_step;  /* none up to this one is taken any more */
};

/* Switches it on; step is that of the code that showed that it works. */
enum err user_totp_on(struct db *db, int64_t user_id, const char *secret,
                      int64_t step, struct actor *by) MUST_USE;

/* Switches it off, with its recovery codes; action is what the audit says:
 * "totp_off" or, by somebody else, "totp_reset". */
enum err user_totp_off(struct db *db, int64_t user_id, const char *action,
                       struct actor *by) MUST_USE;

/*
 * What a code has to be compared with. Counts an attempt, in a transaction of
 * the caller's that is to be committed whatever comes of it; until then others
 * wait for it.
 */
enum err user_totp_try(struct db *db, struct arena *a, int64_t user_id,
                       struct user_totp *ret) MUST_USE;

/* The code was right: it and those before it are void, nothing is counted. */
enum err user_totp_accept(struct db *db, int64_t user_id,
                          int64_t step) MUST_USE;

/* Remembers a wrong code, of either kind. */
enum err user_totp_refused(struct db *db, int64_t user_id,
                           struct actor *by) MUST_USE;

/* These USER_RECOVERY_CODES hashes in place of those there are. */
enum err user_recovery_set(struct db *db, int64_t user_id,
                           const char *const *hashes,
                           struct actor *by) MUST_USE;

/* Uses one up; in a transaction that is audited, which may go on if it is
 * NOTFOUND. */
enum err user_recovery_use(struct db *db, int64_t user_id, const char *hash,
                           struct actor *by) MUST_USE;

/* How many are left. */
enum err user_recovery_left(struct db *db, struct arena *a, int64_t user_id,
                            int64_t *ret_left) MUST_USE;

#endif
