/*
 * mail_job - sends the outbox.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "out/job.h"
#include "out/mail_impl.h"
#include "out/smtp.h"

enum {
    OFF_WAIT_S = 600,  /* while there is no server to send to */
    FULL_WAIT_S = 300, /* while an address has got enough */
    HOUR_S = 3600
};

static enum err db_failed(struct job_run *r, enum err e)
{
    if (e != ERR_OK && e != ERR_NOTFOUND)
        err_set(&r->note, e, "%s", db_error(r->db));
    return e;
}

/* Is now the time to send it? */
static enum err check_time(struct job_run *r, const struct mail *m)
{
    const struct config *conf = r->env->conf;
    int64_t n;
    if (!mail_is_on(conf)) {
        r->wait_s = OFF_WAIT_S;
        return err_set(&r->note, ERR_UNAVAIL, "mail.url is not set");
    }
    TRY(db_failed(r, mail_sent_to(r->db, r->arena, m->to_addr,
                                  clock_now() - HOUR_S, &n)));
    if (n < conf->mail.per_hour)
        return ERR_OK;
    r->wait_s = FULL_WAIT_S;
    return err_set(&r->note, ERR_UNAVAIL, "mail.per_hour is reached");
}

/* The server has it: nothing may make us send it again but our own death. */
static enum err note_sent(struct job_run *r, const struct mail *m)
{
    TRY(db_failed(r, mail_mark_sent(r->db, m->id)));
    log_info(r->env->log, "mail.sent", "id=%" PRId64 " entity=%s/%" PRId64,
             m->id, m->entity, m->entity_id);
    return ERR_OK;
}

/* HOST:PORT of smtp://HOST:PORT. */
static const char *host_of(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    const char *account = strchr(host, '@');
    host = account != NULL ? account + 1 : host;
    return arena_dup(a, host, strcspn(host, "/"));
}

static enum err hand_over(struct job_run *r, const struct mail *m)
{
    int64_t at_ms = clock_wall_ms(), start_us = clock_us();
    enum err e = smtp_send(r->env->smtp, r->arena, m, &r->note);
    event_add(r->env->telemetry,
              &(struct event){
                  .kind = EVENT_CALL,
                  .failed = e != ERR_OK,
                  .sample = 100,
                  .at_ms = at_ms,
                  .took_us = clock_us() - start_us,
                  .text = {[EVENT_ID] = r->operation,
                           [EVENT_NAME] = "SEND",
                           [EVENT_ROUTE] = r->kind,
                           [EVENT_RESULT] = e == ERR_OK ? "250" : err_name(e),
                           [EVENT_TYPE] = "SMTP",
                           [EVENT_TARGET] =
                               host_of(r->arena, r->env->conf->mail.url)}});
    return e;
}

static enum err send_mail(struct job_run *r)
{
    struct mail m;
    int64_t seconds = 2 * r->env->conf->mail.timeout_ms / 1000;
    enum { ROUND_S = 5 }; /* for what is done before and after */
    enum err e = mail_get(r->db, r->arena, job_int(r, "mail"), &m);
    if (e == ERR_NOTFOUND)
        return ERR_OK; /* there is nothing left to send */
    TRY(db_failed(r, e));
    if (strcmp(m.state, "queued") != 0)
        return ERR_OK; /* we sent it, and died before we could say so */
    TRY(check_time(r, &m));
    TRY(job_alive(r, seconds + ROUND_S));
    e = hand_over(r, &m);
    if (e == ERR_OK)
        return note_sent(r, &m);
    r->hopeless = e == ERR_INVALID;
    struct err_note why = r->note;
    TRY(db_failed(r, mail_mark_failed(r->db, m.id, why.text)));
    return e;
}

static enum err give_up(struct job_run *r)
{
    return mail_mark_dead(r->db, job_int(r, "mail"), r->note.text);
}

static enum err prune(struct job_run *r)
{
    int64_t keep_s = r->env->conf->jobs.keep_ms / 1000;
    return db_failed(r, mail_prune(r->db, clock_now() - keep_s));
}

const struct job_kind mail_jobs[] = {
    /* 7 attempts in the first half hour, then one an hour: two days */
    {.name = "mail.send", .run = send_mail, .dead = give_up, .attempts = 55},
    {.name = "mail.prune", .run = prune, .attempts = 5, .every_s = HOUR_S},
    {0},
};
