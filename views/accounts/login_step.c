/*
 * login_step - the second step of a login: a code, a recovery code, or setting
 * it up where the role asks for it.
 *
 * The password was right (web/pending.h); there is no session before the
 * second step. These pages tell who has no login under way only that, and to
 * log in.
 */
#include <inttypes.h>
#include <string.h>

#include "accounts.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "second.h"
#include "web/page.h"
#include "web/pending.h"
#include "web/throttle.h"

bool second_wanted(const struct ctx *c, const struct user *u)
{
    return u->totp_at != 0 || session_needs_more(&c->app->conf, u->role);
}

/* Failures stay counted until the second step: the first alone forgives none */
enum err second_begin(struct ctx *c, const struct user *u)
{
    struct pending p = {.user_id = u->id,
                        .user_version = u->version,
                        .remember = form_bool(&c->form, "remember"),
                        .next = form_text(&c->form, "next")};
    TRY(pending_start(c, &p));
    resp_redirect(c->resp,
                  page_href(c, u->totp_at != 0 ? "/cuenta/entrar/codigo/"
                                               : "/cuenta/entrar/activar/"));
    return ERR_OK;
}

/* The login under way that this page is for, and whose it is. INVALID, which
 * the page says: there is none. */
static enum err find(struct ctx *c, struct pending *ret_p, struct user *ret_u)
{
    bool setup = strcmp(c->route->name, "accounts.step_setup") == 0;
    enum err e = pending_find(c, ret_p);
    if (e == ERR_NOTFOUND)
        return ERR_INVALID;
    TRY(e);
    TRY(ctx_db(c, user_get(c->app->db, c->arena, ret_p->user_id, ret_u)));
    ret_u->version = ret_p->user_version; /* of when it began */
    return (ret_u->totp_at == 0) == setup ? ERR_OK : ERR_INVALID;
}

/* What the page shows of it; ret_d is NULL when there is none. */
static enum err begin_page(struct ctx *c, struct user *ret_u,
                           struct tpl_dict **ret_d)
{
    struct pending p;
    enum err e = find(c, &p, ret_u);
    if (e == ERR_INVALID) {
        tpl_show(c->page, N_VOID);
        *ret_d = NULL;
        return ERR_OK;
    }
    TRY(e);
    *ret_d = tpl_add(c->page, N_VALID);
    return ERR_OK;
}

/* Its end: from here on it is the account that acts. CONFLICT: the account has
 * changed, so the page finds it no more. */
static enum err finish(struct ctx *c, const struct pending *p,
                       const struct user *u)
{
    c->actor.user_id = u->id;
    c->actor.role = u->role;
    TRY(pending_end(c, p));
    TRY(throttle_success(c, u->email));
    TRY(ctx_db(c, user_logged_in(c->app->db, u, ctx_actor(c))));
    return session_start(c, u->id, p->remember != 0);
}

/* --- a code, of the app or for recovery --- */

static const struct field step_form[] = {
    FIELD(code, FIELD_TEXT, MSG_second_code, .max = SECOND_CODE_MAX,
          .flags = FIELD_REQUIRED),
    {0},
};

static enum err step_get(struct ctx *c)
{
    struct user u;
    struct tpl_dict *d;
    bool recovery = strcmp(c->route->name, "accounts.step_recovery") == 0;
    TRY(begin_page(c, &u, &d));
    if (d != NULL)
        tpl_show(d, recovery ? N_IS_RECOVERY : N_IS_CODE);
    return ERR_OK;
}

static enum err attempt(struct ctx *c, const struct pending *p,
                        const struct user *u, enum err *ret_checked)
{
    TRY(pending_try(c, p));
    enum err e = second_check(c, u, form_text(&c->form, "code"));
    *ret_checked = e;
    if (e == ERR_NOTFOUND)
        return second_refused(c, u);
    if (e == ERR_THROTTLED)
        return ERR_OK; /* the attempt counts all the same */
    TRY(e);
    return finish(c, p, u);
}

/* ERR_OK: logged in. */
static enum err check(struct ctx *c, const struct pending *p,
                      const struct user *u)
{
    struct db *db = c->app->db;
    enum err checked = ERR_NOTFOUND, e = throttle_check(c, u->email);
    if (e == ERR_OK) {
        TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
        e = audit_end(db, ctx_actor(c), attempt(c, p, u, &checked));
        if (e == ERR_OK)
            e = checked;
    }
    if (e == ERR_THROTTLED)
        form_refuse(&c->form, "code", MSG_account_throttled);
    if (e != ERR_NOTFOUND)
        return e;
    log_info(c->app->log, "login.code_refused", "user=%" PRId64 " ip=%s", u->id,
             c->req.remote_addr);
    form_refuse(&c->form, "code", MSG_second_wrong);
    return ERR_INVALID;
}

static enum err step_post(struct ctx *c)
{
    struct pending p;
    struct user u;
    TRY(find(c, &p, &u));
    TRY(check(c, &p, &u));
    log_info(c->app->log, "login", "user=%" PRId64 " second=code", u.id);
    resp_redirect(c->resp, accounts_after_login(p.next, u.role));
    return ERR_OK;
}

/* --- setting it up, since the role asks for it --- */

static const struct field setup_form[] = {
    HIDDEN_FIELD(secret, FIELD_TEXT, .max = 200),
    FIELD(code, FIELD_TEXT, MSG_second_code, .max = SECOND_CODE_MAX,
          .flags = FIELD_REQUIRED),
    {0},
};

static enum err setup_get(struct ctx *c)
{
    struct user u;
    struct tpl_dict *d;
    TRY(begin_page(c, &u, &d));
    if (d == NULL)
        return ERR_OK;
    tpl_show(d, N_IS_LOGIN);
    return second_fill_setup(c, d, &u);
}

static enum err set_up(struct ctx *c, const struct pending *p,
                       const struct user *u, const struct second_secret *s,
                       const char **codes)
{
    TRY(finish(c, p, u));
    return second_switch_on(c, u, s, codes);
}

static enum err setup_post(struct ctx *c)
{
    struct pending p;
    struct user u;
    struct second_secret s;
    const char *codes[USER_RECOVERY_CODES];
    struct db *db = c->app->db;
    TRY(find(c, &p, &u));
    TRY(second_take_setup(c, &u, &s));
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    enum err e = audit_end(db, ctx_actor(c), set_up(c, &p, &u, &s, codes));
    if (e == ERR_NOTFOUND || e == ERR_DUPLICATE)
        return ERR_INVALID; /* the same, a moment ago */
    TRY(ctx_db(c, e));
    log_info(c->app->log, "login", "user=%" PRId64 " second=new", u.id);
    TRY(session_enter(c));
    return second_show_codes(c, &u, codes,
                             accounts_after_login(p.next, u.role));
}

const struct route login_step_routes[] = {
    {.name = "accounts.step_code",
     .path = "/cuenta/entrar/codigo/",
     .need = PERM_public,
     .title = MSG_second_step_title,
     .tpl = &tpl_accounts_step,
     .secret = true,
     .form = step_form,
     .get = step_get,
     .post = step_post},
    {.name = "accounts.step_recovery",
     .path = "/cuenta/entrar/recuperacion/",
     .need = PERM_public,
     .title = MSG_second_recovery_title,
     .tpl = &tpl_accounts_step,
     .secret = true,
     .form = step_form,
     .get = step_get,
     .post = step_post},
    {.name = "accounts.step_setup",
     .path = "/cuenta/entrar/activar/",
     .need = PERM_public,
     .title = MSG_second_setup_title,
     .tpl = &tpl_accounts_setup,
     .secret = true,
     .form = setup_form,
     .get = setup_get,
     .post = setup_post},
    {0},
};
