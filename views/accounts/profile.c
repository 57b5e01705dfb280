/*
 * profile - what people change about their own account: name, language and
 * theme, the password, the places where they are logged in.
 */
#include <string.h>

#include "accounts.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/user_token.h"
#include "text/fmt.h"
#include "text/phone.h"
#include "web/agent.h"
#include "web/flash.h"
#include "web/page.h"
#include "web/password.h"
#include "web/throttle.h"

/* --- the profile --- */

static const struct choice langs[] = {
    {"es", MSG_profile_lang_es},
    {"en", MSG_profile_lang_en},
    {0},
};

/* As in static/css/1-themes.css and the CHECK of app_user.ui_theme. */
static const struct choice themes[] = {
    {"blue", MSG_profile_theme_blue},     {"red", MSG_profile_theme_red},
    {"green", MSG_profile_theme_green},   {"purple", MSG_profile_theme_purple},
    {"orange", MSG_profile_theme_orange}, {"teal", MSG_profile_theme_teal},
    {"dark", MSG_profile_theme_dark},     {0},
};

static const struct field profile_form[] = {
    FIELD(name, FIELD_TEXT, MSG_account_name, .max = 200,
          .flags = FIELD_REQUIRED),
    FIELD(phone, FIELD_PHONE, MSG_account_phone, .max = 30),
    CHOICE_FIELD(lang, MSG_profile_lang, langs, .flags = FIELD_REQUIRED),
    CHOICE_FIELD(theme, MSG_profile_theme, themes, .flags = FIELD_REQUIRED),
    {0},
};

static enum err profile_get(struct ctx *c)
{
    struct user u;
    char phone[PHONE_MAX];
    if (c->req.method == METHOD_POST)
        return ERR_OK;
    TRY(ctx_db(c, user_get(c->app->db, c->arena, c->session->user_id, &u)));
    phone_show(u.phone, phone);
    form_set(&c->form, "name", u.name);
    form_set(&c->form, "phone", arena_strdup(c->arena, phone));
    form_set(&c->form, "lang", u.lang);
    form_set(&c->form, "theme", u.theme);
    return ERR_OK;
}

static enum err profile_post(struct ctx *c)
{
    struct user u = {.id = c->session->user_id,
                     .email = c->session->email,
                     .name = form_text(&c->form, "name"),
                     .phone = form_text(&c->form, "phone"),
                     .lang = form_text(&c->form, "lang"),
                     .theme = form_text(&c->form, "theme")};
    TRY(ctx_db(c, user_update_own(c->app->db, c->arena, &u, ctx_actor(c))));
    flash_set(c, MSG_profile_saved);
    resp_redirect(c->resp, "/cuenta/");
    return ERR_OK;
}

/* --- the password --- */

static const struct field password_form[] = {
    PASSWORD_FIELD(present, MSG_newpass_present, .max = PASSWORD_MAX_CHARS,
                   .flags = FIELD_REQUIRED),
    PASSWORD_FIELD(password, MSG_newpass_new, .max = PASSWORD_MAX_CHARS,
                   .flags = FIELD_REQUIRED),
    PASSWORD_FIELD(again, MSG_newpass_again, .max = PASSWORD_MAX_CHARS,
                   .flags = FIELD_REQUIRED),
    {0},
};

static enum err password_get(struct ctx *c)
{
    tpl_set(c->page, N_USER_EMAIL, c->session->email);
    return ERR_OK;
}

/* Is the new one good, as far as that can be told without the old one? */
static bool check_new(struct ctx *c)
{
    const char *new = form_text(&c->form, "password");
    if (!password_long_enough(new))
        form_refuse(&c->form, "password", MSG_password_short);
    if (strcmp(new, form_text(&c->form, "present")) == 0)
        form_refuse(&c->form, "password", MSG_newpass_same);
    if (strcmp(new, form_text(&c->form, "again")) != 0)
        form_refuse(&c->form, "again", MSG_newpass_differ);
    return !form_has_errors(&c->form);
}

static enum err note_wrong(struct ctx *c, int64_t id)
{
    TRY(throttle_failure(c, c->session->email));
    return ctx_db(c, user_refused(c->app->db, id, ctx_actor(c)));
}

enum err accounts_check_present(struct ctx *c)
{
    struct user u;
    const char *email = c->session->email;
    enum err e = throttle_check(c, email);
    if (e == ERR_THROTTLED)
        form_refuse(&c->form, "present", MSG_account_throttled);
    TRY(e);
    TRY(ctx_db(c, user_get(c->app->db, c->arena, c->session->user_id, &u)));
    if (password_verify(u.pass_hash, form_text(&c->form, "present")))
        return ERR_OK;
    log_info(c->app->log, "password.refused", "user=%lld", (long long)u.id);
    TRY(ctx_db(c, audit_begin(c->app->db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(c->app->db, ctx_actor(c), note_wrong(c, u.id))));
    form_refuse(&c->form, "present", MSG_newpass_wrong);
    return ERR_INVALID;
}

static enum err store_password(struct ctx *c, const char *hash)
{
    const char *email = c->session->email;
    TRY(throttle_success(c, email));
    TRY(ctx_db(
        c, user_set_password(c->app->db, c->arena, email, hash, ctx_actor(c))));
    TRY(ctx_db(c, user_token_revoke(c->app->db, c->session->user_id)));
    return session_renew(c);
}

static enum err password_post(struct ctx *c)
{
    const char *hash;
    struct db *db = c->app->db;
    if (!check_new(c))
        return ERR_INVALID;
    TRY(accounts_check_present(c));
    TRY(password_hash(c->arena, form_text(&c->form, "password"), &hash));
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(db, ctx_actor(c), store_password(c, hash))));
    log_info(c->app->log, "password.changed", "user=%lld",
             (long long)c->session->user_id);
    flash_set(c, MSG_newpass_saved);
    resp_redirect(c->resp, "/cuenta/");
    return ERR_OK;
}

/* --- the sessions --- */

/* A row as the list shows it. */
struct place_row {
    const char *device, *ip, *since, *seen;
    bool present;
};

static const struct column place_columns[] = {
    COL(COL_TEXT, struct place_row, device),
    COL(COL_TEXT, struct place_row, ip),
    COL(COL_TEXT, struct place_row, since),
    COL(COL_TEXT, struct place_row, seen),
    COL(COL_BOOL, struct place_row, present),
    {0},
};

static enum err sessions_get(struct ctx *c)
{
    struct db_rows rows;
    TRY(session_places(c, c->session->user_id, &rows));
    const struct session_place *p = rows.items;
    struct place_row *out = ARENA_ARRAY(c->arena, struct place_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        out[i] = (struct place_row){
            .device = agent_label(c, p[i].user_agent),
            .ip = p[i].ip,
            .since = fmt_datetime(c->arena, c->lang, p[i].created_at),
            .seen = fmt_datetime(c->arena, c->lang, p[i].seen_at),
            .present = strcmp(p[i].token_hash, c->session->token_hash) == 0,
        };
    tpl_bind(c->page, N_PLACE, place_columns, out, rows.n, sizeof(out[0]));
    tpl_show(c->page, rows.n > 1 ? N_OTHERS : N_ALONE);
    return ERR_OK;
}

static enum err sessions_post(struct ctx *c)
{
    struct session *s = c->session;
    TRY(session_end_others(c, s->user_id, s->token_hash));
    flash_set(c, MSG_session_closed);
    resp_redirect(c->resp, "/cuenta/sesiones/");
    return ERR_OK;
}

const struct route profile_routes[] = {
    {.name = "accounts.profile",
     .path = "/cuenta/perfil/",
     .need = PERM_own,
     .title = MSG_profile_title,
     .tpl = &tpl_accounts_profile,
     .form = profile_form,
     .get = profile_get,
     .post = profile_post},
    {.name = "accounts.password",
     .path = "/cuenta/clave/",
     .need = PERM_own,
     .title = MSG_newpass_title,
     .tpl = &tpl_accounts_password,
     .form = password_form,
     .get = password_get,
     .post = password_post},
    {.name = "accounts.sessions",
     .path = "/cuenta/sesiones/",
     .need = PERM_own,
     .title = MSG_session_title,
     .tpl = &tpl_accounts_sessions,
     .get = sessions_get,
     .post = sessions_post},
    {0},
};
