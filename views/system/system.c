/*
 * system - what machines ask for.
 *
 * Behind ptpool the supervisor answers /health/ itself; this one is for a
 * worker that runs alone under spawn-fcgi.
 */
#include "web/route.h"

static const char sql_health[] = "SELECT 1 AS one";

struct health {
    int64_t one;
};

static const struct column health_columns[] = {COL(COL_INT, struct health, one),
                                               {0}};

static enum err health(struct ctx *c)
{
    struct health h;
    enum err e =
        db_one(c->app->db, c->arena, QUERY(sql_health), health_columns, &h);
    bool ok = e == ERR_OK && h.one == 1;
    c->resp->status = ok ? 200 : 503;
    resp_header(c->resp, "Content-Type", "application/json");
    resp_header(c->resp, "Cache-Control", "no-store");
    buf_addf(&c->resp->body, "{\"status\":\"%s\",\"database\":\"%s\"}\n",
             ok ? "ok" : "down", ok ? "ok" : "down");
    return ERR_OK;
}

const struct route system_routes[] = {
    {.name = "system.health",
     .path = "/health/",
     .need = PERM_public,
     .get = health},
    {0},
};
