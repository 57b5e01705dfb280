/*
 * seed - what the files of `ptctl seed` share.
 *
 * Errors     UNAVAIL, BUG; db_error() has the detail.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_SEED_H
#define PT_FCGI_CTL_SEED_H

#include "model/client.h"

/* What people are made of. */
struct seed_words {
    const char *const *first, *const *last; /* names, surnames */
    size_t n_first, n_last;
    int64_t first_id, n_clients; /* whose city, kind … they get */
};

/* Adds people until there are `wanted` clients, and tells the planner. */
enum err seed_many(struct db *db, struct arena *a, const struct seed_words *w,
                   int64_t wanted, struct actor *by) MUST_USE;

/* Contacts, a site and consents of the i-th demo client, which is c. */
enum err seed_parts(struct db *db, struct arena *a, size_t i,
                    const struct client *c, struct actor *by) MUST_USE;

#endif
