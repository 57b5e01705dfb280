#include "out/backup_row.h"

#include "base/clock.h"
#include "base/rand.h"

#define ROW_FIELDS                                                             \
    "id, coalesce(file, '') AS file, kind, state, sha256, size, rows_n,"       \
    " files_n, audit_seq, took_ms, coalesce(verified_at, 0) AS verified_at,"   \
    " coalesce(offsite_at, 0) AS offsite_at,"                                  \
    " coalesce(restore_test_at, 0) AS restore_test_at, restore_test_ms,"       \
    " result, created_at"

static const char sql_backup_add[] =
    "INSERT INTO backup (uid, file, kind, state, sha256, size, rows_n,"
    " files_n, audit_seq, audit_hash, took_ms, verified_at, created_at,"
    " updated_at, created_by)"
    " VALUES ($1, $2, $3, 'good', $4, $5, $6, $7, $8, $9, $10, $11, $12, $12,"
    " $13) RETURNING id";

static const char sql_backup_failed[] =
    "INSERT INTO backup (uid, kind, state, sha256, size, rows_n, files_n,"
    " audit_seq, audit_hash, took_ms, result, created_at, updated_at,"
    " created_by)"
    " VALUES ($1, $2, 'failed', '', 0, 0, 0, 0, '', 0, $3, $4, $4, $5)"
    " RETURNING id";

/* $1: 0 when it could not be stored; a reason of before is over. */
static const char sql_backup_offsite[] =
    "UPDATE backup SET offsite_at = CASE WHEN $1 = 0 THEN offsite_at ELSE $1"
    " END, result = $2, updated_at = $3, version = version + 1"
    " WHERE file = $4 RETURNING id";

static const char sql_backup_tested[] =
    "UPDATE backup SET state = $1, restore_test_at = $2, restore_test_ms = $3,"
    " result = $4, updated_at = $2, version = version + 1"
    " WHERE file = $5 AND state IN ('good', 'bad') RETURNING id";

static const char sql_backup_gone[] =
    "UPDATE backup SET state = 'gone', updated_at = $1, version = version + 1"
    " WHERE file = $2 AND state <> 'gone' RETURNING id";

static const char sql_backup_list[] =
    "SELECT " ROW_FIELDS " FROM backup WHERE id < $1 ORDER BY id DESC LIMIT $2";

static const char sql_backup_newest[] =
    "SELECT " ROW_FIELDS " FROM backup WHERE state = 'good'"
    " ORDER BY id DESC LIMIT 1";

static const char sql_backup_last_test[] =
    "SELECT " ROW_FIELDS " FROM backup WHERE restore_test_at IS NOT NULL"
    " ORDER BY restore_test_at DESC, id DESC LIMIT 1";

static const struct column row_columns[] = {
    COL(COL_INT, struct backup_row, id),
    COL(COL_TEXT, struct backup_row, file),
    COL(COL_TEXT, struct backup_row, kind),
    COL(COL_TEXT, struct backup_row, state),
    COL(COL_TEXT, struct backup_row, sha256),
    COL(COL_INT, struct backup_row, size),
    COL(COL_INT, struct backup_row, rows_n),
    COL(COL_INT, struct backup_row, files_n),
    COL(COL_INT, struct backup_row, audit_seq),
    COL(COL_INT, struct backup_row, took_ms),
    COL(COL_INT, struct backup_row, verified_at),
    COL(COL_INT, struct backup_row, offsite_at),
    COL(COL_INT, struct backup_row, restore_test_at),
    COL(COL_INT, struct backup_row, restore_test_ms),
    COL(COL_TEXT, struct backup_row, result),
    COL(COL_INT, struct backup_row, created_at),
    {0},
};

struct row_id {
    int64_t id;
};

static const struct column id_columns[] = {COL(COL_INT, struct row_id, id),
                                           {0}};

/* What the audit tells of it. */
struct told {
    const char *file, *result, *sha256;
};

static const struct audit_field told_fields[] = {
    AUDIT_CLEAR(COL_TEXT, struct told, file),
    AUDIT_CLEAR(COL_TEXT, struct told, result),
    AUDIT_CLEAR(COL_TEXT, struct told, sha256),
    AUDIT_END,
};

/* One write and its row in the audit; q returns the id. */
static enum err write_row(struct db *db, struct arena *a, struct actor *by,
                          const char *action, const struct told *told,
                          const struct query *q)
{
    struct row_id row;
    enum err e = db_write_one(db, a, q, id_columns, &row);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    TRY(e);
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = "backup",
                                            .id = row.id,
                                            .fields = told_fields,
                                            .to = told});
}

static enum err write_audited(struct db *db, struct arena *a, struct actor *by,
                              const char *action, const struct told *told,
                              const struct query *q)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, write_row(db, a, by, action, told, q));
}

enum err backup_row_add(struct db *db, struct arena *a, struct actor *by,
                        const char *kind, const struct backup_info *info)
{
    char uid[37];
    rand_uuid7(uid);
    return write_audited(
        db, a, by, "create",
        &(struct told){.file = info->file, .sha256 = info->sha256},
        QUERY(sql_backup_add, db_text(uid), db_text(info->file), db_text(kind),
              db_text(info->sha256), db_int(info->bytes), db_int(info->rows),
              db_int(info->files), db_int(info->facts.audit_seq),
              db_text(info->facts.audit_hash), db_int(info->took_ms),
              db_int(clock_now()), db_int(info->made_at), db_id(by->user_id)));
}

enum err backup_row_failed(struct db *db, struct arena *a, struct actor *by,
                           const char *kind, const char *why)
{
    char uid[37];
    rand_uuid7(uid);
    return write_audited(db, a, by, "fail", &(struct told){.result = why},
                         QUERY(sql_backup_failed, db_text(uid), db_text(kind),
                               db_text(why), db_int(clock_now()),
                               db_id(by->user_id)));
}

enum err backup_row_offsite(struct db *db, struct actor *by, const char *file,
                            const char *why)
{
    int64_t now = clock_now();
    const char *result = why != NULL ? why : "";
    return write_audited(db, by->arena, by, "store",
                         &(struct told){.file = file, .result = result},
                         QUERY(sql_backup_offsite,
                               db_int(why == NULL ? now : 0), db_text(result),
                               db_int(now), db_text(file)));
}

enum err backup_row_tested(struct db *db, struct actor *by, const char *file,
                           int64_t ms, const char *why)
{
    const char *result = why != NULL ? why : "";
    return write_audited(
        db, by->arena, by, "test",
        &(struct told){.file = file, .result = result},
        QUERY(sql_backup_tested, db_text(why == NULL ? "good" : "bad"),
              db_int(clock_now()), db_int(ms), db_text(result), db_text(file)));
}

enum err backup_row_gone(struct db *db, struct actor *by, const char *file)
{
    return write_audited(
        db, by->arena, by, "delete", &(struct told){.file = file},
        QUERY(sql_backup_gone, db_int(clock_now()), db_text(file)));
}

enum err backup_row_list(struct db *db, struct arena *a, int64_t before,
                         int64_t limit, struct db_rows *ret_rows)
{
    return db_all(db, a,
                  QUERY(sql_backup_list,
                        db_int(before != 0 ? before : INT64_MAX),
                        db_int(limit)),
                  row_columns, sizeof(struct backup_row), ret_rows);
}

enum err backup_row_newest(struct db *db, struct arena *a,
                           struct backup_row *ret)
{
    static const struct query q = {.sql = sql_backup_newest};
    return db_one(db, a, &q, row_columns, ret);
}

enum err backup_row_last_test(struct db *db, struct arena *a,
                              struct backup_row *ret)
{
    static const struct query q = {.sql = sql_backup_last_test};
    return db_one(db, a, &q, row_columns, ret);
}
