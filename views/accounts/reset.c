/*
 * reset - a new password by mail, and the first one of who was invited.
 *
 * Whether an address has an account, neither the answer nor the time it takes
 * tells: the page only makes a job, which then looks. A link works once and
 * for a while; following it changes nothing, so that programs which look at
 * mail may.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/user_token.h"
#include "out/job.h"
#include "out/letter.h"
#include "text/json.h"
#include "web/flash.h"
#include "web/page.h"
#include "web/password.h"
#include "web/throttle.h"
#include "web/token.h"

/* --- asking for a link --- */

static const struct field forgot_form[] = {
    FIELD(email, FIELD_EMAIL, MSG_account_email, .max = 254,
          .flags = FIELD_REQUIRED),
    {0},
};

static enum err forgot_get(struct ctx *c)
{
    tpl_show(c->page, mail_has_links(&c->app->conf) ? N_MAIL_ON : N_MAIL_OFF);
    return ERR_OK;
}

/*
 * One link for an account in so long, however often somebody asks: nobody's
 * mailbox is filled.
 */
static enum err add_job(struct ctx *c, const char *email)
{
    enum { PERIOD_S = 300 };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, MAX_QUERY_BYTES);
    buf_adds(&b, "{\"email\":");
    json_string(&b, email, strlen(email));
    buf_addf(&b, ",\"lang\":\"%s\"}", lang_code(c->lang));
    const char *key =
        arena_fmt(c->arena, "reset:%s:%" PRId64, token_hash(c->arena, email),
                  clock_now() / PERIOD_S);
    return ctx_db(c, job_add(c->app->db, c->arena,
                             &(struct job_new){.kind = "account.reset",
                                               .payload = buf_str(&b),
                                               .dedupe_key = key},
                             NULL));
}

static enum err forgot_post(struct ctx *c)
{
    struct db *db = c->app->db;
    if (!mail_has_links(&c->app->conf))
        return ERR_INVALID; /* the page says so */
    TRY(ctx_db(c, db_begin(db)));
    enum err e = user_token_request(db, c->arena, c->req.remote_addr);
    if (e == ERR_THROTTLED) {
        log_info(c->app->log, "reset.throttled", "ip=%s", c->req.remote_addr);
        form_refuse(&c->form, "email", MSG_account_throttled);
    }
    TRY(ctx_db(c, e));
    TRY(add_job(c, form_text(&c->form, "email")));
    TRY(ctx_db(c, db_commit(db)));
    flash_set(c, MSG_forgot_flash);
    resp_redirect(c->resp, page_href(c, "/cuenta/entrar/"));
    return ERR_OK;
}

/* --- sending it --- */

static enum err db_failed(struct job_run *r, enum err e)
{
    if (e != ERR_OK && e != ERR_NOTFOUND)
        err_set(&r->note, e, "%s", db_error(r->db));
    return e;
}

/* In the language of the page where it was asked for. */
static enum err write_mail(struct job_run *r, const struct user *u,
                           const char *token)
{
    const struct config *conf = r->env->conf;
    enum lang lang = strcmp(job_text(r, "lang"), "en") == 0 ? LANG_EN : LANG_ES;
    struct mail m = {.to_addr = u->email,
                     .to_name = u->name,
                     .entity = "user",
                     .entity_id = u->id};
    struct letter *l =
        letter_new(r->arena, lang, msg_text(lang, MSG_reset_mail_subject));
    letter_text(l, msg_text(lang, MSG_reset_mail_text));
    letter_link(l, msg_text(lang, MSG_reset_mail_link),
                arena_fmt(r->arena, "%s%s/cuenta/restablecer/?enlace=%s",
                          conf->site.url, lang == LANG_EN ? "/en" : "", token));
    letter_small(l, msg_text(lang, MSG_reset_mail_small));
    TRY(letter_finish(l, &m, &r->note));
    return mail_queue(r->db, r->arena, conf, &m);
}

static enum err give_link(struct job_run *r, const struct user *u,
                          const char *token, struct actor *by)
{
    struct user_token t = {.hash = token_hash(r->arena, token),
                           .kind = "reset",
                           .user_id = u->id,
                           .valid_s = RESET_VALID_S};
    TRY(user_token_create(r->db, &t, by));
    return write_mail(r, u, token);
}

static enum err send_link(struct job_run *r)
{
    struct user u;
    enum err e = user_by_email(r->db, r->arena, job_text(r, "email"), &u);
    if (e == ERR_NOTFOUND)
        return ERR_OK; /* nobody has this address: nobody is written to */
    TRY(db_failed(r, e));
    if (u.pass_hash[0] == '\0' && u.oidc_subject[0] != '\0')
        return ERR_OK; /* a password would lead past the provider */
    const char *token = token_new(r->arena);
    struct actor by = audit_system(&r->env->keys, r->arena);
    TRY(db_failed(r, audit_begin(r->db, &by)));
    TRY(db_failed(r, audit_end(r->db, &by, give_link(r, &u, token, &by))));
    log_info(r->env->log, "reset.sent", "user=%" PRId64, u.id);
    return ERR_OK;
}

const struct job_kind accounts_jobs[] = {
    {.name = "account.reset", .run = send_link, .attempts = 20},
    {0},
};

/* --- following it --- */

static const struct field link_query[] = {
    PLAIN_FIELD(enlace, FIELD_TEXT, .max = TOKEN_CHARS),
    {0},
};

static const struct field link_form[] = {
    HIDDEN_FIELD(enlace, FIELD_TEXT, .max = TOKEN_CHARS),
    PASSWORD_FIELD(password, MSG_newpass_new, .max = PASSWORD_MAX_CHARS,
                   .flags = FIELD_REQUIRED),
    PASSWORD_FIELD(again, MSG_newpass_again, .max = PASSWORD_MAX_CHARS,
                   .flags = FIELD_REQUIRED),
    {0},
};

/* Which of the two pages is it? */
static bool is_invitation(const struct ctx *c)
{
    return strcmp(c->route->name, "accounts.accept") == 0;
}

static const char *kind_of(const struct ctx *c)
{
    return is_invitation(c) ? "invite" : "reset";
}

static void say_void(struct ctx *c)
{
    struct tpl_dict *d = tpl_add(c->page, N_VOID);
    if (is_invitation(c))
        tpl_show(d, N_ASK_OFFICE);
    else
        tpl_set(tpl_add(d, N_ASK_AGAIN), N_AGAIN_HREF,
                page_href(c, "/cuenta/recuperar/"));
}

static enum err link_get(struct ctx *c)
{
    struct user u;
    if (c->req.method != METHOD_POST)
        form_set(&c->form, "enlace", form_text(&c->query, "enlace"));
    const char *hash = token_hash(c->arena, form_text(&c->form, "enlace"));
    tpl_set(c->page, N_FORM_TITLE, ctx_msg(c, c->route->title));
    enum err e = user_token_find(c->app->db, c->arena, hash, kind_of(c), &u);
    if (e == ERR_NOTFOUND) {
        say_void(c);
        return ERR_OK;
    }
    TRY(ctx_db(c, e));
    struct tpl_dict *d = tpl_add(c->page, N_VALID);
    tpl_set(d, N_USER_EMAIL, u.email);
    tpl_show(d, is_invitation(c) ? N_IS_INVITATION : N_IS_RESET);
    return ERR_OK;
}

static bool check_new(struct ctx *c)
{
    const char *new = form_text(&c->form, "password");
    if (!password_long_enough(new))
        form_refuse(&c->form, "password", MSG_password_short);
    if (strcmp(new, form_text(&c->form, "again")) != 0)
        form_refuse(&c->form, "again", MSG_newpass_differ);
    return !form_has_errors(&c->form);
}

static enum err use_link(struct ctx *c, const char *hash, const struct user *u,
                         const char *pass_hash)
{
    TRY(user_token_use(c->app->db, hash, u, pass_hash, ctx_actor(c)));
    TRY(session_end_others(c, u->id, ""));
    return throttle_success(c, u->email);
}

static enum err link_post(struct ctx *c)
{
    struct db *db = c->app->db;
    struct user u;
    const char *pass_hash;
    const char *hash = token_hash(c->arena, form_text(&c->form, "enlace"));
    if (!check_new(c))
        return ERR_INVALID;
    /* before the costly hash of the password */
    enum err e = user_token_find(db, c->arena, hash, kind_of(c), &u);
    if (e == ERR_NOTFOUND)
        return ERR_INVALID;
    TRY(ctx_db(c, e));
    TRY(password_hash(c->arena, form_text(&c->form, "password"), &pass_hash));
    struct actor *by = ctx_actor_is(c, u.id, u.role);
    TRY(ctx_db(c, audit_begin(db, by)));
    e = audit_end(db, by, use_link(c, hash, &u, pass_hash));
    if (e == ERR_NOTFOUND)
        return ERR_INVALID; /* somebody was faster */
    TRY(ctx_db(c, e));
    log_info(c->app->log, is_invitation(c) ? "invite.used" : "reset.used",
             "user=%" PRId64, u.id);
    flash_set(c, is_invitation(c) ? MSG_accept_flash : MSG_reset_flash);
    resp_redirect(c->resp, page_href(c, "/cuenta/entrar/"));
    return ERR_OK;
}

const struct route reset_routes[] = {
    {.name = "accounts.forgot",
     .path = "/cuenta/recuperar/",
     .need = PERM_public,
     .title = MSG_forgot_title,
     .tpl = &tpl_accounts_forgot,
     .form = forgot_form,
     .get = forgot_get,
     .post = forgot_post},
    {.name = "accounts.reset",
     .path = "/cuenta/restablecer/",
     .need = PERM_public,
     .title = MSG_reset_title,
     .tpl = &tpl_accounts_link,
     .secret = true,
     .query = link_query,
     .form = link_form,
     .get = link_get,
     .post = link_post},
    {.name = "accounts.accept",
     .path = "/cuenta/invitacion/",
     .need = PERM_public,
     .title = MSG_accept_title,
     .tpl = &tpl_accounts_link,
     .secret = true,
     .query = link_query,
     .form = link_form,
     .get = link_get,
     .post = link_post},
    {0},
};
