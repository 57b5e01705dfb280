/*
 * audit_impl - what the files of audit share; for no one else.
 *
 * Layer      store.
 */
#ifndef PT_STORE_AUDIT_IMPL_H
#define PT_STORE_AUDIT_IMPL_H

#include "base/buf.h"
#include "store/audit.h"

/* HMAC-SHA256 of the bytes in hexadecimal; empties b. */
void audit_mac(const char *key, struct buf *b, char ret[AUDIT_HASH_SIZE]);

/* The mac that the head (or the note of a verification) must have. */
void audit_head_mac(const struct audit_key *key, int64_t seq, const char *hash,
                    char ret[AUDIT_HASH_SIZE]);

/* Is the head one that we wrote? */
bool audit_head_valid(const struct audit_keys *keys,
                      const struct audit_head *head);

extern const struct column audit_head_columns[];

/* The diff of an event, in by->arena. */
enum err audit_diff(struct db *db, const struct actor *by,
                    const struct audit_event *event, const char **ret) MUST_USE;

#endif
