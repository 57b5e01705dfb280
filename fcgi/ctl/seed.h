/*
 * seed - what the two files of `ptctl seed` share.
 *
 * Errors     UNAVAIL, BUG; db_error() has the detail.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_SEED_H
#define PT_FCGI_CTL_SEED_H

#include "store/audit.h"

/* What people are made of. */
struct seed_words {
    const char *const *first, *const *last; /* names, surnames */
    size_t n_first, n_last;
    int64_t first_id, n_clients; /* whose city, kind … they get */
};

/* Adds people until there are `wanted` clients, and tells the planner. */
enum err seed_many(struct db *db, struct arena *a, const struct seed_words *w,
                   int64_t wanted, struct actor *by) MUST_USE;

#endif
