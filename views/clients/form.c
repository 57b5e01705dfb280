/*
 * form - a new client, and changes to one.
 */
#include <inttypes.h>
#include <string.h>

#include "clients.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "text/dane.h"
#include "text/phone.h"
#include "web/flash.h"
#include "web/page.h"

/* Those of clients_form that are in clients_own_form too. */
#define COMPANY_FIELD FIELD(company, FIELD_TEXT, MSG_client_company, .max = 200)
#define REACH_FIELDS(whatsapp)                                                 \
    FIELD(email, FIELD_EMAIL, MSG_client_email, .max = 254),                   \
        FIELD(phone, FIELD_PHONE, MSG_client_phone, .max = 30),                \
        {.kind = FIELD_BOOL,                                                   \
         .name = "whatsapp_ok",                                                \
         .label = (whatsapp),                                                  \
         .value_marker = N_C_whatsapp_ok,                                      \
         .error_marker = N_E_whatsapp_ok},                                     \
        FIELD(address, FIELD_TEXT, MSG_client_address, .max = 200),            \
        FIELD(city, FIELD_TEXT, MSG_client_city, .max = 100),                  \
        FIELD(dane_city, FIELD_TEXT, MSG_client_dane, .max = 100)

const struct field clients_form[] = {
    HIDDEN_FIELD(version, FIELD_INT),
    HIDDEN_FIELD(confirm, FIELD_TEXT, .max = 200),
    FIELD(name, FIELD_TEXT, MSG_client_name, .max = 200,
          .flags = FIELD_REQUIRED),
    COMPANY_FIELD,
    CHOICE_FIELD(kind, MSG_client_kind, clients_kinds, .flags = FIELD_REQUIRED),
    CHOICE_FIELD(doc_type, MSG_client_doc_type, clients_doc_types),
    FIELD(doc_number, FIELD_TEXT, MSG_client_doc_number, .max = 30),
    CHOICE_FIELD(service_kind, MSG_client_service, clients_services,
                 .flags = FIELD_REQUIRED),
    REACH_FIELDS(MSG_client_whatsapp_ok),
    FIELD(notes, FIELD_LINES, MSG_client_notes, .max = 4000),
    {0},
};

/*
 * What a client may say of itself (client_update_own()): how to reach it and
 * by what name it trades. Who it is by law, what it buys of us and what we
 * note of it are the office's.
 */
static const struct field clients_own_form[] = {
    HIDDEN_FIELD(version, FIELD_INT),
    COMPANY_FIELD,
    REACH_FIELDS(MSG_client_whatsapp_own),
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
    {"dane_city", MSG_client_dane, offsetof(struct client, dane_city)},
    {"notes", MSG_client_notes, offsetof(struct client, notes)},
};

const char **clients_member(struct client *cl, size_t i)
{
    return (const char **)(void *)((char *)cl + clients_members[i].offset);
}

/* The code of what was typed, and the name of a city that was left out. */
static void take_place(struct arena *a, struct client *cl)
{
    char code[DANE_MAX];
    if (!dane_parse(cl->dane_city, code))
        return; /* "", or refused by refuse_reach() */
    cl->dane_city = arena_strdup(a, code);
    if (cl->city[0] == '\0')
        cl->city = dane_name(cl->dane_city);
}

/* The client as typed; MSG_none, or why its document is refused. */
static enum msg client_from_form(const struct form *f, struct arena *a,
                                 const struct client *stored, struct client *cl)
{
    *cl = stored != NULL ? *stored : (struct client){.id = 0};
    cl->version = form_int(f, "version");
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++)
        if (form_has(f, clients_members[i].field))
            *clients_member(cl, i) = form_text(f, clients_members[i].field);
    if (form_has(f, "whatsapp_ok"))
        cl->whatsapp_ok = form_bool(f, "whatsapp_ok");
    take_place(a, cl);
    if (!form_has(f, "doc_number"))
        return MSG_none;
    return document_read(a, form_text(f, "doc_type"),
                         form_text(f, "doc_number"), cl);
}

static void client_to_form(struct ctx *c, struct client *cl)
{
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++)
        if (form_has(&c->form, clients_members[i].field))
            form_set(&c->form, clients_members[i].field,
                     *clients_member(cl, i));
    form_set(&c->form, "phone", clients_phone(c->arena, cl->phone));
    form_set(&c->form, "whatsapp_ok", cl->whatsapp_ok ? "1" : "");
    if (form_has(&c->form, "doc_number")) {
        form_set(&c->form, "doc_type", cl->doc_type);
        form_set(&c->form, "doc_number", document_number(c->arena, cl));
    }
    form_set(&c->form, "version", arena_fmt(c->arena, "%" PRId64, cl->version));
}

/* What is wrong with the telephone itself has been said. */
static void refuse_reach(struct form *f, const struct client *cl)
{
    char code[DANE_MAX], e164[PHONE_MAX];
    bool said = cl->phone[0] == '\0' || phone_parse(cl->phone, e164);
    if (cl->dane_city[0] != '\0' && !dane_parse(cl->dane_city, code))
        form_refuse(f, "dane_city", MSG_client_bad_dane);
    if (cl->whatsapp_ok && said && !phone_is_mobile(cl->phone))
        form_refuse(f, "whatsapp_ok", MSG_client_whatsapp_mobile);
}

bool clients_of_form(struct form *f, struct arena *a,
                     const struct client *stored, struct client *ret)
{
    enum msg why = client_from_form(f, a, stored, ret);
    refuse_reach(f, ret);
    if (form_has(f, "doc_number") && ret->doc_type[0] == '\0' &&
        form_text(f, "doc_number")[0] != '\0')
        form_refuse(f, "doc_type", MSG_client_doc_no_type);
    else if (why != MSG_none)
        form_refuse(f, "doc_number", why);
    return !form_has_errors(f);
}

/* The client to store; INVALID with the form's errors. */
static enum err take_client(struct ctx *c, const struct client *stored,
                            struct client *cl)
{
    return clients_of_form(&c->form, c->arena, stored, cl) ? ERR_OK
                                                           : ERR_INVALID;
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
    enum msg why = client_from_form(&c->form, c->arena, NULL, &typed);
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
    client_from_form(&c->form, c->arena, stored, &typed);
    return clients_fill_twins(c, &typed, stored);
}

static void fill_form_frame(struct ctx *c, enum msg title, enum msg submit,
                            const char *cancel)
{
    tpl_set(c->page, N_FORM_TITLE, ctx_msg(c, title));
    tpl_set(c->page, N_SUBMIT_LABEL, ctx_msg(c, submit));
    tpl_set(c->page, N_CANCEL_HREF, cancel);
    tpl_show(c->page, clients_is_own(c) ? N_OWN_FIELDS : N_ALL_FIELDS);
    for (const struct dane_place *p = dane_places; p->code != NULL; p++) {
        struct tpl_dict *d = tpl_add(c->page, N_PLACE_OPTION);
        tpl_set(d, N_VALUE, p->code);
        tpl_set(
            d, N_LABEL,
            arena_fmt(c->arena, "%s, %s", p->name, dane_department(p->code)));
    }
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
    TRY(take_client(c, NULL, &cl));
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
    client_from_form(&c->form, c->arena, stored, &mine);
    struct tpl_dict *d = tpl_add(c->page, N_CONFLICT);
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++) {
        const char *saved = *clients_member(stored, i),
                   *yours = *clients_member(&mine, i);
        const struct choice *choices = clients_members[i].choices;
        if (choices != NULL) {
            saved = clients_label(c, choices, saved);
            yours = clients_label(c, choices, yours);
        }
        if (strcmp(clients_members[i].field, "dane_city") == 0) {
            saved = clients_place(c->arena, saved);
            yours = clients_place(c->arena, yours);
        }
        fill_conflict_field(c, d, clients_members[i].label, saved, yours);
    }
    if (stored->whatsapp_ok != mine.whatsapp_ok)
        fill_conflict_field(
            c, d, MSG_client_whatsapp_ok,
            ctx_msg(c, stored->whatsapp_ok ? MSG_part_yes : MSG_part_no),
            ctx_msg(c, mine.whatsapp_ok ? MSG_part_yes : MSG_part_no));
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
    fill_form_frame(c, c->route->title, MSG_form_save,
                    clients_href(c, stored.id, ""));
    if (c->req.method != METHOD_POST)
        client_to_form(c, &stored);
    else if (!form_has_errors(&c->form) &&
             form_int(&c->form, "version") != stored.version)
        fill_conflict(c, &stored);
    if (clients_is_own(c)) {
        clients_fill_facts(c, &stored);
        return ERR_OK;
    }
    TRY(fill_document_help(c, stored.id));
    return fill_typed_twins(c, &stored);
}

/* A client is not told of others that look like it. */
static enum err store(struct ctx *c, const struct client *cl,
                      const struct client *stored)
{
    struct db *db = c->app->db;
    if (clients_is_own(c))
        return ctx_db(c, client_update_own(db, c->arena, cl, ctx_actor(c)));
    TRY(clients_check_twins(c, cl, stored));
    return refuse_twin(c, client_update(db, c->arena, cl, ctx_actor(c)));
}

static enum err edit_post(struct ctx *c)
{
    struct client cl, stored;
    TRY(clients_get(c, &stored));
    TRY(take_client(c, &stored, &cl));
    if (stored.version != cl.version)
        return ERR_CONFLICT;
    TRY(store(c, &cl, &stored));
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
    {.name = "clients.own.edit",
     .path = "/cuenta/cliente/{id}/editar/",
     .need = PERM_client_own_edit,
     .title = MSG_client_own_edit_title,
     .tpl = &tpl_clients_form,
     .form = clients_own_form,
     .get = edit_get,
     .post = edit_post},
    {0},
};
