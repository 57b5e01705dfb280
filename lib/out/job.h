/*
 * job - work that pages do not wait for.
 *
 * A job is a row: its kind, a JSON object, and when it is due. ptjobs takes
 * one at a time, several ptjobs never the same one:
 *
 *   ready --claim--> running --ok-----------------> done
 *                       |-- error, and tries left -> ready, later
 *                       |-- error, none left ------> dead
 *
 * Whoever claims a job has it on lease for jobs.lease; job_alive() renews
 * it. A process that says nothing for so long is ended by SIGALRM, and the
 * job is then due again: each is done at least once, so a handler must bear
 * to be run twice. Waiting doubles from jobs.retry to JOB_RETRY_MAX_S.
 *
 * A kind is a row of a table, `const struct job_kind X_jobs[]`, in any file of
 * lib/out, lib/model or views; the build collects them. job_add() inside the
 * transaction of what causes the work makes both or neither.
 *
 * Ownership  A run and all it reads live in its arena.
 * Errors     job_add(): INVALID (payload is no JSON object), UNAVAIL, BUG;
 *            job_claim(): NOTFOUND (nothing is due), UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      out.
 */
#ifndef PT_OUT_JOB_H
#define PT_OUT_JOB_H

#include <signal.h>
#include <stdbool.h>

#include "base/config.h"
#include "base/log.h"
#include "base/phase.h"
#include "store/audit.h"

enum { JOB_RETRY_MAX_S = 3600 };

struct smtp;
struct spool;
struct json_object;

/* What a process that runs jobs has once. */
struct job_env {
    const struct config *conf;
    struct log *log;
    struct db *db;
    struct audit_keys keys; /* for audit_system() */
    struct smtp *smtp;
    struct spool *telemetry;           /* NULL: none */
    const char *name;                  /* stands in job.locked_by */
    const volatile sig_atomic_t *stop; /* not 0: the process shall end */
    struct phases phases;              /* of the present job */
};

/* One attempt, as its handler sees it. */
struct job_run {
    struct job_env *env;
    struct db *db; /* env->db */
    struct arena *arena;
    int64_t id;
    const char *kind, *payload;
    int64_t attempt; /* 1 is the first */
    int64_t created_at;
    struct json_object *object; /* the payload, see job_int() */
    bool hopeless;              /* set it: another attempt is of no use */
    int64_t wait_s; /* set it: not now but so much later; counts for nothing */
    struct err_note note;  /* why not */
    const char *operation; /* its id, for telemetry */
    enum err result;       /* of job_perform(): how this attempt ended */
};

typedef enum err job_fn(struct job_run *r);

struct job_kind {
    const char *name; /* "mail.send"; NULL ends a table */
    job_fn *run;      /* must not leave a transaction open */
    job_fn *dead;     /* or NULL: given up; in the transaction of that */
    int64_t attempts; /* so many, then it is dead */
    int64_t every_s;  /* not 0: made by itself so often, without payload */
};

/* Tables of all features, ends with NULL; generated. */
extern const struct job_kind *const feature_jobs[];

struct job_new {
    const char *kind;
    const char *payload;    /* JSON object; NULL for {} */
    int64_t due_at;         /* 0: now */
    const char *dedupe_key; /* NULL: none */
};

/*
 * Adds a job. If there is one with that dedupe_key already, done or not,
 * nothing happens; ret_id (NULL allowed) is then 0.
 */
enum err job_add(struct db *db, struct arena *a, const struct job_new *j,
                 int64_t *ret_id) MUST_USE;

/* The job with that dedupe_key begins anew, or is added. */
enum err job_again(struct db *db, struct arena *a,
                   const struct job_new *j) MUST_USE;

/* A dead job begins anew, because `by` said so. NOTFOUND if it is not dead. */
enum err job_retry(struct db *db, struct actor *by, int64_t id) MUST_USE;

/* Jobs of this kind that failed or were put off are due now. */
enum err job_hurry(struct db *db, const char *kind) MUST_USE;

/* --- for handlers --- */

/* A number or text of the payload; 0 or "" when there is none. */
int64_t job_int(const struct job_run *r, const char *name);
const char *job_text(const struct job_run *r, const char *name);

/*
 * The work goes on: renews the lease by at least seconds (0: by what
 * jobs.lease says) and notes the progress. CONFLICT: the job is somebody
 * else's by now, leave it. Not inside a transaction that is rolled back.
 */
enum err job_alive(struct job_run *r, int64_t seconds) MUST_USE;
enum err job_progress(struct job_run *r, int64_t done, int64_t total) MUST_USE;

/*
 * The process shall end. A job that takes longer than a moment saves how far
 * it got and sets wait_s: another process goes on.
 */
bool job_must_stop(const struct job_run *r);

/* --- for who runs them --- */

/* Takes the job that has been due for longest. */
enum err job_claim(struct job_env *env, struct arena *a,
                   struct job_run *ret_run) MUST_USE;

/* The name of its kind, which lives as long as the tables; NULL: no such. */
const char *job_kind_name(const struct job_run *r,
                          const struct job_kind *const *tables);

/* Runs it and notes how it ended; fails only when that cannot be noted. */
enum err job_perform(struct job_run *r,
                     const struct job_kind *const *tables) MUST_USE;

/* Adds what kinds with every_s owe for the time now. */
enum err job_schedule(struct job_env *env, struct arena *a,
                      const struct job_kind *const *tables) MUST_USE;

/* --- for who looks after them --- */

struct job {
    int64_t id;
    const char *kind, *state;
    int64_t attempts, done_n, total_n;
    const char *last_error;
    int64_t created_at, finished_at; /* 0: not yet */
};

enum err job_get(struct db *db, struct arena *a, int64_t id,
                 struct job *ret) MUST_USE;

struct job_counts {
    int64_t ready, running, dead;
};

/* Of the jobs that are not done, but for one kind. */
enum err job_count(struct db *db, struct arena *a, const char *but,
                   struct job_counts *ret) MUST_USE;

/* The newest jobs that are not done, but for one kind: struct job. */
enum err job_list_open(struct db *db, struct arena *a, const char *but,
                       int64_t limit, struct db_rows *ret_rows) MUST_USE;

#endif
