/*
 * history - what the audit tells, as people ask for it: of one thing, of one
 * person, of all. The newest row comes first.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      model.
 */
#ifndef PT_MODEL_HISTORY_H
#define PT_MODEL_HISTORY_H

#include "store/db.h"

struct history_row {
    int64_t seq, at, actor_id;
    const char *actor; /* name of the account, "" for nobody's */
    const char *role, *ip, *action, *entity;
    int64_t entity_id;
    const char *subject; /* name of the client or account as it is now */
    const char *diff;    /* JSON; see store/audit.h */
};

/*
 * A page; each costs the same, however long the history is. The thing (or
 * kind of things) and the person narrow it by an index of their own. Times
 * take a second statement.
 */
struct history_filter {
    const char *entity; /* "" for all */
    int64_t entity_id;  /* of that entity; 0 for all of them */
    int64_t actor_id;   /* 0 for all */
    int64_t from, to;   /* not before, and before; 0 for any time */
    int64_t before;     /* rows below this one; 0 for the newest */
    int64_t limit;      /* rows */
};

enum err history_list(struct db *db, struct arena *a,
                      const struct history_filter *filter,
                      struct db_rows *ret_rows) MUST_USE;

/* What an account did and what was done to it; before, limit as above. */
enum err history_of_user(struct db *db, struct arena *a, int64_t user_id,
                         int64_t before, int64_t limit,
                         struct db_rows *ret_rows) MUST_USE;

#endif
