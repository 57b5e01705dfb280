#include "model/client_merge.h"

#include "base/clock.h"

/*
 * What belongs to a client. A table more is a line here and one in children[]:
 * $1 is who gets the rows, $2 whose they were.
 */
#define COUNT(table, own)     "SELECT count(*) AS n FROM " table " WHERE " own
#define MOVE(table, set, own) "UPDATE " table " SET " set " WHERE " own

#define FILES(id)                                                              \
    "entity = 'client' AND entity_id = " id " AND archived_at IS NULL"
#define OLD_FILES(id)                                                          \
    "entity = 'client' AND entity_id = " id " AND archived_at IS NOT NULL"

static const char sql_merge_count_contacts[] =
    COUNT("client_contact", "client_id = $1");
/* of two primary contacts that of the client which stays remains it */
static const char sql_merge_move_contacts[] =
    MOVE("client_contact",
         "client_id = $1, version = version + 1, is_primary ="
         " CASE WHEN EXISTS (SELECT 1 FROM client_contact AS stays"
         " WHERE stays.client_id = $1 AND stays.is_primary = 1)"
         " THEN 0 ELSE is_primary END",
         "client_id = $2");
static const char sql_merge_count_sites[] =
    COUNT("client_site", "client_id = $1");
static const char sql_merge_move_sites[] = MOVE(
    "client_site", "client_id = $1, version = version + 1", "client_id = $2");
static const char sql_merge_count_consents[] =
    COUNT("consent", "client_id = $1");
static const char sql_merge_move_consents[] =
    MOVE("consent", "client_id = $1", "client_id = $2");
static const char sql_merge_count_files[] = COUNT("file", FILES("$1"));
static const char sql_merge_move_files[] =
    MOVE("file", "entity_id = $1", FILES("$2"));
static const char sql_merge_count_old_files[] = COUNT("file", OLD_FILES("$1"));
static const char sql_merge_move_old_files[] =
    MOVE("file", "entity_id = $1", OLD_FILES("$2"));
static const char sql_merge_count_accounts[] =
    COUNT("app_user", "client_id = $1");
static const char sql_merge_move_accounts[] =
    MOVE("app_user", "client_id = $1, version = version + 1", "client_id = $2");

static const struct {
    enum client_child child;
    const char *count, *move;
} children[] = {
    {CLIENT_CONTACTS, sql_merge_count_contacts, sql_merge_move_contacts},
    {CLIENT_SITES, sql_merge_count_sites, sql_merge_move_sites},
    {CLIENT_CONSENTS, sql_merge_count_consents, sql_merge_move_consents},
    {CLIENT_FILES, sql_merge_count_files, sql_merge_move_files},
    {CLIENT_FILES, sql_merge_count_old_files, sql_merge_move_old_files},
    {CLIENT_ACCOUNTS, sql_merge_count_accounts, sql_merge_move_accounts},
};

static const char sql_merge_accounts[] =
    "SELECT id, client_id FROM app_user WHERE client_id = $1 ORDER BY id";

/* Those that had been merged into the one that goes. */
static const char sql_merge_chain[] =
    "UPDATE client SET merged_into = $1, version = version + 1"
    " WHERE merged_into = $2";

static const char sql_client_merge[] =
    "UPDATE client SET merged_into = $1, archived_at = $2, updated_at = $2,"
    " updated_by = $3, version = version + 1 WHERE id = $4 AND version = $5"
    " AND archived_at IS NULL";

struct number {
    int64_t n;
};

static const struct column number_columns[] = {COL(COL_INT, struct number, n),
                                               {0}};

/* An account and its client. */
struct account {
    int64_t id, client_id;
};

static const struct column account_columns[] = {
    COL(COL_INT, struct account, id),
    COL(COL_INT, struct account, client_id),
    {0},
};

static const struct audit_field account_audit[] = {
    AUDIT_CLEAR(COL_INT, struct account, client_id),
    AUDIT_END,
};

/* What the audit tells of either client: the other, and what was moved. */
struct merge {
    int64_t client_id, rows;
};

static const struct audit_field merge_audit[] = {
    AUDIT_CLEAR(COL_INT, struct merge, client_id),
    AUDIT_CLEAR(COL_INT, struct merge, rows),
    AUDIT_END,
};

enum err client_merge_count(struct db *db, struct arena *a, int64_t id,
                            int64_t ret[CLIENT_CHILDREN])
{
    int64_t n[CLIENT_CHILDREN] = {0};
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        struct number rows;
        TRY(db_one(db, a, QUERY(children[i].count, db_int(id)), number_columns,
                   &rows));
        n[children[i].child] += rows.n;
    }
    for (size_t i = 0; i < CLIENT_CHILDREN; i++)
        ret[i] = n[i];
    return ERR_OK;
}

/* Who can log in for a client is told of each account. */
static enum err note_accounts(struct db *db, struct arena *a, int64_t kept,
                              int64_t gone, struct actor *by)
{
    struct db_rows rows;
    TRY(db_all(db, a, QUERY(sql_merge_accounts, db_int(gone)), account_columns,
               sizeof(struct account), &rows));
    const struct account *from = rows.items;
    for (size_t i = 0; i < rows.n; i++) {
        struct account to = {from[i].id, kept};
        TRY(audit_note(db, by,
                       &(struct audit_event){.action = "update",
                                             .entity = "user",
                                             .id = from[i].id,
                                             .fields = account_audit,
                                             .from = &from[i],
                                             .to = &to}));
    }
    return ERR_OK;
}

static enum err move_children(struct db *db, int64_t kept, int64_t gone,
                              int64_t *ret_rows)
{
    int64_t rows = 0;
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        int64_t changed;
        TRY(db_write(db, QUERY(children[i].move, db_int(kept), db_int(gone)),
                     &changed));
        rows += changed;
    }
    *ret_rows = rows;
    return db_write(db, QUERY(sql_merge_chain, db_int(kept), db_int(gone)),
                    NULL);
}

static enum err note_merge(struct db *db, struct actor *by, const char *action,
                           int64_t id, struct merge told)
{
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = "client",
                                            .id = id,
                                            .fields = merge_audit,
                                            .to = &told});
}

static enum err check_active(struct db *db, struct arena *a, int64_t id,
                             int64_t version)
{
    struct client cl;
    TRY(client_get(db, a, id, &cl));
    return cl.version == version && cl.archived_at == 0 ? ERR_OK : ERR_CONFLICT;
}

static enum err merge(struct db *db, struct arena *a, const struct client *kept,
                      int64_t gone, int64_t version, struct actor *by)
{
    int64_t changed, rows;
    TRY(check_active(db, a, kept->id, kept->version));
    TRY(check_active(db, a, gone, version));
    TRY(db_write(db,
                 QUERY(sql_client_merge, db_int(kept->id), db_int(clock_now()),
                       db_id(by->user_id), db_int(gone), db_int(version)),
                 &changed));
    if (changed == 0) /* somebody was faster, just now */
        return ERR_CONFLICT;
    TRY(note_accounts(db, a, kept->id, gone, by));
    TRY(move_children(db, kept->id, gone, &rows));
    TRY(client_update(db, a, kept, by));
    TRY(note_merge(db, by, "merge", kept->id, (struct merge){gone, rows}));
    return note_merge(db, by, "merged", gone, (struct merge){kept->id, rows});
}

enum err client_merge(struct db *db, struct arena *a, const struct client *kept,
                      int64_t gone, int64_t version, struct actor *by)
{
    if (kept->id == gone)
        return ERR_INVALID;
    TRY(audit_begin(db, by));
    return audit_end(db, by, merge(db, a, kept, gone, version, by));
}
