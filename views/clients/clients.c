/*
 * clients - one client: detail, archive and bring back; and what the list
 * (list.c) and the form (form.c) show alike.
 */
#include "clients.h"

#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "parts.h"
#include "text/dane.h"
#include "text/fmt.h"
#include "text/nit.h"
#include "text/phone.h"
#include "web/flash.h"
#include "web/page.h"

const struct choice clients_kinds[] = {
    {"natural", MSG_client_kind_natural},
    {"legal", MSG_client_kind_legal},
    {0},
};

const struct choice clients_services[] = {
    {"single", MSG_client_service_single},
    {"contract", MSG_client_service_contract},
    {0},
};

const char *clients_label(const struct ctx *c, const struct choice *table,
                          const char *value)
{
    for (const struct choice *k = table; k->value != NULL; k++)
        if (strcmp(k->value, value) == 0)
            return ctx_msg(c, k->label);
    return "";
}

bool clients_is_own(const struct ctx *c)
{
    return c->route->need == PERM_client_own ||
           c->route->need == PERM_client_own_edit;
}

const char *clients_href(struct ctx *c, int64_t id, const char *rest)
{
    if (clients_is_own(c))
        return rest[0] == '\0'
                   ? "/cuenta/cliente/"
                   : arena_fmt(c->arena, "/cuenta/cliente/%" PRId64 "/%s", id,
                               rest);
    return arena_fmt(c->arena, "/clientes/%" PRId64 "/%s", id, rest);
}

const char *clients_code(struct arena *a, int64_t id)
{
    return arena_fmt(a, "CL-%06" PRId64, id);
}

const char *clients_phone(struct arena *a, const char *e164)
{
    char text[PHONE_MAX];
    phone_show(e164, text);
    return arena_strdup(a, text);
}

const char *clients_place(struct arena *a, const char *dane_city)
{
    const char *name = dane_name(dane_city);
    if (dane_city[0] == '\0')
        return "";
    return arena_fmt(a, "%s · %s%s%s", dane_city, name,
                     name[0] != '\0' ? ", " : "", dane_department(dane_city));
}

enum err clients_get(struct ctx *c, struct client *ret)
{
    bool own = clients_is_own(c);
    if (own && c->params[0] != c->session->client_id)
        return ERR_NOTFOUND;
    TRY(ctx_db(c, client_get(c->app->db, c->arena, c->params[0], ret)));
    return own && ret->archived_at != 0 ? ERR_NOTFOUND : ERR_OK;
}

enum err clients_take(struct ctx *c, struct client *ret, bool *ret_moved)
{
    TRY(clients_get(c, ret));
    *ret_moved = ret->merged_into != 0;
    if (*ret_moved) {
        resp_redirect(c->resp, clients_href(c, ret->merged_into, ""));
        c->resp->status = 301;
        resp_header(c->resp, "Cache-Control", "no-store");
    }
    return ERR_OK;
}

/* --- one client --- */

/* served: its data may be used for the service. */
static void fill_contact(struct ctx *c, const struct client *cl, bool served)
{
    if (cl->phone[0] == '\0' && cl->email[0] == '\0')
        return;
    struct tpl_dict *d = tpl_add(c->page, N_CONTACT);
    if (cl->phone[0] != '\0')
        tpl_show(d, N_HAS_PHONE);
    if (cl->email[0] != '\0')
        tpl_show(d, N_HAS_EMAIL);
    if (cl->whatsapp_ok && served)
        tpl_set(tpl_add(d, N_HAS_WHATSAPP), N_WHATSAPP_HREF,
                arena_fmt(c->arena, "https://wa.me/%s", cl->phone + 1));
    else if (cl->whatsapp_ok)
        tpl_show(c->page, N_NO_CONSENT);
}

/* A tax number without its check digit: what it would be, for asking. */
static void fill_missing_dv(struct ctx *c, const struct client *cl)
{
    struct nit nit = {{0}, {0}};
    char text[NIT_MAX];
    if (strcmp(cl->doc_type, "31") != 0 || cl->doc_dv[0] != '\0')
        return;
    if (nit_suggest(cl->doc_number, &nit)) {
        nit_show(nit.number, nit.dv, text);
        tpl_set(tpl_add(c->page, N_NIT_OR), N_NIT,
                arena_strdup(c->arena, text));
    }
    nit.dv[0] = nit_dv(cl->doc_number);
    nit_show(cl->doc_number, nit.dv, text);
    tpl_set(tpl_add(c->page, N_NIT_FULL), N_NIT, arena_strdup(c->arena, text));
}

void clients_fill_facts(struct ctx *c, const struct client *cl)
{
    struct tpl_dict *d = c->page;
    tpl_set(d, N_DOCUMENT, document_show(c->arena, cl));
    tpl_set(d, N_NAME, cl->name);
    tpl_set(d, N_COMPANY, cl->company);
    tpl_set(d, N_EMAIL, cl->email);
    tpl_set(d, N_PHONE, clients_phone(c->arena, cl->phone));
    tpl_set(d, N_PHONE_TEL, cl->phone);
    tpl_set(d, N_ADDRESS, cl->address);
    tpl_set(d, N_CITY, cl->city);
    tpl_set(d, N_PLACE, clients_place(c->arena, cl->dane_city));
    if (phone_is_mobile(cl->phone))
        tpl_set(tpl_add(d, N_MOBILE), N_WHATSAPP_LABEL,
                ctx_msg(c, cl->whatsapp_ok ? MSG_part_yes : MSG_part_no));
}

static void fill_client(struct ctx *c, const struct client *cl)
{
    struct tpl_dict *d = c->page;
    clients_fill_facts(c, cl);
    tpl_set(d, N_CODE, clients_code(c->arena, cl->id));
    tpl_set(d, N_KIND_LABEL, clients_label(c, clients_kinds, cl->kind));
    tpl_set(d, N_SERVICE_LABEL,
            clients_label(c, clients_services, cl->service_kind));
    tpl_set(d, N_NOTES, cl->notes);
    tpl_set_int(d, N_VERSION, cl->version);
    tpl_set(d, N_CREATED, fmt_datetime(c->arena, c->lang, cl->created_at));
    tpl_set(d, N_UPDATED, fmt_datetime(c->arena, c->lang, cl->updated_at));
    fill_missing_dv(c, cl);
}

static void fill_actions(struct ctx *c, const struct client *cl)
{
    bool may_edit = access_allows(ctx_role(c), PERM_client_edit);
    bool archived = cl->archived_at != 0;
    if (archived) {
        struct tpl_dict *d = tpl_add(c->page, N_ARCHIVED);
        if (may_edit)
            tpl_set(tpl_add(d, N_CAN_RESTORE), N_RESTORE_HREF,
                    clients_href(c, cl->id, "restaurar/"));
    } else if (may_edit) {
        struct tpl_dict *d = tpl_add(c->page, N_CAN_EDIT);
        tpl_set(d, N_EDIT_HREF, clients_href(c, cl->id, "editar/"));
        tpl_set(tpl_add(d, N_CAN_ARCHIVE), N_ARCHIVE_HREF,
                clients_href(c, cl->id, "archivar/"));
        if (access_allows(ctx_role(c), PERM_client_merge))
            tpl_set(tpl_add(d, N_CAN_MERGE), N_MERGE_HREF,
                    clients_href(c, cl->id, "unir/"));
    }
}

static enum err show_get(struct ctx *c)
{
    struct client cl;
    bool moved, served;
    TRY(clients_take(c, &cl, &moved));
    if (moved)
        return ERR_OK;
    fill_client(c, &cl);
    fill_actions(c, &cl);
    if (access_allows(ctx_role(c), PERM_audit_history))
        tpl_set(tpl_add(c->page, N_CAN_SEE_HISTORY), N_HISTORY_HREF,
                clients_href(c, cl.id, "historial/"));
    TRY(parts_fill(c, &cl, access_allows(ctx_role(c), PERM_client_edit),
                   &served));
    fill_contact(c, &cl, served);
    return clients_fill_files(c, &cl);
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
                                 ctx_actor(c))));
    if (archived) {
        flash_set_undo(c, MSG_client_flash_archived,
                       clients_href(c, id, "restaurar/"), version + 1);
        resp_redirect(c->resp, "/clientes/");
    } else {
        flash_set(c, MSG_client_flash_restored);
        resp_redirect(c->resp, clients_href(c, id, ""));
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
    {.name = "clients.show",
     .path = "/clientes/{id}/",
     .need = PERM_client_view,
     .title = MSG_client_show_title,
     .tpl = &tpl_clients_show,
     .get = show_get},
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
