#include "model/client.h"

#include "base/clock.h"
#include "base/rand.h"
#include "model/search.h"

#define CLIENT_FIELDS                                                          \
    "id, kind, service_kind, doc_type, doc_number, doc_dv, name, company,"     \
    " email, phone, address, city, notes, created_at, updated_at, version,"    \
    " coalesce(archived_at, 0) AS archived_at"

#define NARROWED                                                               \
    " AND" SEARCH_MATCHES " AND ($5 = '' OR kind = $5)"                        \
    " AND ($6 = '' OR service_kind = $6)"                                      \
    " AND ($7 = '' OR city_key = $7)"

/*
 * $1 to $4: patterns of words; $5 to $7: filters; $8: past this client's place
 * in the order, which is read once, by key; $9: rows.
 */
#define LIST_FORWARD(state, past, order)                                       \
    "SELECT " CLIENT_FIELDS                                                    \
    " FROM client WHERE archived_at IS " state NARROWED                        \
    " AND ($8 = 0 OR " past ") ORDER BY " order " LIMIT $9"

/* The nearest rows before $8, turned round again. */
#define LIST_BACKWARD(state, before, reverse, order)                           \
    "SELECT " CLIENT_FIELDS " FROM ("                                          \
    "SELECT * FROM client WHERE archived_at IS " state NARROWED " AND " before \
    " ORDER BY " reverse " LIMIT $9) AS page ORDER BY " order

#define NAME_ORDER   "name_key, id"
#define NAME_REVERSE "name_key DESC, id DESC"
#define NAME_PLACE   "(SELECT k.name_key, k.id FROM client k WHERE k.id = $8)"
#define NAME_PAST    "(name_key, id) > " NAME_PLACE
#define NAME_BEFORE  "(name_key, id) < " NAME_PLACE

static const char sql_client_list[] =
    LIST_FORWARD("NULL", NAME_PAST, NAME_ORDER);
static const char sql_client_list_back[] =
    LIST_BACKWARD("NULL", NAME_BEFORE, NAME_REVERSE, NAME_ORDER);
static const char sql_client_archived_list[] =
    LIST_FORWARD("NOT NULL", NAME_PAST, NAME_ORDER);
static const char sql_client_archived_list_back[] =
    LIST_BACKWARD("NOT NULL", NAME_BEFORE, NAME_REVERSE, NAME_ORDER);

/* Ids grow with time. */
static const char sql_client_newest[] =
    LIST_FORWARD("NULL", "id < $8", "id DESC");
static const char sql_client_newest_back[] =
    LIST_BACKWARD("NULL", "id > $8", "id", "id DESC");
static const char sql_client_archived_newest[] =
    LIST_FORWARD("NOT NULL", "id < $8", "id DESC");
static const char sql_client_archived_newest_back[] =
    LIST_BACKWARD("NOT NULL", "id > $8", "id", "id DESC");

#define CITY_ORDER   "city_key, name_key, id"
#define CITY_REVERSE "city_key DESC, name_key DESC, id DESC"
#define CITY_PLACE                                                             \
    "(SELECT k.city_key, k.name_key, k.id FROM client k WHERE k.id = $8)"
#define CITY_PAST   "(city_key, name_key, id) > " CITY_PLACE
#define CITY_BEFORE "(city_key, name_key, id) < " CITY_PLACE

static const char sql_client_city[] =
    LIST_FORWARD("NULL", CITY_PAST, CITY_ORDER);
static const char sql_client_city_back[] =
    LIST_BACKWARD("NULL", CITY_BEFORE, CITY_REVERSE, CITY_ORDER);
static const char sql_client_archived_city[] =
    LIST_FORWARD("NOT NULL", CITY_PAST, CITY_ORDER);
static const char sql_client_archived_city_back[] =
    LIST_BACKWARD("NOT NULL", CITY_BEFORE, CITY_REVERSE, CITY_ORDER);

/* Of each order: the active and the archived, forwards and backwards. */
static const char *const list_sql[][2][2] = {
    [CLIENT_BY_NAME] = {{sql_client_list, sql_client_list_back},
                        {sql_client_archived_list,
                         sql_client_archived_list_back}},
    [CLIENT_NEWEST] = {{sql_client_newest, sql_client_newest_back},
                       {sql_client_archived_newest,
                        sql_client_archived_newest_back}},
    [CLIENT_BY_CITY] = {{sql_client_city, sql_client_city_back},
                        {sql_client_archived_city,
                         sql_client_archived_city_back}},
};

static const char sql_client_get[] =
    "SELECT " CLIENT_FIELDS " FROM client WHERE id = $1";

static const char sql_client_by_document[] =
    "SELECT " CLIENT_FIELDS " FROM client"
    " WHERE doc_type = $1 AND doc_number = $2 AND doc_number <> ''";

static const char sql_client_create[] =
    "INSERT INTO client (uid, kind, service_kind, doc_type, doc_number,"
    " doc_dv, name, company, email, phone, address, city, notes, name_key,"
    " city_key, search_text, created_at, created_by, updated_at, updated_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
    " $15, $16, $17, $18, $17, $18) RETURNING id";

static const char sql_client_update[] =
    "UPDATE client SET kind = $1, service_kind = $2, doc_type = $3,"
    " doc_number = $4, doc_dv = $5, name = $6, company = $7, email = $8,"
    " phone = $9, address = $10, city = $11, notes = $12, name_key = $13,"
    " city_key = $14, search_text = $15, updated_at = $16, updated_by = $17,"
    " version = version + 1 WHERE id = $18 AND version = $19";

static const char sql_client_archive[] =
    "UPDATE client SET archived_at = $1, updated_at = $2, updated_by = $3,"
    " version = version + 1"
    " WHERE id = $4 AND version = $5 AND archived_at IS NULL";

static const char sql_client_restore[] =
    "UPDATE client SET archived_at = NULL, updated_at = $1, updated_by = $2,"
    " version = version + 1"
    " WHERE id = $3 AND version = $4 AND archived_at IS NOT NULL";

const struct column client_columns[] = {
    COL(COL_INT, struct client, id),
    COL(COL_TEXT, struct client, kind),
    COL(COL_TEXT, struct client, service_kind),
    COL(COL_TEXT, struct client, doc_type),
    COL(COL_TEXT, struct client, doc_number),
    COL(COL_TEXT, struct client, doc_dv),
    COL(COL_TEXT, struct client, name),
    COL(COL_TEXT, struct client, company),
    COL(COL_TEXT, struct client, email),
    COL(COL_TEXT, struct client, phone),
    COL(COL_TEXT, struct client, address),
    COL(COL_TEXT, struct client, city),
    COL(COL_TEXT, struct client, notes),
    COL(COL_INT, struct client, created_at),
    COL(COL_INT, struct client, updated_at),
    COL(COL_INT, struct client, version),
    COL(COL_INT, struct client, archived_at),
    {0},
};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

static const char *search_text(struct arena *a, const struct client *c)
{
    /* the check digit follows at once, so the number is found without it */
    return search_fold(a, arena_fmt(a, "%s %s %s %s %s%s", c->name, c->company,
                                    c->email, search_phone(c->phone),
                                    c->doc_number, c->doc_dv));
}

static struct db_arg or_empty(const char *text)
{
    return db_text(text != NULL ? text : "");
}

enum err client_list(struct db *db, struct arena *a,
                     const struct client_filter *filter,
                     struct db_rows *ret_rows)
{
    bool back = filter->before != 0;
    const char *sql = list_sql[filter->sort][filter->archived][back];
    const char *city = filter->city != NULL ? search_fold(a, filter->city) : "";
    const char *word[SEARCH_WORDS];
    search_patterns(a, filter->search != NULL ? filter->search : "", word);
    return db_all(db, a,
                  QUERY(sql, db_text(word[0]), db_text(word[1]),
                        db_text(word[2]), db_text(word[3]),
                        or_empty(filter->kind), or_empty(filter->service_kind),
                        db_text(city),
                        db_int(back ? filter->before : filter->after),
                        db_int(filter->limit)),
                  client_columns, sizeof(struct client), ret_rows);
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
    AUDIT_PERSONAL(struct client, doc_dv),
    AUDIT_PERSONAL(struct client, doc_number),
    AUDIT_CLEAR(COL_TEXT, struct client, doc_type),
    AUDIT_PERSONAL(struct client, email),
    AUDIT_CLEAR(COL_TEXT, struct client, kind),
    AUDIT_PERSONAL(struct client, name),
    AUDIT_PERSONAL(struct client, notes),
    AUDIT_PERSONAL(struct client, phone),
    AUDIT_CLEAR(COL_TEXT, struct client, service_kind),
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
              db_text(search_fold(a, c->city)), db_text(search_text(a, c)),
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
                       db_text(search_fold(a, c->city)),
                       db_text(search_text(a, c)), db_int(clock_now()),
                       db_id(by->user_id), db_int(c->id), db_int(c->version)),
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
