/*
 * two_steps - the second step of one's own login: on, off, recovery codes.
 *
 * Every change needs the password and a code, so that whoever finds a session
 * open cannot make it theirs.
 */
#include <inttypes.h>
#include <string.h>

#include "accounts.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "second.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"
#include "web/password.h"
#include "web/throttle.h"

static const char here[] = "/cuenta/dos-pasos/";

static enum err own(struct ctx *c, struct user *ret)
{
    return ctx_db(c, user_get(c->app->db, c->arena, c->session->user_id, ret));
}

/* --- how it stands --- */

static enum err two_steps_get(struct ctx *c)
{
    struct user u;
    int64_t left;
    TRY(own(c, &u));
    if (session_needs_more(&c->app->conf, u.role))
        tpl_show(c->page, N_REQUIRED);
    if (u.pass_hash[0] == '\0') { /* its way in is not ours */
        tpl_show(c->page, N_NO_PASSWORD);
        return ERR_OK;
    }
    if (u.totp_at == 0) {
        tpl_show(c->page, N_IS_OFF);
        return ERR_OK;
    }
    TRY(ctx_db(c, user_recovery_left(c->app->db, c->arena, u.id, &left)));
    struct tpl_dict *d = tpl_add(c->page, N_IS_ON);
    tpl_set(d, N_SINCE, fmt_datetime(c->arena, c->lang, u.totp_at));
    tpl_set_int(d, N_LEFT, left);
    return ERR_OK;
}

/* --- switching it on --- */

#define PRESENT_FIELD                                                          \
    PASSWORD_FIELD(present, MSG_newpass_present, .max = PASSWORD_MAX_CHARS,    \
                   .flags = FIELD_REQUIRED)
#define CODE_FIELD                                                             \
    FIELD(code, FIELD_TEXT, MSG_second_code, .max = SECOND_CODE_MAX,           \
          .flags = FIELD_REQUIRED)

static const struct field on_form[] = {
    HIDDEN_FIELD(secret, FIELD_TEXT, .max = 200),
    CODE_FIELD,
    PRESENT_FIELD,
    {0},
};

static enum err on_get(struct ctx *c)
{
    struct user u;
    TRY(own(c, &u));
    if (u.totp_at != 0) {
        resp_redirect(c->resp, here);
        return ERR_OK;
    }
    struct tpl_dict *d = tpl_add(c->page, N_VALID);
    tpl_set(tpl_add(d, N_IS_PROFILE), N_USER_EMAIL, u.email);
    return second_fill_setup(c, d, &u);
}

/* This login has now shown both; others, which had not, end. */
static enum err switch_on(struct ctx *c, const struct user *u,
                          const struct second_secret *s, const char **codes)
{
    TRY(second_switch_on(c, u, s, codes));
    c->session->password_only = 0;
    return session_renew(c);
}

static enum err on_post(struct ctx *c)
{
    struct user u;
    struct second_secret s;
    const char *codes[USER_RECOVERY_CODES];
    struct db *db = c->app->db;
    TRY(own(c, &u));
    if (u.totp_at != 0)
        return ERR_CONFLICT; /* leads to how it stands */
    TRY(accounts_check_present(c));
    TRY(second_take_setup(c, &u, &s));
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    enum err e = audit_end(db, ctx_actor(c), switch_on(c, &u, &s, codes));
    if (e == ERR_DUPLICATE)
        return ERR_CONFLICT; /* the same, a moment ago */
    TRY(ctx_db(c, e));
    log_info(c->app->log, "totp.on", "user=%" PRId64, u.id);
    return second_show_codes(c, &u, codes, here);
}

/* --- what needs a code: new recovery codes, switching it off --- */

static const struct field prove_form[] = {
    PRESENT_FIELD,
    CODE_FIELD,
    {0},
};

static bool is_off_page(const struct ctx *c)
{
    return strcmp(c->route->name, "accounts.second_off") == 0;
}

static enum err prove_get(struct ctx *c)
{
    struct user u;
    TRY(own(c, &u));
    tpl_set(c->page, N_FORM_TITLE, ctx_msg(c, c->route->title));
    if (u.totp_at == 0) {
        tpl_show(c->page, N_IS_OFF);
        return ERR_OK;
    }
    struct tpl_dict *d = tpl_add(c->page, N_VALID);
    tpl_set(d, N_USER_EMAIL, u.email);
    tpl_set(d, N_FORM_TEXT,
            ctx_msg(c, is_off_page(c) ? MSG_second_off_text
                                      : MSG_second_codes_text));
    if (is_off_page(c) && session_needs_more(&c->app->conf, u.role))
        tpl_show(d, N_REQUIRED);
    return ERR_OK;
}

/* From now on a password is enough, unless the role asks for more. */
static enum err switch_off(struct ctx *c, const struct user *u)
{
    enum lang lang = second_lang(u);
    TRY(ctx_db(c, user_totp_off(c->app->db, u->id, "totp_off", ctx_actor(c))));
    TRY(second_tell(c, u, MSG_second_mail_off,
                    msg_text(lang, MSG_second_mail_off_text)));
    c->session->password_only = strcmp(c->session->via, "password") == 0;
    return session_renew(c);
}

/* codes: NULL to switch it off. */
static enum err prove(struct ctx *c, const struct user *u, const char **codes,
                      enum err *ret_checked)
{
    enum err e = second_check(c, u, form_text(&c->form, "code"));
    *ret_checked = e;
    if (e == ERR_NOTFOUND)
        return second_refused(c, u);
    if (e == ERR_THROTTLED)
        return ERR_OK;
    TRY(e);
    TRY(throttle_success(c, u->email));
    return codes == NULL ? switch_off(c, u) : second_new_codes(c, u, codes);
}

/* Password and code, then the change. */
static enum err change(struct ctx *c, struct user *ret_u, const char **codes)
{
    struct db *db = c->app->db;
    enum err checked = ERR_NOTFOUND;
    TRY(own(c, ret_u));
    if (ret_u->totp_at == 0)
        return ERR_CONFLICT; /* the page says so */
    TRY(accounts_check_present(c));
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    TRY(audit_end(db, ctx_actor(c), prove(c, ret_u, codes, &checked)));
    if (checked == ERR_THROTTLED)
        form_refuse(&c->form, "code", MSG_account_throttled);
    if (checked != ERR_NOTFOUND)
        return checked;
    form_refuse(&c->form, "code", MSG_second_wrong);
    return ERR_INVALID;
}

static enum err codes_post(struct ctx *c)
{
    struct user u;
    const char *codes[USER_RECOVERY_CODES];
    TRY(change(c, &u, codes));
    log_info(c->app->log, "totp.codes", "user=%" PRId64, u.id);
    return second_show_codes(c, &u, codes, here);
}

static enum err off_post(struct ctx *c)
{
    struct user u;
    TRY(change(c, &u, NULL));
    log_info(c->app->log, "totp.off", "user=%" PRId64, u.id);
    flash_set(c, MSG_second_flash_off);
    resp_redirect(c->resp, here);
    return ERR_OK;
}

const struct route two_steps_routes[] = {
    {.name = "accounts.second",
     .path = "/cuenta/dos-pasos/",
     .need = PERM_own,
     .title = MSG_second_title,
     .tpl = &tpl_accounts_second,
     .get = two_steps_get},
    {.name = "accounts.second_on",
     .path = "/cuenta/dos-pasos/activar/",
     .need = PERM_own,
     .title = MSG_second_setup_title,
     .tpl = &tpl_accounts_setup,
     .form = on_form,
     .get = on_get,
     .post = on_post},
    {.name = "accounts.second_codes",
     .path = "/cuenta/dos-pasos/codigos/",
     .need = PERM_own,
     .title = MSG_second_codes_title,
     .tpl = &tpl_accounts_prove,
     .form = prove_form,
     .get = prove_get,
     .post = codes_post},
    {.name = "accounts.second_off",
     .path = "/cuenta/dos-pasos/desactivar/",
     .need = PERM_own,
     .title = MSG_second_off_title,
     .tpl = &tpl_accounts_prove,
     .form = prove_form,
     .get = prove_get,
     .post = off_post},
    {0},
};
