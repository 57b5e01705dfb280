/*
 * user - accounts.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, DUPLICATE (user_create: e-mail taken), UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      model.
 */
#ifndef PT_MODEL_USER_H
#define PT_MODEL_USER_H

#include "store/db.h"

struct user {
    int64_t id, client_id; /* client_id: of role client, else 0 */
    const char *email, *name, *role, *status, *pass_hash;
    int64_t last_login_at; /* 0: never */
};

extern const struct column user_columns[];

/* An active account by its e-mail (lower case). */
enum err user_by_email(struct db *db, struct arena *a, const char *email,
                       struct user *ret) MUST_USE;

enum err user_get(struct db *db, struct arena *a, int64_t id,
                  struct user *ret) MUST_USE;

/* Stores u as a new active account; ret_id is its id. */
enum err user_create(struct db *db, struct arena *a, const struct user *u,
                     int64_t *ret_id) MUST_USE;

enum err user_set_password(struct db *db, const char *email,
                           const char *pass_hash) MUST_USE;

/* Remembers that the person logged in just now. */
enum err user_logged_in(struct db *db, int64_t id) MUST_USE;

#endif
