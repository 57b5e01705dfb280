#include "out/job.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"

#define OPEN "state IN ('ready', 'running')"

static const char sql_job_add[] =
    "INSERT INTO job (kind, payload, due_at, dedupe_key, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (dedupe_key) DO NOTHING"
    " RETURNING id";

static const char sql_job_again[] =
    "INSERT INTO job (kind, payload, due_at, dedupe_key, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (dedupe_key) DO UPDATE SET"
    " payload = excluded.payload, due_at = excluded.due_at, state = 'ready',"
    " attempts = 0, last_error = '', done_n = 0, total_n = 0,"
    " finished_at = NULL";

static const char sql_job_retry[] =
    "UPDATE job SET state = 'ready', due_at = $1, attempts = 0,"
    " finished_at = NULL WHERE id = $2 AND state = 'dead'";

static const char sql_job_hurry[] =
    "UPDATE job SET due_at = $1"
    " WHERE state = 'ready' AND due_at > $1 AND kind = $2"
    " AND last_error <> ''";

/*
 * $1: end of the lease, $2: who, $3: now. Several processes of a PostgreSQL
 * pass over each other's rows; SQLite has one writer at a time anyway.
 */
#define CLAIM(lock)                                                            \
    "UPDATE job SET state = 'running', attempts = attempts + 1, due_at = $1,"  \
    " locked_by = $2 WHERE id = (SELECT id FROM job WHERE " OPEN               \
    " AND due_at <= $3 ORDER BY due_at, id LIMIT 1" lock ")"                   \
    " RETURNING id, kind, payload, attempts AS attempt, created_at"

static const char sql_pg_job_claim[] = CLAIM(" FOR UPDATE SKIP LOCKED");
static const char sql_sqlite_job_claim[] = CLAIM("");

/* Looking is free, but an UPDATE takes the write lock even for no row. */
static const char sql_sqlite_job_due[] =
    "SELECT count(*) AS n FROM (SELECT 1 FROM job WHERE " OPEN
    " AND due_at <= $1 LIMIT 1) AS due";

/* Below, the number of the attempt tells whose lease it is. */
static const char sql_job_alive[] =
    "UPDATE job SET due_at = $1 WHERE id = $2 AND attempts = $3"
    " AND state = 'running'";

static const char sql_job_progress[] =
    "UPDATE job SET due_at = $1, done_n = $2, total_n = $3"
    " WHERE id = $4 AND attempts = $5 AND state = 'running'";

static const char sql_job_finish[] =
    "UPDATE job SET state = $1, last_error = $2, finished_at = $3"
    " WHERE id = $4 AND attempts = $5 AND state = 'running'";

/* $3: 1, or 0 when this attempt counts for nothing. */
static const char sql_job_later[] =
    "UPDATE job SET state = 'ready', due_at = $1, last_error = $2,"
    " attempts = attempts - 1 + $3"
    " WHERE id = $4 AND attempts = $5 AND state = 'running'";

#define JOB_FIELDS                                                             \
    "id, kind, state, attempts, done_n, total_n, last_error, created_at,"      \
    " coalesce(finished_at, 0) AS finished_at"

static const char sql_job_get[] =
    "SELECT " JOB_FIELDS " FROM job WHERE id = $1";

static const char sql_job_list_open[] =
    "SELECT " JOB_FIELDS " FROM job WHERE state <> 'done' AND kind <> $1"
    " ORDER BY id DESC LIMIT $2";

static const char sql_job_count[] =
    "SELECT count(CASE WHEN state = 'ready' THEN 1 END) AS ready,"
    " count(CASE WHEN state = 'running' THEN 1 END) AS running,"
    " count(CASE WHEN state = 'dead' THEN 1 END) AS dead"
    " FROM job WHERE state <> 'done' AND kind <> $1";

static const char sql_job_prune[] = "DELETE FROM job WHERE finished_at <= $1";

static const struct column counts_columns[] = {
    COL(COL_INT, struct job_counts, ready),
    COL(COL_INT, struct job_counts, running),
    COL(COL_INT, struct job_counts, dead),
    {0},
};

struct number {
    int64_t n;
};

static const struct column number_columns[] = {COL(COL_INT, struct number, n),
                                               {0}};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

static const struct column run_columns[] = {
    COL(COL_INT, struct job_run, id),
    COL(COL_TEXT, struct job_run, kind),
    COL(COL_TEXT, struct job_run, payload),
    COL(COL_INT, struct job_run, attempt),
    COL(COL_INT, struct job_run, created_at),
    {0},
};

static const struct column job_columns[] = {
    COL(COL_INT, struct job, id),          COL(COL_TEXT, struct job, kind),
    COL(COL_TEXT, struct job, state),      COL(COL_INT, struct job, attempts),
    COL(COL_INT, struct job, done_n),      COL(COL_INT, struct job, total_n),
    COL(COL_TEXT, struct job, last_error), COL(COL_INT, struct job, created_at),
    COL(COL_INT, struct job, finished_at), {0},
};

/* --- the payload --- */

static void put_object(void *arg)
{
    json_object_put(arg);
}

/* NULL when text is no JSON object. */
static struct json_object *parse(struct arena *a, const char *text)
{
    struct json_object *o = json_tokener_parse(text);
    if (o == NULL)
        return NULL;
    arena_defer(a, put_object, o);
    return json_object_is_type(o, json_type_object) ? o : NULL;
}

int64_t job_int(const struct job_run *r, const char *name)
{
    return json_object_get_int64(json_object_object_get(r->object, name));
}

const char *job_text(const struct job_run *r, const char *name)
{
    struct json_object *o = json_object_object_get(r->object, name);
    return o != NULL ? json_object_get_string(o) : "";
}

/* --- adding --- */

static struct db_arg text_or_null(const char *s)
{
    return s != NULL ? db_text(s) : db_null();
}

enum err job_add(struct db *db, struct arena *a, const struct job_new *j,
                 int64_t *ret_id)
{
    const char *payload = j->payload != NULL ? j->payload : "{}";
    int64_t now = clock_now();
    struct new_id new = {0};
    if (parse(a, payload) == NULL)
        return ERR_INVALID;
    enum err e =
        db_write_one(db, a,
                     QUERY(sql_job_add, db_text(j->kind), db_text(payload),
                           db_int(j->due_at != 0 ? j->due_at : now),
                           text_or_null(j->dedupe_key), db_int(now)),
                     new_id_columns, &new);
    if (e != ERR_NOTFOUND) /* there was one */
        TRY(e);
    if (ret_id != NULL)
        *ret_id = new.id;
    return ERR_OK;
}

enum err job_again(struct db *db, struct arena *a, const struct job_new *j)
{
    const char *payload = j->payload != NULL ? j->payload : "{}";
    int64_t now = clock_now();
    if (parse(a, payload) == NULL)
        return ERR_INVALID;
    return db_write(db,
                    QUERY(sql_job_again, db_text(j->kind), db_text(payload),
                          db_int(j->due_at != 0 ? j->due_at : now),
                          text_or_null(j->dedupe_key), db_int(now)),
                    NULL);
}

static enum err retry(struct db *db, struct actor *by, int64_t id)
{
    int64_t changed;
    TRY(db_write(db, QUERY(sql_job_retry, db_int(clock_now()), db_int(id)),
                 &changed));
    if (changed == 0)
        return ERR_NOTFOUND;
    return audit_note(
        db, by,
        &(struct audit_event){.action = "retry", .entity = "job", .id = id});
}

enum err job_retry(struct db *db, struct actor *by, int64_t id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, retry(db, by, id));
}

enum err job_hurry(struct db *db, const char *kind)
{
    return db_write(
        db, QUERY(sql_job_hurry, db_int(clock_now()), db_text(kind)), NULL);
}

/* --- the lease --- */

static int64_t lease_s(const struct job_env *env)
{
    return env->conf->jobs.lease_ms / 1000;
}

/* The end of a lease that begins now. Silence until then ends the process,
 * a little before somebody else may take the job. */
static int64_t begin_lease(int64_t seconds)
{
    enum { SLACK_S = 2 }; /* the database counts whole seconds */
    alarm((unsigned)seconds);
    return clock_now() + seconds + SLACK_S;
}

/* The attempt of r changed something, or it is no longer ours. */
static enum err check_mine(struct job_run *r, enum err e, int64_t changed)
{
    if (e != ERR_OK)
        return err_set(&r->note, e, "%s", db_error(r->db));
    if (changed == 0)
        return err_set(&r->note, ERR_CONFLICT, "the lease has run out");
    return ERR_OK;
}

enum err job_alive(struct job_run *r, int64_t seconds)
{
    int64_t changed = 0, least = lease_s(r->env);
    enum err e =
        db_write(r->db,
                 QUERY(sql_job_alive,
                       db_int(begin_lease(seconds > least ? seconds : least)),
                       db_int(r->id), db_int(r->attempt)),
                 &changed);
    return check_mine(r, e, changed);
}

enum err job_progress(struct job_run *r, int64_t done, int64_t total)
{
    int64_t changed = 0;
    enum err e = db_write(
        r->db,
        QUERY(sql_job_progress, db_int(begin_lease(lease_s(r->env))),
              db_int(done), db_int(total), db_int(r->id), db_int(r->attempt)),
        &changed);
    return check_mine(r, e, changed);
}

bool job_must_stop(const struct job_run *r)
{
    return r->env->stop != NULL && *r->env->stop != 0;
}

static enum err claim(struct job_env *env, struct arena *a, const char *sql,
                      struct job_run *ret_run)
{
    int64_t now = clock_now();
    enum err e = db_write_one(env->db, a,
                              QUERY(sql, db_int(begin_lease(lease_s(env))),
                                    db_text(env->name), db_int(now)),
                              run_columns, ret_run);
    if (e != ERR_OK)
        alarm(0);
    return e;
}

enum err job_claim(struct job_env *env, struct arena *a,
                   struct job_run *ret_run)
{
    struct number due;
    *ret_run = (struct job_run){.env = env, .db = env->db, .arena = a};
    if (db_kind(env->db) == DB_PG)
        return claim(env, a, sql_pg_job_claim, ret_run);
    TRY(db_one(env->db, a, QUERY(sql_sqlite_job_due, db_int(clock_now())),
               number_columns, &due));
    return due.n > 0 ? claim(env, a, sql_sqlite_job_claim, ret_run)
                     : ERR_NOTFOUND;
}

/* --- one attempt --- */

static const struct job_kind *find(const struct job_kind *const *tables,
                                   const char *name)
{
    for (; *tables != NULL; tables++)
        for (const struct job_kind *k = *tables; k->name != NULL; k++)
            if (strcmp(k->name, name) == 0)
                return k;
    return NULL;
}

const char *job_kind_name(const struct job_run *r,
                          const struct job_kind *const *tables)
{
    const struct job_kind *k = find(tables, r->kind);
    return k != NULL ? k->name : NULL;
}

/*
 * From the first wait on doubling, give or take a quarter: what failed
 * together shall not come back together.
 */
static int64_t retry_s(const struct job_run *r)
{
    int64_t s = r->env->conf->jobs.retry_ms / 1000;
    for (int64_t i = 1; i < r->attempt && s < JOB_RETRY_MAX_S; i++)
        s *= 2;
    if (s > JOB_RETRY_MAX_S)
        s = JOB_RETRY_MAX_S;
    uint32_t random;
    rand_bytes(&random, sizeof(random));
    return s - s / 4 + (int64_t)random % (s / 2 + 1);
}

static enum err later(struct job_run *r, int64_t seconds, bool counts)
{
    int64_t changed = 0;
    enum err e = db_write(r->db,
                          QUERY(sql_job_later, db_int(clock_now() + seconds),
                                db_text(r->note.text), db_int(counts),
                                db_int(r->id), db_int(r->attempt)),
                          &changed);
    return check_mine(r, e, changed);
}

static enum err finish(struct job_run *r, const char *state)
{
    int64_t changed = 0;
    enum err e =
        db_write(r->db,
                 QUERY(sql_job_finish, db_text(state), db_text(r->note.text),
                       db_int(clock_now()), db_int(r->id), db_int(r->attempt)),
                 &changed);
    return check_mine(r, e, changed);
}

static enum err bury(struct job_run *r, const struct job_kind *k)
{
    enum err e = db_begin(r->db);
    if (e == ERR_OK)
        e = finish(r, "dead");
    if (e == ERR_OK && k != NULL && k->dead != NULL)
        e = k->dead(r);
    if (e == ERR_OK)
        e = db_commit(r->db);
    if (e != ERR_OK) {
        db_rollback(r->db);
        return e;
    }
    log_error(r->env->log, "job.dead",
              "id=%" PRId64 " kind=%s attempts=%" PRId64 " why=\"%s\"", r->id,
              r->kind, r->attempt, r->note.text);
    return ERR_OK;
}

static enum err try_once(struct job_run *r, const struct job_kind *k)
{
    r->object = parse(r->arena, r->payload);
    if (r->object == NULL) {
        r->hopeless = true;
        return err_set(&r->note, ERR_INVALID, "payload is no JSON object");
    }
    if (k == NULL)
        return err_set(&r->note, ERR_BUG, "no kind %s", r->kind);
    if (r->attempt > k->attempts) {
        /* the last one neither ended well nor badly */
        r->hopeless = true;
        return err_set(&r->note, ERR_SYSTEM,
                       "whoever had it on lease ended without a word");
    }
    return k->run(r);
}

static enum err after_failure(struct job_run *r, const struct job_kind *k,
                              enum err e)
{
    enum { UNKNOWN_ATTEMPTS = 20 }; /* a newer program may know the kind */
    int64_t most = k != NULL ? k->attempts : UNKNOWN_ATTEMPTS;
    if (r->note.text[0] == '\0')
        err_set(&r->note, e, "%s", err_text(e));
    if (r->wait_s > 0)
        return later(r, r->wait_s, false);
    if (r->hopeless || r->attempt >= most)
        return bury(r, k);
    int64_t wait_s = retry_s(r);
    log_warn(r->env->log, "job.failed",
             "id=%" PRId64 " kind=%s attempt=%" PRId64 " again_s=%" PRId64
             " why=\"%s\"",
             r->id, r->kind, r->attempt, wait_s, r->note.text);
    return later(r, wait_s, true);
}

enum err job_perform(struct job_run *r, const struct job_kind *const *tables)
{
    const struct job_kind *k = find(tables, r->kind);
    int64_t start_us = clock_us();
    r->operation =
        arena_fmt(r->arena, "job-%" PRId64 "-%" PRId64, r->id, r->attempt);
    enum err e = try_once(r, k);
    r->result = e;
    if (e != ERR_OK) {
        db_rollback(r->db);
        e = after_failure(r, k, e);
    } else {
        r->note.text[0] = '\0';
        e = finish(r, "done");
        log_debug(r->env->log, "job.done",
                  "id=%" PRId64 " kind=%s attempt=%" PRId64 " us=%" PRId64,
                  r->id, r->kind, r->attempt, clock_us() - start_us);
    }
    alarm(0);
    return e;
}

/* --- by the clock --- */

enum err job_schedule(struct job_env *env, struct arena *a,
                      const struct job_kind *const *tables)
{
    int64_t now = clock_now();
    for (; *tables != NULL; tables++) {
        for (const struct job_kind *k = *tables; k->name != NULL; k++) {
            if (k->every_s == 0)
                continue;
            const char *key =
                arena_fmt(a, "every:%s:%" PRId64, k->name, now / k->every_s);
            TRY(job_add(env->db, a,
                        &(struct job_new){.kind = k->name, .dedupe_key = key},
                        NULL));
        }
    }
    return ERR_OK;
}

/* What is long over goes. */
static enum err prune(struct job_run *r)
{
    int64_t keep_s = r->env->conf->jobs.keep_ms / 1000;
    return db_write(r->db, QUERY(sql_job_prune, db_int(clock_now() - keep_s)),
                    NULL);
}

const struct job_kind prune_jobs[] = {
    {.name = "job.prune", .run = prune, .attempts = 5, .every_s = 3600},
    {0},
};

/* --- looking --- */

enum err job_get(struct db *db, struct arena *a, int64_t id, struct job *ret)
{
    return db_one(db, a, QUERY(sql_job_get, db_int(id)), job_columns, ret);
}

enum err job_list_open(struct db *db, struct arena *a, const char *but,
                       int64_t limit, struct db_rows *ret_rows)
{
    return db_all(db, a, QUERY(sql_job_list_open, db_text(but), db_int(limit)),
                  job_columns, sizeof(struct job), ret_rows);
}

enum err job_count(struct db *db, struct arena *a, const char *but,
                   struct job_counts *ret)
{
    return db_one(db, a, QUERY(sql_job_count, db_text(but)), counts_columns,
                  ret);
}
