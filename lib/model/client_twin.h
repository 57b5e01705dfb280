/*
 * client_twin - clients that look like another, and so may be the same.
 *
 * Alike are the names as people compare them (no accents, lower case), the
 * telephone, or the e-mail. Only active clients count.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     UNAVAIL, BUG.
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_TWIN_H
#define PT_MODEL_CLIENT_TWIN_H

#include "model/client.h"

enum { CLIENT_TWINS = 5 };

/*
 * Up to CLIENT_TWINS clients other than like->id that have the name, phone or
 * e-mail of `like`, oldest first: struct client. What is "" is not compared.
 */
enum err client_twins(struct db *db, struct arena *a, const struct client *like,
                      struct db_rows *ret_rows) MUST_USE;

/* For each way of being alike one client that is it, 0 for none. */
struct client_known {
    int64_t same_document; /* an archived one too: no other may have it */
    int64_t same_name, same_phone, same_email;
};

/* One statement, for many clients one after the other. */
enum err client_known(struct db *db, struct arena *a, const struct client *like,
                      struct client_known *ret) MUST_USE;

#endif
