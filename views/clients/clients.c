/*
 * clients - list, detail, create, edit, archive and bring back.
 */
#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/client.h"
#include "text/fmt.h"
#include "text/phone.h"
#include "text/url.h"
#include "web/flash.h"
#include "web/page.h"

static const struct choice kinds[] = {
    {"natural", MSG_client_kind_natural},
    {"legal", MSG_client_kind_legal},
    {0},
};

static const char *kind_label(const struct ctx *c, const char *kind)
{
    for (const struct choice *k = kinds; k->value != NULL; k++)
        if (strcmp(k->value, kind) == 0)
            return ctx_msg(c, k->label);
    return "";
}

static const char *client_href(struct ctx *c, int64_t id, const char *rest)
{
    return arena_fmt(c->arena, "/clientes/%" PRId64 "/%s", id, rest);
}

static const char *show_phone(struct ctx *c, const char *e164)
{
    char text[PHONE_MAX];
    phone_show(e164, text);
    return arena_strdup(c->arena, text);
}

/* --- the list --- */

enum { PAGE_ROWS = 50, MAX_PAGE_ROWS = 100 };

static const struct field list_query[] = {
    PLAIN_FIELD(q, FIELD_TEXT, .max = 100),
    PLAIN_FIELD(archivados, FIELD_BOOL),
    PLAIN_FIELD(despues, FIELD_INT),
    PLAIN_FIELD(antes, FIELD_INT),
    PLAIN_FIELD(por, FIELD_INT, .max = MAX_PAGE_ROWS),
    {0},
};

/* A row as the list shows it. */
struct list_row {
    int64_t id;
    const char *name, *company, *email, *phone, *phone_tel, *city, *kind_label;
    bool has_phone;
};

static const struct column list_columns[] = {
    COL(COL_INT, struct list_row, id),
    COL(COL_TEXT, struct list_row, name),
    COL(COL_TEXT, struct list_row, company),
    COL(COL_TEXT, struct list_row, email),
    COL(COL_TEXT, struct list_row, phone),
    COL(COL_TEXT, struct list_row, phone_tel),
    COL(COL_TEXT, struct list_row, city),
    COL(COL_TEXT, struct list_row, kind_label),
    COL(COL_BOOL, struct list_row, has_phone),
    {0},
};

/* Address of the list with this filter, at another place or another kind. */
static const char *list_href(struct ctx *c, bool archived, const char *place,
                             int64_t id)
{
    struct buf b;
    const char *q = form_text(&c->query, "q");
    const char *per = form_text(&c->query, "por");
    char sep = '?';
    buf_init(&b, MAX_QUERY_BYTES);
    buf_adds(&b, "/clientes/");
    if (q[0] != '\0') {
        buf_addf(&b, "%cq=", sep);
        url_query_escape(&b, q, strlen(q));
        sep = '&';
    }
    if (archived) {
        buf_addf(&b, "%carchivados=1", sep);
        sep = '&';
    }
    if (per[0] != '\0') {
        buf_addf(&b, "%cpor=%s", sep, per);
        sep = '&';
    }
    if (place != NULL)
        buf_addf(&b, "%c%s=%" PRId64, sep, place, id);
    const char *href = arena_strdup(c->arena, buf_str(&b));
    buf_done(&b);
    return href;
}

static void bind_rows(struct ctx *c, const struct client *rows, size_t n)
{
    struct list_row *out = ARENA_ARRAY(c->arena, struct list_row, n);
    const char *natural = kind_label(c, "natural");
    const char *legal = kind_label(c, "legal");
    for (size_t i = 0; i < n; i++)
        out[i] = (struct list_row){
            .id = rows[i].id,
            .name = rows[i].name,
            .company = rows[i].company,
            .email = rows[i].email,
            .phone = show_phone(c, rows[i].phone),
            .phone_tel = rows[i].phone,
            .city = rows[i].city,
            .kind_label = rows[i].kind[0] == 'n' ? natural : legal,
            .has_phone = rows[i].phone[0] != '\0',
        };
    struct tpl_dict *table = tpl_add(c->page, N_ROWS);
    tpl_bind(table, N_CLIENT, list_columns, out, n, sizeof(out[0]));
}

static void fill_pager(struct ctx *c, const struct client_filter *f,
                       const struct client *rows, size_t n, bool more)
{
    bool has_next = f->before != 0 || more;
    bool has_prev = f->after != 0 || (f->before != 0 && more);
    if (n == 0 || (!has_next && !has_prev))
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (has_prev) {
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF,
                list_href(c, f->archived, NULL, 0));
        tpl_set(tpl_add(p, N_PREV), N_PREV_HREF,
                list_href(c, f->archived, "antes", rows[0].id));
    }
    if (has_next)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF,
                list_href(c, f->archived, "despues", rows[n - 1].id));
}

static void fill_empty(struct ctx *c, const struct client_filter *f)
{
    if (f->search[0] != '\0')
        tpl_set(tpl_add(c->page, N_EMPTY_SEARCH), N_CLEAR_HREF,
                f->archived ? "/clientes/?archivados=1" : "/clientes/");
    else
        tpl_show(c->page, f->archived ? N_EMPTY_ARCHIVED : N_EMPTY);
}

static void fill_list_frame(struct ctx *c, const struct client_filter *f)
{
    tpl_set(c->page, N_LIST_TITLE,
            ctx_msg(c, f->archived ? MSG_client_archived_title
                                   : MSG_client_list_title));
    tpl_set(c->page, N_Q, f->search);
    tpl_set(c->page, N_NEW_HREF, "/clientes/nuevo/");
    if (access_allows(ctx_role(c), PERM_client_create))
        tpl_show(c->page, N_CAN_CREATE);
    if (f->archived)
        tpl_set(tpl_add(c->page, N_SHOW_ACTIVE), N_ACTIVE_HREF,
                list_href(c, false, NULL, 0));
    else
        tpl_set(tpl_add(c->page, N_SHOW_ARCHIVED), N_ARCHIVED_HREF,
                list_href(c, true, NULL, 0));
}

static enum err list_get(struct ctx *c)
{
    struct db_rows rows;
    int64_t per = form_int(&c->query, "por");
    if (per == 0)
        per = PAGE_ROWS;
    struct client_filter f = {
        .search = form_text(&c->query, "q"),
        .archived = form_bool(&c->query, "archivados"),
        .after = form_int(&c->query, "despues"),
        .before = form_int(&c->query, "antes"),
        .limit = per + 1, /* one more tells whether there is a next page */
    };
    TRY(ctx_db(c, client_list(c->app->db, c->arena, &f, &rows)));
    const struct client *first = rows.items;
    bool more = rows.n > (size_t)per;
    size_t n = more ? (size_t)per : rows.n;
    if (more && f.before != 0)
        first++; /* the one too many stands at the front */
    fill_list_frame(c, &f);
    if (n == 0) {
        fill_empty(c, &f);
        return ERR_OK;
    }
    struct tpl_dict *counted = tpl_add(c->page, N_COUNTED);
    tpl_set_int(counted, N_COUNT, (int64_t)n);
    if (more)
        tpl_show(counted, N_MORE);
    bind_rows(c, first, n);
    fill_pager(c, &f, first, n, more);
    return ERR_OK;
}

/* --- one client --- */

static void fill_contact(struct ctx *c, const struct client *cl)
{
    if (cl->phone[0] == '\0' && cl->email[0] == '\0')
        return;
    struct tpl_dict *d = tpl_add(c->page, N_CONTACT);
    if (cl->phone[0] != '\0')
        tpl_show(d, N_HAS_PHONE);
    if (cl->email[0] != '\0')
        tpl_show(d, N_HAS_EMAIL);
    if (phone_is_mobile(cl->phone))
        tpl_set(tpl_add(d, N_HAS_WHATSAPP), N_WHATSAPP_HREF,
                arena_fmt(c->arena, "https://wa.me/%s", cl->phone + 1));
}

static void fill_client(struct ctx *c, const struct client *cl)
{
    struct tpl_dict *d = c->page;
    tpl_set(d, N_CODE, arena_fmt(c->arena, "CL-%06" PRId64, cl->id));
    tpl_set(d, N_KIND_LABEL, kind_label(c, cl->kind));
    tpl_set(d, N_NAME, cl->name);
    tpl_set(d, N_COMPANY, cl->company);
    tpl_set(d, N_EMAIL, cl->email);
    tpl_set(d, N_PHONE, show_phone(c, cl->phone));
    tpl_set(d, N_PHONE_TEL, cl->phone);
    tpl_set(d, N_ADDRESS, cl->address);
    tpl_set(d, N_CITY, cl->city);
    tpl_set(d, N_NOTES, cl->notes);
    tpl_set_int(d, N_VERSION, cl->version);
    tpl_set(d, N_CREATED, fmt_datetime(c->arena, c->lang, cl->created_at));
    tpl_set(d, N_UPDATED, fmt_datetime(c->arena, c->lang, cl->updated_at));
    fill_contact(c, cl);
}

static void fill_actions(struct ctx *c, const struct client *cl)
{
    bool may_edit = access_allows(ctx_role(c), PERM_client_edit);
    bool archived = cl->archived_at != 0;
    if (archived) {
        struct tpl_dict *d = tpl_add(c->page, N_ARCHIVED);
        if (may_edit)
            tpl_set(tpl_add(d, N_CAN_RESTORE), N_RESTORE_HREF,
                    client_href(c, cl->id, "restaurar/"));
    } else if (may_edit) {
        struct tpl_dict *d = tpl_add(c->page, N_CAN_EDIT);
        tpl_set(d, N_EDIT_HREF, client_href(c, cl->id, "editar/"));
        tpl_set(tpl_add(d, N_CAN_ARCHIVE), N_ARCHIVE_HREF,
                client_href(c, cl->id, "archivar/"));
    }
}

static enum err show_get(struct ctx *c)
{
    struct client cl;
    TRY(ctx_db(c, client_get(c->app->db, c->arena, c->params[0], &cl)));
    fill_client(c, &cl);
    fill_actions(c, &cl);
    return ERR_OK;
}

/* --- the form --- */

static const struct field client_form[] = {
    HIDDEN_FIELD(version, FIELD_INT),
    FIELD(name, FIELD_TEXT, MSG_client_name, .max = 200,
          .flags = FIELD_REQUIRED),
    FIELD(company, FIELD_TEXT, MSG_client_company, .max = 200),
    CHOICE_FIELD(kind, MSG_client_kind, kinds, .flags = FIELD_REQUIRED),
    FIELD(email, FIELD_EMAIL, MSG_client_email, .max = 254),
    FIELD(phone, FIELD_PHONE, MSG_client_phone, .max = 30),
    FIELD(address, FIELD_TEXT, MSG_client_address, .max = 200),
    FIELD(city, FIELD_TEXT, MSG_client_city, .max = 100),
    FIELD(notes, FIELD_LINES, MSG_client_notes, .max = 4000),
    {0},
};

/* Where each field of the form stands in struct client. */
static const struct {
    const char *field;
    enum msg label;
    size_t offset;
} form_members[] = {
    {"name", MSG_client_name, offsetof(struct client, name)},
    {"company", MSG_client_company, offsetof(struct client, company)},
    {"kind", MSG_client_kind, offsetof(struct client, kind)},
    {"email", MSG_client_email, offsetof(struct client, email)},
    {"phone", MSG_client_phone, offsetof(struct client, phone)},
    {"address", MSG_client_address, offsetof(struct client, address)},
    {"city", MSG_client_city, offsetof(struct client, city)},
    {"notes", MSG_client_notes, offsetof(struct client, notes)},
};

static const char **member(struct client *cl, size_t i)
{
    return (const char **)(void *)((char *)cl + form_members[i].offset);
}

static void client_from_form(const struct ctx *c, struct client *cl)
{
    *cl = (struct client){.version = form_int(&c->form, "version")};
    for (size_t i = 0; i < ARRAY_LEN(form_members); i++)
        *member(cl, i) = form_text(&c->form, form_members[i].field);
}

static void client_to_form(struct ctx *c, struct client *cl)
{
    for (size_t i = 0; i < ARRAY_LEN(form_members); i++)
        form_set(&c->form, form_members[i].field, *member(cl, i));
    form_set(&c->form, "phone", show_phone(c, cl->phone));
    form_set(&c->form, "version", arena_fmt(c->arena, "%" PRId64, cl->version));
}

static void fill_form_frame(struct ctx *c, enum msg title, enum msg submit,
                            const char *cancel)
{
    tpl_set(c->page, N_FORM_TITLE, ctx_msg(c, title));
    tpl_set(c->page, N_SUBMIT_LABEL, ctx_msg(c, submit));
    tpl_set(c->page, N_CANCEL_HREF, cancel);
}

static enum err new_get(struct ctx *c)
{
    fill_form_frame(c, MSG_client_new_title, MSG_client_create, "/clientes/");
    return ERR_OK;
}

static enum err new_post(struct ctx *c)
{
    struct client cl;
    int64_t id;
    client_from_form(c, &cl);
    TRY(ctx_db(c,
               client_create(c->app->db, c->arena, &cl, ctx_user_id(c), &id)));
    flash_set(c, MSG_client_flash_created);
    resp_redirect(c->resp, client_href(c, id, ""));
    return ERR_OK;
}

/* Somebody saved first: both versions, and the stored one's number, so that
 * saving again overwrites knowingly. */
static void fill_conflict(struct ctx *c, struct client *stored)
{
    struct client mine;
    client_from_form(c, &mine);
    struct tpl_dict *d = tpl_add(c->page, N_CONFLICT);
    for (size_t i = 0; i < ARRAY_LEN(form_members); i++) {
        const char *saved = *member(stored, i), *yours = *member(&mine, i);
        if (strcmp(saved, yours) == 0)
            continue;
        struct tpl_dict *f = tpl_add(d, N_CONFLICT_FIELD);
        tpl_set(f, N_LABEL, ctx_msg(c, form_members[i].label));
        tpl_set(f, N_SAVED, saved);
        tpl_set(f, N_YOURS, yours);
    }
    form_set(&c->form, "version",
             arena_fmt(c->arena, "%" PRId64, stored->version));
}

static enum err edit_get(struct ctx *c)
{
    struct client stored;
    TRY(ctx_db(c, client_get(c->app->db, c->arena, c->params[0], &stored)));
    fill_form_frame(c, MSG_client_edit_title, MSG_form_save,
                    client_href(c, stored.id, ""));
    if (c->req.method != METHOD_POST)
        client_to_form(c, &stored);
    else if (!form_has_errors(&c->form) &&
             form_int(&c->form, "version") != stored.version)
        fill_conflict(c, &stored);
    return ERR_OK;
}

static enum err edit_post(struct ctx *c)
{
    struct client cl;
    client_from_form(c, &cl);
    cl.id = c->params[0];
    TRY(ctx_db(c, client_update(c->app->db, c->arena, &cl, ctx_user_id(c))));
    flash_set(c, MSG_client_flash_saved);
    resp_redirect(c->resp, client_href(c, cl.id, ""));
    return ERR_OK;
}

/* --- archive and bring back: buttons, each undone by the other --- */

static const struct field version_form[] = {
    PLAIN_FIELD(version, FIELD_INT, .flags = FIELD_REQUIRED),
    {0},
};

static enum err set_archived(struct ctx *c, bool archived)
{
    int64_t id = c->params[0], version = form_int(&c->form, "version");
    TRY(ctx_db(c, client_archive(c->app->db, c->arena, id, version, archived,
                                 ctx_user_id(c))));
    if (archived) {
        flash_set_undo(c, MSG_client_flash_archived,
                       client_href(c, id, "restaurar/"), version + 1);
        resp_redirect(c->resp, "/clientes/");
    } else {
        flash_set(c, MSG_client_flash_restored);
        resp_redirect(c->resp, client_href(c, id, ""));
    }
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

const struct route clients_routes[] = {
    {.name = "clients.list",
     .path = "/clientes/",
     .need = PERM_client_view,
     .title = MSG_client_list_title,
     .tpl = &tpl_clients_list,
     .query = list_query,
     .get = list_get,
     .search = true,
     .menu = {MSG_client_list_title, "users", 20}},
    {.name = "clients.new",
     .path = "/clientes/nuevo/",
     .need = PERM_client_create,
     .title = MSG_client_new_title,
     .tpl = &tpl_clients_form,
     .form = client_form,
     .get = new_get,
     .post = new_post},
    {.name = "clients.show",
     .path = "/clientes/{id}/",
     .need = PERM_client_view,
     .title = MSG_client_show_title,
     .tpl = &tpl_clients_show,
     .get = show_get},
    {.name = "clients.edit",
     .path = "/clientes/{id}/editar/",
     .need = PERM_client_edit,
     .title = MSG_client_edit_title,
     .tpl = &tpl_clients_form,
     .form = client_form,
     .get = edit_get,
     .post = edit_post},
    {.name = "clients.archive",
     .path = "/clientes/{id}/archivar/",
     .need = PERM_client_edit,
     .title = MSG_client_archive,
     .form = version_form,
     .post = archive_post},
    {.name = "clients.restore",
     .path = "/clientes/{id}/restaurar/",
     .need = PERM_client_edit,
     .title = MSG_client_restore,
     .form = version_form,
     .post = restore_post},
    {0},
};
