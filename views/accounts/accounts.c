/*
 * accounts - logging in and out, and one's own account.
 */
#include "accounts.h"

#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/client.h"
#include "second.h"
#include "text/fmt.h"
#include "text/phone.h"
#include "web/flash.h"
#include "web/page.h"
#include "web/password.h"
#include "web/throttle.h"

/* --- logging in --- */

static const struct field login_form[] = {
    FIELD(email, FIELD_EMAIL, MSG_account_email, .max = 254,
          .flags = FIELD_REQUIRED),
    PASSWORD_FIELD(password, MSG_account_password, .max = PASSWORD_MAX_CHARS,
                   .flags = FIELD_REQUIRED),
    CHECK_FIELD(remember, MSG_account_remember),
    HIDDEN_FIELD(next, FIELD_TEXT, .max = MAX_PATH_BYTES),
    {0},
};

static const struct field login_query[] = {
    PLAIN_FIELD(next, FIELD_TEXT, .max = MAX_PATH_BYTES),
    {0},
};

/* Only a path on this site: "//host" and "/\host" would lead away. */
static bool is_local(const char *path)
{
    return path[0] == '/' && path[1] != '/' && strchr(path, '\\') == NULL;
}

const char *accounts_after_login(const char *next, const char *role)
{
    if (is_local(next))
        return next;
    return access_allows(role_parse(role), PERM_client_view) ? "/clientes/"
                                                             : "/cuenta/";
}

static enum err login_get(struct ctx *c)
{
    oidc_offer(c);
    if (c->req.method == METHOD_POST)
        return ERR_OK;
    const char *next = form_text(&c->query, "next");
    if (is_local(next)) {
        form_set(&c->form, "next", next);
        page_form_notice(c, MSG_account_need_login);
    }
    return ERR_OK;
}

/* The same is done for no account as for one: nobody can tell by the time. */
static enum err note_failure(struct ctx *c, const char *email, int64_t id)
{
    TRY(throttle_failure(c, email));
    return ctx_db(c, user_refused(c->app->db, id, ctx_actor(c)));
}

static enum err refuse_login(struct ctx *c, const char *email, int64_t id)
{
    struct db *db = c->app->db;
    log_info(c->app->log, "login.failed", "ip=%s", c->req.remote_addr);
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(db, ctx_actor(c), note_failure(c, email, id))));
    form_refuse(&c->form, "password", MSG_account_bad_login);
    return ERR_INVALID;
}

static enum err note_success(struct ctx *c, const struct user *u)
{
    TRY(throttle_success(c, u->email));
    TRY(ctx_db(c, user_logged_in(c->app->db, u, ctx_actor(c))));
    return session_start_password(c, u->id, form_bool(&c->form, "remember"));
}

static enum err start_session(struct ctx *c, const struct user *u)
{
    struct actor *by = ctx_actor_is(c, u->id, u->role);
    TRY(ctx_db(c, audit_begin(c->app->db, by)));
    return ctx_db(c, audit_end(c->app->db, by, note_success(c, u)));
}

static enum err login_post(struct ctx *c)
{
    struct user u = {.pass_hash = ""};
    const char *email = form_text(&c->form, "email");
    enum err e = throttle_check(c, email);
    if (e == ERR_THROTTLED)
        form_refuse(&c->form, "password", MSG_account_throttled);
    TRY(e);
    e = user_by_email(c->app->db, c->arena, email, &u);
    if (e != ERR_NOTFOUND)
        TRY(ctx_db(c, e));
    if (!password_verify(u.pass_hash, form_text(&c->form, "password")))
        return refuse_login(c, email, u.id);
    if (second_wanted(c, &u))
        return second_begin(c, &u);
    e = start_session(c, &u);
    if (e == ERR_CONFLICT) { /* the password may be another one since then */
        form_refuse(&c->form, "password", MSG_account_bad_login);
        return ERR_INVALID;
    }
    TRY(e);
    log_info(c->app->log, "login", "user=%lld", (long long)u.id);
    resp_redirect(c->resp,
                  accounts_after_login(form_text(&c->form, "next"), u.role));
    return ERR_OK;
}

static enum err logout_post(struct ctx *c)
{
    const char *next = oidc_after_logout(c);
    TRY(session_end(c));
    c->session = NULL; /* the message is for the visitor that is left */
    flash_set(c, MSG_account_logged_out);
    resp_redirect(c->resp, page_href(c, next));
    return ERR_OK;
}

/* --- one's own account --- */

static enum err fill_own_client(struct ctx *c)
{
    struct client cl;
    char phone[PHONE_MAX];
    if (c->session->client_id == 0)
        return ERR_OK;
    TRY(ctx_db(c,
               client_get(c->app->db, c->arena, c->session->client_id, &cl)));
    struct tpl_dict *d = tpl_add(c->page, N_OWN_CLIENT);
    phone_show(cl.phone, phone);
    tpl_set(d, N_NAME, cl.name);
    tpl_set(d, N_COMPANY, cl.company);
    tpl_set(d, N_EMAIL, cl.email);
    tpl_set(d, N_PHONE, arena_strdup(c->arena, phone));
    tpl_set(d, N_ADDRESS, cl.address);
    tpl_set(d, N_CITY, cl.city);
    if (access_allows(ctx_role(c), PERM_client_own))
        tpl_show(d, N_OWN_PARTS);
    if (cl.archived_at == 0 && access_allows(ctx_role(c), PERM_client_own_edit))
        tpl_set(
            tpl_add(d, N_CAN_EDIT), N_EDIT_HREF,
            arena_fmt(c->arena, "/cuenta/cliente/%" PRId64 "/editar/", cl.id));
    return ERR_OK;
}

static enum err account_get(struct ctx *c)
{
    struct user u;
    TRY(ctx_db(c, user_get(c->app->db, c->arena, c->session->user_id, &u)));
    char phone[PHONE_MAX];
    phone_show(u.phone, phone);
    if (u.pass_hash[0] != '\0')
        tpl_show(c->page, N_OWN_PASSWORD);
    tpl_set(c->page, N_USER_NAME, u.name);
    tpl_set(c->page, N_USER_PHONE, arena_strdup(c->arena, phone));
    tpl_set(c->page, N_USER_EMAIL, u.email);
    tpl_set(c->page, N_ROLE_LABEL, ctx_msg(c, role_label(c->session->role)));
    tpl_set(c->page, N_LAST_LOGIN,
            fmt_datetime(c->arena, c->lang, u.last_login_at));
    tpl_set(c->page, N_SECOND_LABEL,
            ctx_msg(c, u.totp_at != 0 ? MSG_second_is_on : MSG_second_is_off));
    tpl_set(c->page, N_SESSION_UNTIL,
            fmt_datetime(c->arena, c->lang, c->session->expires_at));
    return fill_own_client(c);
}

const struct route accounts_routes[] = {
    {.name = "accounts.login",
     .path = "/cuenta/entrar/",
     .need = PERM_public,
     .title = MSG_account_login_title,
     .tpl = &tpl_accounts_login,
     .form = login_form,
     .query = login_query,
     .get = login_get,
     .post = login_post},
    {.name = "accounts.logout",
     .path = "/cuenta/salir/",
     .need = PERM_own,
     .title = MSG_layout_logout,
     .post = logout_post},
    {.name = "accounts.account",
     .path = "/cuenta/",
     .need = PERM_own,
     .title = MSG_account_title,
     .tpl = &tpl_accounts_account,
     .get = account_get,
     .menu = {MSG_account_title, "user", 90}},
    {0},
};
