#include "store/audit.h"

#include <sodium.h>

#include "base/clock.h"
#include "store/audit_impl.h"
#include "text/json.h"

/* Holds the end of the chain until the commit, and takes $1 places in it. */
static const char sql_audit_take[] = "UPDATE audit_head SET seq = seq + $1"
                                     " RETURNING seq, hash, mac, key_id";

static const char sql_audit_append[] =
    "INSERT INTO audit_log (seq, at, actor_id, role, ip, action, entity,"
    " entity_id, diff, key_id, prev_hash, hash)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

static const char sql_audit_move[] =
    "UPDATE audit_head SET hash = $1, mac = $2, key_id = $3";

static const char sql_audit_head[] =
    "SELECT seq, hash, mac, key_id FROM audit_head";

const struct column audit_columns[] = {
    COL(COL_INT, struct audit_row, seq),
    COL(COL_INT, struct audit_row, at),
    COL(COL_INT, struct audit_row, actor_id),
    COL(COL_TEXT, struct audit_row, role),
    COL(COL_TEXT, struct audit_row, ip),
    COL(COL_TEXT, struct audit_row, action),
    COL(COL_TEXT, struct audit_row, entity),
    COL(COL_INT, struct audit_row, entity_id),
    COL(COL_TEXT, struct audit_row, diff),
    COL(COL_TEXT, struct audit_row, key_id),
    COL(COL_TEXT, struct audit_row, prev_hash),
    COL(COL_TEXT, struct audit_row, hash),
    {0},
};

const struct column audit_head_columns[] = {
    COL(COL_INT, struct audit_head, seq),
    COL(COL_TEXT, struct audit_head, hash),
    COL(COL_TEXT, struct audit_head, mac),
    COL(COL_TEXT, struct audit_head, key_id),
    {0},
};

/* What a transaction has to append. */
struct audit_entry {
    struct audit_entry *next;
    const char *action, *entity, *diff;
    int64_t entity_id;
};

/* --- keys --- */

static enum err add_key(struct audit_keys *keys, const char *text,
                        const char *name, struct err_note *why)
{
    static const char prefix[] = "audit-key:";
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    struct audit_key *k = &keys->key[keys->n];
    if (keys->n == MAX_AUDIT_KEYS)
        return err_set(why, ERR_CONFIG, "%s: more than %d", name,
                       MAX_AUDIT_KEYS - 1);
    if (strlen(text) < AUDIT_MIN_KEY_CHARS)
        return err_set(why, ERR_CONFIG,
                       "%s: %s; set AUDIT_KEY or AUDIT_KEY_FILE to at least "
                       "%d random characters",
                       name, text[0] == '\0' ? "is not set" : "is too short",
                       AUDIT_MIN_KEY_CHARS);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)prefix,
                              strlen(prefix));
    crypto_hash_sha256_update(&state, (const unsigned char *)text,
                              strlen(text));
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(k->id, sizeof(k->id), hash, (sizeof(k->id) - 1) / 2);
    k->text = text;
    keys->n++;
    return ERR_OK;
}

enum err audit_keys_init(struct audit_keys *keys, const char *key,
                         const char *const *old, struct err_note *why)
{
    keys->n = 0;
    TRY(add_key(keys, key, "audit.key", why));
    for (; old != NULL && *old != NULL; old++)
        TRY(add_key(keys, *old, "audit.old_keys", why));
    return ERR_OK;
}

const struct audit_key *audit_key_find(const struct audit_keys *keys,
                                       const char *id)
{
    for (size_t i = 0; i < keys->n; i++)
        if (strcmp(keys->key[i].id, id) == 0)
            return &keys->key[i];
    return NULL;
}

struct actor audit_system(const struct audit_keys *keys, struct arena *a)
{
    return (struct actor){.keys = keys, .arena = a, .role = "system", .ip = ""};
}

/* --- what is hashed --- */

void audit_mac(const char *key, struct buf *b, char ret[AUDIT_HASH_SIZE])
{
    unsigned char code[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key,
                                strlen(key));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)buf_str(b),
                                  b->n);
    crypto_auth_hmacsha256_final(&state, code);
    sodium_bin2hex(ret, AUDIT_HASH_SIZE, code, sizeof(code));
    buf_done(b);
}

static void add_text(struct buf *b, const char *text)
{
    buf_addc(b, ',');
    json_canonical(b, text, strlen(text));
}

static void add_int(struct buf *b, int64_t i)
{
    buf_addc(b, ',');
    buf_add_int(b, i);
}

void audit_hash(const struct audit_key *key, const struct audit_row *row,
                char ret[AUDIT_HASH_SIZE])
{
    struct buf b;
    buf_init(&b, MAX_AUDIT_ROW_BYTES);
    buf_adds(&b, "[\"personal-technology/audit/1\"");
    add_int(&b, row->seq);
    add_int(&b, row->at);
    add_int(&b, row->actor_id);
    add_text(&b, row->role);
    add_text(&b, row->ip);
    add_text(&b, row->action);
    add_text(&b, row->entity);
    add_int(&b, row->entity_id);
    add_text(&b, row->diff);
    add_text(&b, row->key_id);
    add_text(&b, row->prev_hash);
    buf_addc(&b, ']');
    audit_mac(key->text, &b, ret);
}

void audit_head_mac(const struct audit_key *key, int64_t seq, const char *hash,
                    char ret[AUDIT_HASH_SIZE])
{
    struct buf b;
    buf_init(&b, 1024);
    buf_adds(&b, "[\"personal-technology/audit-head/1\"");
    add_int(&b, seq);
    add_text(&b, hash);
    buf_addc(&b, ']');
    audit_mac(key->text, &b, ret);
}

bool audit_head_valid(const struct audit_keys *keys,
                      const struct audit_head *head)
{
    char mac[AUDIT_HASH_SIZE];
    const struct audit_key *key = audit_key_find(keys, head->key_id);
    if (head->seq == 0) /* as the migration leaves it */
        return head->hash[0] == '\0' && head->mac[0] == '\0';
    if (key == NULL || strlen(head->mac) != AUDIT_HASH_SIZE - 1)
        return false;
    audit_head_mac(key, head->seq, head->hash, mac);
    return sodium_memcmp(mac, head->mac, sizeof(mac)) == 0;
}

/* --- writing --- */

static enum err refuse_head(struct db *db)
{
    return db_refuse(db, ERR_BUG,
                     "audit: the end of the chain was changed, or its key is "
                     "neither audit.key nor in audit.old_keys; see `ptctl "
                     "audit verify`");
}

static enum err append(struct db *db, const struct actor *by,
                       const struct audit_entry *entry, struct audit_row *row)
{
    char hash[AUDIT_HASH_SIZE];
    row->action = entry->action;
    row->entity = entry->entity;
    row->entity_id = entry->entity_id;
    row->diff = entry->diff;
    audit_hash(&by->keys->key[0], row, hash);
    row->hash = arena_strdup(by->arena, hash);
    return db_write(db,
                    QUERY(sql_audit_append, db_int(row->seq), db_int(row->at),
                          db_int(row->actor_id), db_text(row->role),
                          db_text(row->ip), db_text(row->action),
                          db_text(row->entity), db_int(row->entity_id),
                          db_text(row->diff), db_text(row->key_id),
                          db_text(row->prev_hash), db_text(row->hash)),
                    NULL);
}

/* The chain grows by what was noted. */
static enum err append_all(struct db *db, const struct actor *by)
{
    const struct audit_key *key = &by->keys->key[0];
    struct audit_head head;
    char mac[AUDIT_HASH_SIZE];
    enum err e = db_write_one(
        db, by->arena, QUERY(sql_audit_take, db_int((int64_t)by->n_noted)),
        audit_head_columns, &head);
    if (e == ERR_NOTFOUND)
        return refuse_head(db);
    TRY(e);
    head.seq -= (int64_t)by->n_noted;
    if (!audit_head_valid(by->keys, &head))
        return refuse_head(db);
    struct audit_row row = {.seq = head.seq,
                            .at = clock_now(),
                            .actor_id = by->user_id,
                            .role = by->role,
                            .ip = by->ip,
                            .key_id = key->id,
                            .hash = head.hash};
    for (const struct audit_entry *n = by->first; n != NULL; n = n->next) {
        row.seq++;
        row.prev_hash = row.hash;
        TRY(append(db, by, n, &row));
    }
    audit_head_mac(key, row.seq, row.hash, mac);
    return db_write(db,
                    QUERY(sql_audit_move, db_text(row.hash), db_text(mac),
                          db_text(key->id)),
                    NULL);
}

enum err audit_begin(struct db *db, struct actor *by)
{
    if (by->depth == 0) {
        TRY(db_begin(db));
        by->n_noted = 0;
        by->first = NULL;
        by->last = &by->first;
    }
    by->depth++;
    return ERR_OK;
}

enum err audit_note(struct db *db, struct actor *by,
                    const struct audit_event *event)
{
    if (by->depth == 0)
        return db_refuse(db, ERR_BUG, "audit: %s outside a transaction",
                         event->action);
    struct audit_entry *n = ARENA_NEW(by->arena, struct audit_entry);
    *n = (struct audit_entry){.action = event->action,
                              .entity = event->entity,
                              .entity_id = event->id};
    TRY(audit_diff(db, by, event, &n->diff));
    *by->last = n;
    by->last = &n->next;
    by->n_noted++;
    return ERR_OK;
}

enum err audit_end(struct db *db, struct actor *by, enum err e)
{
    if (--by->depth > 0)
        return e;
    if (e == ERR_OK && by->n_noted > 0)
        e = append_all(db, by);
    if (e == ERR_OK)
        e = db_commit(db);
    if (e != ERR_OK)
        db_rollback(db);
    return e;
}

enum err audit_record(struct db *db, struct actor *by,
                      const struct audit_event *event)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, audit_note(db, by, event));
}

enum err audit_head_get(struct db *db, struct arena *a,
                        const struct audit_keys *keys, struct audit_head *ret)
{
    enum err e = db_one(db, a, QUERY(sql_audit_head), audit_head_columns, ret);
    if (e == ERR_NOTFOUND || (e == ERR_OK && !audit_head_valid(keys, ret)))
        return refuse_head(db);
    return e;
}
