/*
 * own - what a client sees of itself: its contacts, sites and consents.
 */
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "parts.h"
#include "web/page.h"

/* The id comes from the session, never from the address. */
static enum err own_get(struct ctx *c)
{
    const struct client own = {.id = c->session->client_id};
    if (own.id == 0) {
        tpl_show(c->page, N_EMPTY);
        return ERR_OK;
    }
    return parts_fill(c, &own, false);
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
