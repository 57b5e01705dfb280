#include "web/after.h"

#include "web/route.h"

void after_add(struct ctx *c, after_fn *fn, void *arg)
{
    struct after *added = ARENA_NEW(c->arena, struct after);
    struct after **end = &c->after;
    *added = (struct after){.fn = fn, .arg = arg};
    while (*end != NULL)
        end = &(*end)->next;
    *end = added;
}

static void run_one(struct ctx *c, const struct after *a)
{
    c->note.text[0] = '\0';
    enum err e = a->fn(c, a->arg);
    if (e == ERR_OK)
        return;
    db_rollback(c->app->db);
    log_error(c->app->log, "after.failed",
              "error=\"%s\" route=%s detail=\"%s\"", err_text(e),
              c->route != NULL ? c->route->name : "-", c->note.text);
}

void after_run(struct ctx *c)
{
    log_set_request(c->app->log, c->req.request_id);
    db_set_request(c->app->db, c->req.request_id);
    while (c->after != NULL) {
        const struct after *a = c->after;
        c->after = a->next; /* what it adds itself runs too */
        run_one(c, a);
    }
    (void)db_statements(c->app->db, true); /* the next request's are its own */
    log_set_request(c->app->log, NULL);
    db_set_request(c->app->db, NULL);
}
