/*
 * operation - how the system is doing: workers, requests, jobs, mail, storage.
 *
 * What the supervisor tells comes over its control socket, which the workers
 * reach when they run as its user; without an answer the page says so.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "out/backup_row.h"
#include "out/job.h"
#include "out/mail.h"
#include "supervisor.h"
#include "text/fmt.h"
#include "web/page.h"

enum { SHOWN_ROUTES = 10, SHOWN_REQUESTS = 10 };

/* "0,31 ms", "12 ms", "1,2 s", "4 min", "3 h", "2 d"; "" for none, below 0 */
static const char *show_us(struct ctx *c, int64_t us)
{
    const int64_t ms = 1000, s = 1000 * ms, min = 60 * s;
    const int64_t hour = 60 * min, day = 24 * hour;
    char comma = c->lang == LANG_ES ? ',' : '.';
    if (us < 0)
        return "";
    if (us > 0 && us < 10 * ms)
        return arena_fmt(c->arena, "%" PRId64 "%c%02" PRId64 " ms", us / ms,
                         comma, us % ms / 10);
    if (us < s)
        return arena_fmt(c->arena, "%" PRId64 " ms", us / ms);
    if (us < min)
        return arena_fmt(c->arena, "%" PRId64 "%c%" PRId64 " s", us / s, comma,
                         us % s / (s / 10));
    if (us < hour)
        return arena_fmt(c->arena, "%" PRId64 " min", us / min);
    if (us < 2 * day)
        return arena_fmt(c->arena, "%" PRId64 " h", us / hour);
    return arena_fmt(c->arena, "%" PRId64 " d", us / day);
}

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

/* --- the supervisor --- */

struct pool_row {
    const char *name, *queued, *last_error;
    int64_t ready, wanted, busy, requests, refused, deaths;
};

static const struct column pool_row_columns[] = {
    COL(COL_TEXT, struct pool_row, name),
    COL(COL_TEXT, struct pool_row, queued),
    COL(COL_TEXT, struct pool_row, last_error),
    COL(COL_INT, struct pool_row, ready),
    COL(COL_INT, struct pool_row, wanted),
    COL(COL_INT, struct pool_row, busy),
    COL(COL_INT, struct pool_row, requests),
    COL(COL_INT, struct pool_row, refused),
    COL(COL_INT, struct pool_row, deaths),
    {0},
};

static void fill_pools(struct ctx *c, const struct supervisor *s)
{
    struct pool_row *rows = ARENA_ARRAY(c->arena, struct pool_row, s->n_pools);
    for (size_t i = 0; i < s->n_pools; i++) {
        const struct supervisor_pool *p = &s->pools[i];
        rows[i] = (struct pool_row){
            .name = p->name,
            .queued = p->queued >= 0
                          ? arena_fmt(c->arena, "%" PRId64, p->queued)
                          : "",
            .last_error = p->last_error,
            .ready = p->ready,
            .wanted = p->wanted,
            .busy = p->busy,
            .requests = p->requests,
            .refused = p->shed + p->late,
            .deaths = p->deaths,
        };
    }
    if (s->n_pools > 0)
        tpl_bind(tpl_add(c->page, N_POOLS), N_POOL, pool_row_columns, rows,
                 s->n_pools, sizeof(rows[0]));
}

struct work_row {
    const char *method, *path, *age, *phase;
};

static const struct column work_row_columns[] = {
    COL(COL_TEXT, struct work_row, method),
    COL(COL_TEXT, struct work_row, path),
    COL(COL_TEXT, struct work_row, age),
    COL(COL_TEXT, struct work_row, phase),
    {0},
};

static void fill_requests(struct ctx *c, const struct supervisor *s)
{
    size_t n = at_most(s->n_requests, SHOWN_REQUESTS);
    struct work_row *rows = ARENA_ARRAY(c->arena, struct work_row, n);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct work_row){
            .method = s->requests[i].method,
            .path = s->requests[i].path,
            .age = show_us(c, s->requests[i].age_ms * 1000),
            .phase = s->requests[i].phase,
        };
    if (n > 0)
        tpl_bind(tpl_add(c->page, N_NOW), N_WORK, work_row_columns, rows, n,
                 sizeof(rows[0]));
}

struct route_row {
    const char *name, *median, *p99;
    int64_t requests;
};

static const struct column route_row_columns[] = {
    COL(COL_TEXT, struct route_row, name),
    COL(COL_TEXT, struct route_row, median),
    COL(COL_TEXT, struct route_row, p99),
    COL(COL_INT, struct route_row, requests),
    {0},
};

static void fill_routes(struct ctx *c, const struct supervisor *s)
{
    size_t n = at_most(s->n_routes, SHOWN_ROUTES);
    struct route_row *rows = ARENA_ARRAY(c->arena, struct route_row, n);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct route_row){
            .name = s->routes[i].name,
            .median = show_us(c, s->routes[i].p50_us),
            .p99 = show_us(c, s->routes[i].p99_us),
            .requests = s->routes[i].requests,
        };
    if (n > 0)
        tpl_bind(tpl_add(c->page, N_ROUTES), N_ROUTE, route_row_columns, rows,
                 n, sizeof(rows[0]));
}

static void fill_supervisor(struct ctx *c)
{
    struct supervisor s;
    struct err_note why;
    const char *address = c->app->conf.supervisor.control_socket;
    if (supervisor_read(c->arena, address, &s, &why) != ERR_OK) {
        log_info(c->app->log, "operation.silent", "%s", why.text);
        tpl_show(c->page, N_SILENT);
        return;
    }
    struct tpl_dict *state =
        tpl_add(c->page, strcmp(s.status, "ok") == 0     ? N_GOOD
                         : strcmp(s.status, "down") == 0 ? N_DOWN
                                                         : N_DEGRADED);
    tpl_set(state, N_UPTIME, show_us(c, s.age_ms * 1000));
    fill_pools(c, &s);
    fill_requests(c, &s);
    fill_routes(c, &s);
}

/* --- what the database and the disk tell --- */

static enum err fill_background(struct ctx *c)
{
    struct job_counts jobs;
    struct mail_counts mail;
    TRY(ctx_db(c, job_count(c->app->db, c->arena, "mail.send", &jobs)));
    TRY(ctx_db(c, mail_count(c->app->db, c->arena, &mail)));
    tpl_set_int(c->page, N_JOBS_READY, jobs.ready);
    tpl_set_int(c->page, N_JOBS_RUNNING, jobs.running);
    tpl_set_int(c->page, N_JOBS_DEAD, jobs.dead);
    tpl_set_int(c->page, N_MAIL_QUEUED, mail.queued);
    tpl_set_int(c->page, N_MAIL_DEAD, mail.dead);
    if (mail.oldest_at != 0)
        tpl_set(tpl_add(c->page, N_OLDEST), N_SINCE,
                fmt_datetime(c->arena, c->lang, mail.oldest_at));
    return ERR_OK;
}

/* When it was, of a row that may not be there. */
static enum err show_when(struct ctx *c, enum err found, int64_t t,
                          const char **ret)
{
    if (found == ERR_NOTFOUND) {
        *ret = ctx_msg(c, MSG_backup_never);
        return ERR_OK;
    }
    TRY(ctx_db(c, found));
    *ret = fmt_datetime(c->arena, c->lang, t);
    return ERR_OK;
}

static enum err fill_backups(struct ctx *c)
{
    struct backup_row row = {0};
    const char *last, *tested;
    enum err e = backup_row_newest(c->app->db, c->arena, &row);
    TRY(show_when(c, e, row.created_at, &last));
    e = backup_row_last_test(c->app->db, c->arena, &row);
    TRY(show_when(c, e, row.restore_test_at, &tested));
    tpl_set(c->page, N_LAST, last);
    tpl_set(c->page, N_LAST_TEST, tested);
    return ERR_OK;
}

static void fill_storage(struct ctx *c)
{
    struct statvfs disk;
    bool pg = db_kind(c->app->db) == DB_PG;
    tpl_set(c->page, N_DATABASE, pg ? "PostgreSQL" : "SQLite");
    if (statvfs(c->app->conf.files.dir, &disk) == 0)
        tpl_set(c->page, N_FREE,
                fmt_bytes(c->arena, c->lang,
                          (int64_t)(disk.f_bavail * disk.f_frsize)));
}

static enum err overview(struct ctx *c)
{
    fill_supervisor(c);
    TRY(fill_background(c));
    TRY(fill_backups(c));
    fill_storage(c);
    return ERR_OK;
}

const struct route operation_routes[] = {
    {.name = "operation.overview",
     .path = "/admin/operacion/",
     .need = PERM_operation_view,
     .title = MSG_operation_title,
     .tpl = &tpl_operation_overview,
     .get = overview,
     .menu = {MSG_operation_title, "compass", 85}},
    {0},
};
