/*
 * files - one file of whatever it belongs to: download, archive, bring back;
 * and for a client the list of its own.
 */
#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/file.h"
#include "text/fmt.h"
#include "web/download.h"
#include "web/flash.h"
#include "web/page.h"

enum { PAGE_ROWS = 50 };

/* Whose files they can be, and what one must hold to see or change them. */
static const struct owner {
    const char *entity;
    enum perm view, edit;
    const char *page; /* the address, before its id */
} owners[] = {
    {"client", PERM_client_view, PERM_client_edit, "/clientes/"},
};

static const struct owner *owner_of(const struct file *f)
{
    for (size_t i = 0; i < ARRAY_LEN(owners); i++)
        if (strcmp(owners[i].entity, f->entity) == 0)
            return &owners[i];
    return NULL;
}

/* A client sees what is its own, as long as that is not archived. */
static bool is_own(const struct ctx *c, const struct file *f)
{
    return ctx_role(c) == ROLE_client && c->session->client_id != 0 &&
           strcmp(f->entity, "client") == 0 &&
           f->entity_id == c->session->client_id && f->archived_at == 0;
}

/* For a person who may not see it, it does not exist: ids tell nothing. */
static enum err get_visible(struct ctx *c, struct file *ret)
{
    TRY(ctx_db(c, file_get(c->app->db, c->arena, c->params[0], ret)));
    const struct owner *o = owner_of(ret);
    bool may =
        o != NULL && (access_allows(ctx_role(c), o->view) || is_own(c, ret));
    return may ? ERR_OK : ERR_NOTFOUND;
}

static enum err download_get(struct ctx *c)
{
    struct file f;
    TRY(get_visible(c, &f));
    return download_file(c, f.sha256, f.mime, f.name);
}

/* --- archive and bring back: buttons, each undone by the other --- */

static const struct field version_form[] = {
    PLAIN_FIELD(version, FIELD_INT, .flags = FIELD_REQUIRED),
    {0},
};

static enum err set_archived(struct ctx *c, bool archived)
{
    struct file f;
    int64_t version = form_int(&c->form, "version");
    TRY(get_visible(c, &f));
    const struct owner *o = owner_of(&f);
    if (!access_allows(ctx_role(c), o->edit))
        return ERR_FORBIDDEN;
    TRY(ctx_db(c, file_archive(c->app->db, c->arena, f.id, version, archived,
                               ctx_actor(c))));
    if (archived)
        flash_set_undo(
            c, MSG_file_flash_archived,
            arena_fmt(c->arena, "/archivos/%" PRId64 "/restaurar/", f.id),
            version + 1);
    else
        flash_set(c, MSG_file_flash_restored);
    resp_redirect(c->resp,
                  arena_fmt(c->arena, "%s%" PRId64 "/", o->page, f.entity_id));
    return ERR_OK;
}

static enum err archive_post(struct ctx *c)
{
    return set_archived(c, true);
}

static enum err restore_post(struct ctx *c)
{
    return set_archived(c, false);
}

/* --- a client's own --- */

static const struct field own_query[] = {
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

struct own_row {
    const char *href, *name, *size, *added;
};

static const struct column own_columns[] = {
    COL(COL_TEXT, struct own_row, href),
    COL(COL_TEXT, struct own_row, name),
    COL(COL_TEXT, struct own_row, size),
    COL(COL_TEXT, struct own_row, added),
    {0},
};

static void fill_own(struct ctx *c, const struct file *f, size_t n)
{
    struct own_row *out = ARENA_ARRAY(c->arena, struct own_row, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct own_row){
            .href = arena_fmt(c->arena, "/archivos/%" PRId64 "/", f[i].id),
            .name = f[i].name,
            .size = fmt_bytes(c->arena, c->lang, f[i].bytes),
            .added = fmt_datetime(c->arena, c->lang, f[i].created_at),
        };
    tpl_bind(tpl_add(c->page, N_ROWS), N_OWN_FILE, own_columns, out, n,
             sizeof(out[0]));
}

static void fill_pager(struct ctx *c, int64_t before, int64_t last)
{
    if (before == 0 && last == 0)
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (before != 0)
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF, "/archivos/");
    if (last != 0)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF,
                arena_fmt(c->arena, "/archivos/?despues=%" PRId64, last));
}

static enum err own_get(struct ctx *c)
{
    struct db_rows rows = {0};
    const struct file_filter filter = {
        .entity = "client",
        .entity_id = c->session->client_id,
        .before = form_int(&c->query, "despues"),
        .limit = PAGE_ROWS + 1,
    };
    if (filter.entity_id != 0)
        TRY(ctx_db(c, file_list(c->app->db, c->arena, &filter, &rows)));
    const struct file *f = rows.items;
    bool more = rows.n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows.n;
    if (n == 0)
        tpl_show(c->page, N_EMPTY);
    else
        fill_own(c, f, n);
    fill_pager(c, filter.before, more ? f[n - 1].id : 0);
    return ERR_OK;
}

const struct route files_routes[] = {
    {.name = "files.own",
     .path = "/archivos/",
     .need = PERM_file_own,
     .title = MSG_file_own_title,
     .tpl = &tpl_files_own,
     .query = own_query,
     .get = own_get,
     .menu = {MSG_file_own_title, "file", 30}},
    {.name = "files.download",
     .path = "/archivos/{id}/",
     .need = PERM_file_view,
     .title = MSG_file_download,
     .get = download_get},
    {.name = "files.archive",
     .path = "/archivos/{id}/archivar/",
     .need = PERM_file_edit,
     .title = MSG_file_archive,
     .form = version_form,
     .post = archive_post},
    {.name = "files.restore",
     .path = "/archivos/{id}/restaurar/",
     .need = PERM_file_edit,
     .title = MSG_file_restore,
     .form = version_form,
     .post = restore_post},
    {0},
};
