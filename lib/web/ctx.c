#include "web/ctx.h"

struct actor *ctx_actor(struct ctx *c)
{
    if (c->actor.keys == NULL)
        ctx_actor_is(c, ctx_user_id(c),
                     c->session != NULL ? c->session->role_code : "visitor");
    return &c->actor;
}

struct actor *ctx_actor_is(struct ctx *c, int64_t user_id, const char *role)
{
    c->actor = (struct actor){.keys = &c->app->audit,
                              .arena = c->arena,
                              .user_id = user_id,
                              .role = role,
                              .ip = c->req.remote_addr};
    return &c->actor;
}
