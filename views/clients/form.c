/*
 * form - a new client, and changes to one.
 */
#include <inttypes.h>
#include <string.h>

#include "clients.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "web/flash.h"
#include "web/page.h"

const struct field clients_form[] = {
    HIDDEN_FIELD(version, FIELD_INT),
    HIDDEN_FIELD(confirm, FIELD_TEXT, .max = 200),
    FIELD(name, FIELD_TEXT, MSG_client_name, .max = 200,
          .flags = FIELD_REQUIRED),
    FIELD(company, FIELD_TEXT, MSG_client_company, .max = 200),
    CHOICE_FIELD(kind, MSG_client_kind, clients_kinds, .flags = FIELD_REQUIRED),
    CHOICE_FIELD(doc_type, MSG_client_doc_type, clients_doc_types),
    FIELD(doc_number, FIELD_TEXT, MSG_client_doc_number, .max = 30),
    CHOICE_FIELD(service_kind, MSG_client_service, clients_services,
                 .flags = FIELD_REQUIRED),
    FIELD(email, FIELD_EMAIL, MSG_client_email, .max = 254),
    FIELD(phone, FIELD_PHONE, MSG_client_phone, .max = 30),
    FIELD(address, FIELD_TEXT, MSG_client_address, .max = 200),
    FIELD(city, FIELD_TEXT, MSG_client_city, .max = 100),
    FIELD(notes, FIELD_LINES, MSG_client_notes, .max = 4000),
    {0},
};

const struct clients_member clients_members[CLIENTS_MEMBERS] = {
    {"name", MSG_client_name, offsetof(struct client, name)},
    {"company", MSG_client_company, offsetof(struct client, company)},
    {"kind", MSG_client_kind, offsetof(struct client, kind), clients_kinds},
    {"service_kind", MSG_client_service, offsetof(struct client, service_kind),
     clients_services},
    {"email", MSG_client_email, offsetof(struct client, email)},
    {"phone", MSG_client_phone, offsetof(struct client, phone)},
    {"address", MSG_client_address, offsetof(struct client, address)},
    {"city", MSG_client_city, offsetof(struct client, city)},
    {"notes", MSG_client_notes, offsetof(struct client, notes)},
};

const char **clients_member(struct client *cl, size_t i)
{
    return (const char **)(void *)((char *)cl + clients_members[i].offset);
}

/* The client as typed; MSG_none, or why its document is refused. */
static enum msg client_from_form(const struct form *f, struct arena *a,
                                 struct client *cl)
{
    *cl = (struct client){.version = form_int(f, "version")};
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++)
        *clients_member(cl, i) = form_text(f, clients_members[i].field);
    return document_read(a, form_text(f, "doc_type"),
                         form_text(f, "doc_number"), cl);
}

static void client_to_form(struct ctx *c, struct client *cl)
{
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++)
        form_set(&c->form, clients_members[i].field, *clients_member(cl, i));
    form_set(&c->form, "phone", clients_phone(c->arena, cl->phone));
    form_set(&c->form, "doc_type", cl->doc_type);
    form_set(&c->form, "doc_number", document_number(c->arena, cl));
    form_set(&c->form, "version", arena_fmt(c->arena, "%" PRId64, cl->version));
}

bool clients_of_form(struct form *f, struct arena *a, struct client *ret)
{
    enum msg why = client_from_form(f, a, ret);
    if (ret->doc_type[0] == '\0' && form_text(f, "doc_number")[0] != '\0')
        form_refuse(f, "doc_type", MSG_client_doc_no_type);
    else if (why != MSG_none)
        form_refuse(f, "doc_number", why);
    return !form_has_errors(f);
}

/* The client to store; INVALID with the form's errors. */
static enum err take_client(struct ctx *c, struct client *cl)
{
    return clients_of_form(&c->form, c->arena, cl) ? ERR_OK : ERR_INVALID;
}

/* Another client's document is a mistake that the person can correct. */
static enum err refuse_twin(struct ctx *c, enum err e)
{
    if (e != ERR_DUPLICATE)
        return ctx_db(c, e);
    form_refuse(&c->form, "doc_number", MSG_client_doc_taken);
    return ERR_INVALID;
}

/* What helps to correct the document that was sent for client `own`. */
static enum err fill_document_help(struct ctx *c, int64_t own)
{
    struct client typed, other;
    if (c->req.method != METHOD_POST)
        return ERR_OK;
    enum msg why = client_from_form(&c->form, c->arena, &typed);
    if (why == MSG_client_wrong_dv)
        tpl_set(tpl_add(c->page, N_RIGHT_NIT), N_NIT,
                document_number(c->arena, &typed));
    if (why != MSG_none || typed.doc_number[0] == '\0')
        return ERR_OK;
    enum err e = client_by_document(c->app->db, c->arena, typed.doc_type,
                                    typed.doc_number, &other);
    if (e == ERR_NOTFOUND || (e == ERR_OK && other.id == own))
        return ERR_OK;
    TRY(ctx_db(c, e));
    struct tpl_dict *d = tpl_add(c->page, N_TWIN);
    tpl_set(d, N_TWIN_HREF, clients_href(c, other.id, ""));
    tpl_set(d, N_CODE, clients_code(c->arena, other.id));
    tpl_set(d, N_NAME, other.name);
    return ERR_OK;
}

/* Clients that look like what was sent, once nothing else is wrong with it. */
static enum err fill_typed_twins(struct ctx *c, const struct client *stored)
{
    struct client typed;
    if (c->req.method != METHOD_POST || form_has_errors(&c->form))
        return ERR_OK;
    client_from_form(&c->form, c->arena, &typed);
    return clients_fill_twins(c, &typed, stored);
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
    TRY(fill_document_help(c, 0));
    return fill_typed_twins(c, NULL);
}

static enum err new_post(struct ctx *c)
{
    struct client cl;
    int64_t id;
    TRY(take_client(c, &cl));
    TRY(clients_check_twins(c, &cl, NULL));
    TRY(refuse_twin(
        c, client_create(c->app->db, c->arena, &cl, ctx_actor(c), &id)));
    flash_set(c, MSG_client_flash_created);
    resp_redirect(c->resp, clients_href(c, id, ""));
    return ERR_OK;
}

static void fill_conflict_field(struct ctx *c, struct tpl_dict *d,
                                enum msg label, const char *saved,
                                const char *yours)
{
    if (strcmp(saved, yours) == 0)
        return;
    struct tpl_dict *f = tpl_add(d, N_CONFLICT_FIELD);
    tpl_set(f, N_LABEL, ctx_msg(c, label));
    tpl_set(f, N_SAVED, saved);
    tpl_set(f, N_YOURS, yours);
}

/* Somebody saved first: both versions, and the stored one's number, so that
 * saving again overwrites knowingly. */
static void fill_conflict(struct ctx *c, struct client *stored)
{
    struct client mine;
    client_from_form(&c->form, c->arena, &mine);
    struct tpl_dict *d = tpl_add(c->page, N_CONFLICT);
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++) {
        const char *saved = *clients_member(stored, i),
                   *yours = *clients_member(&mine, i);
        const struct choice *choices = clients_members[i].choices;
        if (choices != NULL) {
            saved = clients_label(c, choices, saved);
            yours = clients_label(c, choices, yours);
        }
        fill_conflict_field(c, d, clients_members[i].label, saved, yours);
    }
    fill_conflict_field(c, d, MSG_client_document,
                        document_show(c->arena, stored),
                        document_show(c->arena, &mine));
    form_set(&c->form, "version",
             arena_fmt(c->arena, "%" PRId64, stored->version));
}

static enum err edit_get(struct ctx *c)
{
    struct client stored;
    bool moved;
    TRY(clients_take(c, &stored, &moved));
    if (moved)
        return ERR_OK;
    fill_form_frame(c, MSG_client_edit_title, MSG_form_save,
                    clients_href(c, stored.id, ""));
    if (c->req.method != METHOD_POST)
        client_to_form(c, &stored);
    else if (!form_has_errors(&c->form) &&
             form_int(&c->form, "version") != stored.version)
        fill_conflict(c, &stored);
    TRY(fill_document_help(c, stored.id));
    return fill_typed_twins(c, &stored);
}

static enum err edit_post(struct ctx *c)
{
    struct client cl, stored;
    TRY(take_client(c, &cl));
    cl.id = c->params[0];
    TRY(ctx_db(c, client_get(c->app->db, c->arena, cl.id, &stored)));
    if (stored.version != cl.version)
        return ERR_CONFLICT;
    TRY(clients_check_twins(c, &cl, &stored));
    TRY(refuse_twin(c, client_update(c->app->db, c->arena, &cl, ctx_actor(c))));
    flash_set(c, MSG_client_flash_saved);
    resp_redirect(c->resp, clients_href(c, cl.id, ""));
    return ERR_OK;
}

const struct route clients_form_routes[] = {
    {.name = "clients.new",
     .path = "/clientes/nuevo/",
     .need = PERM_client_create,
     .title = MSG_client_new_title,
     .tpl = &tpl_clients_form,
     .form = clients_form,
     .get = new_get,
     .post = new_post},
    {.name = "clients.edit",
     .path = "/clientes/{id}/editar/",
     .need = PERM_client_edit,
     .title = MSG_client_edit_title,
     .tpl = &tpl_clients_form,
     .form = clients_form,
     .get = edit_get,
     .post = edit_post},
    {0},
};
