#include "model/client_contact.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/rand.h"
#include "model/client_part.h"

static const char sql_client_contact_get[] =
    "SELECT id, client_id, name, position, email, phone, is_primary, "
    "gets_reports,"
    " version, coalesce(archived_at, 0) AS archived_at FROM client_contact"
    " WHERE id = $1 AND client_id = $2";

static const char sql_client_contact_count[] =
    "SELECT count(*) AS id FROM client_contact WHERE client_id = $1";

static const char sql_client_contact_create[] =
    "INSERT INTO client_contact (uid, client_id, name, position, email, phone,"
    " is_primary, gets_reports, created_at, created_by, updated_at, updated_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10) RETURNING id";

static const char sql_client_contact_update[] =
    "UPDATE client_contact SET name = $1, position = $2, email = $3, phone = "
    "$4,"
    " is_primary = $5, gets_reports = $6, updated_at = $7, updated_by = $8,"
    " version = version + 1"
    " WHERE id = $9 AND version = $10 AND archived_at IS NULL";

/* The primary contact of a client, if it is not $4, is so no more. */
static const char sql_client_contact_demote[] =
    "UPDATE client_contact SET is_primary = 0, updated_at = $1,"
    " updated_by = $2, version = version + 1"
    " WHERE client_id = $3 AND is_primary = 1 AND id <> $4 RETURNING id";

static const char sql_client_contact_archive[] =
    "UPDATE client_contact SET archived_at = $1, is_primary = 0,"
    " updated_at = $2, updated_by = $3, version = version + 1"
    " WHERE id = $4 AND version = $5 AND archived_at IS NULL";

static const char sql_client_contact_restore[] =
    "UPDATE client_contact SET archived_at = NULL, updated_at = $1,"
    " updated_by = $2, version = version + 1"
    " WHERE id = $3 AND version = $4 AND archived_at IS NOT NULL";

static const struct column contact_columns[] = {
    COL(COL_INT, struct client_contact, id),
    COL(COL_INT, struct client_contact, client_id),
    COL(COL_TEXT, struct client_contact, name),
    COL(COL_TEXT, struct client_contact, position),
    COL(COL_TEXT, struct client_contact, email),
    COL(COL_TEXT, struct client_contact, phone),
    COL(COL_BOOL, struct client_contact, is_primary),
    COL(COL_BOOL, struct client_contact, gets_reports),
    COL(COL_INT, struct client_contact, version),
    COL(COL_INT, struct client_contact, archived_at),
    {0},
};

struct row_id {
    int64_t id;
};

static const struct column id_columns[] = {COL(COL_INT, struct row_id, id),
                                           {0}};

enum err client_contact_get(struct db *db, struct arena *a, int64_t client_id,
                            int64_t id, struct client_contact *ret)
{
    ret->contact = "";
    return db_one(db, a,
                  QUERY(sql_client_contact_get, db_int(id), db_int(client_id)),
                  contact_columns, ret);
}

/* --- what the audit tells --- */

static const struct audit_field contact_audit[] = {
    AUDIT_CLEAR(COL_TEXT, struct client_contact, contact),
    AUDIT_PERSONAL(struct client_contact, email),
    AUDIT_CLEAR(COL_BOOL, struct client_contact, gets_reports),
    AUDIT_CLEAR(COL_BOOL, struct client_contact, is_primary),
    AUDIT_PERSONAL(struct client_contact, name),
    AUDIT_PERSONAL(struct client_contact, phone),
    AUDIT_PERSONAL(struct client_contact, position),
    AUDIT_END,
};

/* from may be NULL; id is that of the contact. */
static enum err note(struct db *db, struct arena *a, struct actor *by,
                     const char *action, const struct client_contact *from,
                     struct client_contact to)
{
    to.contact = arena_fmt(a, "%" PRId64, to.id);
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = "client",
                                            .id = to.client_id,
                                            .fields = contact_audit,
                                            .from = from,
                                            .to = &to});
}

/* --- writing --- */

static enum err demote_others(struct db *db, struct arena *a,
                              const struct client_contact *c, struct actor *by)
{
    struct row_id other;
    if (!c->is_primary)
        return ERR_OK;
    enum err e = db_write_one(db, a,
                              QUERY(sql_client_contact_demote,
                                    db_int(clock_now()), db_id(by->user_id),
                                    db_int(c->client_id), db_int(c->id)),
                              id_columns, &other);
    if (e == ERR_NOTFOUND) /* there was none */
        return ERR_OK;
    TRY(e);
    const struct client_contact was = {.is_primary = true};
    return note(
        db, a, by, "contact_update", &was,
        (struct client_contact){.id = other.id, .client_id = c->client_id});
}

static enum err create(struct db *db, struct arena *a,
                       const struct client_contact *c, struct actor *by,
                       int64_t *ret_id)
{
    char uid[37];
    struct row_id n, new;
    struct client_contact stored = *c;
    TRY(db_one(db, a, QUERY(sql_client_contact_count, db_int(c->client_id)),
               id_columns, &n));
    if (n.id >= CLIENT_PARTS_MAX)
        return ERR_TOOLARGE;
    rand_uuid7(uid);
    stored.id = 0;
    TRY(demote_others(db, a, &stored, by));
    TRY(db_write_one(
        db, a,
        QUERY(sql_client_contact_create, db_text(uid), db_int(c->client_id),
              db_text(c->name), db_text(c->position), db_text(c->email),
              db_text(c->phone), db_int(c->is_primary), db_int(c->gets_reports),
              db_int(clock_now()), db_id(by->user_id)),
        id_columns, &new));
    *ret_id = stored.id = new.id;
    return note(db, a, by, "contact_add", NULL, stored);
}

/* Two people made two contacts the primary one, just now. */
static enum err late(enum err e)
{
    return e == ERR_DUPLICATE ? ERR_CONFLICT : e;
}

enum err client_contact_create(struct db *db, struct arena *a,
                               const struct client_contact *c, struct actor *by,
                               int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, late(create(db, a, c, by, ret_id)));
}

static enum err update(struct db *db, struct arena *a,
                       const struct client_contact *c, struct actor *by)
{
    struct client_contact old;
    int64_t changed;
    TRY(client_contact_get(db, a, c->client_id, c->id, &old));
    if (old.version != c->version || old.archived_at != 0)
        return ERR_CONFLICT;
    TRY(demote_others(db, a, c, by));
    TRY(db_write(db,
                 QUERY(sql_client_contact_update, db_text(c->name),
                       db_text(c->position), db_text(c->email),
                       db_text(c->phone), db_int(c->is_primary),
                       db_int(c->gets_reports), db_int(clock_now()),
                       db_id(by->user_id), db_int(c->id), db_int(c->version)),
                 &changed));
    if (changed == 0) /* somebody was faster, just now */
        return ERR_CONFLICT;
    return note(db, a, by, "contact_update", &old, *c);
}

enum err client_contact_update(struct db *db, struct arena *a,
                               const struct client_contact *c, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, late(update(db, a, c, by)));
}

static enum err archive(struct db *db, struct arena *a,
                        const struct client_contact *c, bool archived,
                        struct actor *by)
{
    struct client_contact old;
    int64_t changed, now = clock_now();
    TRY(client_contact_get(db, a, c->client_id, c->id, &old));
    if (archived)
        TRY(db_write(db,
                     QUERY(sql_client_contact_archive, db_int(now), db_int(now),
                           db_id(by->user_id), db_int(c->id),
                           db_int(c->version)),
                     &changed));
    else
        TRY(db_write(db,
                     QUERY(sql_client_contact_restore, db_int(now),
                           db_id(by->user_id), db_int(c->id),
                           db_int(c->version)),
                     &changed));
    if (changed == 0)
        return ERR_CONFLICT;
    struct client_contact new = old;
    new.is_primary = false;
    return note(db, a, by, archived ? "contact_archive" : "contact_restore",
                &old, new);
}

enum err client_contact_archive(struct db *db, struct arena *a,
                                const struct client_contact *c, bool archived,
                                struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, archive(db, a, c, archived, by));
}
