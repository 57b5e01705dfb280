#include "model/client_site.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/rand.h"
#include "model/client_part.h"

static const char sql_client_site_get[] =
    "SELECT id, client_id, name, address, city, access_notes, version,"
    " coalesce(archived_at, 0) AS archived_at FROM client_site"
    " WHERE id = $1 AND client_id = $2";

static const char sql_client_site_count[] =
    "SELECT count(*) AS id FROM client_site WHERE client_id = $1";

static const char sql_client_site_create[] =
    "INSERT INTO client_site (uid, client_id, name, address, city,"
    " access_notes, created_at, created_by, updated_at, updated_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $8) RETURNING id";

static const char sql_client_site_update[] =
    "UPDATE client_site SET name = $1, address = $2, city = $3,"
    " access_notes = $4, updated_at = $5, updated_by = $6,"
    " version = version + 1"
    " WHERE id = $7 AND version = $8 AND archived_at IS NULL";

static const char sql_client_site_archive[] =
    "UPDATE client_site SET archived_at = $1, updated_at = $2,"
    " updated_by = $3, version = version + 1"
    " WHERE id = $4 AND version = $5 AND archived_at IS NULL";

static const char sql_client_site_restore[] =
    "UPDATE client_site SET archived_at = NULL, updated_at = $1,"
    " updated_by = $2, version = version + 1"
    " WHERE id = $3 AND version = $4 AND archived_at IS NOT NULL";

static const struct column site_columns[] = {
    COL(COL_INT, struct client_site, id),
    COL(COL_INT, struct client_site, client_id),
    COL(COL_TEXT, struct client_site, name),
    COL(COL_TEXT, struct client_site, address),
    COL(COL_TEXT, struct client_site, city),
    COL(COL_TEXT, struct client_site, access_notes),
    COL(COL_INT, struct client_site, version),
    COL(COL_INT, struct client_site, archived_at),
    {0},
};

struct row_id {
    int64_t id;
};

static const struct column id_columns[] = {COL(COL_INT, struct row_id, id),
                                           {0}};

enum err client_site_get(struct db *db, struct arena *a, int64_t client_id,
                         int64_t id, struct client_site *ret)
{
    ret->site = "";
    return db_one(db, a,
                  QUERY(sql_client_site_get, db_int(id), db_int(client_id)),
                  site_columns, ret);
}

static const struct audit_field site_audit[] = {
    AUDIT_PERSONAL(struct client_site, access_notes),
    AUDIT_PERSONAL(struct client_site, address),
    AUDIT_CLEAR(COL_TEXT, struct client_site, city),
    AUDIT_PERSONAL(struct client_site, name),
    AUDIT_CLEAR(COL_TEXT, struct client_site, site),
    AUDIT_END,
};

/* from may be NULL. */
static enum err note(struct db *db, struct arena *a, struct actor *by,
                     const char *action, const struct client_site *from,
                     struct client_site to)
{
    to.site = arena_fmt(a, "%" PRId64, to.id);
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = "client",
                                            .id = to.client_id,
                                            .fields = site_audit,
                                            .from = from,
                                            .to = &to});
}

static enum err create(struct db *db, struct arena *a,
                       const struct client_site *s, struct actor *by,
                       int64_t *ret_id)
{
    char uid[37];
    struct row_id n, new;
    struct client_site stored = *s;
    TRY(db_one(db, a, QUERY(sql_client_site_count, db_int(s->client_id)),
               id_columns, &n));
    if (n.id >= CLIENT_PARTS_MAX)
        return ERR_TOOLARGE;
    rand_uuid7(uid);
    TRY(db_write_one(db, a,
                     QUERY(sql_client_site_create, db_text(uid),
                           db_int(s->client_id), db_text(s->name),
                           db_text(s->address), db_text(s->city),
                           db_text(s->access_notes), db_int(clock_now()),
                           db_id(by->user_id)),
                     id_columns, &new));
    *ret_id = stored.id = new.id;
    return note(db, a, by, "site_add", NULL, stored);
}

enum err client_site_create(struct db *db, struct arena *a,
                            const struct client_site *s, struct actor *by,
                            int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, create(db, a, s, by, ret_id));
}

static enum err update(struct db *db, struct arena *a,
                       const struct client_site *s, struct actor *by)
{
    struct client_site old;
    int64_t changed;
    TRY(client_site_get(db, a, s->client_id, s->id, &old));
    TRY(db_write(db,
                 QUERY(sql_client_site_update, db_text(s->name),
                       db_text(s->address), db_text(s->city),
                       db_text(s->access_notes), db_int(clock_now()),
                       db_id(by->user_id), db_int(s->id), db_int(s->version)),
                 &changed));
    if (changed == 0) /* it is not the version we were shown */
        return ERR_CONFLICT;
    return note(db, a, by, "site_update", &old, *s);
}

enum err client_site_update(struct db *db, struct arena *a,
                            const struct client_site *s, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, update(db, a, s, by));
}

static enum err archive(struct db *db, struct arena *a,
                        const struct client_site *s, bool archived,
                        struct actor *by)
{
    struct client_site old;
    int64_t changed, now = clock_now();
    TRY(client_site_get(db, a, s->client_id, s->id, &old));
    if (archived)
        TRY(db_write(db,
                     QUERY(sql_client_site_archive, db_int(now), db_int(now),
                           db_id(by->user_id), db_int(s->id),
                           db_int(s->version)),
                     &changed));
    else
        TRY(db_write(db,
                     QUERY(sql_client_site_restore, db_int(now),
                           db_id(by->user_id), db_int(s->id),
                           db_int(s->version)),
                     &changed));
    if (changed == 0)
        return ERR_CONFLICT;
    return note(db, a, by, archived ? "site_archive" : "site_restore", &old,
                old);
}

enum err client_site_archive(struct db *db, struct arena *a,
                             const struct client_site *s, bool archived,
                             struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, archive(db, a, s, archived, by));
}
