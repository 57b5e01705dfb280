#include "totp.h"

#include <inttypes.h>
#include <string.h>

#include "gen/tplnames.h"
#include "model/user_totp.h"
#include "out/letter.h"
#include "text/fmt.h"
#include "web/flash.h"

void totp_fill(struct ctx *c, const struct user *u)
{
    if (u->totp_at == 0) {
        tpl_show(c->page, N_TOTP_OFF);
        return;
    }
    tpl_set(tpl_add(c->page, N_TOTP_ON), N_SINCE,
            fmt_datetime(c->arena, c->lang, u->totp_at));
    if (access_allows(ctx_role(c), PERM_user_admin) && u->id != ctx_user_id(c))
        tpl_set(tpl_add(c->page, N_TOTP_RESET), N_RESET_HREF,
                arena_fmt(c->arena, "/admin/usuarios/%" PRId64 "/dos-pasos/",
                          u->id));
}

static enum err write_mail(struct ctx *c, const struct user *u)
{
    const struct config *conf = &c->app->conf;
    enum lang lang = strcmp(u->lang, "en") == 0 ? LANG_EN : LANG_ES;
    struct mail m = {.to_addr = u->email,
                     .to_name = u->name,
                     .entity = "user",
                     .entity_id = u->id};
    if (!mail_is_on(conf))
        return ERR_OK;
    struct letter *l =
        letter_new(c->arena, lang, msg_text(lang, MSG_totp_mail_subject));
    letter_text(l, arena_fmt(c->arena, "%s:", u->name));
    letter_text(l, msg_text(lang, MSG_totp_mail_text));
    letter_small(l, msg_text(lang, MSG_totp_mail_small));
    TRY(letter_finish(l, &m, &c->note));
    return mail_queue(c->app->db, c->arena, conf, &m);
}

static enum err reset(struct ctx *c, const struct user *u)
{
    TRY(user_totp_off(c->app->db, u->id, "totp_reset", ctx_actor(c)));
    TRY(session_end_others(c, u->id, ""));
    return write_mail(c, u);
}

enum err totp_reset_post(struct ctx *c)
{
    struct user u;
    struct db *db = c->app->db;
    TRY(ctx_db(c, user_get(db, c->arena, c->params[0], &u)));
    if (u.id == ctx_user_id(c)) /* one's own needs a code */
        return err_set(&c->note, ERR_FORBIDDEN, "one's own account");
    if (u.totp_at == 0)
        return ERR_CONFLICT;
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(db, ctx_actor(c), reset(c, &u))));
    log_info(c->app->log, "totp.reset", "id=%" PRId64 " by=%" PRId64, u.id,
             ctx_user_id(c));
    flash_set(c, MSG_totp_flash_reset);
    resp_redirect(c->resp,
                  arena_fmt(c->arena, "/admin/usuarios/%" PRId64 "/", u.id));
    return ERR_OK;
}
