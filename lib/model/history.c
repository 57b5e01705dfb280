#include "model/history.h"

/* Rows of the audit with the names of who and what is in them, looked up one
 * by one: how many rows there are is not known to the planner. */
#define HISTORY(rows)                                                          \
    "SELECT l.seq AS seq, l.at AS at, l.actor_id AS actor_id,"                 \
    " coalesce((SELECT u.name FROM app_user u WHERE u.id = l.actor_id), '')"   \
    " AS actor, l.role AS role, l.ip AS ip,"                                   \
    " l.action AS action, l.entity AS entity, l.entity_id AS entity_id,"       \
    " coalesce(CASE l.entity"                                                  \
    " WHEN 'user' THEN (SELECT s.name FROM app_user s WHERE s.id = entity_id)" \
    " WHEN 'client' THEN (SELECT c.name FROM client c WHERE c.id = entity_id)" \
    " END, '') AS subject, l.diff AS diff"                                     \
    " FROM (" rows ") AS l ORDER BY l.seq DESC"

/* Where a time lies in the chain: the rows between, both outside. */
static const char sql_history_period[] =
    "SELECT coalesce((SELECT seq FROM audit_log WHERE at >= $1"
    " ORDER BY at, seq LIMIT 1), 9223372036854775807) - 1 AS low,"
    " coalesce((SELECT seq FROM audit_log WHERE at < $2"
    " ORDER BY at DESC, seq DESC LIMIT 1), 0) + 1 AS high";

static const char sql_history_all[] =
    HISTORY("SELECT * FROM audit_log WHERE seq > $1 AND seq < $2"
            " ORDER BY seq DESC LIMIT $3");

/* Compared and ordered by both columns, a kind of which there are few rows is
 * never searched for through all the others. */
static const char sql_history_entity[] =
    HISTORY("SELECT * FROM audit_log"
            " WHERE (entity, seq) > ($1, $2) AND (entity, seq) < ($1, $3)"
            " ORDER BY entity DESC, seq DESC LIMIT $4");

static const char sql_history_thing[] =
    HISTORY("SELECT * FROM audit_log WHERE entity = $1 AND entity_id = $2"
            " AND seq > $3 AND seq < $4 ORDER BY seq DESC LIMIT $5");

static const char sql_history_actor[] =
    HISTORY("SELECT * FROM audit_log"
            " WHERE (actor_id, seq) > ($1, $2) AND (actor_id, seq) < ($1, $3)"
            " AND ($4 = '' OR entity = $4) AND ($5 = 0 OR entity_id = $5)"
            " ORDER BY actor_id DESC, seq DESC LIMIT $6");

static const char sql_history_user[] =
    HISTORY("SELECT * FROM (SELECT * FROM audit_log"
            " WHERE (actor_id, seq) > ($1, 0) AND (actor_id, seq) < ($1, $2)"
            " ORDER BY actor_id DESC, seq DESC LIMIT $3) AS done"
            " UNION SELECT * FROM (SELECT * FROM audit_log"
            " WHERE entity = 'user' AND entity_id = $1 AND seq < $2"
            " ORDER BY seq DESC LIMIT $3) AS suffered"
            " ORDER BY seq DESC LIMIT $3");

struct period {
    int64_t low, high;
};

static const struct column period_columns[] = {
    COL(COL_INT, struct period, low), COL(COL_INT, struct period, high), {0}};

static const struct column history_columns[] = {
    COL(COL_INT, struct history_row, seq),
    COL(COL_INT, struct history_row, at),
    COL(COL_INT, struct history_row, actor_id),
    COL(COL_TEXT, struct history_row, actor),
    COL(COL_TEXT, struct history_row, role),
    COL(COL_TEXT, struct history_row, ip),
    COL(COL_TEXT, struct history_row, action),
    COL(COL_TEXT, struct history_row, entity),
    COL(COL_INT, struct history_row, entity_id),
    COL(COL_TEXT, struct history_row, subject),
    COL(COL_TEXT, struct history_row, diff),
    {0},
};

static int64_t or_last(int64_t bound)
{
    return bound != 0 ? bound : INT64_MAX;
}

/* The rows above p->low and below p->high that the page may show. */
static enum err find_period(struct db *db, struct arena *a,
                            const struct history_filter *f, struct period *p)
{
    *p = (struct period){0, INT64_MAX};
    if (f->from != 0 || f->to != 0)
        TRY(db_one(
            db, a,
            QUERY(sql_history_period, db_int(f->from), db_int(or_last(f->to))),
            period_columns, p));
    if (f->before != 0 && f->before < p->high)
        p->high = f->before;
    return ERR_OK;
}

static enum err rows_of(struct db *db, struct arena *a, const struct query *q,
                        struct db_rows *ret_rows)
{
    return db_all(db, a, q, history_columns, sizeof(struct history_row),
                  ret_rows);
}

enum err history_list(struct db *db, struct arena *a,
                      const struct history_filter *f, struct db_rows *ret_rows)
{
    struct period p;
    TRY(find_period(db, a, f, &p));
    struct db_arg low = db_int(p.low), high = db_int(p.high);
    struct db_arg entity = db_text(f->entity), id = db_int(f->entity_id);
    struct db_arg actor = db_int(f->actor_id), limit = db_int(f->limit);
    if (f->actor_id != 0)
        return rows_of(
            db, a,
            QUERY(sql_history_actor, actor, low, high, entity, id, limit),
            ret_rows);
    if (f->entity_id != 0)
        return rows_of(db, a,
                       QUERY(sql_history_thing, entity, id, low, high, limit),
                       ret_rows);
    if (f->entity[0] != '\0')
        return rows_of(db, a,
                       QUERY(sql_history_entity, entity, low, high, limit),
                       ret_rows);
    return rows_of(db, a, QUERY(sql_history_all, low, high, limit), ret_rows);
}

enum err history_of_user(struct db *db, struct arena *a, int64_t user_id,
                         int64_t before, int64_t limit,
                         struct db_rows *ret_rows)
{
    return rows_of(db, a,
                   QUERY(sql_history_user, db_int(user_id),
                         db_int(or_last(before)), db_int(limit)),
                   ret_rows);
}
