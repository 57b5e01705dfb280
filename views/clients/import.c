/*
 * import - the pages of an import: the file comes in, one sees how it is
 * checked, what it will bring and what is wrong with it, and starts it.
 */
#include "import.h"

#include <inttypes.h>
#include <string.h>

#include "base/fd.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "store/filestore.h"
#include "store/filetype.h"
#include "text/csv.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"

enum {
    LIST_ROWS = 20,    /* imports */
    PAGE_ROWS = 50,    /* problems of one page */
    REPORT_ROWS = 500, /* read at once */
    PREVIEW_ROWS = 5,
    PREVIEW_LOOK = 50, /* rows of the file in which good ones are sought */
    PLACE = 100        /* a problem's place: its line times this, and its n */
};

static const char *const types[] = {"text/csv", "text/plain", NULL};

static const struct field upload_form[] = {
    FILE_FIELD(file, MSG_client_import_file, .types = types,
               .max = IMPORT_MAX_BYTES, .flags = FIELD_REQUIRED),
    {0},
};

static const struct field version_form[] = {
    PLAIN_FIELD(version, FIELD_INT, .flags = FIELD_REQUIRED),
    {0},
};

static const struct field show_query[] = {
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

static const struct choice states[] = {
    {"uploaded", MSG_client_import_uploaded},
    {"checking", MSG_client_import_checking},
    {"ready", MSG_client_import_ready},
    {"running", MSG_client_import_running},
    {"done", MSG_client_import_done},
    {"failed", MSG_client_import_failed},
    {"cancelled", MSG_client_import_cancelled},
    {0},
};

static const char *href(struct ctx *c, int64_t id, const char *rest)
{
    return arena_fmt(c->arena, "/clientes/importar/%" PRId64 "/%s", id, rest);
}

/* --- the file comes in --- */

struct import_row {
    const char *href, *name, *added, *by, *state_label;
    int64_t done, bad;
};

static const struct column import_row_columns[] = {
    COL(COL_TEXT, struct import_row, href),
    COL(COL_TEXT, struct import_row, name),
    COL(COL_TEXT, struct import_row, added),
    COL(COL_TEXT, struct import_row, by),
    COL(COL_TEXT, struct import_row, state_label),
    COL(COL_INT, struct import_row, done),
    COL(COL_INT, struct import_row, bad),
    {0},
};

static enum err fill_imports(struct ctx *c)
{
    struct db_rows rows;
    TRY(ctx_db(c, client_import_list(c->app->db, c->arena, LIST_ROWS, &rows)));
    if (rows.n == 0)
        return ERR_OK;
    const struct client_import *im = rows.items;
    struct import_row *out = ARENA_ARRAY(c->arena, struct import_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        out[i] = (struct import_row){
            .href = href(c, im[i].id, ""),
            .name = im[i].name,
            .added = fmt_datetime(c->arena, c->lang, im[i].created_at),
            .by = im[i].created_by_name,
            .state_label = clients_label(c, states, im[i].state),
            .done = im[i].done,
            .bad = im[i].bad,
        };
    tpl_bind(tpl_add(c->page, N_ROWS), N_IMPORT, import_row_columns, out,
             rows.n, sizeof(out[0]));
    return ERR_OK;
}

/* "NIT, Cédula de ciudadanía": what a column takes. */
static const char *choices_text(struct ctx *c, const struct choice *choices)
{
    const char *text = "";
    for (; choices->value != NULL; choices++)
        if (choices->value[0] != '\0')
            text =
                arena_fmt(c->arena, "%s%s%s", text, text[0] != '\0' ? ", " : "",
                          ctx_msg(c, choices->label));
    return text;
}

/* The heads that are known, in both languages. */
static void fill_columns(struct ctx *c)
{
    for (const struct import_column *k = import_columns; k->label != MSG_none;
         k++) {
        if (k->field == NULL)
            continue;
        struct tpl_dict *d = tpl_add(c->page, N_COLUMN);
        tpl_set(d, N_LABEL, msg_text(LANG_ES, k->label));
        tpl_set(d, N_LABEL_EN, msg_text(LANG_EN, k->label));
        if (k->required)
            tpl_show(d, N_REQUIRED);
        if (k->choices != NULL)
            tpl_set(tpl_add(d, N_CHOICES), N_VALUE,
                    choices_text(c, k->choices));
        if (strcmp(k->field, "document") == 0)
            tpl_show(d, N_IS_DOCUMENT);
    }
}

static void fill_heads_part(struct ctx *c, enum msg label, const char *names)
{
    if (names[0] == '\0')
        return;
    struct tpl_dict *d = tpl_add(c->page, N_BAD_HEAD);
    tpl_set(d, N_LABEL, ctx_msg(c, label));
    tpl_set(d, N_VALUE, names);
}

static const struct import_heads no_heads = {
    .unknown = "", .missing = "", .twice = ""};

/* The heads of the file that came along; INVALID tells why in ret. */
static enum err look_at(struct ctx *c, const struct form_file *came,
                        enum charset *ret_charset, struct import_heads *ret)
{
    struct import_file *file;
    int fd = filestore_fd(came->temp);
    TRY(import_charset(fd, ret_charset, &c->note));
    if (*ret_charset == CHARSET_NONE)
        return ERR_INVALID;
    return import_file_open(c->arena, fd, *ret_charset, c->lang, &file, ret);
}

static enum err upload_get(struct ctx *c)
{
    struct import_heads heads = no_heads;
    enum charset charset;
    const struct form_file *came =
        c->req.method == METHOD_POST ? form_file(&c->form, "file", 0) : NULL;
    fill_columns(c);
    tpl_set(c->page, N_F_file, filetype_accept(c->arena, types));
    tpl_set(c->page, N_MAX_SIZE,
            fmt_bytes(c->arena, c->lang, IMPORT_MAX_BYTES));
    tpl_set_int(c->page, N_MAX_ROWS, MAX_CSV_ROWS - 1);
    if (came != NULL && look_at(c, came, &charset, &heads) == ERR_INVALID) {
        fill_heads_part(c, MSG_client_import_unknown, heads.unknown);
        fill_heads_part(c, MSG_client_import_missing, heads.missing);
        fill_heads_part(c, MSG_client_import_twice, heads.twice);
    }
    return fill_imports(c);
}

static enum err add_import(struct ctx *c, const struct client_import *im,
                           int64_t *ret_id)
{
    TRY(client_import_create(c->app->db, c->arena, im, ctx_actor(c), ret_id));
    return import_ask_check(c, *ret_id);
}

/* The bytes are on the disk before a row speaks of them. */
static enum err upload_post(struct ctx *c)
{
    struct import_heads heads = no_heads;
    enum charset charset = CHARSET_NONE;
    int64_t id = 0;
    const struct form_file *came = form_file(&c->form, "file", 0);
    enum err e = look_at(c, came, &charset, &heads);
    if (e == ERR_INVALID)
        form_refuse(&c->form, "file",
                    heads.bad ? MSG_client_import_bad_heads
                              : MSG_form_bad_file);
    TRY(e);
    struct client_import im = {
        .name = came->name,
        .bytes = came->bytes,
        .charset = charset == CHARSET_UTF8 ? "utf-8" : "windows-1252"};
    TRY(filestore_keep(came->temp, &im.sha256, &c->note));
    TRY(ctx_db(c, audit_begin(c->app->db, ctx_actor(c))));
    TRY(ctx_db(c,
               audit_end(c->app->db, ctx_actor(c), add_import(c, &im, &id))));
    log_info(c->app->log, "import.added",
             "id=%" PRId64 " bytes=%" PRId64 " by=%" PRId64, id, im.bytes,
             ctx_user_id(c));
    resp_redirect(c->resp, href(c, id, ""));
    return ERR_OK;
}

static void send_csv(struct ctx *c, const char *name)
{
    resp_header(c->resp, "Content-Type", "text/csv; charset=utf-8");
    resp_header(c->resp, "Content-Disposition",
                arena_fmt(c->arena, "attachment; filename=\"%s\"", name));
    resp_header(c->resp, "X-Content-Type-Options", "nosniff");
    resp_header(c->resp, "Cache-Control", "no-store");
}

/* Heads alone, the document in one column, as an export has them. */
static enum err template_get(struct ctx *c)
{
    const char *cells[MAX_CSV_CELLS];
    size_t n = 0;
    for (const struct import_column *k = import_columns; k->label != MSG_none;
         k++)
        if (k->field != NULL && strncmp(k->field, "doc_", 4) != 0)
            cells[n++] = ctx_msg(c, k->label);
    csv_begin(&c->resp->body);
    csv_row(&c->resp->body, cells, n);
    send_csv(c, "plantilla-clientes.csv");
    return ERR_OK;
}

/* --- one import --- */

static bool is_state(const struct client_import *im, const char *state)
{
    return strcmp(im->state, state) == 0;
}

static void fill_progress(struct ctx *c, const struct client_import *im)
{
    bool running = is_state(im, "running");
    int64_t done = running ? im->done : im->checked_bytes;
    int64_t all = running ? im->good : im->bytes;
    struct tpl_dict *d = tpl_add(c->page, N_PROGRESS);
    tpl_set(d, N_LABEL, clients_label(c, states, im->state));
    tpl_set_int(d, N_PERCENT, all > 0 ? done * 100 / all : 0);
    tpl_set_int(d, N_DONE_N, running ? im->done : im->lines);
    if (running)
        tpl_set_int(tpl_add(d, N_OF_TOTAL), N_TOTAL_N, im->good);
    /* the page asks again by itself, without a script */
    resp_header(c->resp, "Refresh", "2");
}

static void fill_start(struct ctx *c, const struct client_import *im)
{
    struct tpl_dict *d = tpl_add(c->page, N_CAN_START);
    tpl_set(d, N_START_HREF, href(c, im->id, "empezar/"));
    tpl_set_int(d, N_VERSION, im->version);
    tpl_set_int(d, N_COUNT, im->good);
    tpl_set(d, N_CLIENTS_WORD,
            ctx_msg(c, im->good == 1 ? MSG_client_import_client
                                     : MSG_client_import_clients));
}

static void fill_state(struct ctx *c, const struct client_import *im)
{
    bool cancelled = is_state(im, "cancelled");
    tpl_set(c->page, N_NAME, im->name);
    tpl_set(c->page, N_ADDED, fmt_datetime(c->arena, c->lang, im->created_at));
    tpl_set(c->page, N_BY, im->created_by_name);
    tpl_set(c->page, N_STATE_LABEL, clients_label(c, states, im->state));
    if (is_state(im, "uploaded") || is_state(im, "checking") ||
        is_state(im, "running"))
        fill_progress(c, im);
    else if (!cancelled)
        tpl_show(c->page, N_COUNTED);
    tpl_set_int(c->page, N_LINES_N, im->lines);
    tpl_set_int(c->page, N_GOOD_N, im->good);
    tpl_set_int(c->page, N_BAD_N, im->bad);
    tpl_set_int(c->page, N_ALIKE_N, im->alike);
    tpl_set_int(c->page, N_DONE_N, im->done);
    if (is_state(im, "ready") && im->good > 0)
        fill_start(c, im);
    if (im->started_at == 0 && !cancelled) {
        struct tpl_dict *d = tpl_add(c->page, N_CAN_CANCEL);
        tpl_set(d, N_CANCEL_HREF, href(c, im->id, "cancelar/"));
        tpl_set_int(d, N_VERSION, im->version);
    }
    if (is_state(im, "done"))
        tpl_show(c->page, N_DONE);
    if (is_state(im, "failed"))
        tpl_set(tpl_add(c->page, N_FAILED), N_MESSAGE,
                ctx_msg(c, strcmp(im->error, "file") == 0
                               ? MSG_client_import_failed_file
                               : MSG_client_import_failed_job));
}

/* --- the first lines --- */

struct preview_row {
    const char *name, *company, *kind_label, *document, *service_label, *email,
        *phone, *address, *city, *place;
    bool whatsapp_ok;
};

static const struct column preview_columns[] = {
    COL(COL_TEXT, struct preview_row, name),
    COL(COL_TEXT, struct preview_row, company),
    COL(COL_TEXT, struct preview_row, kind_label),
    COL(COL_TEXT, struct preview_row, document),
    COL(COL_TEXT, struct preview_row, service_label),
    COL(COL_TEXT, struct preview_row, email),
    COL(COL_TEXT, struct preview_row, phone),
    COL(COL_TEXT, struct preview_row, address),
    COL(COL_TEXT, struct preview_row, city),
    COL(COL_TEXT, struct preview_row, place),
    COL(COL_BOOL, struct preview_row, whatsapp_ok),
    {0},
};

static struct preview_row preview_of(struct ctx *c,
                                     const struct import_line *line)
{
    const struct client *cl = &line->client;
    return (struct preview_row){
        .name = cl->name,
        .company = cl->company,
        .kind_label = clients_label(c, clients_kinds, cl->kind),
        .document = document_show(c->arena, cl),
        .service_label = clients_label(c, clients_services, cl->service_kind),
        .email = cl->email,
        .phone = clients_phone(c->arena, cl->phone),
        .address = cl->address,
        .city = cl->city,
        .place = cl->dane_city,
        .whatsapp_ok = cl->whatsapp_ok,
    };
}

static bool is_bad(const struct db_rows *bad, int64_t line)
{
    const struct client_import_line *b = bad->items;
    for (size_t i = 0; i < bad->n; i++)
        if (b[i].line == line)
            return true;
    return false;
}

/* Good lines among the first of the file, as they would be stored. */
static enum err read_preview(struct ctx *c, const struct client_import *im,
                             int fd, const struct db_rows *bad)
{
    struct preview_row rows[PREVIEW_ROWS];
    struct import_heads heads;
    struct import_file *file;
    struct import_line line;
    size_t n = 0;
    TRY(import_file_open(c->arena, fd, import_charset_of(im), c->lang, &file,
                         &heads));
    while (n < PREVIEW_ROWS &&
           import_file_next(file, c->arena, &line) == ERR_OK &&
           line.number <= PREVIEW_LOOK)
        if (!line.empty && line.n_problems == 0 && !is_bad(bad, line.number))
            rows[n++] = preview_of(c, &line);
    struct preview_row *out = ARENA_ARRAY(c->arena, struct preview_row, n);
    for (size_t i = 0; i < n; i++)
        out[i] = rows[i];
    if (n > 0)
        tpl_bind(tpl_add(c->page, N_PREVIEW), N_PREVIEW_ROW, preview_columns,
                 out, n, sizeof(out[0]));
    return ERR_OK;
}

static enum err fill_preview(struct ctx *c, const struct client_import *im)
{
    struct db_rows bad;
    CLEANUP(fd_done) int fd = -1;
    if (!is_state(im, "ready"))
        return ERR_OK;
    TRY(ctx_db(c, client_import_bad(c->app->db, c->arena, im->id, 0,
                                    PREVIEW_LOOK, &bad)));
    TRY(filestore_open(c->app->files, im->sha256, &fd, &c->note));
    return read_preview(c, im, fd, &bad);
}

/* --- what is wrong --- */

/* "El mismo documento está en la línea 7". */
static const char *problem_text(struct ctx *c,
                                const struct client_import_line *p)
{
    enum msg why = import_problem(p->problem);
    const char *text = ctx_msg(c, why);
    if (p->about != 0 && why == MSG_client_import_twin)
        text = arena_fmt(c->arena, "%s %" PRId64 ".", text, p->about);
    return text;
}

static bool is_about_client(const struct client_import_line *p)
{
    return p->about != 0 &&
           import_problem(p->problem) != MSG_client_import_twin;
}

static const char *field_text(struct ctx *c, const struct client_import_line *p)
{
    enum msg label = import_label(p->field);
    return ctx_msg(c, label != MSG_none ? label : MSG_client_import_whole);
}

static void fill_problem(struct ctx *c, struct tpl_dict *d,
                         const struct client_import_line *p)
{
    tpl_set_int(d, N_LINE, p->line);
    tpl_set(d, N_LABEL, field_text(c, p));
    tpl_set(d, N_MESSAGE, problem_text(c, p));
    if (is_about_client(p)) {
        struct tpl_dict *k = tpl_add(d, N_ABOUT_CLIENT);
        tpl_set(k, N_HREF, clients_href(c, p->about, ""));
        tpl_set(k, N_CODE, clients_code(c->arena, p->about));
    }
}

static enum err fill_problems(struct ctx *c, const struct client_import *im)
{
    struct db_rows rows;
    int64_t after = form_int(&c->query, "despues");
    /* one more tells whether there is a next page */
    const struct client_import_page page = {.id = im->id,
                                            .line = after / PLACE,
                                            .n =
                                                after == 0 ? -1 : after % PLACE,
                                            .limit = PAGE_ROWS + 1};
    if (im->bad == 0 && im->alike == 0)
        return ERR_OK;
    TRY(ctx_db(c, client_import_problems(c->app->db, c->arena, &page, &rows)));
    const struct client_import_line *p = rows.items;
    bool more = rows.n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows.n;
    const char *first = href(c, im->id, "");
    struct tpl_dict *list = tpl_add(c->page, N_PROBLEMS);
    tpl_set(list, N_REPORT_HREF, href(c, im->id, "errores/"));
    tpl_set(list, N_LABEL,
            ctx_msg(c, im->alike == 0 ? MSG_client_import_problems
                       : im->bad == 0 ? MSG_client_import_warnings
                                      : MSG_client_import_both));
    if (im->bad > 0)
        tpl_show(list, N_BAD);
    if (im->alike > 0)
        tpl_show(list, N_LOOK_ALIKE);
    for (size_t i = 0; i < n; i++)
        fill_problem(c, tpl_add(list, N_PROBLEM), &p[i]);
    if (after == 0 && !more)
        return ERR_OK;
    struct tpl_dict *pager = tpl_add(list, N_PAGER);
    if (after != 0)
        tpl_set(tpl_add(pager, N_FIRST), N_FIRST_HREF, first);
    if (more)
        tpl_set(tpl_add(pager, N_NEXT), N_NEXT_HREF,
                arena_fmt(c->arena, "%s?despues=%" PRId64, first,
                          p[n - 1].line * PLACE + p[n - 1].n));
    return ERR_OK;
}

static enum err show_get(struct ctx *c)
{
    struct client_import im;
    TRY(ctx_db(c, client_import_get(c->app->db, c->arena, c->params[0], &im)));
    fill_state(c, &im);
    TRY(fill_preview(c, &im));
    return fill_problems(c, &im);
}

/* --- the report --- */

static void add_problem(struct ctx *c, const struct client_import_line *p)
{
    const char *text = problem_text(c, p);
    if (is_about_client(p))
        text = arena_fmt(c->arena, "%s %s", text,
                         clients_code(c->arena, p->about));
    const char *const cells[] = {arena_fmt(c->arena, "%" PRId64, p->line),
                                 field_text(c, p), text};
    csv_row(&c->resp->body, cells, ARRAY_LEN(cells));
}

static enum err report_get(struct ctx *c)
{
    struct client_import im;
    struct client_import_page page = {
        .id = c->params[0], .n = -1, .limit = REPORT_ROWS};
    struct db_rows rows = {.n = REPORT_ROWS};
    TRY(ctx_db(c, client_import_get(c->app->db, c->arena, c->params[0], &im)));
    const char *const heads[] = {ctx_msg(c, MSG_client_import_line),
                                 ctx_msg(c, MSG_client_import_field),
                                 ctx_msg(c, MSG_client_import_problem)};
    csv_begin(&c->resp->body);
    csv_row(&c->resp->body, heads, ARRAY_LEN(heads));
    while (rows.n == REPORT_ROWS && buf_ok(&c->resp->body)) {
        TRY(ctx_db(c,
                   client_import_problems(c->app->db, c->arena, &page, &rows)));
        const struct client_import_line *p = rows.items;
        for (size_t i = 0; i < rows.n; i++)
            add_problem(c, &p[i]);
        if (rows.n > 0) {
            page.line = p[rows.n - 1].line;
            page.n = p[rows.n - 1].n;
        }
    }
    if (!buf_ok(&c->resp->body))
        return err_set(&c->note, ERR_TOOLARGE, "report of import %" PRId64,
                       im.id);
    send_csv(c, arena_fmt(c->arena, "errores-%" PRId64 ".csv", im.id));
    return ERR_OK;
}

/* --- start and cancel --- */

static enum err start(struct ctx *c, int64_t id)
{
    TRY(client_import_start(c->app->db, c->arena, id,
                            form_int(&c->form, "version"), ctx_actor(c)));
    return import_ask_import(c, id);
}

static enum err start_post(struct ctx *c)
{
    int64_t id = c->params[0];
    TRY(ctx_db(c, audit_begin(c->app->db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(c->app->db, ctx_actor(c), start(c, id))));
    resp_redirect(c->resp, href(c, id, ""));
    return ERR_OK;
}

static enum err cancel_post(struct ctx *c)
{
    TRY(ctx_db(c, client_import_cancel(c->app->db, c->arena, c->params[0],
                                       form_int(&c->form, "version"),
                                       ctx_actor(c))));
    flash_set(c, MSG_client_import_flash_cancelled);
    resp_redirect(c->resp, "/clientes/importar/");
    return ERR_OK;
}

const struct route clients_import_routes[] = {
    {.name = "clients.import",
     .path = "/clientes/importar/",
     .need = PERM_client_import,
     .title = MSG_client_import_title,
     .tpl = &tpl_clients_import,
     .form = upload_form,
     .get = upload_get,
     .post = upload_post},
    {.name = "clients.import.template",
     .path = "/clientes/importar/plantilla/",
     .need = PERM_client_import,
     .title = MSG_client_import_template,
     .get = template_get},
    {.name = "clients.import.show",
     .path = "/clientes/importar/{id}/",
     .need = PERM_client_import,
     .title = MSG_client_import_title,
     .tpl = &tpl_clients_importshow,
     .query = show_query,
     .get = show_get},
    {.name = "clients.import.report",
     .path = "/clientes/importar/{id}/errores/",
     .need = PERM_client_import,
     .title = MSG_client_import_report,
     .get = report_get},
    {.name = "clients.import.start",
     .path = "/clientes/importar/{id}/empezar/",
     .need = PERM_client_import,
     .title = MSG_client_import_go,
     .form = version_form,
     .post = start_post},
    {.name = "clients.import.cancel",
     .path = "/clientes/importar/{id}/cancelar/",
     .need = PERM_client_import,
     .title = MSG_client_import_cancel,
     .form = version_form,
     .post = cancel_post},
    {0},
};
