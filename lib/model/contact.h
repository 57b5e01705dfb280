/*
 * contact - what visitors write to us.
 *
 * A message keeps the proof of consent that Ley 1581 of 2012 asks for: when
 * it was given, and to which version of the policy. It is never changed, only
 * marked as attended. Both leave a row in the audit (store/audit.h).
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC; phones are E.164.
 * Layer      model.
 */
#ifndef PT_MODEL_CONTACT_H
#define PT_MODEL_CONTACT_H

#include "store/audit.h"

struct contact {
    int64_t id;
    const char *name, *email, *phone;
    const char *subject; /* "support" … "consulting", "other" */
    const char *message;
    const char *lang; /* the person wrote in: "es" or "en" */
    const char *ip;
    const char *consent_text; /* version of the policy */
    int64_t consent_at, created_at;
    int64_t attended_at;     /* 0: not yet */
    const char *attended_by; /* name of the account */
};

/* Stores c as new; consent_at and created_at are now. */
enum err contact_create(struct db *db, struct arena *a, const struct contact *c,
                        struct actor *by, int64_t *ret_id) MUST_USE;

/* The newest messages, of those older than `before` (0: of all). */
enum err contact_list(struct db *db, struct arena *a, int64_t before,
                      int64_t limit, struct db_rows *ret_rows) MUST_USE;

/* Notes who attended it; who was first stays. */
enum err contact_attend(struct db *db, struct arena *a, int64_t id,
                        struct actor *by) MUST_USE;

/* How many came from this address since then. */
enum err contact_count(struct db *db, struct arena *a, const char *ip,
                       int64_t since, int64_t *ret_n) MUST_USE;

#endif
