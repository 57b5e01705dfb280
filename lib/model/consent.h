/*
 * consent - what a client allowed us to do with its data, and its end.
 *
 * Ley 1581 of 2012: silence is no consent, and it must be provable. A row says
 * for what, of which version of the text, how, when and by whom it was given;
 * nothing of it is changed afterwards (the database refuses that), only its
 * end is set, once. A purpose may be granted again after that, in a new row.
 * The audit tells of consents among what happened to their client.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND (no such consent of that client), CONFLICT (revoked
 *            already; the same text granted already), UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      model.
 */
#ifndef PT_MODEL_CONSENT_H
#define PT_MODEL_CONSENT_H

#include "store/audit.h"

struct consent {
    int64_t id, client_id;
    const char *purpose;      /* "service", "commercial", "signature", … */
    const char *text_version; /* of the text that was shown */
    const char *channel;      /* "person", "paper", "phone", … */
    const char *signed_by;
    const char *ip, *user_agent; /* whence it was recorded; not of a list */
    int64_t granted_at;
    int64_t revoked_at;         /* 0: it holds */
    const char *revoke_channel; /* "" while it holds */
    const char *consent;        /* the audit's: which it is */
};

enum err consent_get(struct db *db, struct arena *a, int64_t client_id,
                     int64_t id, struct consent *ret) MUST_USE;

/* Stores c as granted now. */
enum err consent_grant(struct db *db, struct arena *a, const struct consent *c,
                       struct actor *by, int64_t *ret_id) MUST_USE;

/*
 * From now on the client does not allow the purpose of this consent: every
 * one for that purpose ends, whatever text it was of.
 */
enum err consent_revoke(struct db *db, struct arena *a, int64_t client_id,
                        int64_t id, const char *channel,
                        struct actor *by) MUST_USE;

#endif
