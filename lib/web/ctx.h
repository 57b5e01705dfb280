/*
 * ctx - everything one request has, and the process behind it.
 *
 * Ownership  struct app lives as long as the process, struct ctx as long as
 *            the request; all that a handler allocates joins c->arena.
 * Layer      web.
 */
#ifndef PT_WEB_CTX_H
#define PT_WEB_CTX_H

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/phase.h"
#include "store/audit.h"
#include "store/db.h"
#include "tpl/tpl.h"
#include "web/asset.h"
#include "web/cached.h"
#include "web/form.h"
#include "web/req.h"
#include "web/resp.h"
#include "web/session.h"

struct after;
struct filestore;
struct route;
struct router;

/* What a process has once. */
struct app {
    struct config conf;
    struct log *log;
    struct db *db;
    struct filestore *files;
    struct cache *cache; /* NULL: none */
    const struct router *router;
    struct assets assets;
    unsigned char secret[32]; /* key of CSRF tokens and flash messages */
    struct audit_keys audit;  /* of the chain */
    int64_t generation;       /* of the pool's configuration */
    struct phases phases;     /* of the present request */
    /* Told the name of the route once it is known; NULL: nobody. */
    void (*on_route)(void *arg, const char *route);
    void *on_route_arg;
    struct cached_guess guesses[CACHED_GUESSES];
};

struct ctx {
    struct app *app;
    struct arena *arena;
    struct req req;
    struct resp *resp;
    enum lang lang;
    const struct route *route;       /* NULL: none matched */
    int64_t params[MAX_PATH_PARAMS]; /* {…} of the path, in order */
    struct session *session;         /* NULL: not logged in */
    const char *visitor;             /* token of a person not logged in */
    const char *started;             /* token of a session begun here */
    const char *path;                /* of the route, without the language */
    struct form form;                /* POST: by route->form, checked */
    struct form query;               /* GET: by route->query, checked */
    struct cached cached;            /* what the cache had */
    struct tpl_dict *layout, *page;  /* dictionaries of frame and content */
    const struct tpl *content;       /* what the frame shows */
    const char *form_action;         /* of another site; NULL: none */
    struct err_note note;            /* detail of an error, for the log */
    struct actor actor;              /* see ctx_actor() */
    struct after *after;             /* see web/after.h */
    enum err failed;                 /* what the answer tells; OK: nothing */
    unsigned statements;             /* of the database, until the answer */
};

static inline enum role ctx_role(const struct ctx *c)
{
    return c->session != NULL ? c->session->role : ROLE_none;
}

/* Id of the person who is logged in, 0 for nobody. */
static inline int64_t ctx_user_id(const struct ctx *c)
{
    return c->session != NULL ? c->session->user_id : 0;
}

/* Who makes this request, for what it writes. */
struct actor *ctx_actor(struct ctx *c);

/* From here on it is this account that acts: the person has just logged in. */
struct actor *ctx_actor_is(struct ctx *c, int64_t user_id, const char *role);

static inline const char *ctx_msg(const struct ctx *c, enum msg m)
{
    return msg_text(c->lang, m);
}

/* Passes a database error on with its detail in c->note. */
static inline enum err ctx_db(struct ctx *c, enum err e)
{
    if (e != ERR_OK && e != ERR_NOTFOUND)
        err_set(&c->note, e, "%s", db_error(c->app->db));
    return e;
}

#endif
