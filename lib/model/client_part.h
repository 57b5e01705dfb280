/*
 * client_part - all that belongs to one client and is few: contacts, sites,
 * consents. Its page shows all of it, so it is read at once.
 *
 * Ownership  Arrays and texts live in the arena of the call.
 * Errors     UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_PART_H
#define PT_MODEL_CLIENT_PART_H

#include "model/client_contact.h"
#include "model/client_site.h"
#include "model/consent.h"

/* Contacts of one client, archived ones too; its sites, the same. */
enum { CLIENT_PARTS_MAX = 200 };

struct client_parts {
    struct client_contact *contacts; /* the primary one first */
    struct client_site *sites;
    struct consent *consents; /* the newest first */
    size_t n_contacts, n_sites, n_consents;
};

/*
 * One statement. If a client has more than 3 * CLIENT_PARTS_MAX of them all,
 * the oldest consents are left out.
 */
enum err client_parts_get(struct db *db, struct arena *a, int64_t client_id,
                          struct client_parts *ret) MUST_USE;

#endif
