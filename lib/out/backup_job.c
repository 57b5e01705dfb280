/*
 * backup_job - backups by the clock and for who asked on the page.
 *
 * backup.schedule looks what is owed; backup.make makes one, after which
 * backup.send stores it elsewhere and backup.prune removes what is old;
 * backup.drill tests whether the newest comes back. What is given up is told
 * by backup.tell: in the list, by mail, in the log.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/clock.h"
#include "out/backup_drill.h"
#include "out/job.h"
#include "out/letter.h"
#include "text/fmt.h"

enum {
    LOOK_S = 300,    /* between looks at what is owed */
    LEASE_S = 600,   /* a silent step may take so long */
    ALIVE_MS = 5000, /* between signs of life */
    BOGOTA_OFFSET_S = -5 * 3600,
    DAY_S = 24 * 3600
};

static enum err db_failed(struct job_run *r, enum err e)
{
    if (e != ERR_OK && e != ERR_NOTFOUND)
        err_set(&r->note, e, "%s", db_error(r->db));
    return e;
}

/* --- what each of them begins with --- */

struct pulse {
    struct job_run *r;
    int64_t next_ms;
};

/* Who lost the lease goes on: two backups do no harm, half of one would. */
static void beat(void *arg)
{
    struct pulse *p = arg;
    struct err_note kept = p->r->note;
    if (clock_ms() < p->next_ms)
        return;
    p->next_ms = clock_ms() + ALIVE_MS;
    if (job_alive(p->r, LEASE_S) != ERR_OK)
        log_warn(p->r->env->log, "backup.lease", "%s", p->r->note.text);
    p->r->note = kept;
}

static enum err begin(struct job_run *r, struct backup_env *env)
{
    struct pulse *p = ARENA_NEW(r->arena, struct pulse);
    enum err e = backup_env_init(env, r->env->conf, r->arena, &r->note);
    if (e != ERR_OK) {
        r->hopeless = true;
        return e;
    }
    *p = (struct pulse){.r = r, .next_ms = clock_ms() + ALIVE_MS};
    env->alive = beat;
    env->arg = p;
    env->telemetry = r->env->telemetry;
    env->operation = r->operation;
    return job_alive(r, LEASE_S);
}

static struct actor actor_of(const struct job_run *r)
{
    struct actor by = audit_system(&r->env->keys, r->arena);
    by.user_id = job_int(r, "by");
    return by;
}

static const char *payload_of(struct arena *a, const char *name,
                              const char *value)
{
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, name, json_object_new_string(value));
    const char *text = arena_strdup(a, json_object_to_json_string(o));
    json_object_put(o);
    return text;
}

/* --- by the clock --- */

static enum err owe_backup(struct job_run *r)
{
    const struct config *conf = r->env->conf;
    int64_t every_s = conf->backup.every_ms / 1000;
    if (every_s == 0)
        return ERR_OK;
    int64_t local = clock_now() + BOGOTA_OFFSET_S - conf->backup.at_ms / 1000;
    struct job_new j = {
        .kind = "backup.make",
        .payload = payload_of(r->arena, "kind", "clock"),
        .dedupe_key = arena_fmt(r->arena, "backup:%" PRId64, local / every_s)};
    return db_failed(r, job_add(r->db, r->arena, &j, NULL));
}

/* The first test comes with the first backup; one that fails, once a day. */
static enum err owe_drill(struct job_run *r)
{
    struct backup_row row;
    int64_t every_s = r->env->conf->backup.drill_every_ms / 1000;
    int64_t now = clock_now();
    if (every_s == 0)
        return ERR_OK;
    enum err e = backup_row_newest(r->db, r->arena, &row);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    TRY(db_failed(r, e));
    e = backup_row_last_test(r->db, r->arena, &row);
    TRY(e == ERR_NOTFOUND ? ERR_OK : db_failed(r, e));
    if (e == ERR_OK && strcmp(row.state, "bad") != 0 &&
        now - row.restore_test_at < every_s)
        return ERR_OK;
    struct job_new j = {.kind = "backup.drill",
                        .dedupe_key =
                            arena_fmt(r->arena, "drill:%" PRId64, now / DAY_S)};
    return db_failed(r, job_add(r->db, r->arena, &j, NULL));
}

static enum err schedule(struct job_run *r)
{
    if (r->env->conf->backup.key[0] == '\0')
        return ERR_OK;
    TRY(owe_backup(r));
    return owe_drill(r);
}

/* --- making --- */

static enum err follow_up(struct job_run *r, const char *kind, const char *file)
{
    struct job_new j = {.kind = kind,
                        .payload = payload_of(r->arena, "file", file),
                        .dedupe_key = arena_fmt(r->arena, "%s:%s", kind, file)};
    return job_add(r->db, r->arena, &j, NULL);
}

static enum err note_made(struct job_run *r, struct actor *by,
                          const struct backup_info *info)
{
    const char *kind = job_text(r, "kind");
    TRY(backup_row_add(r->db, r->arena, by, kind, info));
    if (r->env->conf->backup.azure[0] != '\0')
        TRY(follow_up(r, "backup.send", info->file));
    return follow_up(r, "backup.prune", info->file);
}

static enum err make(struct job_run *r)
{
    struct backup_env env;
    struct backup_info info;
    struct actor by = actor_of(r);
    TRY(begin(r, &env));
    TRY(backup_make(&env, &info, &r->note));
    TRY(db_failed(r, audit_begin(r->db, &by)));
    TRY(db_failed(r, audit_end(r->db, &by, note_made(r, &by, &info))));
    log_info(r->env->log, "backup.made",
             "file=%s bytes=%" PRId64 " rows=%" PRId64 " files=%" PRId64
             " ms=%" PRId64,
             info.file, info.bytes, info.rows, info.files, info.took_ms);
    if (info.damaged > 0)
        log_error(r->env->log, "backup.damaged",
                  "files=%" PRId64 " are not what they were when they came",
                  info.damaged);
    return ERR_OK;
}

static enum err send(struct job_run *r)
{
    struct backup_env env;
    struct actor by = actor_of(r);
    const char *file = job_text(r, "file");
    TRY(begin(r, &env));
    enum err e = backup_kept_send(&env, file, &r->note);
    struct err_note why = r->note;
    TRY(db_failed(r, backup_row_offsite(r->db, &by, file,
                                        e == ERR_OK ? NULL : why.text)));
    r->note = why;
    r->hopeless = e == ERR_NOTFOUND; /* it is not here any more */
    if (e == ERR_OK)
        log_info(r->env->log, "backup.sent", "file=%s", file);
    return e;
}

static enum err prune(struct job_run *r)
{
    struct backup_env env;
    struct actor by = actor_of(r);
    size_t n = 0;
    TRY(begin(r, &env));
    TRY(backup_kept_prune(&env, r->db, &by, &n, &r->note));
    if (n > 0)
        log_info(r->env->log, "backup.pruned", "files=%zu", n);
    return ERR_OK;
}

/* --- the restore test --- */

static enum err drill(struct job_run *r)
{
    struct backup_env env;
    struct backup_drill d;
    struct actor by = actor_of(r);
    TRY(begin(r, &env));
    enum err e = backup_drill(&env, &r->env->keys, NULL, &d, &r->note);
    struct err_note why = r->note;
    if (e == ERR_OK || e == ERR_INVALID)
        TRY(db_failed(r, backup_row_tested(r->db, &by, d.file, d.ms,
                                           e == ERR_OK ? NULL : why.text)));
    r->note = why;
    r->hopeless = e == ERR_INVALID;
    if (e == ERR_OK)
        log_info(r->env->log, "backup.tested",
                 "file=%s ms=%" PRId64 " tables=%" PRId64 " rows=%" PRId64
                 " files=%" PRId64 " audit=%" PRId64,
                 d.file, d.ms, d.tables, d.rows, d.files, d.audit_rows);
    return e;
}

/* --- what went wrong --- */

/* In the transaction that buries the job. */
static enum err give_up(struct job_run *r)
{
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, "what", json_object_new_string(r->kind));
    json_object_object_add(o, "why", json_object_new_string(r->note.text));
    const char *payload = arena_strdup(r->arena, json_object_to_json_string(o));
    json_object_put(o);
    return job_add(r->db, r->arena,
                   &(struct job_new){.kind = "backup.tell", .payload = payload},
                   NULL);
}

static enum err queue_mail(struct job_run *r, enum msg subject, const char *why)
{
    const struct config *conf = r->env->conf;
    const char *to = conf->backup.tell[0] != '\0' ? conf->backup.tell
                                                  : conf->site.office_email;
    enum lang lang = LANG_ES;
    struct mail m = {.to_addr = to,
                     .entity = "backup",
                     .dedupe_key =
                         arena_fmt(r->arena, "backup.tell:%" PRId64, r->id)};
    if (to[0] == '\0')
        return ERR_OK;
    struct letter *l = letter_new(r->arena, lang, msg_text(lang, subject));
    letter_text(l, msg_text(lang, MSG_backup_mail_text));
    letter_fact(l, msg_text(lang, MSG_backup_mail_when),
                fmt_datetime(r->arena, lang, r->created_at));
    letter_fact(l, msg_text(lang, MSG_backup_mail_why), why);
    if (conf->site.url[0] != '\0')
        letter_link(l, msg_text(lang, MSG_backup_title),
                    arena_fmt(r->arena, "%s/admin/respaldos/", conf->site.url));
    TRY(letter_finish(l, &m, &r->note));
    return mail_queue(r->db, r->arena, conf, &m);
}

static enum err tell(struct job_run *r)
{
    const char *what = job_text(r, "what"), *why = job_text(r, "why");
    struct actor by = actor_of(r);
    bool made_none = strcmp(what, "backup.make") == 0;
    enum msg subject = made_none ? MSG_backup_mail_make
                       : strcmp(what, "backup.drill") == 0
                           ? MSG_backup_mail_drill
                           : MSG_backup_mail_send;
    log_error(r->env->log, "backup.failed", "what=%s why=\"%s\"", what, why);
    TRY(db_failed(r, audit_begin(r->db, &by)));
    enum err e = queue_mail(r, subject, why);
    if (e == ERR_OK && made_none)
        e = backup_row_failed(r->db, r->arena, &by, "clock", why);
    return db_failed(r, audit_end(r->db, &by, e));
}

const struct job_kind backup_jobs[] = {
    {.name = "backup.schedule",
     .run = schedule,
     .attempts = 3,
     .every_s = LOOK_S},
    {.name = "backup.make", .run = make, .dead = give_up, .attempts = 4},
    /* a line that is cut for a night mends by itself */
    {.name = "backup.send", .run = send, .dead = give_up, .attempts = 16},
    {.name = "backup.prune", .run = prune, .attempts = 5},
    {.name = "backup.drill", .run = drill, .dead = give_up, .attempts = 3},
    {.name = "backup.tell", .run = tell, .attempts = 20},
    {0},
};
