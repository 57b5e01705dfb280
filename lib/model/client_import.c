#include "model/client_import.h"

#include "base/clock.h"
#include "base/rand.h"

#define IMPORT_FIELDS                                                          \
    "i.id, i.name, i.sha256, i.bytes, i.charset, i.state, i.error, i.lines,"   \
    " i.good, i.bad, i.alike, i.done, i.checked_row, i.checked_bytes,"         \
    " i.done_row, i.created_at, coalesce(i.started_at, 0) AS started_at,"      \
    " coalesce(i.finished_at, 0) AS finished_at, i.version,"                   \
    " coalesce(u.name, '') AS created_by_name"                                 \
    " FROM client_import i LEFT JOIN app_user u ON u.id = i.created_by"

static const char sql_client_import_get[] =
    "SELECT " IMPORT_FIELDS " WHERE i.id = $1";

static const char sql_client_import_list[] =
    "SELECT " IMPORT_FIELDS " WHERE i.id > 0 ORDER BY i.id DESC LIMIT $1";

static const char sql_client_import_create[] =
    "INSERT INTO client_import (uid, name, sha256, bytes, charset,"
    " created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " RETURNING id";

static const char sql_client_import_start[] =
    "UPDATE client_import SET state = 'running', started_at = $1,"
    " started_by = $2, version = version + 1"
    " WHERE id = $3 AND version = $4 AND state = 'ready' AND good > 0";

static const char sql_client_import_cancel[] =
    "UPDATE client_import SET state = 'cancelled', finished_at = $1,"
    " version = version + 1 WHERE id = $2 AND version = $3"
    " AND started_at IS NULL AND state <> 'cancelled'";

static const char sql_client_import_drop[] =
    "DELETE FROM client_import_line WHERE import_id = $1";

static const char sql_client_import_problems[] =
    "SELECT line, n, field, problem, about,"
    " coalesce(client_id, 0) AS client_id, warns FROM client_import_line"
    " WHERE import_id = $1 AND (line, n) > ($2, $3) AND problem <> ''"
    " ORDER BY line, n LIMIT $4";

static const char sql_client_import_bad[] =
    "SELECT line, n, field, problem, about,"
    " coalesce(client_id, 0) AS client_id, warns FROM client_import_line"
    " WHERE import_id = $1 AND line > $2 AND line <= $3 AND problem <> ''"
    " AND warns = 0"
    " ORDER BY line, n";

/* Both leave an import alone that is in the state they lead to. */
static const char sql_client_import_check[] =
    "UPDATE client_import SET state = 'checking', error = ''"
    " WHERE id = $1 AND started_at IS NULL"
    " AND state IN ('uploaded', 'checking', 'failed')";

static const char sql_client_import_run[] =
    "UPDATE client_import SET state = 'running', error = ''"
    " WHERE id = $1 AND started_at IS NOT NULL"
    " AND state IN ('running', 'failed')";

static const char sql_client_import_checked[] =
    "UPDATE client_import SET checked_row = $1, checked_bytes = $2,"
    " lines = lines + $3 + $4, good = good + $3, bad = bad + $4,"
    " alike = alike + $5"
    " WHERE id = $6 AND checked_row = $7 AND state = 'checking'";

static const char sql_client_import_ran[] =
    "UPDATE client_import SET done_row = $1, done = done + $2,"
    " good = good - $3, bad = bad + $3"
    " WHERE id = $4 AND done_row = $5 AND state = 'running'";

static const char sql_client_import_note[] =
    "INSERT INTO client_import_line (import_id, line, n, field, problem,"
    " about, client_id, warns) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

static const char sql_client_import_ready[] =
    "UPDATE client_import SET state = 'ready', checked_bytes = bytes"
    " WHERE id = $1 AND state = 'checking'";

static const char sql_client_import_done[] =
    "UPDATE client_import SET state = 'done', finished_at = $1"
    " WHERE id = $2 AND state = 'running'";

static const char sql_client_import_fail[] =
    "UPDATE client_import SET state = 'failed', error = $1"
    " WHERE id = $2 AND state IN ('uploaded', 'checking', 'running')";

enum { OVER_ROWS = 100 }; /* at once */

static const char sql_client_import_over[] =
    "SELECT id, sha256 FROM client_import WHERE has_file = 1"
    " AND finished_at <= $1 AND (state = 'cancelled' OR finished_at <= $2)"
    " ORDER BY finished_at LIMIT $3";

static const char sql_client_import_shares[] =
    "SELECT count(*) AS n FROM (SELECT 1 FROM file WHERE sha256 = $1"
    " UNION ALL SELECT 1 FROM client_import WHERE sha256 = $1"
    " AND has_file = 1 AND id <> $2) AS others";

static const char sql_client_import_removed[] =
    "UPDATE client_import SET has_file = 0 WHERE id = $1";

static const struct column over_columns[] = {
    COL(COL_INT, struct client_import, id),
    COL(COL_TEXT, struct client_import, sha256),
    {0},
};

struct number {
    int64_t n;
};

static const struct column number_columns[] = {COL(COL_INT, struct number, n),
                                               {0}};

static const struct column import_columns[] = {
    COL(COL_INT, struct client_import, id),
    COL(COL_TEXT, struct client_import, name),
    COL(COL_TEXT, struct client_import, sha256),
    COL(COL_INT, struct client_import, bytes),
    COL(COL_TEXT, struct client_import, charset),
    COL(COL_TEXT, struct client_import, state),
    COL(COL_TEXT, struct client_import, error),
    COL(COL_INT, struct client_import, lines),
    COL(COL_INT, struct client_import, good),
    COL(COL_INT, struct client_import, bad),
    COL(COL_INT, struct client_import, alike),
    COL(COL_INT, struct client_import, done),
    COL(COL_INT, struct client_import, checked_row),
    COL(COL_INT, struct client_import, checked_bytes),
    COL(COL_INT, struct client_import, done_row),
    COL(COL_INT, struct client_import, created_at),
    COL(COL_INT, struct client_import, started_at),
    COL(COL_INT, struct client_import, finished_at),
    COL(COL_INT, struct client_import, version),
    COL(COL_TEXT, struct client_import, created_by_name),
    {0},
};

static const struct column line_columns[] = {
    COL(COL_INT, struct client_import_line, line),
    COL(COL_INT, struct client_import_line, n),
    COL(COL_TEXT, struct client_import_line, field),
    COL(COL_TEXT, struct client_import_line, problem),
    COL(COL_INT, struct client_import_line, about),
    COL(COL_INT, struct client_import_line, client_id),
    COL(COL_INT, struct client_import_line, warns),
    {0},
};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

/* --- looking --- */

enum err client_import_get(struct db *db, struct arena *a, int64_t id,
                           struct client_import *ret)
{
    return db_one(db, a, QUERY(sql_client_import_get, db_int(id)),
                  import_columns, ret);
}

enum err client_import_list(struct db *db, struct arena *a, int64_t limit,
                            struct db_rows *ret_rows)
{
    return db_all(db, a, QUERY(sql_client_import_list, db_int(limit)),
                  import_columns, sizeof(struct client_import), ret_rows);
}

enum err client_import_problems(struct db *db, struct arena *a,
                                const struct client_import_page *page,
                                struct db_rows *ret_rows)
{
    return db_all(db, a,
                  QUERY(sql_client_import_problems, db_int(page->id),
                        db_int(page->line), db_int(page->n),
                        db_int(page->limit)),
                  line_columns, sizeof(struct client_import_line), ret_rows);
}

enum err client_import_bad(struct db *db, struct arena *a, int64_t id,
                           int64_t after, int64_t upto,
                           struct db_rows *ret_rows)
{
    return db_all(
        db, a,
        QUERY(sql_client_import_bad, db_int(id), db_int(after), db_int(upto)),
        line_columns, sizeof(struct client_import_line), ret_rows);
}

/* --- what people do --- */

/* What the audit tells of an import; its clients have rows of their own. */
static const struct audit_field import_audit[] = {
    AUDIT_CLEAR(COL_INT, struct client_import, bytes),
    AUDIT_PERSONAL(struct client_import, name),
    AUDIT_CLEAR(COL_TEXT, struct client_import, sha256),
    AUDIT_END,
};

static enum err note(struct db *db, struct actor *by, const char *action,
                     int64_t id)
{
    return audit_note(db, by,
                      &(struct audit_event){.action = action,
                                            .entity = "client_import",
                                            .id = id});
}

static enum err create(struct db *db, struct arena *a,
                       const struct client_import *im, struct actor *by,
                       int64_t *ret_id)
{
    char uid[37];
    struct new_id new;
    rand_uuid7(uid);
    TRY(db_write_one(db, a,
                     QUERY(sql_client_import_create, db_text(uid),
                           db_text(im->name), db_text(im->sha256),
                           db_int(im->bytes), db_text(im->charset),
                           db_int(clock_now()), db_id(by->user_id)),
                     new_id_columns, &new));
    *ret_id = new.id;
    return audit_note(db, by,
                      &(struct audit_event){.action = "create",
                                            .entity = "client_import",
                                            .id = new.id,
                                            .fields = import_audit,
                                            .to = im});
}

enum err client_import_create(struct db *db, struct arena *a,
                              const struct client_import *im, struct actor *by,
                              int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, create(db, a, im, by, ret_id));
}

/* Nothing was changed: there is none, or not as the person saw it. */
static enum err refused(struct db *db, struct arena *a, int64_t id)
{
    struct client_import im;
    TRY(client_import_get(db, a, id, &im));
    return ERR_CONFLICT;
}

static enum err start(struct db *db, struct arena *a, int64_t id,
                      int64_t version, struct actor *by)
{
    int64_t changed;
    TRY(db_write(db,
                 QUERY(sql_client_import_start, db_int(clock_now()),
                       db_id(by->user_id), db_int(id), db_int(version)),
                 &changed));
    return changed == 0 ? refused(db, a, id) : note(db, by, "start", id);
}

enum err client_import_start(struct db *db, struct arena *a, int64_t id,
                             int64_t version, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, start(db, a, id, version, by));
}

static enum err cancel(struct db *db, struct arena *a, int64_t id,
                       int64_t version, struct actor *by)
{
    int64_t changed;
    TRY(db_write(db,
                 QUERY(sql_client_import_cancel, db_int(clock_now()),
                       db_int(id), db_int(version)),
                 &changed));
    if (changed == 0)
        return refused(db, a, id);
    TRY(db_write(db, QUERY(sql_client_import_drop, db_int(id)), NULL));
    return note(db, by, "cancel", id);
}

enum err client_import_cancel(struct db *db, struct arena *a, int64_t id,
                              int64_t version, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, cancel(db, a, id, version, by));
}

/* --- what jobs do --- */

static enum err step(struct db *db, const struct query *q)
{
    int64_t changed;
    TRY(db_write(db, q, &changed));
    return changed == 0 ? ERR_CONFLICT : ERR_OK;
}

enum err client_import_resume(struct db *db, struct arena *a, int64_t id,
                              bool running)
{
    const char *sql = running ? sql_client_import_run : sql_client_import_check;
    enum err e = step(db, QUERY(sql, db_int(id)));
    return e == ERR_CONFLICT ? refused(db, a, id) : e;
}

enum err client_import_checked(struct db *db,
                               const struct client_import_step *s)
{
    return step(db,
                QUERY(sql_client_import_checked, db_int(s->upto_row),
                      db_int(s->bytes), db_int(s->good), db_int(s->bad),
                      db_int(s->alike), db_int(s->id), db_int(s->from_row)));
}

enum err client_import_ran(struct db *db, const struct client_import_step *s)
{
    return step(db, QUERY(sql_client_import_ran, db_int(s->upto_row),
                          db_int(s->good), db_int(s->bad), db_int(s->id),
                          db_int(s->from_row)));
}

enum err client_import_note(struct db *db, int64_t id,
                            const struct client_import_line *line)
{
    return db_write(
        db,
        QUERY(sql_client_import_note, db_int(id), db_int(line->line),
              db_int(line->n), db_text(line->field), db_text(line->problem),
              db_int(line->about), db_id(line->client_id), db_int(line->warns)),
        NULL);
}

enum err client_import_finish(struct db *db, int64_t id, bool running)
{
    if (!running)
        return step(db, QUERY(sql_client_import_ready, db_int(id)));
    return step(db,
                QUERY(sql_client_import_done, db_int(clock_now()), db_int(id)));
}

enum err client_import_fail(struct db *db, int64_t id, const char *code)
{
    return db_write(
        db, QUERY(sql_client_import_fail, db_text(code), db_int(id)), NULL);
}

enum err client_import_over(struct db *db, struct arena *a, int64_t cancelled,
                            int64_t done, struct db_rows *ret_rows)
{
    return db_all(db, a,
                  QUERY(sql_client_import_over, db_int(cancelled), db_int(done),
                        db_int(OVER_ROWS)),
                  over_columns, sizeof(struct client_import), ret_rows);
}

enum err client_import_shares(struct db *db, struct arena *a,
                              const struct client_import *im, bool *ret_shares)
{
    struct number others;
    TRY(db_one(
        db, a,
        QUERY(sql_client_import_shares, db_text(im->sha256), db_int(im->id)),
        number_columns, &others));
    *ret_shares = others.n > 0;
    return ERR_OK;
}

enum err client_import_removed(struct db *db, int64_t id)
{
    return db_write(db, QUERY(sql_client_import_removed, db_int(id)), NULL);
}
