#include "model/client.h"

#include "base/clock.h"
#include "base/rand.h"
#include "model/client_impl.h"
#include "model/search.h"

static const char sql_client_get[] =
    "SELECT " CLIENT_FIELDS " FROM client WHERE id = $1";

static const char sql_client_by_document[] =
    "SELECT " CLIENT_FIELDS " FROM client"
    " WHERE doc_type = $1 AND doc_number = $2 AND doc_number <> ''"
    " AND merged_into IS NULL";

static const char sql_client_create[] =
    "INSERT INTO client (uid, kind, service_kind, doc_type, doc_number,"
    " doc_dv, name, company, email, phone, address, city, notes, name_key,"
    " city_key, search_text, dane_city, whatsapp_ok, created_at, created_by,"
    " updated_at, updated_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
    " $15, $16, $17, $18, $19, $20, $19, $20) RETURNING id";

static const char sql_client_update[] =
    "UPDATE client SET kind = $1, service_kind = $2, doc_type = $3,"
    " doc_number = $4, doc_dv = $5, name = $6, company = $7, email = $8,"
    " phone = $9, address = $10, city = $11, notes = $12, name_key = $13,"
    " city_key = $14, search_text = $15, dane_city = $16, whatsapp_ok = $17,"
    " updated_at = $18, updated_by = $19,"
    " version = version + 1 WHERE id = $20 AND version = $21"
    " AND merged_into IS NULL";

static const char sql_client_archive[] =
    "UPDATE client SET archived_at = $1, updated_at = $2, updated_by = $3,"
    " version = version + 1"
    " WHERE id = $4 AND version = $5 AND archived_at IS NULL";

static const char sql_client_restore[] =
    "UPDATE client SET archived_at = NULL, updated_at = $1, updated_by = $2,"
    " version = version + 1"
    " WHERE id = $3 AND version = $4 AND archived_at IS NOT NULL"
    " AND merged_into IS NULL";

const struct column client_columns[] = {CLIENT_COLUMNS, {0}};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

static const char *text_of(struct arena *a, const struct client *c)
{
    /* the check digit follows at once, so the number is found without it */
    return search_text(a, arena_fmt(a, "%s %s %s %s %s%s", c->name, c->company,
                                    c->email, search_phone(c->phone),
                                    c->doc_number, c->doc_dv));
}

enum err client_get(struct db *db, struct arena *a, int64_t id,
                    struct client *ret)
{
    return db_one(db, a, QUERY(sql_client_get, db_int(id)), client_columns,
                  ret);
}

enum err client_by_document(struct db *db, struct arena *a, const char *type,
                            const char *number, struct client *ret)
{
    return db_one(db, a,
                  QUERY(sql_client_by_document, db_text(type), db_text(number)),
                  client_columns, ret);
}

/* What the audit tells of a client; version and times follow from it. */
static const struct audit_field client_audit[] = {
    AUDIT_PERSONAL(struct client, address),
    AUDIT_CLEAR(COL_TEXT, struct client, city),
    AUDIT_PERSONAL(struct client, company),
    AUDIT_CLEAR(COL_TEXT, struct client, dane_city),
    AUDIT_PERSONAL(struct client, doc_dv),
    AUDIT_PERSONAL(struct client, doc_number),
    AUDIT_CLEAR(COL_TEXT, struct client, doc_type),
    AUDIT_PERSONAL(struct client, email),
    AUDIT_CLEAR(COL_TEXT, struct client, kind),
    AUDIT_PERSONAL(struct client, name),
    AUDIT_PERSONAL(struct client, notes),
    AUDIT_PERSONAL(struct client, phone),
    AUDIT_CLEAR(COL_TEXT, struct client, service_kind),
    AUDIT_CLEAR(COL_BOOL, struct client, whatsapp_ok),
    AUDIT_END,
};

static enum err create(struct db *db, struct arena *a, const struct client *c,
                       struct actor *by, int64_t *ret_id)
{
    char uid[37];
    struct new_id new;
    rand_uuid7(uid);
    TRY(db_write_one(
        db, a,
        QUERY(sql_client_create, db_text(uid), db_text(c->kind),
              db_text(c->service_kind), db_text(c->doc_type),
              db_text(c->doc_number), db_text(c->doc_dv), db_text(c->name),
              db_text(c->company), db_text(c->email), db_text(c->phone),
              db_text(c->address), db_text(c->city), db_text(c->notes),
              db_text(search_fold(a, c->name)),
              db_text(search_fold(a, c->city)), db_text(text_of(a, c)),
              db_text(c->dane_city), db_int(c->whatsapp_ok),
              db_int(clock_now()), db_id(by->user_id)),
        new_id_columns, &new));
    *ret_id = new.id;
    return audit_note(db, by,
                      &(struct audit_event){.action = "create",
                                            .entity = "client",
                                            .id = new.id,
                                            .fields = client_audit,
                                            .to = c});
}

enum err client_create(struct db *db, struct arena *a, const struct client *c,
                       struct actor *by, int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, create(db, a, c, by, ret_id));
}

/* What is stored, if that is still the version that was seen. */
static enum err get_version(struct db *db, struct arena *a, int64_t id,
                            int64_t version, struct client *ret)
{
    TRY(client_get(db, a, id, ret));
    return ret->version == version ? ERR_OK : ERR_CONFLICT;
}

static enum err update(struct db *db, struct arena *a, const struct client *c,
                       struct actor *by)
{
    struct client old;
    int64_t changed;
    TRY(get_version(db, a, c->id, c->version, &old));
    TRY(db_write(db,
                 QUERY(sql_client_update, db_text(c->kind),
                       db_text(c->service_kind), db_text(c->doc_type),
                       db_text(c->doc_number), db_text(c->doc_dv),
                       db_text(c->name), db_text(c->company), db_text(c->email),
                       db_text(c->phone), db_text(c->address), db_text(c->city),
                       db_text(c->notes), db_text(search_fold(a, c->name)),
                       db_text(search_fold(a, c->city)), db_text(text_of(a, c)),
                       db_text(c->dane_city), db_int(c->whatsapp_ok),
                       db_int(clock_now()), db_id(by->user_id), db_int(c->id),
                       db_int(c->version)),
                 &changed));
    if (changed == 0) /* somebody was faster, just now */
        return ERR_CONFLICT;
    return audit_note(db, by,
                      &(struct audit_event){.action = "update",
                                            .entity = "client",
                                            .id = c->id,
                                            .fields = client_audit,
                                            .from = &old,
                                            .to = c});
}

enum err client_update(struct db *db, struct arena *a, const struct client *c,
                       struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, update(db, a, c, by));
}

static enum err update_own(struct db *db, struct arena *a,
                           const struct client *c, struct actor *by)
{
    struct client new;
    TRY(client_get(db, a, c->id, &new));
    if (new.archived_at != 0) /* one that was merged is so too */
        return ERR_NOTFOUND;
    new.version = c->version;
    new.company = c->company;
    new.email = c->email;
    new.phone = c->phone;
    new.address = c->address;
    new.city = c->city;
    new.dane_city = c->dane_city;
    new.whatsapp_ok = c->whatsapp_ok;
    return update(db, a, &new, by);
}

enum err client_update_own(struct db *db, struct arena *a,
                           const struct client *c, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, update_own(db, a, c, by));
}

static enum err archive(struct db *db, struct arena *a, int64_t id,
                        int64_t version, bool archived, struct actor *by)
{
    struct client old;
    int64_t changed, now = clock_now();
    if (archived)
        TRY(db_write(db,
                     QUERY(sql_client_archive, db_int(now), db_int(now),
                           db_id(by->user_id), db_int(id), db_int(version)),
                     &changed));
    else
        TRY(db_write(db,
                     QUERY(sql_client_restore, db_int(now), db_id(by->user_id),
                           db_int(id), db_int(version)),
                     &changed));
    if (changed == 0) {
        TRY(client_get(db, a, id, &old));
        return ERR_CONFLICT;
    }
    return audit_note(
        db, by,
        &(struct audit_event){.action = archived ? "archive" : "restore",
                              .entity = "client",
                              .id = id});
}

enum err client_archive(struct db *db, struct arena *a, int64_t id,
                        int64_t version, bool archived, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, archive(db, a, id, version, archived, by));
}
