/*
 * public - the pages everybody may read.
 */
#include "gen/tpl.h"
#include "web/route.h"

const struct route public_routes[] = {
    {.name = "public.home",
     .path = "/",
     .need = PERM_public,
     .title = MSG_public_home_title,
     .tpl = &tpl_public_home,
     .menu = {MSG_public_home, "home", 10}},
    {0},
};
