/*
 * contacts - a new contact of a client, changes to one, archive and back.
 */
#include <inttypes.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "parts.h"
#include "web/page.h"

static const struct field contact_form[] = {
    HIDDEN_FIELD(version, FIELD_INT),
    FIELD(name, FIELD_TEXT, MSG_client_name, .max = 200,
          .flags = FIELD_REQUIRED),
    FIELD(position, FIELD_TEXT, MSG_part_role, .max = 100),
    FIELD(email, FIELD_EMAIL, MSG_client_email, .max = 254),
    FIELD(phone, FIELD_PHONE, MSG_client_phone, .max = 30),
    CHECK_FIELD(is_primary, MSG_part_is_primary),
    CHECK_FIELD(gets_reports, MSG_part_gets_reports),
    {0},
};

static const struct part_member members[] = {
    {"name", MSG_client_name, offsetof(struct client_contact, name), false},
    {"position", MSG_part_role, offsetof(struct client_contact, position),
     false},
    {"email", MSG_client_email, offsetof(struct client_contact, email), false},
    {"phone", MSG_client_phone, offsetof(struct client_contact, phone), false},
    {"is_primary", MSG_part_is_primary,
     offsetof(struct client_contact, is_primary), true},
    {"gets_reports", MSG_part_gets_reports,
     offsetof(struct client_contact, gets_reports), true},
    {0},
};

/* The contact as typed. */
static struct client_contact typed(const struct ctx *c)
{
    struct client_contact p = {.client_id = c->params[0],
                               .id = c->params[1],
                               .version = form_int(&c->form, "version")};
    parts_from_form(c, members, &p);
    return p;
}

/* Reports go by mail. */
static enum err check(struct ctx *c, const struct client_contact *p)
{
    if (!p->gets_reports || p->email[0] != '\0')
        return ERR_OK;
    form_refuse(&c->form, "email", MSG_part_reports_need_email);
    return ERR_INVALID;
}

static enum err new_get(struct ctx *c)
{
    return parts_form(c, MSG_part_contact_new, MSG_part_contact_create);
}

static enum err new_post(struct ctx *c)
{
    struct client_contact p = typed(c);
    int64_t id;
    TRY(parts_client(c));
    TRY(check(c, &p));
    TRY(parts_refuse_more(
        c, client_contact_create(c->app->db, c->arena, &p, ctx_actor(c), &id)));
    parts_done(c, MSG_part_contact_created);
    return ERR_OK;
}

static enum err edit_get(struct ctx *c)
{
    struct client_contact stored, mine = typed(c);
    TRY(parts_form(c, MSG_part_contact_edit, MSG_form_save));
    TRY(ctx_db(c, client_contact_get(c->app->db, c->arena, c->params[0],
                                     c->params[1], &stored)));
    if (stored.archived_at != 0)
        return ERR_NOTFOUND;
    parts_show(c, members, &stored, &mine, stored.version);
    return ERR_OK;
}

static enum err edit_post(struct ctx *c)
{
    struct client_contact p = typed(c);
    TRY(parts_client(c));
    TRY(check(c, &p));
    TRY(ctx_db(c,
               client_contact_update(c->app->db, c->arena, &p, ctx_actor(c))));
    parts_done(c, MSG_part_contact_saved);
    return ERR_OK;
}

/* --- archive and bring back: buttons, each undone by the other --- */

static enum err set_archived(struct ctx *c, bool archived)
{
    const struct client_contact p = {.client_id = c->params[0],
                                     .id = c->params[1],
                                     .version = form_int(&c->form, "version")};
    TRY(parts_client(c));
    TRY(ctx_db(c, client_contact_archive(c->app->db, c->arena, &p, archived,
                                         ctx_actor(c))));
    if (archived)
        parts_archived(
            c, MSG_part_contact_archived,
            arena_fmt(c->arena, "contactos/%" PRId64 "/restaurar/", p.id),
            p.version + 1);
    else
        parts_done(c, MSG_part_contact_restored);
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

const struct route clients_contacts_routes[] = {
    {.name = "clients.contacts.new",
     .path = "/clientes/{id}/contactos/nuevo/",
     .need = PERM_client_edit,
     .title = MSG_part_contact_new,
     .tpl = &tpl_clients_contact,
     .form = contact_form,
     .get = new_get,
     .post = new_post},
    {.name = "clients.contacts.edit",
     .path = "/clientes/{id}/contactos/{id}/editar/",
     .need = PERM_client_edit,
     .title = MSG_part_contact_edit,
     .tpl = &tpl_clients_contact,
     .form = contact_form,
     .get = edit_get,
     .post = edit_post},
    {.name = "clients.contacts.archive",
     .path = "/clientes/{id}/contactos/{id}/archivar/",
     .need = PERM_client_edit,
     .title = MSG_client_archive,
     .form = parts_version_form,
     .post = archive_post},
    {.name = "clients.contacts.restore",
     .path = "/clientes/{id}/contactos/{id}/restaurar/",
     .need = PERM_client_edit,
     .title = MSG_client_restore,
     .form = parts_version_form,
     .post = restore_post},
    {.name = "clients.own.contacts.new",
     .path = "/cuenta/cliente/{id}/contactos/nuevo/",
     .need = PERM_client_own_edit,
     .title = MSG_part_contact_new,
     .tpl = &tpl_clients_contact,
     .form = contact_form,
     .get = new_get,
     .post = new_post},
    {.name = "clients.own.contacts.edit",
     .path = "/cuenta/cliente/{id}/contactos/{id}/editar/",
     .need = PERM_client_own_edit,
     .title = MSG_part_contact_edit,
     .tpl = &tpl_clients_contact,
     .form = contact_form,
     .get = edit_get,
     .post = edit_post},
    {.name = "clients.own.contacts.archive",
     .path = "/cuenta/cliente/{id}/contactos/{id}/archivar/",
     .need = PERM_client_own_edit,
     .title = MSG_client_archive,
     .form = parts_version_form,
     .post = archive_post},
    {.name = "clients.own.contacts.restore",
     .path = "/cuenta/cliente/{id}/contactos/{id}/restaurar/",
     .need = PERM_client_own_edit,
     .title = MSG_client_restore,
     .form = parts_version_form,
     .post = restore_post},
    {0},
};
