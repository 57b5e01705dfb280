/*
 * client_contact - the people to ask for at a client.
 *
 * One of them at most is the primary one: who becomes it takes it from the
 * one before, who is archived stops being it. Nothing is deleted. The audit
 * tells of contacts among what happened to their client.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND (no such contact of that client), CONFLICT (another
 *            version is stored), TOOLARGE (the client has CLIENT_PARTS_MAX),
 *            UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC; phones are E.164.
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_CONTACT_H
#define PT_MODEL_CLIENT_CONTACT_H

#include "store/audit.h"

struct client_contact {
    int64_t id, client_id;
    const char *name, *position, *email, *phone;
    bool is_primary, gets_reports;
    int64_t version;
    int64_t archived_at; /* 0: active */
    const char *contact; /* the audit's: which it is */
};

enum err client_contact_get(struct db *db, struct arena *a, int64_t client_id,
                            int64_t id, struct client_contact *ret) MUST_USE;

/* Stores c as new. */
enum err client_contact_create(struct db *db, struct arena *a,
                               const struct client_contact *c, struct actor *by,
                               int64_t *ret_id) MUST_USE;

/* Stores the fields of c over version c->version; of an active one only. */
enum err client_contact_update(struct db *db, struct arena *a,
                               const struct client_contact *c,
                               struct actor *by) MUST_USE;

/* Archives c (or, if it is archived, brings it back): its ids, version. */
enum err client_contact_archive(struct db *db, struct arena *a,
                                const struct client_contact *c, bool archived,
                                struct actor *by) MUST_USE;

#endif
