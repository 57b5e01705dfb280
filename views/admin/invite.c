#include "invite.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gen/tplnames.h"
#include "model/user_token.h"
#include "out/letter.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"
#include "web/token.h"

/* In the language of the account, Spanish for a new one. */
static enum err write_mail(struct ctx *c, const struct user *u,
                           const char *token)
{
    const struct config *conf = &c->app->conf;
    bool english = u->lang != NULL && strcmp(u->lang, "en") == 0;
    enum lang lang = english ? LANG_EN : LANG_ES;
    struct mail m = {.to_addr = u->email,
                     .to_name = u->name,
                     .entity = "user",
                     .entity_id = u->id};
    struct letter *l =
        letter_new(c->arena, lang, msg_text(lang, MSG_invite_mail_subject));
    letter_text(l, arena_fmt(c->arena, "%s:", u->name));
    letter_text(l, msg_text(lang, MSG_invite_mail_text));
    letter_link(l, msg_text(lang, MSG_invite_mail_link),
                arena_fmt(c->arena, "%s%s/cuenta/invitacion/?enlace=%s",
                          conf->site.url, english ? "/en" : "", token));
    letter_small(l, msg_text(lang, MSG_invite_mail_small));
    TRY(letter_finish(l, &m, &c->note));
    return mail_queue(c->app->db, c->arena, conf, &m);
}

static enum err give_link(struct ctx *c, const struct user *u)
{
    const char *token = token_new(c->arena);
    struct user_token t = {.hash = token_hash(c->arena, token),
                           .kind = "invite",
                           .user_id = u->id,
                           .valid_s = INVITE_VALID_S};
    TRY(user_token_create(c->app->db, &t, ctx_actor(c)));
    return write_mail(c, u, token);
}

enum err invite_send(struct ctx *c, const struct user *u)
{
    struct db *db = c->app->db;
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    return ctx_db(c, audit_end(db, ctx_actor(c), give_link(c, u)));
}

enum err invite_fill(struct ctx *c, const struct user *u)
{
    struct user_token t;
    struct tpl_dict *d = tpl_add(c->page, N_INVITED);
    enum err e = user_token_last(c->app->db, c->arena, u->id, "invite", &t);
    if (e != ERR_NOTFOUND)
        TRY(ctx_db(c, e));
    if (e == ERR_OK && t.expires_at > clock_now())
        tpl_set(tpl_add(d, N_LINK_VALID), N_UNTIL,
                fmt_datetime(c->arena, c->lang, t.expires_at));
    else
        tpl_show(d, N_LINK_VOID);
    if (access_allows(ctx_role(c), PERM_user_admin) &&
        mail_has_links(&c->app->conf))
        tpl_set(tpl_add(d, N_INVITE_AGAIN), N_AGAIN_HREF,
                arena_fmt(c->arena, "/admin/usuarios/%" PRId64 "/reinvitar/",
                          u->id));
    return ERR_OK;
}

enum err invite_again_post(struct ctx *c)
{
    struct user u;
    TRY(ctx_db(c, user_get(c->app->db, c->arena, c->params[0], &u)));
    if (strcmp(u.status, "invited") != 0 || !mail_has_links(&c->app->conf))
        return ERR_CONFLICT;
    TRY(invite_send(c, &u));
    log_info(c->app->log, "user.invited", "id=%" PRId64 " by=%" PRId64, u.id,
             ctx_user_id(c));
    flash_set(c, MSG_invite_flash_sent);
    resp_redirect(c->resp,
                  arena_fmt(c->arena, "/admin/usuarios/%" PRId64 "/", u.id));
    return ERR_OK;
}
