/*
 * consents - what a client allowed: recording it, and its end.
 *
 * Nothing is ticked beforehand: silence is no consent (Ley 1581 of 2012,
 * Decreto 1377 of 2013, article 7). Ending it must be free and easy (article 9
 * of the same): the client does it itself, or has the office do it.
 */
#include <stdint.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "parts.h"
#include "text/fmt.h"
#include "text/utf8.h"
#include "web/page.h"

enum { MAX_AGENT_BYTES = 400 };

/* Of the texts MSG_consent_text_…: it changes with any of them. */
static const char text_version[] = "2026-11-24";

const struct choice consents_purposes[] = {
    {"service", MSG_consent_service},
    {"commercial", MSG_consent_commercial},
    {"signature", MSG_consent_signature},
    {"photos", MSG_consent_photos},
    {0},
};

const struct choice consents_channels[] = {
    {"", MSG_consent_channel_choose},
    {"person", MSG_consent_channel_person},
    {"paper", MSG_consent_channel_paper},
    {"phone", MSG_consent_channel_phone},
    {"email", MSG_consent_channel_email},
    {"whatsapp", MSG_consent_channel_whatsapp},
    {"web", MSG_consent_channel_web},
    {0},
};

/* What is read to the client for each purpose. */
static const struct choice texts[] = {
    {"service", MSG_consent_text_service},
    {"commercial", MSG_consent_text_commercial},
    {"signature", MSG_consent_text_signature},
    {"photos", MSG_consent_text_photos},
    {0},
};

/* --- granting --- */

static const struct field grant_form[] = {
    HIDDEN_FIELD(text_version, FIELD_TEXT, .max = 20),
    CHOICE_FIELD(purpose, MSG_consent_purpose, texts, .flags = FIELD_REQUIRED),
    CHOICE_FIELD(channel, MSG_consent_channel, consents_channels,
                 .flags = FIELD_REQUIRED),
    FIELD(signed_by, FIELD_TEXT, MSG_consent_signed_by, .max = 200,
          .flags = FIELD_REQUIRED),
    {.kind = FIELD_BOOL,
     .name = "granted",
     .label = MSG_consent_granted_check,
     .flags = FIELD_REQUIRED,
     .value_marker = N_C_granted,
     .error_marker = N_E_granted},
    {0},
};

static enum err new_get(struct ctx *c)
{
    TRY(parts_form(c, MSG_consent_new, MSG_consent_create));
    form_set(&c->form, "text_version", text_version);
    tpl_set(c->page, N_TEXT_VERSION, text_version);
    return ERR_OK;
}

/* The text must be the one that was shown, and not allowed already. */
static enum err refuse_text(struct ctx *c, enum msg why)
{
    form_refuse(&c->form, "purpose", why);
    return ERR_INVALID;
}

static enum err new_post(struct ctx *c)
{
    const char *agent = c->req.user_agent;
    const struct consent p = {
        .client_id = c->params[0],
        .purpose = form_text(&c->form, "purpose"),
        .text_version = text_version,
        .channel = form_text(&c->form, "channel"),
        .signed_by = form_text(&c->form, "signed_by"),
        .ip = c->req.remote_addr,
        .user_agent =
            arena_dup(c->arena, agent, utf8_prefix(agent, MAX_AGENT_BYTES)),
    };
    int64_t id;
    TRY(parts_client(c));
    if (strcmp(form_text(&c->form, "text_version"), text_version) != 0)
        return refuse_text(c, MSG_consent_text_changed);
    enum err e = consent_grant(c->app->db, c->arena, &p, ctx_actor(c), &id);
    if (e == ERR_CONFLICT)
        return refuse_text(c, MSG_consent_already);
    TRY(ctx_db(c, e));
    parts_done(c, MSG_consent_flash_granted);
    return ERR_OK;
}

/* --- revoking --- */

static const struct field revoke_form[] = {
    CHOICE_FIELD(channel, MSG_consent_revoke_channel, consents_channels,
                 .flags = FIELD_REQUIRED),
    {0},
};

/* On its own page a client need not say how: it does so there. */
static const struct field own_revoke_form[] = {{0}};

static enum err revoke_get(struct ctx *c)
{
    struct consent p;
    TRY(parts_form(c, MSG_consent_revoke_title, MSG_consent_revoke));
    if (!clients_is_own(c))
        tpl_show(c->page, N_ALL_FIELDS);
    TRY(ctx_db(
        c, consent_get(c->app->db, c->arena, c->params[0], c->params[1], &p)));
    if (p.revoked_at != 0)
        return ERR_NOTFOUND;
    tpl_set(c->page, N_PURPOSE_LABEL,
            clients_label(c, consents_purposes, p.purpose));
    tpl_set(c->page, N_GRANTED, fmt_datetime(c->arena, c->lang, p.granted_at));
    tpl_set(c->page, N_CHANNEL_LABEL,
            clients_label(c, consents_channels, p.channel));
    tpl_set(c->page, N_TEXT_VERSION, p.text_version);
    tpl_set(c->page, N_NAME, p.signed_by);
    return ERR_OK;
}

static enum err revoke_post(struct ctx *c)
{
    const char *channel =
        clients_is_own(c) ? "web" : form_text(&c->form, "channel");
    TRY(parts_client(c));
    enum err e = consent_revoke(c->app->db, c->arena, c->params[0],
                                c->params[1], channel, ctx_actor(c));
    if (e != ERR_CONFLICT) /* what was wanted is so already */
        TRY(ctx_db(c, e));
    parts_done(c, MSG_consent_flash_revoked);
    return ERR_OK;
}

const struct route clients_consents_routes[] = {
    {.name = "clients.consents.new",
     .path = "/clientes/{id}/consentimientos/nuevo/",
     .need = PERM_client_edit,
     .title = MSG_consent_new,
     .tpl = &tpl_clients_consent,
     .form = grant_form,
     .get = new_get,
     .post = new_post},
    {.name = "clients.consents.revoke",
     .path = "/clientes/{id}/consentimientos/{id}/revocar/",
     .need = PERM_client_edit,
     .title = MSG_consent_revoke_title,
     .tpl = &tpl_clients_revoke,
     .form = revoke_form,
     .get = revoke_get,
     .post = revoke_post},
    {.name = "clients.own.consents.revoke",
     .path = "/cuenta/cliente/{id}/consentimientos/{id}/revocar/",
     .need = PERM_client_own_edit,
     .title = MSG_consent_revoke_title,
     .tpl = &tpl_clients_revoke,
     .form = own_revoke_form,
     .get = revoke_get,
     .post = revoke_post},
    {0},
};
