#include "model/file.h"

#include "base/clock.h"
#include "base/rand.h"

#define FILE_FIELDS                                                            \
    "f.id, f.entity, f.entity_id, f.name, f.mime, f.bytes, f.sha256,"          \
    " f.created_at, f.version, coalesce(f.archived_at, 0) AS archived_at"

/* $3: past this one, 0 for all; $4: rows */
#define LIST(state)                                                            \
    "SELECT " FILE_FIELDS ", coalesce(u.name, '') AS created_by_name"          \
    " FROM file f LEFT JOIN app_user u ON u.id = f.created_by"                 \
    " WHERE f.entity = $1 AND f.entity_id = $2"                                \
    " AND f.archived_at IS " state " AND ($3 = 0 OR f.id < $3)"                \
    " ORDER BY f.id DESC LIMIT $4"

static const char sql_file_list[] = LIST("NULL");
static const char sql_file_archived_list[] = LIST("NOT NULL");

static const char sql_file_get[] =
    "SELECT " FILE_FIELDS ", '' AS created_by_name FROM file f WHERE f.id = $1";

static const char sql_file_create[] =
    "INSERT INTO file (uid, entity, entity_id, name, mime, bytes, sha256,"
    " created_at, created_by, updated_at, updated_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9) RETURNING id";

static const char sql_file_archive[] =
    "UPDATE file SET archived_at = $1, updated_at = $2, updated_by = $3,"
    " version = version + 1"
    " WHERE id = $4 AND version = $5 AND archived_at IS NULL";

static const char sql_file_restore[] =
    "UPDATE file SET archived_at = NULL, updated_at = $1, updated_by = $2,"
    " version = version + 1"
    " WHERE id = $3 AND version = $4 AND archived_at IS NOT NULL";

static const struct column file_columns[] = {
    COL(COL_INT, struct file, id),
    COL(COL_TEXT, struct file, entity),
    COL(COL_INT, struct file, entity_id),
    COL(COL_TEXT, struct file, name),
    COL(COL_TEXT, struct file, mime),
    COL(COL_INT, struct file, bytes),
    COL(COL_TEXT, struct file, sha256),
    COL(COL_INT, struct file, created_at),
    COL(COL_INT, struct file, version),
    COL(COL_INT, struct file, archived_at),
    COL(COL_TEXT, struct file, created_by_name),
    {0},
};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

enum err file_list(struct db *db, struct arena *a,
                   const struct file_filter *filter, struct db_rows *ret_rows)
{
    const char *sql = filter->archived ? sql_file_archived_list : sql_file_list;
    return db_all(db, a,
                  QUERY(sql, db_text(filter->entity), db_int(filter->entity_id),
                        db_int(filter->before), db_int(filter->limit)),
                  file_columns, sizeof(struct file), ret_rows);
}

enum err file_get(struct db *db, struct arena *a, int64_t id, struct file *ret)
{
    return db_one(db, a, QUERY(sql_file_get, db_int(id)), file_columns, ret);
}

/* What the audit tells of a file, as of what it belongs to. */
static const struct audit_field file_audit[] = {
    AUDIT_CLEAR(COL_INT, struct file, bytes),
    AUDIT_CLEAR(COL_INT, struct file, id),
    AUDIT_CLEAR(COL_TEXT, struct file, mime),
    AUDIT_PERSONAL(struct file, name),
    AUDIT_CLEAR(COL_TEXT, struct file, sha256),
    AUDIT_END,
};

static enum err note(struct db *db, struct actor *by, const char *action,
                     const struct file *f)
{
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = f->entity,
                                            .id = f->entity_id,
                                            .fields = file_audit,
                                            .to = f});
}

static enum err create(struct db *db, struct arena *a, const struct file *f,
                       struct actor *by, int64_t *ret_id)
{
    char uid[37];
    struct new_id new;
    struct file stored = *f;
    rand_uuid7(uid);
    TRY(db_write_one(db, a,
                     QUERY(sql_file_create, db_text(uid), db_text(f->entity),
                           db_int(f->entity_id), db_text(f->name),
                           db_text(f->mime), db_int(f->bytes),
                           db_text(f->sha256), db_int(clock_now()),
                           db_id(by->user_id)),
                     new_id_columns, &new));
    *ret_id = stored.id = new.id;
    return note(db, by, "file_add", &stored);
}

enum err file_create(struct db *db, struct arena *a, const struct file *f,
                     struct actor *by, int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, create(db, a, f, by, ret_id));
}

static enum err archive(struct db *db, struct arena *a, int64_t id,
                        int64_t version, bool archived, struct actor *by)
{
    struct file f;
    int64_t changed, now = clock_now();
    TRY(file_get(db, a, id, &f));
    if (archived)
        TRY(db_write(db,
                     QUERY(sql_file_archive, db_int(now), db_int(now),
                           db_id(by->user_id), db_int(id), db_int(version)),
                     &changed));
    else
        TRY(db_write(db,
                     QUERY(sql_file_restore, db_int(now), db_id(by->user_id),
                           db_int(id), db_int(version)),
                     &changed));
    /* nothing: it is not the version we were shown */
    return changed == 0
               ? ERR_CONFLICT
               : note(db, by, archived ? "file_archive" : "file_restore", &f);
}

enum err file_archive(struct db *db, struct arena *a, int64_t id,
                      int64_t version, bool archived, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, archive(db, a, id, version, archived, by));
}
