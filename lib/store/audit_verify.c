/*
 * audit_verify - is the chain still the one that was written?
 */
#include <sodium.h>

#include "base/clock.h"
#include "store/audit_impl.h"

enum { BATCH_ROWS = 500, BATCH_BYTES = 64 << 20 };

/* The head and the last row, as of one moment. */
static const char sql_audit_ends[] =
    "SELECT h.seq AS seq, h.hash AS hash, h.mac AS mac, h.key_id AS key_id,"
    " (SELECT coalesce(max(l.seq), 0) FROM audit_log l) AS last"
    " FROM audit_head h";

static const char sql_audit_walk[] =
    "SELECT seq, at, actor_id, role, ip, action, entity, entity_id, diff,"
    " key_id, prev_hash, hash FROM audit_log WHERE seq > $1 AND seq <= $2"
    " ORDER BY seq LIMIT $3";

static const char sql_audit_note_check[] =
    "UPDATE audit_check SET at = $1, seq = $2, fault = $3, bad_seq = $4,"
    " mac = $5, key_id = $6";

static const char sql_audit_checked[] =
    "SELECT at, seq, fault, bad_seq, mac, key_id FROM audit_check";

struct ends {
    struct audit_head head;
    int64_t last;
};

static const struct column ends_columns[] = {
    {COL_INT, "seq", offsetof(struct ends, head.seq)},
    {COL_TEXT, "hash", offsetof(struct ends, head.hash)},
    {COL_TEXT, "mac", offsetof(struct ends, head.mac)},
    {COL_TEXT, "key_id", offsetof(struct ends, head.key_id)},
    COL(COL_INT, struct ends, last),
    {0},
};

struct check {
    int64_t at, seq, fault, bad_seq;
    const char *mac, *key_id;
};

static const struct column check_columns[] = {
    COL(COL_INT, struct check, at),
    COL(COL_INT, struct check, seq),
    COL(COL_INT, struct check, fault),
    COL(COL_INT, struct check, bad_seq),
    COL(COL_TEXT, struct check, mac),
    COL(COL_TEXT, struct check, key_id),
    {0},
};

/* How far the walk has come. */
struct walk {
    const struct audit_keys *keys;
    const struct audit_anchor *anchor;
    const struct audit_key *key; /* of the row before */
    struct audit_report report;
    char hash[AUDIT_HASH_SIZE]; /* of the row before */
};

static bool found(struct walk *w, enum audit_fault fault, int64_t seq)
{
    w->report.fault = fault;
    w->report.seq = seq;
    return true;
}

static bool same_hash(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* Is this row, or only its pointer to the row before, not what was written? */
static enum audit_fault why_bad(const struct walk *w,
                                const struct audit_key *key,
                                const struct audit_row *row)
{
    struct audit_row in_place = *row;
    char hash[AUDIT_HASH_SIZE];
    in_place.prev_hash = w->hash;
    audit_hash(key, &in_place, hash);
    return same_hash(row->prev_hash, w->hash) || same_hash(row->hash, hash)
               ? AUDIT_CHANGED
               : AUDIT_MOVED;
}

/* True when row is the first bad one. */
static bool is_bad(struct walk *w, const struct audit_row *row)
{
    int64_t seq = w->report.upto + 1;
    const struct audit_key *key = audit_key_find(w->keys, row->key_id);
    char hash[AUDIT_HASH_SIZE];
    if (row->seq != seq)
        return found(w, AUDIT_MISSING, seq);
    /* keys only ever get newer: a stolen old one is worth nothing */
    if (key == NULL || (w->key != NULL && key > w->key))
        return found(w, AUDIT_KEYLESS, seq);
    audit_hash(key, row, hash);
    if (!same_hash(hash, row->hash))
        return found(w, why_bad(w, key, row), seq);
    if (!same_hash(row->prev_hash, w->hash))
        return found(w, AUDIT_MOVED, seq);
    if (w->anchor != NULL && w->anchor->seq == seq &&
        !same_hash(w->anchor->hash, hash))
        return found(w, AUDIT_OTHER, seq);
    memcpy(w->hash, hash, sizeof(hash));
    w->key = key;
    w->report.upto = seq;
    return false;
}

/* Rows up to `last`, batch after batch; stops at the first bad one. */
static enum err walk_rows(struct db *db, struct arena *a, struct walk *w,
                          int64_t last)
{
    struct db_rows rows = {.n = BATCH_ROWS};
    while (rows.n == BATCH_ROWS) {
        arena_reset(a);
        TRY(db_all(db, a,
                   QUERY(sql_audit_walk, db_int(w->report.upto), db_int(last),
                         db_int(BATCH_ROWS)),
                   audit_columns, sizeof(struct audit_row), &rows));
        const struct audit_row *row = rows.items;
        for (size_t i = 0; i < rows.n; i++)
            if (is_bad(w, &row[i]))
                return ERR_OK;
    }
    return ERR_OK;
}

/* The rows are good; do they end where the head and the anchor say? */
static void check_end(struct walk *w, const struct ends *ends)
{
    const struct audit_head *head = &ends->head;
    int64_t upto = w->report.upto;
    int64_t anchored = w->anchor != NULL ? w->anchor->seq : 0;
    bool ours = audit_head_valid(w->keys, head) &&
                (upto < head->seq || same_hash(head->hash, w->hash));
    if (!ours)
        found(w, AUDIT_FORGED, upto);
    else if (upto < head->seq || upto < anchored)
        found(w, AUDIT_CUT, upto + 1);
    else if (ends->last > head->seq)
        found(w, AUDIT_SURPLUS, head->seq + 1);
}

/* The note of a verification, as what its mac is made of. */
static void check_mac(const struct audit_key *key, const struct check *c,
                      char ret[AUDIT_HASH_SIZE])
{
    char text[96];
    snprintf(text, sizeof(text), "check %lld %lld %lld", (long long)c->seq,
             (long long)c->fault, (long long)c->bad_seq);
    audit_head_mac(key, c->at, text, ret);
}

static enum err keep_result(struct db *db, const struct audit_keys *keys,
                            const struct audit_report *r)
{
    const struct audit_key *key = &keys->key[0];
    char mac[AUDIT_HASH_SIZE];
    struct check c = {
        .at = r->at, .seq = r->upto, .fault = r->fault, .bad_seq = r->seq};
    check_mac(key, &c, mac);
    return db_write(db,
                    QUERY(sql_audit_note_check, db_int(c.at), db_int(c.seq),
                          db_int(c.fault), db_int(c.bad_seq), db_text(mac),
                          db_text(key->id)),
                    NULL);
}

static enum err verify(struct db *db, struct arena *a, struct arena *batch,
                       struct walk *w)
{
    struct ends ends;
    enum err e = db_one(db, a, QUERY(sql_audit_ends), ends_columns, &ends);
    if (e == ERR_NOTFOUND) {
        found(w, AUDIT_FORGED, 0);
        return ERR_OK;
    }
    TRY(e);
    int64_t last = ends.head.seq < ends.last ? ends.head.seq : ends.last;
    TRY(walk_rows(db, batch, w, last));
    if (w->report.fault == AUDIT_INTACT)
        check_end(w, &ends);
    return ERR_OK;
}

enum err audit_verify(struct db *db, const struct audit_keys *keys,
                      const struct audit_anchor *anchor,
                      struct audit_report *ret)
{
    struct walk w = {.keys = keys, .anchor = anchor};
    struct arena *a = arena_new(BATCH_BYTES, NULL, NULL);
    struct arena *batch = arena_new(BATCH_BYTES, NULL, NULL);
    w.report.at = clock_now();
    enum err e = verify(db, a, batch, &w);
    arena_free(batch);
    arena_free(a);
    TRY(e);
    TRY(keep_result(db, keys, &w.report));
    *ret = w.report;
    return ERR_OK;
}

enum err audit_checked(struct db *db, struct arena *a,
                       const struct audit_keys *keys, struct audit_report *ret)
{
    struct check c = {0};
    char mac[AUDIT_HASH_SIZE];
    enum err e = db_one(db, a, QUERY(sql_audit_checked), check_columns, &c);
    if (e != ERR_OK && e != ERR_NOTFOUND)
        return e;
    *ret = (struct audit_report){0};
    const struct audit_key *key =
        e == ERR_OK ? audit_key_find(keys, c.key_id) : NULL;
    if (key == NULL)
        return ERR_OK;
    check_mac(key, &c, mac);
    if (same_hash(mac, c.mac))
        *ret = (struct audit_report){.fault = (enum audit_fault)c.fault,
                                     .seq = c.bad_seq,
                                     .upto = c.seq,
                                     .at = c.at};
    return ERR_OK;
}

const char *audit_fault_text(enum audit_fault fault)
{
    static const char *const texts[] = {
        [AUDIT_INTACT] = "is whole",
        [AUDIT_CHANGED] = "was changed",
        [AUDIT_MISSING] = "is missing",
        [AUDIT_MOVED] = "was written for another place",
        [AUDIT_CUT] = "is missing: the chain was cut off there",
        [AUDIT_SURPLUS] = "stands after the end of the chain",
        [AUDIT_FORGED] = "is the last, but the end of the chain was changed",
        [AUDIT_KEYLESS] = "has a key that is unknown or had been replaced",
        [AUDIT_OTHER] = "is not the one that was kept elsewhere",
    };
    return texts[fault];
}
