/*
 * user_identity - the account of a person whom a provider vouches for.
 *
 * An account belongs to an issuer's subject, which is stored with it and
 * unique; an e-mail only finds it the first time, if the caller says that it
 * may. The role is the provider's at each login. Creation, link and change of
 * role leave rows in the audit.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     FORBIDDEN (the account is not active), CONFLICT (with the role the
 *            last active administrator would be gone), DUPLICATE (another
 *            account has the e-mail), INVALID (a new person without e-mail),
 *            UNAVAIL, BUG.
 * Layer      model.
 */
#ifndef PT_MODEL_USER_IDENTITY_H
#define PT_MODEL_USER_IDENTITY_H

#include "model/user.h"

struct user_identity {
    const char *issuer, *subject;
    const char *email; /* lower case, checked; "": none */
    const char *name, *role;
    bool email_owned; /* the provider vouches for it */
    bool may_link;    /* then: to an account that has the e-mail already */
};

/* Finds, links or makes the account; ret_user is as it is stored now. */
enum err user_identity_enter(struct db *db, struct arena *a,
                             const struct user_identity *who, struct actor *by,
                             struct user *ret_user) MUST_USE;

#endif
