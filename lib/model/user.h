/*
 * user - accounts.
 *
 * Changes by an administrator check the version that was seen. Whatever
 * happens, one active administrator stays. Each change and each login leaves
 * a row in the audit (store/audit.h).
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, DUPLICATE (user_create: e-mail taken), CONFLICT
 *            (another version is stored), FORBIDDEN (the last active
 *            administrator would be gone), UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC; phones are E.164.
 * Layer      model.
 */
#ifndef PT_MODEL_USER_H
#define PT_MODEL_USER_H

#include <stdbool.h>

#include "store/audit.h"

struct user {
    int64_t id, client_id; /* client_id: of role client, else 0 */
    const char *email, *name, *role, *pass_hash;
    const char *status;       /* NULL for user_create() means "active" */
    int64_t last_login_at;    /* 0: never */
    const char *phone;        /* NULL for user_create() means none */
    const char *lang, *theme; /* user_create() leaves them to the defaults */
    int64_t created_at, created_by, version; /* created_by: 0 for nobody */
    int64_t totp_at;          /* since when there is a second step; 0: none */
    const char *oidc_subject; /* at the provider, see user_identity.h; "" */
};

extern const struct column user_columns[];

/* An active account by its e-mail (lower case). */
enum err user_by_email(struct db *db, struct arena *a, const char *email,
                       struct user *ret) MUST_USE;

enum err user_get(struct db *db, struct arena *a, int64_t id,
                  struct user *ret) MUST_USE;

/* A page of the list, in order of name. */
struct user_filter {
    const char *search;    /* any text; "" for all */
    int64_t after, before; /* page after or before this account; 0: none */
    int64_t limit;         /* rows */
};

/* The rows of a page by keyset, as client_list(). */
enum err user_list(struct db *db, struct arena *a,
                   const struct user_filter *filter,
                   struct db_rows *ret_rows) MUST_USE;

/* Stores u as a new account; ret_id is its id. */
enum err user_create(struct db *db, struct arena *a, const struct user *u,
                     struct actor *by, int64_t *ret_id) MUST_USE;

/* Name, phone, role and client of u over version u->version. */
enum err user_update(struct db *db, struct arena *a, const struct user *u,
                     struct actor *by) MUST_USE;

/* What people change about themselves: name, phone, language, theme. */
enum err user_update_own(struct db *db, struct arena *a, const struct user *u,
                         struct actor *by) MUST_USE;

/* Makes version u->version of u active, or takes its way in. */
enum err user_set_active(struct db *db, struct arena *a, const struct user *u,
                         bool active, struct actor *by) MUST_USE;

enum err user_set_password(struct db *db, struct arena *a, const char *email,
                           const char *pass_hash, struct actor *by) MUST_USE;

/* Its owner, who got a link by mail, sets the password: u is active then. */
enum err user_open(struct db *db, const struct user *u, const char *pass_hash,
                   struct actor *by) MUST_USE;

/*
 * Remembers that the person logged in just now; in the transaction that makes
 * the session. CONFLICT: u has changed since its password was looked at. What
 * changes it later waits for that transaction, and finds the session to end.
 */
enum err user_logged_in(struct db *db, const struct user *u,
                        struct actor *by) MUST_USE;

/* Remembers a wrong password; id 0: no account has the e-mail. */
enum err user_refused(struct db *db, int64_t id, struct actor *by) MUST_USE;

#endif
