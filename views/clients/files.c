/*
 * files - what is attached to a client: the newest on its page, all of them
 * on a page of their own, and the form that adds some. A single file is
 * served and archived by views/files.
 */
#include <inttypes.h>

#include "clients.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/file.h"
#include "store/filestore.h"
#include "store/filetype.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"

enum {
    NEWEST_ROWS = 5,
    PAGE_ROWS = 50,
    MAX_FILES = 10 /* in one request */
};

static const char entity[] = "client";

/* What an office keeps of a client; nothing that a browser would run. */
static const char *const types[] = {
    "application/pdf",
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/heic",
    "text/plain",
    "text/csv",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/zip",
    NULL,
};

/* --- lists --- */

struct file_row {
    const char *href, *name, *size, *added, *by, *verb, *verb_label;
    int64_t version;
    bool may_change;
};

static const struct column row_columns[] = {
    COL(COL_TEXT, struct file_row, href),
    COL(COL_TEXT, struct file_row, name),
    COL(COL_TEXT, struct file_row, size),
    COL(COL_TEXT, struct file_row, added),
    COL(COL_TEXT, struct file_row, by),
    COL(COL_TEXT, struct file_row, verb),
    COL(COL_TEXT, struct file_row, verb_label),
    COL(COL_INT, struct file_row, version),
    COL(COL_BOOL, struct file_row, may_change),
    {0},
};

static bool may_edit(const struct ctx *c)
{
    return access_allows(ctx_role(c), PERM_client_edit);
}

static struct file_row show_row(struct ctx *c, const struct file *f)
{
    bool archived = f->archived_at != 0;
    return (struct file_row){
        .href = arena_fmt(c->arena, "/archivos/%" PRId64 "/", f->id),
        .name = f->name,
        .size = fmt_bytes(c->arena, c->lang, f->bytes),
        .added = fmt_datetime(c->arena, c->lang, f->created_at),
        .by = f->created_by_name,
        .verb = archived ? "restaurar/" : "archivar/",
        .verb_label =
            ctx_msg(c, archived ? MSG_client_restore : MSG_client_archive),
        .version = f->version,
        .may_change = may_edit(c),
    };
}

/* The first n of these files as a table, in {{>FILE_LIST}}. */
static void fill_list(struct ctx *c, struct tpl_dict *d, const struct file *f,
                      size_t n)
{
    struct file_row *out = ARENA_ARRAY(c->arena, struct file_row, n);
    struct tpl_dict *list = tpl_include(d, N_FILE_LIST, &tpl_clients_filelist);
    if (may_edit(c))
        tpl_show(list, N_MAY_EDIT);
    for (size_t i = 0; i < n; i++)
        out[i] = show_row(c, &f[i]);
    tpl_bind(list, N_CLIENT_FILE, row_columns, out, n, sizeof(out[0]));
}

static void fill_limits(struct ctx *c)
{
    tpl_set(c->page, N_MAX_SIZE,
            fmt_bytes(c->arena, c->lang, c->app->conf.files.max_bytes));
}

enum err clients_fill_files(struct ctx *c, const struct client *cl)
{
    struct db_rows rows;
    const struct file_filter newest = {
        .entity = entity, .entity_id = cl->id, .limit = NEWEST_ROWS + 1};
    TRY(ctx_db(c, file_list(c->app->db, c->arena, &newest, &rows)));
    const char *href = clients_href(c, cl->id, "archivos/");
    if (rows.n == 0)
        tpl_show(c->page, N_NO_FILES);
    else
        fill_list(c, c->page, rows.items,
                  rows.n > NEWEST_ROWS ? NEWEST_ROWS : rows.n);
    tpl_set(c->page, N_FILES_HREF, href);
    if (!may_edit(c) || cl->archived_at != 0)
        return ERR_OK;
    struct tpl_dict *d = tpl_add(c->page, N_CAN_UPLOAD);
    tpl_set(d, N_UPLOAD_HREF, arena_fmt(c->arena, "%ssubir/", href));
    tpl_set(d, N_F_files, filetype_accept(c->arena, types));
    fill_limits(c);
    return ERR_OK;
}

/* --- all of them --- */

static const struct field list_query[] = {
    PLAIN_FIELD(archivados, FIELD_BOOL),
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

static enum err fill_client(struct ctx *c, struct client *ret, bool *ret_moved)
{
    TRY(clients_take(c, ret, ret_moved));
    tpl_set(c->page, N_CLIENT_NAME, ret->name);
    tpl_set(c->page, N_CLIENT_HREF, clients_href(c, ret->id, ""));
    return ERR_OK;
}

static void fill_pager(struct ctx *c, const char *first, int64_t before,
                       int64_t last)
{
    bool archived = form_bool(&c->query, "archivados");
    if (before == 0 && last == 0)
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (before != 0)
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF, first);
    if (last != 0)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF,
                arena_fmt(c->arena, "%s%sdespues=%" PRId64, first,
                          archived ? "&" : "?", last));
}

static enum err list_get(struct ctx *c)
{
    struct client cl;
    struct db_rows rows;
    bool moved, archived = form_bool(&c->query, "archivados");
    TRY(fill_client(c, &cl, &moved));
    if (moved)
        return ERR_OK;
    /* one more tells whether there is a next page */
    const struct file_filter filter = {
        .entity = entity,
        .entity_id = cl.id,
        .archived = archived,
        .before = form_int(&c->query, "despues"),
        .limit = PAGE_ROWS + 1,
    };
    TRY(ctx_db(c, file_list(c->app->db, c->arena, &filter, &rows)));
    const struct file *f = rows.items;
    bool more = rows.n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows.n;
    if (n == 0)
        tpl_show(c->page, N_EMPTY);
    else
        fill_list(c, c->page, f, n);
    const char *active = clients_href(c, cl.id, "archivos/");
    const char *old = arena_fmt(c->arena, "%s?archivados=1", active);
    tpl_set(
        c->page, N_FILES_TITLE,
        ctx_msg(c, archived ? MSG_client_files_archived : MSG_client_files));
    tpl_set(c->page, N_OTHER_HREF, archived ? active : old);
    tpl_set(c->page, N_OTHER_LABEL,
            ctx_msg(c, archived ? MSG_client_files_see_active
                                : MSG_client_files_see_archived));
    if (may_edit(c) && cl.archived_at == 0)
        tpl_set(tpl_add(c->page, N_CAN_UPLOAD), N_UPLOAD_HREF,
                arena_fmt(c->arena, "%ssubir/", active));
    fill_pager(c, archived ? old : active, filter.before,
               more ? f[n - 1].id : 0);
    return ERR_OK;
}

/* --- adding --- */

static const struct field upload_form[] = {
    FILE_FIELD(files, MSG_client_files, .types = types, .files = MAX_FILES,
               .flags = FIELD_REQUIRED),
    {0},
};

static enum err upload_get(struct ctx *c)
{
    struct client cl;
    bool moved;
    fill_limits(c);
    return fill_client(c, &cl, &moved);
}

static enum err add_rows(struct ctx *c, struct file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        TRY(file_create(c->app->db, c->arena, &files[i], ctx_actor(c),
                        &files[i].id));
    return ERR_OK;
}

static enum err add_files(struct ctx *c, struct file *files, size_t n)
{
    TRY(ctx_db(c, audit_begin(c->app->db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(c->app->db, ctx_actor(c), add_rows(c, files, n))));
    for (size_t i = 0; i < n; i++)
        log_info(
            c->app->log, "file.added",
            "id=%" PRId64 " client=%" PRId64 " bytes=%" PRId64 " by=%" PRId64,
            files[i].id, files[i].entity_id, files[i].bytes, ctx_user_id(c));
    return ERR_OK;
}

/* The bytes are on the disk before a row speaks of them. */
static enum err upload_post(struct ctx *c)
{
    struct client cl;
    struct file files[MAX_FILES];
    const struct form_file *came;
    size_t n = 0;
    TRY(ctx_db(c, client_get(c->app->db, c->arena, c->params[0], &cl)));
    if (cl.merged_into != 0)
        return ERR_CONFLICT;
    for (; (came = form_file(&c->form, "files", n)) != NULL; n++) {
        files[n] = (struct file){.entity = entity,
                                 .entity_id = cl.id,
                                 .name = came->name,
                                 .mime = came->mime,
                                 .bytes = came->bytes};
        TRY(filestore_keep(came->temp, &files[n].sha256, &c->note));
    }
    TRY(add_files(c, files, n));
    flash_set(c, n == 1 ? MSG_client_flash_file : MSG_client_flash_files);
    resp_redirect(c->resp, clients_href(c, cl.id, ""));
    return ERR_OK;
}

const struct route clients_files_routes[] = {
    {.name = "clients.files",
     .path = "/clientes/{id}/archivos/",
     .need = PERM_client_view,
     .title = MSG_client_files,
     .tpl = &tpl_clients_files,
     .query = list_query,
     .get = list_get},
    {.name = "clients.upload",
     .path = "/clientes/{id}/archivos/subir/",
     .need = PERM_client_edit,
     .title = MSG_client_files_add,
     .tpl = &tpl_clients_upload,
     .form = upload_form,
     .get = upload_get,
     .post = upload_post},
    {0},
};
