/*
 * queue - what leaves by mail, and what else is done in the background.
 */
#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "out/job.h"
#include "out/mail.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"

static const char *show_time(struct ctx *c, int64_t t)
{
    return t != 0 ? fmt_datetime(c->arena, c->lang, t) : "";
}

static const char *show_number(struct ctx *c, int64_t n)
{
    return n != 0 ? arena_fmt(c->arena, "%" PRId64, n) : "";
}

static const char *label_of(const struct ctx *c, const struct choice *all,
                            const char *value)
{
    for (const struct choice *o = all; o->value != NULL; o++)
        if (strcmp(o->value, value) == 0)
            return ctx_msg(c, o->label);
    return value;
}

static bool may_retry(const struct ctx *c, const char *state)
{
    return strcmp(state, "dead") == 0 &&
           access_allows(ctx_role(c), PERM_queue_retry);
}

/* What else there is to look after, for who may. */
static void fill_links(struct ctx *c)
{
    if (access_allows(ctx_role(c), PERM_backup_view))
        tpl_show(c->page, N_CAN_BACKUP);
}

/* --- mail --- */

enum { PAGE_ROWS = 50 };

static const struct choice mail_states[] = {
    {"", MSG_queue_all},
    {"queued", MSG_queue_queued},
    {"dead", MSG_queue_dead},
    {"sent", MSG_queue_sent},
    {0},
};

static const struct field mail_query[] = {
    PLAIN_FIELD(estado, FIELD_CHOICE, .choices = mail_states),
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

/* A message as the list shows it. */
struct mail_row {
    const char *subject, *to_addr, *state_label, *created, *sent, *attempts,
        *last_error, *retry_href;
    bool tried, can_retry;
};

static const struct column mail_row_columns[] = {
    COL(COL_TEXT, struct mail_row, subject),
    COL(COL_TEXT, struct mail_row, to_addr),
    COL(COL_TEXT, struct mail_row, state_label),
    COL(COL_TEXT, struct mail_row, created),
    COL(COL_TEXT, struct mail_row, sent),
    COL(COL_TEXT, struct mail_row, attempts),
    COL(COL_TEXT, struct mail_row, last_error),
    COL(COL_TEXT, struct mail_row, retry_href),
    COL(COL_BOOL, struct mail_row, tried),
    COL(COL_BOOL, struct mail_row, can_retry),
    {0},
};

static const char *mail_href(struct ctx *c, const char *state, int64_t before)
{
    const char *href = arena_fmt(c->arena, "/admin/correo/?estado=%s", state);
    return before == 0
               ? href
               : arena_fmt(c->arena, "%s&despues=%" PRId64, href, before);
}

static void fill_counts(struct ctx *c, const struct mail_counts *n)
{
    tpl_set_int(c->page, N_QUEUED_N, n->queued);
    tpl_set_int(c->page, N_DEAD_N, n->dead);
    if (n->oldest_at != 0)
        tpl_set(tpl_add(c->page, N_OLDEST), N_SINCE,
                show_time(c, n->oldest_at));
    if (!mail_is_on(&c->app->conf))
        tpl_show(c->page, N_OFF);
}

static void fill_chips(struct ctx *c, const char *state)
{
    for (const struct choice *o = mail_states; o->value != NULL; o++) {
        struct tpl_dict *d = tpl_add(c->page, N_CHIP);
        tpl_set(d, N_CHIP_HREF, mail_href(c, o->value, 0));
        tpl_set(d, N_LABEL, ctx_msg(c, o->label));
        if (strcmp(o->value, state) == 0)
            tpl_show(d, N_CURRENT);
    }
}

static void bind_mail(struct ctx *c, const struct mail *m, size_t n)
{
    struct mail_row *out = ARENA_ARRAY(c->arena, struct mail_row, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct mail_row){
            .subject = m[i].subject,
            .to_addr = m[i].to_addr,
            .state_label = label_of(c, mail_states, m[i].state),
            .created = show_time(c, m[i].created_at),
            .sent = show_time(c, m[i].sent_at),
            .attempts = show_number(c, m[i].attempts),
            .last_error = m[i].last_error,
            .retry_href = arena_fmt(
                c->arena, "/admin/correo/%" PRId64 "/reintentar/", m[i].id),
            .tried = m[i].last_error[0] != '\0',
            .can_retry = may_retry(c, m[i].state),
        };
    tpl_bind(tpl_add(c->page, N_ROWS), N_MAIL, mail_row_columns, out, n,
             sizeof(out[0]));
}

static void fill_pager(struct ctx *c, const char *state, int64_t before,
                       int64_t last, bool more)
{
    if (before == 0 && !more)
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (before != 0)
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF, mail_href(c, state, 0));
    if (more)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF, mail_href(c, state, last));
}

static enum err mail_get_list(struct ctx *c)
{
    struct db_rows rows;
    struct mail_counts counts;
    const char *state = form_text(&c->query, "estado");
    int64_t before = form_int(&c->query, "despues");
    fill_links(c);
    TRY(ctx_db(c, mail_count(c->app->db, c->arena, &counts)));
    /* one more tells whether there is a next page */
    TRY(ctx_db(c, mail_list(c->app->db, c->arena, state, before, PAGE_ROWS + 1,
                            &rows)));
    fill_counts(c, &counts);
    fill_chips(c, state);
    const struct mail *m = rows.items;
    bool more = rows.n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows.n;
    if (n == 0) {
        tpl_show(c->page, N_EMPTY);
        return ERR_OK;
    }
    bind_mail(c, m, n);
    fill_pager(c, state, before, m[n - 1].id, more);
    return ERR_OK;
}

static enum err mail_retry_post(struct ctx *c)
{
    TRY(ctx_db(c,
               mail_retry(c->app->db, c->arena, ctx_actor(c), c->params[0])));
    log_info(c->app->log, "mail.retried", "id=%" PRId64 " by=%" PRId64,
             c->params[0], ctx_user_id(c));
    flash_set(c, MSG_queue_flash_retry);
    resp_redirect(c->resp, "/admin/correo/");
    return ERR_OK;
}

/* --- other jobs --- */

static const struct choice job_states[] = {
    {"ready", MSG_jobs_ready},
    {"running", MSG_jobs_running},
    {"dead", MSG_jobs_dead},
    {0},
};

/* A job as the list shows it. */
struct job_row {
    int64_t id;
    const char *kind, *state_label, *progress, *attempts, *created, *last_error,
        *retry_href;
    bool can_retry;
};

static const struct column job_row_columns[] = {
    COL(COL_INT, struct job_row, id),
    COL(COL_TEXT, struct job_row, kind),
    COL(COL_TEXT, struct job_row, state_label),
    COL(COL_TEXT, struct job_row, progress),
    COL(COL_TEXT, struct job_row, attempts),
    COL(COL_TEXT, struct job_row, created),
    COL(COL_TEXT, struct job_row, last_error),
    COL(COL_TEXT, struct job_row, retry_href),
    COL(COL_BOOL, struct job_row, can_retry),
    {0},
};

static const char *show_progress(struct ctx *c, const struct job *j)
{
    if (j->total_n == 0)
        return show_number(c, j->done_n);
    return arena_fmt(c->arena, "%" PRId64 " / %" PRId64, j->done_n, j->total_n);
}

static enum err jobs_get(struct ctx *c)
{
    struct db_rows rows;
    fill_links(c);
    TRY(ctx_db(
        c, job_list_open(c->app->db, c->arena, "mail.send", PAGE_ROWS, &rows)));
    if (rows.n == 0) {
        tpl_show(c->page, N_EMPTY);
        return ERR_OK;
    }
    const struct job *j = rows.items;
    struct job_row *out = ARENA_ARRAY(c->arena, struct job_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        out[i] = (struct job_row){
            .id = j[i].id,
            .kind = j[i].kind,
            .state_label = label_of(c, job_states, j[i].state),
            .progress = show_progress(c, &j[i]),
            .attempts = show_number(c, j[i].attempts),
            .created = show_time(c, j[i].created_at),
            .last_error = j[i].last_error,
            .retry_href = arena_fmt(
                c->arena, "/admin/trabajos/%" PRId64 "/reintentar/", j[i].id),
            .can_retry = may_retry(c, j[i].state),
        };
    tpl_bind(tpl_add(c->page, N_ROWS), N_JOB, job_row_columns, out, rows.n,
             sizeof(out[0]));
    return ERR_OK;
}

static enum err jobs_retry_post(struct ctx *c)
{
    TRY(ctx_db(c, job_retry(c->app->db, ctx_actor(c), c->params[0])));
    log_info(c->app->log, "job.retried", "id=%" PRId64 " by=%" PRId64,
             c->params[0], ctx_user_id(c));
    flash_set(c, MSG_jobs_flash_retry);
    resp_redirect(c->resp, "/admin/trabajos/");
    return ERR_OK;
}

const struct route queue_routes[] = {
    {.name = "queue.mail",
     .path = "/admin/correo/",
     .need = PERM_queue_view,
     .title = MSG_queue_mail_title,
     .tpl = &tpl_queue_mail,
     .query = mail_query,
     .get = mail_get_list},
    {.name = "queue.mail_retry",
     .path = "/admin/correo/{id}/reintentar/",
     .need = PERM_queue_retry,
     .title = MSG_queue_retry,
     .post = mail_retry_post},
    {.name = "queue.jobs",
     .path = "/admin/trabajos/",
     .need = PERM_queue_view,
     .title = MSG_jobs_title,
     .tpl = &tpl_queue_jobs,
     .get = jobs_get},
    {.name = "queue.job_retry",
     .path = "/admin/trabajos/{id}/reintentar/",
     .need = PERM_queue_retry,
     .title = MSG_jobs_retry,
     .post = jobs_retry_post},
    {0},
};
