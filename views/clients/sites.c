/*
 * sites - a new site of a client, changes to one, archive and back.
 */
#include <inttypes.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "parts.h"
#include "web/page.h"

static const struct field site_form[] = {
    HIDDEN_FIELD(version, FIELD_INT),
    FIELD(name, FIELD_TEXT, MSG_client_name, .max = 200,
          .flags = FIELD_REQUIRED),
    FIELD(address, FIELD_TEXT, MSG_client_address, .max = 200,
          .flags = FIELD_REQUIRED),
    FIELD(city, FIELD_TEXT, MSG_client_city, .max = 100),
    FIELD(access_notes, FIELD_LINES, MSG_part_access_notes, .max = 2000),
    {0},
};

static const struct part_member members[] = {
    {"name", MSG_client_name, offsetof(struct client_site, name), false},
    {"address", MSG_client_address, offsetof(struct client_site, address),
     false},
    {"city", MSG_client_city, offsetof(struct client_site, city), false},
    {"access_notes", MSG_part_access_notes,
     offsetof(struct client_site, access_notes), false},
    {0},
};

/* The site as typed. */
static struct client_site typed(const struct ctx *c)
{
    struct client_site p = {.client_id = c->params[0],
                            .id = c->params[1],
                            .version = form_int(&c->form, "version")};
    parts_from_form(c, members, &p);
    return p;
}

static enum err new_get(struct ctx *c)
{
    return parts_form(c, MSG_part_site_new, MSG_part_site_create);
}

static enum err new_post(struct ctx *c)
{
    struct client_site p = typed(c);
    int64_t id;
    TRY(parts_client(c));
    TRY(parts_refuse_more(
        c, client_site_create(c->app->db, c->arena, &p, ctx_actor(c), &id)));
    parts_done(c, MSG_part_site_created);
    return ERR_OK;
}

static enum err edit_get(struct ctx *c)
{
    struct client_site stored, mine = typed(c);
    TRY(parts_form(c, MSG_part_site_edit, MSG_form_save));
    TRY(ctx_db(c, client_site_get(c->app->db, c->arena, c->params[0],
                                  c->params[1], &stored)));
    if (stored.archived_at != 0)
        return ERR_NOTFOUND;
    parts_show(c, members, &stored, &mine, stored.version);
    return ERR_OK;
}

static enum err edit_post(struct ctx *c)
{
    struct client_site p = typed(c);
    TRY(parts_client(c));
    TRY(ctx_db(c, client_site_update(c->app->db, c->arena, &p, ctx_actor(c))));
    parts_done(c, MSG_part_site_saved);
    return ERR_OK;
}

/* --- archive and bring back: buttons, each undone by the other --- */

static enum err set_archived(struct ctx *c, bool archived)
{
    const struct client_site p = {.client_id = c->params[0],
                                  .id = c->params[1],
                                  .version = form_int(&c->form, "version")};
    TRY(parts_client(c));
    TRY(ctx_db(c, client_site_archive(c->app->db, c->arena, &p, archived,
                                      ctx_actor(c))));
    if (archived)
        parts_archived(
            c, MSG_part_site_archived,
            arena_fmt(c->arena, "sedes/%" PRId64 "/restaurar/", p.id),
            p.version + 1);
    else
        parts_done(c, MSG_part_site_restored);
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

const struct route clients_sites_routes[] = {
    {.name = "clients.sites.new",
     .path = "/clientes/{id}/sedes/nuevo/",
     .need = PERM_client_edit,
     .title = MSG_part_site_new,
     .tpl = &tpl_clients_site,
     .form = site_form,
     .get = new_get,
     .post = new_post},
    {.name = "clients.sites.edit",
     .path = "/clientes/{id}/sedes/{id}/editar/",
     .need = PERM_client_edit,
     .title = MSG_part_site_edit,
     .tpl = &tpl_clients_site,
     .form = site_form,
     .get = edit_get,
     .post = edit_post},
    {.name = "clients.sites.archive",
     .path = "/clientes/{id}/sedes/{id}/archivar/",
     .need = PERM_client_edit,
     .title = MSG_client_archive,
     .form = parts_version_form,
     .post = archive_post},
    {.name = "clients.sites.restore",
     .path = "/clientes/{id}/sedes/{id}/restaurar/",
     .need = PERM_client_edit,
     .title = MSG_client_restore,
     .form = parts_version_form,
     .post = restore_post},
    {.name = "clients.own.sites.new",
     .path = "/cuenta/cliente/{id}/sedes/nuevo/",
     .need = PERM_client_own_edit,
     .title = MSG_part_site_new,
     .tpl = &tpl_clients_site,
     .form = site_form,
     .get = new_get,
     .post = new_post},
    {.name = "clients.own.sites.edit",
     .path = "/cuenta/cliente/{id}/sedes/{id}/editar/",
     .need = PERM_client_own_edit,
     .title = MSG_part_site_edit,
     .tpl = &tpl_clients_site,
     .form = site_form,
     .get = edit_get,
     .post = edit_post},
    {.name = "clients.own.sites.archive",
     .path = "/cuenta/cliente/{id}/sedes/{id}/archivar/",
     .need = PERM_client_own_edit,
     .title = MSG_client_archive,
     .form = parts_version_form,
     .post = archive_post},
    {.name = "clients.own.sites.restore",
     .path = "/cuenta/cliente/{id}/sedes/{id}/restaurar/",
     .need = PERM_client_own_edit,
     .title = MSG_client_restore,
     .form = parts_version_form,
     .post = restore_post},
    {0},
};
