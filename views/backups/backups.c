/*
 * backups - which there are, how old the newest good one is, when one was
 * last restored in a test; and the buttons for either. The work itself is
 * done by ptjobs (out/backup_job.c).
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "out/backup_row.h"
#include "out/job.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"

enum {
    PAGE_ROWS = 50,
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 24 * 3600,
    SHOWN_HOURS_S = 2 * DAY_S /* ages are told in hours up to here */
};

static const struct choice states[] = {
    {"good", MSG_backup_good},
    {"bad", MSG_backup_bad},
    {"failed", MSG_backup_failed},
    {"gone", MSG_backup_gone},
    {0},
};

/* Kinds of jobs that are told of while they wait or run. */
static const struct choice busy_kinds[] = {
    {"backup.make", MSG_backup_make_busy},
    {"backup.send", MSG_backup_send_busy},
    {"backup.drill", MSG_backup_drill_busy},
    {0},
};

static const struct field list_query[] = {
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

/* The label of value; MSG_none when it is none of them. */
static enum msg label_of(const struct choice *all, const char *value)
{
    for (; all->value != NULL; all++)
        if (strcmp(all->value, value) == 0)
            return all->label;
    return MSG_none;
}

static bool is_on(const struct ctx *c)
{
    return c->app->conf.backup.key[0] != '\0';
}

/* --- words --- */

static const char *show_age(struct ctx *c, int64_t since)
{
    int64_t s = clock_now() - since, unit_s = DAY_S;
    enum msg unit = MSG_backup_days;
    if (s < HOUR_S) {
        unit = MSG_backup_minutes;
        unit_s = MINUTE_S;
    } else if (s < SHOWN_HOURS_S) {
        unit = MSG_backup_hours;
        unit_s = HOUR_S;
    }
    return arena_fmt(c->arena, "%" PRId64 " %s", s < 0 ? 0 : s / unit_s,
                     ctx_msg(c, unit));
}

static const char *show_when(struct ctx *c, int64_t at)
{
    if (at == 0)
        return ctx_msg(c, MSG_backup_never);
    return arena_fmt(c->arena, "%s (%s)", fmt_datetime(c->arena, c->lang, at),
                     show_age(c, at));
}

/* Tenths of a second, begun ones too, in the way of the language. */
static const char *show_seconds(struct ctx *c, int64_t ms)
{
    int64_t tenths = (ms + 99) / 100;
    return arena_fmt(c->arena, "%" PRId64 "%s%" PRId64 " %s", tenths / 10,
                     c->lang == LANG_EN ? "." : ",", tenths % 10,
                     ctx_msg(c, MSG_backup_seconds));
}

static const char *show_test(struct ctx *c, const struct backup_row *row)
{
    if (row->restore_test_at == 0)
        return "";
    return arena_fmt(c->arena, "%s, %s %s",
                     fmt_datetime(c->arena, c->lang, row->restore_test_at),
                     ctx_msg(c, MSG_backup_test_took),
                     show_seconds(c, row->restore_test_ms));
}

/* "1 archivo", "20 archivos" */
static const char *show_count(struct ctx *c, int64_t n, enum msg one,
                              enum msg many)
{
    return arena_fmt(c->arena, "%" PRId64 " %s", n,
                     ctx_msg(c, n == 1 ? one : many));
}

static const char *show_place(struct ctx *c, const struct backup_row *row)
{
    if (row->file[0] == '\0' || strcmp(row->state, "gone") == 0)
        return "";
    return ctx_msg(c, row->offsite_at != 0 ? MSG_backup_place_both
                                           : MSG_backup_place_here);
}

/* --- the list --- */

/* A backup as the list shows it. */
struct list_row {
    const char *created, *state_label, *result, *age, *size, *content, *place,
        *tested;
    bool has_result;
};

static const struct column list_columns[] = {
    COL(COL_TEXT, struct list_row, created),
    COL(COL_TEXT, struct list_row, state_label),
    COL(COL_TEXT, struct list_row, result),
    COL(COL_TEXT, struct list_row, age),
    COL(COL_TEXT, struct list_row, size),
    COL(COL_TEXT, struct list_row, content),
    COL(COL_TEXT, struct list_row, place),
    COL(COL_TEXT, struct list_row, tested),
    COL(COL_BOOL, struct list_row, has_result),
    {0},
};

static struct list_row row_of(struct ctx *c, const struct backup_row *b)
{
    struct list_row row = {
        .created = fmt_datetime(c->arena, c->lang, b->created_at),
        .state_label = ctx_msg(c, label_of(states, b->state)),
        .result = b->result,
        .age = show_age(c, b->created_at),
        .size = "",
        .content = "",
        .place = show_place(c, b),
        .tested = show_test(c, b),
        .has_result = b->result[0] != '\0',
    };
    if (b->file[0] == '\0')
        return row;
    row.size = fmt_bytes(c->arena, c->lang, b->size);
    row.content =
        arena_fmt(c->arena, "%s, %s",
                  show_count(c, b->rows_n, MSG_backup_row, MSG_backup_rows),
                  show_count(c, b->files_n, MSG_backup_file, MSG_backup_files));
    return row;
}

static void bind_rows(struct ctx *c, const struct backup_row *b, size_t n)
{
    struct list_row *out = ARENA_ARRAY(c->arena, struct list_row, n);
    for (size_t i = 0; i < n; i++)
        out[i] = row_of(c, &b[i]);
    tpl_bind(tpl_add(c->page, N_ROWS), N_BACKUP, list_columns, out, n,
             sizeof(out[0]));
}

static void fill_pager(struct ctx *c, int64_t before, int64_t last, bool more)
{
    if (before == 0 && !more)
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (before != 0)
        tpl_show(p, N_FIRST);
    if (more)
        tpl_set(
            tpl_add(p, N_NEXT), N_NEXT_HREF,
            arena_fmt(c->arena, "/admin/respaldos/?despues=%" PRId64, last));
}

/* Zero rows are no error here. */
static enum err maybe(struct ctx *c, enum err e)
{
    return e == ERR_NOTFOUND ? ERR_OK : ctx_db(c, e);
}

/* Older than twice what was planned; 0: nothing is planned. */
static bool is_late(int64_t at, int64_t every_ms)
{
    return every_ms != 0 && clock_now() - at > 2 * every_ms / 1000;
}

static enum err fill_facts(struct ctx *c)
{
    const struct config *conf = &c->app->conf;
    struct backup_row good = {0}, tested = {0};
    TRY(maybe(c, backup_row_newest(c->app->db, c->arena, &good)));
    TRY(maybe(c, backup_row_last_test(c->app->db, c->arena, &tested)));
    const char *test = show_when(c, tested.restore_test_at);
    if (tested.restore_test_at != 0)
        test = arena_fmt(c->arena, "%s, %s %s", test,
                         ctx_msg(c, MSG_backup_test_took),
                         show_seconds(c, tested.restore_test_ms));
    tpl_set(c->page, N_LAST, show_when(c, good.created_at));
    tpl_set(c->page, N_LAST_TEST, test);
    tpl_set(c->page, N_ELSEWHERE,
            ctx_msg(c, conf->backup.azure[0] != '\0'
                           ? MSG_backup_elsewhere_azure
                           : MSG_backup_elsewhere_none));
    tpl_set_int(c->page, N_KEEP_DAYS, conf->backup.keep_ms / 1000 / DAY_S);
    if (!is_on(c))
        tpl_show(c->page, N_OFF);
    else if (good.created_at != 0) {
        if (is_late(good.created_at, conf->backup.every_ms))
            tpl_show(c->page, N_LATE);
        if (is_late(tested.restore_test_at, conf->backup.drill_every_ms))
            tpl_show(c->page, N_UNTESTED);
    }
    return ERR_OK;
}

/* Does a job of this kind wait or run? */
static enum err find_busy(struct ctx *c, const char *kind, bool *ret_busy)
{
    struct db_rows rows;
    *ret_busy = false;
    TRY(ctx_db(
        c, job_list_open(c->app->db, c->arena, "mail.send", PAGE_ROWS, &rows)));
    const struct job *j = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        if (strcmp(j[i].kind, kind) == 0 && strcmp(j[i].state, "dead") != 0)
            *ret_busy = true;
    return ERR_OK;
}

static enum err fill_busy(struct ctx *c)
{
    for (const struct choice *o = busy_kinds; o->value != NULL; o++) {
        bool busy;
        TRY(find_busy(c, o->value, &busy));
        if (busy)
            tpl_set(tpl_add(c->page, N_BUSY), N_LABEL, ctx_msg(c, o->label));
    }
    return ERR_OK;
}

static enum err list_get(struct ctx *c)
{
    struct db_rows rows;
    int64_t before = form_int(&c->query, "despues");
    TRY(fill_facts(c));
    TRY(fill_busy(c));
    bool can_make = is_on(c) && access_allows(ctx_role(c), PERM_backup_make);
    if (can_make)
        tpl_show(c->page, N_CAN_MAKE);
    /* one more tells whether there is a next page */
    TRY(ctx_db(c, backup_row_list(c->app->db, c->arena, before, PAGE_ROWS + 1,
                                  &rows)));
    const struct backup_row *b = rows.items;
    bool more = rows.n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows.n;
    if (n == 0) {
        struct tpl_dict *d = tpl_add(c->page, N_EMPTY);
        if (can_make)
            tpl_show(d, N_CAN_MAKE);
        return ERR_OK;
    }
    bind_rows(c, b, n);
    fill_pager(c, before, b[n - 1].id, more);
    return ERR_OK;
}

/* --- the buttons --- */

/* One at a time: who presses twice gets one. */
static enum err ask_for(struct ctx *c, const char *kind, enum msg said)
{
    bool busy;
    if (!is_on(c))
        return err_set(&c->note, ERR_CONFLICT, "backup.key is not set");
    TRY(find_busy(c, kind, &busy));
    struct job_new j = {
        .kind = kind,
        .payload = arena_fmt(c->arena, "{\"kind\":\"page\",\"by\":%" PRId64 "}",
                             ctx_user_id(c)),
        .dedupe_key = arena_fmt(c->arena, "%s:page:%" PRId64, kind,
                                clock_now() / MINUTE_S)};
    if (!busy)
        TRY(ctx_db(c, job_add(c->app->db, c->arena, &j, NULL)));
    log_info(c->app->log, "backup.asked", "kind=%s by=%" PRId64, kind,
             ctx_user_id(c));
    flash_set(c, busy ? MSG_backup_flash_busy : said);
    resp_redirect(c->resp, "/admin/respaldos/");
    return ERR_OK;
}

static enum err make_post(struct ctx *c)
{
    return ask_for(c, "backup.make", MSG_backup_flash_make);
}

static enum err drill_post(struct ctx *c)
{
    return ask_for(c, "backup.drill", MSG_backup_flash_drill);
}

const struct route backups_routes[] = {
    {.name = "backups.list",
     .path = "/admin/respaldos/",
     .need = PERM_backup_view,
     .title = MSG_backup_title,
     .tpl = &tpl_backups_list,
     .query = list_query,
     .get = list_get},
    {.name = "backups.make",
     .path = "/admin/respaldos/crear/",
     .need = PERM_backup_make,
     .title = MSG_backup_make,
     .post = make_post},
    {.name = "backups.drill",
     .path = "/admin/respaldos/probar/",
     .need = PERM_backup_make,
     .title = MSG_backup_drill,
     .post = drill_post},
    {0},
};
