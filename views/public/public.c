/*
 * public - the pages everybody may read.
 */
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "web/route.h"

static enum err show_tiles(struct ctx *c)
{
    tpl_include(c->page, N_TILES, &tpl_public_tiles);
    return ERR_OK;
}

const struct route public_routes[] = {
    {.name = "public.home",
     .path = "/",
     .need = PERM_public,
     .title = MSG_public_home_title,
     .tpl = &tpl_public_home,
     .get = show_tiles,
     .menu = {MSG_public_home, "home", 10, .visitors = true}},
    {.name = "public.services",
     .path = "/servicios/",
     .need = PERM_public,
     .title = MSG_public_services_title,
     .tpl = &tpl_public_services,
     .get = show_tiles,
     .menu = {MSG_public_services_title, "support", 11, .visitors = true}},
    {0},
};
