/*
 * own - what a client sees of itself: its data, contacts, sites and consents.
 *
 * What it may change of them, and how, are the pages of the office with
 * PERM_client_own_edit: form.c, contacts.c, sites.c, consents.c.
 */
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "parts.h"
#include "web/page.h"

/* The id comes from the session, never from the address. */
static enum err own_get(struct ctx *c)
{
    struct client own;
    if (c->session->client_id == 0) {
        tpl_show(c->page, N_EMPTY);
        return ERR_OK;
    }
    TRY(ctx_db(c,
               client_get(c->app->db, c->arena, c->session->client_id, &own)));
    bool may_edit = own.archived_at == 0 &&
                    access_allows(ctx_role(c), PERM_client_own_edit);
    clients_fill_facts(c, &own);
    tpl_show(c->page, N_OWN_CLIENT);
    if (own.archived_at != 0)
        tpl_show(c->page, N_ARCHIVED);
    if (may_edit)
        tpl_set(tpl_add(c->page, N_CAN_EDIT), N_EDIT_HREF,
                clients_href(c, own.id, "editar/"));
    return parts_fill(c, &own, may_edit, NULL);
}

const struct route clients_own_routes[] = {
    {.name = "clients.own",
     .path = "/cuenta/cliente/",
     .need = PERM_client_own,
     .title = MSG_part_own_title,
     .tpl = &tpl_clients_own,
     .get = own_get},
    {0},
};
