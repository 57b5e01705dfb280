/*
 * client_site - the places of a client where work is done.
 *
 * Nothing is deleted: a site is archived and can be brought back. The audit
 * tells of sites among what happened to their client.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND (no such site of that client), CONFLICT (another
 *            version is stored), TOOLARGE (the client has CLIENT_PARTS_MAX),
 *            UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_SITE_H
#define PT_MODEL_CLIENT_SITE_H

#include "store/audit.h"

struct client_site {
    int64_t id, client_id;
    const char *name, *address, *city, *access_notes;
    int64_t version;
    int64_t archived_at; /* 0: active */
    const char *site;    /* the audit's: which it is */
};

enum err client_site_get(struct db *db, struct arena *a, int64_t client_id,
                         int64_t id, struct client_site *ret) MUST_USE;

/* Stores s as new. */
enum err client_site_create(struct db *db, struct arena *a,
                            const struct client_site *s, struct actor *by,
                            int64_t *ret_id) MUST_USE;

/* Stores the fields of s over version s->version; of an active one only. */
enum err client_site_update(struct db *db, struct arena *a,
                            const struct client_site *s,
                            struct actor *by) MUST_USE;

/* Archives s (or, if it is archived, brings it back): its ids, version. */
enum err client_site_archive(struct db *db, struct arena *a,
                             const struct client_site *s, bool archived,
                             struct actor *by) MUST_USE;

#endif
