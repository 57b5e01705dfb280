#include "model/consent.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/rand.h"

static const char sql_consent_get[] =
    "SELECT id, client_id, purpose, text_version, channel, signed_by, ip,"
    " user_agent, granted_at, coalesce(revoked_at, 0) AS revoked_at,"
    " revoke_channel FROM consent WHERE id = $1 AND client_id = $2";

static const char sql_consent_same[] =
    "SELECT id FROM consent WHERE client_id = $1 AND purpose = $2"
    " AND text_version = $3 AND revoked_at IS NULL LIMIT 1";

static const char sql_consent_grant[] =
    "INSERT INTO consent (uid, client_id, purpose, text_version, channel,"
    " signed_by, ip, user_agent, granted_at, created_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";

static const char sql_consent_revoke[] =
    "UPDATE consent SET revoked_at = $1, revoked_by = $2, revoke_channel = $3"
    " WHERE client_id = $4 AND purpose = $5 AND revoked_at IS NULL";

static const struct column consent_columns[] = {
    COL(COL_INT, struct consent, id),
    COL(COL_INT, struct consent, client_id),
    COL(COL_TEXT, struct consent, purpose),
    COL(COL_TEXT, struct consent, text_version),
    COL(COL_TEXT, struct consent, channel),
    COL(COL_TEXT, struct consent, signed_by),
    COL(COL_TEXT, struct consent, ip),
    COL(COL_TEXT, struct consent, user_agent),
    COL(COL_INT, struct consent, granted_at),
    COL(COL_INT, struct consent, revoked_at),
    COL(COL_TEXT, struct consent, revoke_channel),
    {0},
};

struct row_id {
    int64_t id;
};

static const struct column id_columns[] = {COL(COL_INT, struct row_id, id),
                                           {0}};

enum err consent_get(struct db *db, struct arena *a, int64_t client_id,
                     int64_t id, struct consent *ret)
{
    ret->consent = "";
    return db_one(db, a, QUERY(sql_consent_get, db_int(id), db_int(client_id)),
                  consent_columns, ret);
}

static const struct audit_field grant_audit[] = {
    AUDIT_CLEAR(COL_TEXT, struct consent, channel),
    AUDIT_CLEAR(COL_TEXT, struct consent, consent),
    AUDIT_CLEAR(COL_TEXT, struct consent, purpose),
    AUDIT_PERSONAL(struct consent, signed_by),
    AUDIT_CLEAR(COL_TEXT, struct consent, text_version),
    AUDIT_END,
};

static const struct audit_field revoke_audit[] = {
    AUDIT_CLEAR(COL_TEXT, struct consent, channel),
    AUDIT_CLEAR(COL_TEXT, struct consent, consent),
    AUDIT_CLEAR(COL_TEXT, struct consent, purpose),
    AUDIT_END,
};

static enum err note(struct db *db, struct arena *a, struct actor *by,
                     const char *action, const struct audit_field *fields,
                     struct consent c)
{
    c.consent = arena_fmt(a, "%" PRId64, c.id);
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = "client",
                                            .id = c.client_id,
                                            .fields = fields,
                                            .to = &c});
}

static enum err grant(struct db *db, struct arena *a, const struct consent *c,
                      struct actor *by, int64_t *ret_id)
{
    char uid[37];
    struct row_id row;
    struct consent stored = *c;
    enum err e = db_one(db, a,
                        QUERY(sql_consent_same, db_int(c->client_id),
                              db_text(c->purpose), db_text(c->text_version)),
                        id_columns, &row);
    if (e != ERR_NOTFOUND)
        return e == ERR_OK ? ERR_CONFLICT : e;
    rand_uuid7(uid);
    TRY(db_write_one(
        db, a,
        QUERY(sql_consent_grant, db_text(uid), db_int(c->client_id),
              db_text(c->purpose), db_text(c->text_version),
              db_text(c->channel), db_text(c->signed_by), db_text(c->ip),
              db_text(c->user_agent), db_int(clock_now()), db_id(by->user_id)),
        id_columns, &row));
    *ret_id = stored.id = row.id;
    return note(db, a, by, "consent_grant", grant_audit, stored);
}

enum err consent_grant(struct db *db, struct arena *a, const struct consent *c,
                       struct actor *by, int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, grant(db, a, c, by, ret_id));
}

static enum err revoke(struct db *db, struct arena *a, int64_t client_id,
                       int64_t id, const char *channel, struct actor *by)
{
    struct consent c;
    int64_t changed;
    TRY(consent_get(db, a, client_id, id, &c));
    if (c.revoked_at != 0)
        return ERR_CONFLICT;
    TRY(db_write(db,
                 QUERY(sql_consent_revoke, db_int(clock_now()),
                       db_id(by->user_id), db_text(channel), db_int(client_id),
                       db_text(c.purpose)),
                 &changed));
    if (changed == 0) /* somebody was faster, just now */
        return ERR_CONFLICT;
    c.channel = channel;
    return note(db, a, by, "consent_revoke", revoke_audit, c);
}

enum err consent_revoke(struct db *db, struct arena *a, int64_t client_id,
                        int64_t id, const char *channel, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, revoke(db, a, client_id, id, channel, by));
}
