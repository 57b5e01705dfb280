/*
 * audit - who did what, in a chain that nobody changes unseen.
 *
 * Every write of the business leaves a row, in the transaction of the write:
 *
 *   enum err client_update(struct db *db, …, struct actor *by)
 *   {
 *       TRY(audit_begin(db, by));
 *       return audit_end(db, by, update(db, …, by));
 *   }
 *
 * where update() writes and then says so with audit_note(). Such functions
 * nest: an inner one joins the transaction of the outer one. The rows are
 * appended as the last thing before the commit, because whoever appends
 * holds the end of the chain until then. If that end is not as we left it,
 * nothing more is appended, and so nothing more is written (BUG).
 *
 * Audited     what changes clients, accounts, sessions and messages of
 *             visitors; logins, failed ones too, and logouts; exports and
 *             reads of the audit itself.
 * Not         when a session was seen, counters of failed logins, messages
 *             of the next page, the note of the last verification.
 *
 * The chain   Row n has hash = HMAC-SHA256(key, bytes), in hexadecimal, where
 *             bytes is this JSON array in the form of RFC 8785 (no blanks,
 *             UTF-8, shortest escapes); all but the numbers are strings:
 *             ["personal-technology/audit/1", seq, at, actor_id, role, ip,
 *             action, entity, entity_id, diff, key_id, prev_hash]
 *             prev_hash is the hash of row n - 1, "" in row 1. The head has
 *             mac = HMAC-SHA256(key, bytes) over
 *             ["personal-technology/audit-head/1", seq, hash]
 *             key_id is the start of SHA-256("audit-key:" key), 16 digits.
 * Diff        {"field":{"from":…,"to":…},…}, canonical too, only what differs.
 *             Personal data stands as "h:" and the first 32 digits of
 *             HMAC-SHA256(salt, field "=" value); each entity has a salt.
 * Limits      Who has the key can write another chain; who restores an older
 *             database, head included, has an older chain. Both are found by
 *             comparing with a head kept elsewhere (audit_verify, anchor).
 *
 * Ownership  What is noted lives in by->arena until audit_end().
 * Errors     BUG (a broken chain, a transaction already open), UNAVAIL,
 *            CONFIG (audit_keys_init).
 * Units      Seconds since 1970, UTC.
 * Layer      store.
 */
#ifndef PT_STORE_AUDIT_H
#define PT_STORE_AUDIT_H

#include "base/limits.h"
#include "store/db.h"

enum {
    AUDIT_HASH_SIZE = 65,   /* 256 bits in hexadecimal and a NUL */
    AUDIT_KEY_ID_SIZE = 17, /* 64 bits, the same */
    AUDIT_MIN_KEY_CHARS = 32
};

struct audit_key {
    const char *text;
    char id[AUDIT_KEY_ID_SIZE];
};

/* The present key first, then the ones before it, newest first. */
struct audit_keys {
    size_t n;
    struct audit_key key[MAX_AUDIT_KEYS];
};

/* old ends with NULL and may be NULL; the texts are not copied. */
enum err audit_keys_init(struct audit_keys *keys, const char *key,
                         const char *const *old, struct err_note *why) MUST_USE;

struct audit_entry;

/* Who acts, and what they have done in the transaction that is open. */
struct actor {
    const struct audit_keys *keys;
    struct arena *arena;
    int64_t user_id;  /* 0: nobody with an account */
    const char *role; /* of the account, "visitor" or "system" */
    const char *ip;   /* "" when there is none */
    /* audit.c's own */
    unsigned depth;
    size_t n_noted;
    struct audit_entry *first, **last;
};

/* A program of the operator, not a person. */
struct actor audit_system(const struct audit_keys *keys, struct arena *a);

/* --- writing --- */

/* A column of a struct that the audit tells about. */
struct audit_field {
    struct column column; /* its name is the key in the diff */
    bool personal;        /* only its salted hash is written; COL_TEXT */
};

/* Rows of a table in the order of their names; AUDIT_END is the last. */
#define AUDIT_CLEAR(kind, type, member)                                        \
    {                                                                          \
        COL(kind, type, member), false                                         \
    }
#define AUDIT_PERSONAL(type, member)                                           \
    {                                                                          \
        COL(COL_TEXT, type, member), true                                      \
    }
#define AUDIT_END                                                              \
    {                                                                          \
        {0}, false                                                             \
    }

struct audit_event {
    const char *action;               /* "update" */
    const char *entity;               /* "client" */
    int64_t id;                       /* of it; 0: all or none */
    const struct audit_field *fields; /* NULL: there is nothing to compare */
    const void *from, *to; /* structs; from NULL: new. A NULL text is "" */
};

/* Opens a transaction, or joins the one that by has open. */
enum err audit_begin(struct db *db, struct actor *by) MUST_USE;

/* Says what has been done; the row is appended by the outermost end. */
enum err audit_note(struct db *db, struct actor *by,
                    const struct audit_event *event) MUST_USE;

/*
 * Ends what audit_begin() began: with ERR_OK the outermost one appends and
 * commits, with any other e it rolls back. Returns e, or why that failed.
 * After an error of an inner one the outer one must not go on.
 */
enum err audit_end(struct db *db, struct actor *by, enum err e) MUST_USE;

/* A transaction with nothing but this row: for what only reads. */
enum err audit_record(struct db *db, struct actor *by,
                      const struct audit_event *event) MUST_USE;

/* Makes the hashes of this entity's personal data meaningless. */
enum err audit_forget(struct db *db, const char *entity, int64_t id) MUST_USE;

/* --- verifying --- */

struct audit_row {
    int64_t seq, at, actor_id;
    const char *role, *ip, *action, *entity;
    int64_t entity_id;
    const char *diff, *key_id, *prev_hash, *hash;
};

extern const struct column audit_columns[];

/* The hash that row must have, whatever row->hash is. */
void audit_hash(const struct audit_key *key, const struct audit_row *row,
                char ret[AUDIT_HASH_SIZE]);

/* NULL when we do not have it. */
const struct audit_key *audit_key_find(const struct audit_keys *keys,
                                       const char *id);

struct audit_head {
    int64_t seq; /* 0: nothing has been written */
    const char *hash, *mac, *key_id;
};

/* The end of the chain; BUG when it is not as we left it. */
enum err audit_head_get(struct db *db, struct arena *a,
                        const struct audit_keys *keys,
                        struct audit_head *ret) MUST_USE;

enum audit_fault {
    AUDIT_INTACT,
    AUDIT_CHANGED, /* the row is not what was written */
    AUDIT_MISSING, /* there is no such row, but later ones */
    AUDIT_MOVED,   /* the row was written for another place */
    AUDIT_CUT,     /* there is no such row and none after it */
    AUDIT_SURPLUS, /* the row stands after the end of the chain */
    AUDIT_FORGED,  /* the end of the chain is not as we left it */
    AUDIT_KEYLESS, /* of a key that is unknown or had been replaced */
    AUDIT_OTHER    /* not the row whose hash was kept elsewhere */
};

struct audit_report {
    enum audit_fault fault;
    int64_t seq;  /* the first bad row; 0: none */
    int64_t upto; /* rows that were looked at */
    int64_t at;   /* 0: never */
};

/* A head that was kept elsewhere. */
struct audit_anchor {
    int64_t seq;
    const char *hash;
};

/*
 * Walks the whole chain, in little memory; anchor may be NULL. What it finds
 * is no error. The result is kept, for audit_checked(). Others may append
 * meanwhile.
 */
enum err audit_verify(struct db *db, const struct audit_keys *keys,
                      const struct audit_anchor *anchor,
                      struct audit_report *ret) MUST_USE;

/* What the last verification found; at is 0 when there is no such note. */
enum err audit_checked(struct db *db, struct arena *a,
                       const struct audit_keys *keys,
                       struct audit_report *ret) MUST_USE;

/* "was changed" and the like, English. */
const char *audit_fault_text(enum audit_fault fault);

#endif
