/*
 * client_merge - two clients turn out to be one.
 *
 * One of them stays, with the fields that people chose; what belongs to the
 * other goes to it, and the other is archived for good with merged_into set.
 * Its row keeps what it was. merged_into never leads to a merged client: what
 * had been merged into the other is told of the one that stays.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, CONFLICT (another version is stored, or one of them is
 *            archived or merged), INVALID (a client and itself), DUPLICATE
 *            (a third client has the document), UNAVAIL, BUG.
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_MERGE_H
#define PT_MODEL_CLIENT_MERGE_H

#include "model/client.h"

/* What a client can have, in the order of client_merge_count(). */
enum client_child {
    CLIENT_CONTACTS,
    CLIENT_SITES,
    CLIENT_CONSENTS,
    CLIENT_FILES,
    CLIENT_ACCOUNTS,
    CLIENT_CHILDREN
};

/* How many of each would go elsewhere with this client. */
enum err client_merge_count(struct db *db, struct arena *a, int64_t id,
                            int64_t ret[CLIENT_CHILDREN]) MUST_USE;

/*
 * Stores the fields of kept over version kept->version, and merges version
 * `version` of client `gone` into it.
 */
enum err client_merge(struct db *db, struct arena *a, const struct client *kept,
                      int64_t gone, int64_t version, struct actor *by) MUST_USE;

#endif
