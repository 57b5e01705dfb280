/*
 * oidc - logging in by an OpenID provider, such as Entra ID.
 *
 * A button sends the browser there; it comes back with a code, which is
 * exchanged for a token that says who it is. That is the one page where a GET
 * changes something: the protocol has it so, and the state that comes along
 * works once, in the browser that pressed the button (web/oidc.h).
 */
#include "web/oidc.h"

#include <inttypes.h>
#include <string.h>

#include "accounts.h"
#include "base/clock.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/user_identity.h"
#include "out/fetch.h"
#include "out/idp.h"
#include "web/page.h"

static bool is_on(const struct ctx *c)
{
    return idp_is_on(&c->app->conf);
}

void oidc_offer(struct ctx *c)
{
    if (!is_on(c))
        return;
    const char *label = c->app->conf.oidc.label;
    struct tpl_dict *d = tpl_add(c->page, N_OIDC);
    tpl_set(d, N_OIDC_HREF, page_href(c, "/cuenta/oidc/"));
    tpl_set(d, N_OIDC_LABEL,
            label[0] != '\0' ? label : ctx_msg(c, MSG_oidc_button));
    c->form_action = fetch_origin(c->arena, c->app->conf.oidc.issuer);
}

/* Says why not, and offers the login page. */
static enum err tell(struct ctx *c, int status, enum msg text)
{
    page_begin(c, &tpl_accounts_oidc);
    tpl_set(c->page, N_OIDC_TEXT, ctx_msg(c, text));
    tpl_set(c->page, N_REQUEST_ID, c->req.request_id);
    c->resp->status = status;
    return ERR_OK;
}

/* What the provider says of itself; an outage of that is for the log alone. */
static enum err open_provider(struct ctx *c, struct idp *ret)
{
    TRY(idp_open(ret, &c->app->conf, c->app->db, c->arena, true, &c->note));
    if (ret->stale)
        log_warn(c->app->log, "oidc.stale", "age_s=%" PRId64 " detail=\"%s\"",
                 clock_now() - ret->fetched_at, c->note.text);
    return ERR_OK;
}

/* --- the way there --- */

static const struct field start_form[] = {
    PLAIN_FIELD(next, FIELD_TEXT, .max = MAX_PATH_BYTES),
    {0},
};

/* The provider does not answer as it should: the log says how. */
static enum err provider_failed(struct ctx *c)
{
    log_event(c->app->log, LOG_WARNING, "oidc.failed", "detail=\"%s\"",
              c->note.text);
    return tell(c, 503, MSG_oidc_down);
}

static enum err start_post(struct ctx *c)
{
    struct idp p;
    struct oidc_login l;
    if (!is_on(c))
        return ERR_NOTFOUND;
    if (open_provider(c, &p) != ERR_OK) {
        TRY(provider_failed(c));
        return page_finish(c);
    }
    TRY(oidc_begin(c, form_text(&c->form, "next"), &l));
    resp_redirect(c->resp, idp_login_url(&p, l.state, l.nonce, l.challenge));
    return ERR_OK;
}

/* --- the way back --- */

static const struct field return_query[] = {
    PLAIN_FIELD(code, FIELD_TEXT, .max = MAX_QUERY_BYTES),
    PLAIN_FIELD(state, FIELD_TEXT, .max = MAX_QUERY_BYTES),
    PLAIN_FIELD(iss, FIELD_TEXT, .max = MAX_QUERY_BYTES),
    PLAIN_FIELD(error, FIELD_TEXT, .max = MAX_QUERY_BYTES),
    {0},
};

/* Somebody who may not enter: the audit knows, as of a wrong password. */
static enum err refuse(struct ctx *c, enum msg text, const char *detail)
{
    static const struct audit_event event = {.action = "oidc_refused",
                                             .entity = "user"};
    log_info(c->app->log, "oidc.refused", "why=\"%s\" ip=%s", detail,
             c->req.remote_addr);
    TRY(ctx_db(c, audit_record(c->app->db, ctx_actor(c), &event)));
    return tell(c, 403, text);
}

/* What the person's data look like if they had been typed here. */
static const struct field claim_form[] = {
    PLAIN_FIELD(email, FIELD_EMAIL, .max = 254),
    PLAIN_FIELD(name, FIELD_TEXT, .max = 200),
    {0},
};

static const char *clean(struct ctx *c, const char *field, const char *value)
{
    struct form f;
    form_init(&f, c->arena, claim_form);
    if (form_put(&f, field, value, strlen(value), &c->note) != ERR_OK ||
        !form_check(&f, c->arena))
        return "";
    return form_text(&f, field);
}

/* A tenant's user names are addresses, where it gives no other. */
static const char *email_of(struct ctx *c, const struct idtoken *t)
{
    const char *email = clean(c, "email", t->email);
    if (email[0] == '\0' && c->app->conf.oidc.tenant[0] != '\0')
        email = clean(c, "email", t->username);
    return email;
}

static enum err start_session(struct ctx *c, const struct user *u)
{
    struct db *db = c->app->db;
    struct actor *by = ctx_actor_is(c, u->id, u->role);
    TRY(ctx_db(c, audit_begin(db, by)));
    enum err e = ctx_db(c, user_logged_in(db, u, by));
    if (e == ERR_OK)
        e = session_start_oidc(c, u->id);
    return ctx_db(c, audit_end(db, by, e));
}

static enum err refuse_account(struct ctx *c, enum err e)
{
    static const struct {
        enum err e;
        enum msg text;
        const char *detail;
    } reasons[] = {
        {ERR_FORBIDDEN, MSG_oidc_inactive, "the account is not active"},
        {ERR_DUPLICATE, MSG_oidc_taken, "the e-mail has another account"},
        {ERR_INVALID, MSG_oidc_no_email,
         "it has no e-mail that is vouched for"},
        {ERR_CONFLICT, MSG_oidc_last_admin, "the last administrator"},
    };
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].e == e)
            return refuse(c, reasons[i].text, reasons[i].detail);
    return ctx_db(c, e);
}

static enum err enter(struct ctx *c, const struct idtoken *t, const char *role,
                      const char *next)
{
    const struct config *conf = &c->app->conf;
    struct user u;
    const struct user_identity who = {.issuer = conf->oidc.issuer,
                                      .subject = t->subject,
                                      .email = email_of(c, t),
                                      .name = clean(c, "name", t->name),
                                      .role = role,
                                      .email_owned = idp_owns_email(conf, t),
                                      .may_link = conf->oidc.link_by_email};
    enum err e = user_identity_enter(c->app->db, c->arena, &who,
                                     ctx_actor_is(c, 0, "system"), &u);
    if (e != ERR_OK) {
        ctx_actor_is(c, 0, "visitor");
        return refuse_account(c, e);
    }
    e = start_session(c, &u);
    if (e == ERR_CONFLICT)
        return tell(c, 409, MSG_oidc_stale);
    TRY(e);
    log_info(c->app->log, "login", "user=%" PRId64 " via=oidc", u.id);
    resp_redirect(c->resp, accounts_after_login(next, u.role));
    return ERR_OK;
}

static enum err admit(struct ctx *c, const struct idtoken *t, const char *next)
{
    const char *role = idp_role(&c->app->conf, t);
    if (t->roles_elsewhere)
        return refuse(c, MSG_oidc_overage, "its groups are not in the token");
    if (role == NULL)
        return refuse(c, MSG_oidc_no_role, "it has no role here");
    return enter(c, t, role, next);
}

/* An error that the provider names; its words stay unsaid, they are anybody's
 * to write into the address. */
static const char *wrong_answer(const struct ctx *c)
{
    const char *iss = form_text(&c->query, "iss");
    if (iss[0] != '\0' && strcmp(iss, c->app->conf.oidc.issuer) != 0)
        return "another issuer answered"; /* RFC 9207 */
    if (form_text(&c->query, "error")[0] != '\0')
        return "the provider refused";
    return form_text(&c->query, "code")[0] == '\0' ? "no code came" : NULL;
}

static enum err return_get(struct ctx *c)
{
    struct oidc_login l;
    struct idp p;
    struct idtoken t;
    if (!is_on(c))
        return ERR_NOTFOUND;
    enum err e = oidc_take(c, form_text(&c->query, "state"), &l);
    if (e == ERR_NOTFOUND)
        return tell(c, 400, MSG_oidc_stale);
    TRY(e);
    c->lang = strcmp(l.lang_code, lang_code(LANG_EN)) == 0 ? LANG_EN : LANG_ES;
    const char *wrong = wrong_answer(c);
    if (wrong != NULL)
        return refuse(c, MSG_oidc_refused, wrong);
    e = open_provider(c, &p);
    if (e == ERR_OK)
        e = idp_redeem(&p, form_text(&c->query, "code"), l.verifier, l.nonce,
                       &t);
    if (e == ERR_FORBIDDEN)
        return refuse(c, MSG_oidc_distrusted, c->note.text);
    if (e != ERR_OK)
        return provider_failed(c);
    return admit(c, &t, l.next);
}

/* --- the way out --- */

const char *oidc_after_logout(const struct ctx *c)
{
    bool there = is_on(c) && strcmp(c->session->via, "oidc") == 0;
    return there ? "/cuenta/oidc/salida/" : "/";
}

/*
 * The browser goes on by itself, and not by a redirect: that would answer the
 * form of a page whose form-action is this site alone.
 */
static enum err leave_get(struct ctx *c)
{
    struct idp p;
    const char *url = NULL;
    if (is_on(c) && idp_open(&p, &c->app->conf, c->app->db, c->arena, false,
                             &c->note) == ERR_OK)
        url = idp_logout_url(&p);
    if (url == NULL) {
        resp_redirect(c->resp, page_href(c, "/"));
        return ERR_OK;
    }
    tpl_set(c->page, N_OIDC_HREF, url);
    resp_header(c->resp, "Refresh", arena_fmt(c->arena, "0; url=%s", url));
    return ERR_OK;
}

const struct route oidc_routes[] = {
    {.name = "accounts.oidc",
     .path = "/cuenta/oidc/",
     .need = PERM_public,
     .title = MSG_oidc_title,
     .form = start_form,
     .post = start_post},
    {.name = "accounts.oidc.return",
     .path = "/cuenta/oidc/retorno/",
     .need = PERM_public,
     .title = MSG_oidc_title,
     .tpl = &tpl_accounts_oidc,
     .query = return_query,
     .secret = true,
     .get = return_get},
    {.name = "accounts.oidc.leave",
     .path = "/cuenta/oidc/salida/",
     .need = PERM_public,
     .title = MSG_oidc_leave_title,
     .tpl = &tpl_accounts_leave,
     .secret = true,
     .get = leave_get},
    {0},
};
