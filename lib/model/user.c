#include "model/user.h"

#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "model/search.h"

#define USER_FIELDS                                                            \
    "id, coalesce(client_id, 0) AS client_id, email, name, role, status,"      \
    " pass_hash, coalesce(last_login_at, 0) AS last_login_at, phone, lang,"    \
    " ui_theme AS theme, created_at, coalesce(created_by, 0) AS created_by,"   \
    " version, coalesce((SELECT t.created_at FROM user_totp t"                 \
    " WHERE t.user_id = id), 0) AS totp_at,"                                   \
    " coalesce(oidc_subject, '') AS oidc_subject"

static const char sql_user_by_email[] =
    "SELECT " USER_FIELDS " FROM app_user"
    " WHERE email = $1 AND status = 'active' AND archived_at IS NULL";

static const char sql_user_get[] =
    "SELECT " USER_FIELDS " FROM app_user WHERE id = $1";

/*
 * The list, as that of the clients (client_list.c): the place where the page
 * begins is account $1, or $2 if it is not there; the limits stand in the SQL.
 */
#define PLACE                                                                  \
    "WITH place AS (SELECT CAST($1 AS BIGINT) AS id,"                          \
    " coalesce((SELECT k.name_key FROM app_user k WHERE k.id = $1), $2)"       \
    " AS name_key)"
#define PAST    "(name_key, id) > (SELECT p.name_key, p.id FROM place p)"
#define BEFORE  "(name_key, id) < (SELECT p.name_key, p.id FROM place p)"
#define ORDER   "name_key, id"
#define REVERSE "name_key DESC, id DESC"

#define WALK(past, scan, rows)                                                 \
    PLACE " SELECT " USER_FIELDS                                               \
          " FROM (SELECT * FROM app_user WHERE archived_at IS NULL AND " past  \
          " ORDER BY " scan " LIMIT " rows ") AS walk"

/* $3: rows */
#define LIST(past, scan) WALK(past, scan, "501") " LIMIT $3"

/* $3 to $6: words; $7: rows */
#define NEAR(past, scan)                                                       \
    WALK(past, scan, SEARCH_NEAR_ROWS)                                         \
    " WHERE" SEARCH_LIKE(3, 4, 5, 6) " LIMIT $7"

/* The same; on SQLite $7 are the pieces of the words, $8 rows. */
#define FAR(from, match, past, scan, rows)                                     \
    PLACE ", found AS MATERIALIZED (SELECT id, name_key FROM " from            \
          " WHERE archived_at IS NULL AND" SEARCH_LIKE(3, 4, 5, 6) match       \
        " LIMIT " SEARCH_FOUND_ROWS ") SELECT " USER_FIELDS                    \
        " FROM (SELECT id AS page_id FROM found WHERE " past " ORDER BY " scan \
        " LIMIT " rows ") AS page CROSS JOIN app_user WHERE id = page_id"      \
        " ORDER BY " scan
#define PG_FAR(past, scan) FAR("app_user", "", past, scan, "$7")
#define SQLITE_FAR(past, scan)                                                 \
    FAR("app_user_search CROSS JOIN app_user ON id = app_user_search.rowid",   \
        " AND app_user_search MATCH $7", past, scan, "$8")

static const char sql_user_list[] = LIST(PAST, ORDER);
static const char sql_user_list_back[] = LIST(BEFORE, REVERSE);
static const char sql_user_near[] = NEAR(PAST, ORDER);
static const char sql_user_near_back[] = NEAR(BEFORE, REVERSE);
static const char sql_pg_user_far[] = PG_FAR(PAST, ORDER);
static const char sql_pg_user_far_back[] = PG_FAR(BEFORE, REVERSE);
static const char sql_sqlite_user_far[] = SQLITE_FAR(PAST, ORDER);
static const char sql_sqlite_user_far_back[] = SQLITE_FAR(BEFORE, REVERSE);

/* Forwards and backwards, which gives the last row first. */
static const struct {
    const char *all, *near, *pg_far, *sqlite_far;
} list_sql[] = {
    {sql_user_list, sql_user_near, sql_pg_user_far, sql_sqlite_user_far},
    {sql_user_list_back, sql_user_near_back, sql_pg_user_far_back,
     sql_sqlite_user_far_back},
};

static const char sql_user_create[] =
    "INSERT INTO app_user (uid, email, name, phone, role, client_id,"
    " pass_hash, name_key, search_text, created_at, created_by, updated_at,"
    " updated_by, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
    " $11, $10, $11, $12) RETURNING id";

/* Somebody else who can administrate is left. */
#define ANOTHER_ADMIN                                                          \
    " EXISTS (SELECT 1 FROM app_user o WHERE o.role = 'admin'"                 \
    " AND o.status = 'active' AND o.archived_at IS NULL"                       \
    " AND o.id <> app_user.id)"

/* Two administrators who remove each other do so one after the other: the
 * second then finds that it would be the last. */
static const char sql_user_hold_admins[] =
    "UPDATE app_user SET version = version"
    " WHERE role = 'admin' AND status = 'active'";

static const char sql_user_update[] =
    "UPDATE app_user SET name = $1, phone = $2, role = $3, client_id = $4,"
    " name_key = $5, search_text = $6, updated_at = $7, updated_by = $8,"
    " version = version + 1 WHERE id = $9 AND version = $10"
    " AND ($3 = 'admin' OR role <> 'admin' OR status <> 'active'"
    " OR" ANOTHER_ADMIN ")";

static const char sql_user_activate[] =
    "UPDATE app_user SET status = 'active', updated_at = $1, updated_by = $2,"
    " version = version + 1 WHERE id = $3 AND version = $4";

static const char sql_user_deactivate[] =
    "UPDATE app_user SET status = 'inactive', updated_at = $1,"
    " updated_by = $2, version = version + 1 WHERE id = $3 AND version = $4"
    " AND (role <> 'admin' OR status <> 'active' OR" ANOTHER_ADMIN ")";

static const char sql_user_update_own[] =
    "UPDATE app_user SET name = $1, phone = $2, lang = $3, ui_theme = $4,"
    " name_key = $5, search_text = $6, updated_at = $7, updated_by = $8,"
    " version = version + 1 WHERE id = $8";

static const char sql_user_set_password[] =
    "UPDATE app_user SET pass_hash = $1, updated_at = $2,"
    " version = version + 1 WHERE email = $3 RETURNING id";

static const char sql_user_open[] =
    "UPDATE app_user SET pass_hash = $1, status = 'active', updated_at = $2,"
    " updated_by = $3, version = version + 1 WHERE id = $3";

/* Holds the row: who changes the account and ends its sessions waits, and then
 * finds the new one. */
static const char sql_user_logged_in[] =
    "UPDATE app_user SET last_login_at = $1 WHERE id = $2 AND version = $3"
    " AND status = 'active' AND archived_at IS NULL";

const struct column user_columns[] = {
    COL(COL_INT, struct user, id),
    COL(COL_INT, struct user, client_id),
    COL(COL_TEXT, struct user, email),
    COL(COL_TEXT, struct user, name),
    COL(COL_TEXT, struct user, role),
    COL(COL_TEXT, struct user, status),
    COL(COL_TEXT, struct user, pass_hash),
    COL(COL_INT, struct user, last_login_at),
    COL(COL_TEXT, struct user, phone),
    COL(COL_TEXT, struct user, lang),
    COL(COL_TEXT, struct user, theme),
    COL(COL_INT, struct user, created_at),
    COL(COL_INT, struct user, created_by),
    COL(COL_INT, struct user, version),
    COL(COL_INT, struct user, totp_at),
    COL(COL_TEXT, struct user, oidc_subject),
    {0},
};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

static const char *text_of(struct arena *a, const struct user *u)
{
    const char *phone = u->phone != NULL ? u->phone : "";
    return search_text(
        a, arena_fmt(a, "%s %s %s", u->name, u->email, search_phone(phone)));
}

enum err user_by_email(struct db *db, struct arena *a, const char *email,
                       struct user *ret)
{
    return db_one(db, a, QUERY(sql_user_by_email, db_text(email)), user_columns,
                  ret);
}

enum err user_get(struct db *db, struct arena *a, int64_t id, struct user *ret)
{
    return db_one(db, a, QUERY(sql_user_get, db_int(id)), user_columns, ret);
}

/* The rows in the order in which they are read; see search.h. */
static enum err read_list(struct db *db, struct arena *a,
                          const struct user_filter *f, struct db_rows *ret_rows)
{
    static const char last_text[] = "\xf4\x8f\xbf\xbf"; /* U+10FFFF */
    bool back = f->before != 0, start = !back && f->after == 0;
    struct search s;
    struct db_arg id = db_int(back ? f->before : f->after);
    struct db_arg place = db_text(start || back ? "" : last_text);
    struct db_arg limit = db_int(f->limit), w[SEARCH_WORDS];
    const struct query *all = QUERY(list_sql[back].all, id, place, limit);
    if (!search_parse(a, f->search, &s))
        return db_all(db, a, all, user_columns, sizeof(struct user), ret_rows);
    for (size_t i = 0; i < SEARCH_WORDS; i++)
        w[i] = db_text(s.like[i]);
    const struct query *near =
        QUERY(list_sql[back].near, id, place, w[0], w[1], w[2], w[3], limit);
    TRY(db_all(db, a, near, user_columns, sizeof(struct user), ret_rows));
    if (ret_rows->n >= (size_t)f->limit)
        return ERR_OK;
    const struct query *far =
        db_kind(db) == DB_PG
            ? QUERY(list_sql[back].pg_far, id, place, w[0], w[1], w[2], w[3],
                    limit)
            : QUERY(list_sql[back].sqlite_far, id, place, w[0], w[1], w[2],
                    w[3], db_text(s.pieces), limit);
    return db_all(db, a, far, user_columns, sizeof(struct user), ret_rows);
}

enum err user_list(struct db *db, struct arena *a, const struct user_filter *f,
                   struct db_rows *ret_rows)
{
    TRY(read_list(db, a, f, ret_rows));
    struct user *u = ret_rows->items;
    if (f->before == 0)
        return ERR_OK;
    for (size_t i = 0, k = ret_rows->n; i + 1 < k; i++) {
        struct user last = u[--k];
        u[k] = u[i];
        u[i] = last;
    }
    return ERR_OK;
}

/* What the audit tells of an account; a password is only said to be new. */
static const struct audit_field user_audit[] = {
    AUDIT_CLEAR(COL_INT, struct user, client_id),
    AUDIT_PERSONAL(struct user, email),
    AUDIT_CLEAR(COL_TEXT, struct user, lang),
    AUDIT_PERSONAL(struct user, name),
    AUDIT_PERSONAL(struct user, phone),
    AUDIT_CLEAR(COL_TEXT, struct user, role),
    AUDIT_CLEAR(COL_TEXT, struct user, theme),
    AUDIT_END,
};

/* from and to may be NULL. */
static enum err note(struct db *db, struct actor *by, const char *action,
                     int64_t id, const struct user *from, const struct user *to)
{
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = "user",
                                            .id = id,
                                            .fields = user_audit,
                                            .from = from,
                                            .to = to});
}

static enum err create(struct db *db, struct arena *a, const struct user *u,
                       struct actor *by, int64_t *ret_id)
{
    char uid[37];
    struct new_id new;
    rand_uuid7(uid);
    TRY(db_write_one(
        db, a,
        QUERY(sql_user_create, db_text(uid), db_text(u->email),
              db_text(u->name), db_text(u->phone != NULL ? u->phone : ""),
              db_text(u->role), db_id(u->client_id), db_text(u->pass_hash),
              db_text(search_fold(a, u->name)), db_text(text_of(a, u)),
              db_int(clock_now()), db_id(by->user_id),
              db_text(u->status != NULL ? u->status : "active")),
        new_id_columns, &new));
    *ret_id = new.id;
    return note(db, by, "create", new.id, NULL, u);
}

enum err user_create(struct db *db, struct arena *a, const struct user *u,
                     struct actor *by, int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, create(db, a, u, by, ret_id));
}

/* Nothing changed: no such account, another version, or the last admin. */
static enum err why_unchanged(struct db *db, struct arena *a, int64_t id,
                              int64_t version)
{
    struct user stored;
    TRY(user_get(db, a, id, &stored));
    return stored.version != version ? ERR_CONFLICT : ERR_FORBIDDEN;
}

static enum err update(struct db *db, struct arena *a, const struct user *u,
                       struct actor *by)
{
    struct user old, new;
    int64_t changed;
    TRY(db_write(db, QUERY(sql_user_hold_admins), NULL));
    TRY(user_get(db, a, u->id, &old));
    TRY(db_write(db,
                 QUERY(sql_user_update, db_text(u->name), db_text(u->phone),
                       db_text(u->role), db_id(u->client_id),
                       db_text(search_fold(a, u->name)), db_text(text_of(a, u)),
                       db_int(clock_now()), db_id(by->user_id), db_int(u->id),
                       db_int(u->version)),
                 &changed));
    if (changed == 0)
        return why_unchanged(db, a, u->id, u->version);
    new = old;
    new.name = u->name;
    new.phone = u->phone;
    new.role = u->role;
    new.client_id = u->client_id;
    return note(db, by, "update", u->id, &old, &new);
}

enum err user_update(struct db *db, struct arena *a, const struct user *u,
                     struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, update(db, a, u, by));
}

static enum err set_active(struct db *db, struct arena *a, const struct user *u,
                           bool active, struct actor *by)
{
    int64_t changed;
    TRY(db_write(db, QUERY(sql_user_hold_admins), NULL));
    TRY(db_write(db,
                 QUERY(active ? sql_user_activate : sql_user_deactivate,
                       db_int(clock_now()), db_id(by->user_id), db_int(u->id),
                       db_int(u->version)),
                 &changed));
    if (changed == 0)
        return why_unchanged(db, a, u->id, u->version);
    return note(db, by, active ? "activate" : "deactivate", u->id, NULL, NULL);
}

enum err user_set_active(struct db *db, struct arena *a, const struct user *u,
                         bool active, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, set_active(db, a, u, active, by));
}

static enum err update_own(struct db *db, struct arena *a, const struct user *u,
                           struct actor *by)
{
    struct user old, new;
    TRY(user_get(db, a, u->id, &old));
    TRY(db_write(db,
                 QUERY(sql_user_update_own, db_text(u->name), db_text(u->phone),
                       db_text(u->lang), db_text(u->theme),
                       db_text(search_fold(a, u->name)), db_text(text_of(a, u)),
                       db_int(clock_now()), db_int(u->id)),
                 NULL));
    new = old;
    new.name = u->name;
    new.phone = u->phone;
    new.lang = u->lang;
    new.theme = u->theme;
    return note(db, by, "update", u->id, &old, &new);
}

enum err user_update_own(struct db *db, struct arena *a, const struct user *u,
                         struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, update_own(db, a, u, by));
}

static enum err set_password(struct db *db, struct arena *a, const char *email,
                             const char *pass_hash, struct actor *by)
{
    struct new_id account;
    TRY(db_write_one(db, a,
                     QUERY(sql_user_set_password, db_text(pass_hash),
                           db_int(clock_now()), db_text(email)),
                     new_id_columns, &account));
    return note(db, by, "password", account.id, NULL, NULL);
}

enum err user_set_password(struct db *db, struct arena *a, const char *email,
                           const char *pass_hash, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, set_password(db, a, email, pass_hash, by));
}

static enum err open_account(struct db *db, const struct user *u,
                             const char *pass_hash, struct actor *by)
{
    bool invited = strcmp(u->status, "invited") == 0;
    TRY(db_write(db,
                 QUERY(sql_user_open, db_text(pass_hash), db_int(clock_now()),
                       db_int(u->id)),
                 NULL));
    return note(db, by, invited ? "accept" : "password", u->id, NULL, NULL);
}

enum err user_open(struct db *db, const struct user *u, const char *pass_hash,
                   struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, open_account(db, u, pass_hash, by));
}

static enum err logged_in(struct db *db, const struct user *u, struct actor *by)
{
    int64_t changed;
    TRY(db_write(db,
                 QUERY(sql_user_logged_in, db_int(clock_now()), db_int(u->id),
                       db_int(u->version)),
                 &changed));
    if (changed == 0)
        return ERR_CONFLICT;
    return note(db, by, "login", u->id, NULL, NULL);
}

enum err user_logged_in(struct db *db, const struct user *u, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, logged_in(db, u, by));
}

enum err user_refused(struct db *db, int64_t id, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, note(db, by, "refused", id, NULL, NULL));
}
