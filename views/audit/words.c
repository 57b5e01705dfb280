/*
 * words - a row of the audit in the words of people.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "audit.h"
#include "gen/tplnames.h"
#include "text/fmt.h"
#include "web/access.h"

const struct choice audit_entities[] = {
    {"client", MSG_audit_client},
    {"client_import", MSG_audit_import},
    {"user", MSG_audit_user},
    {"contact", MSG_audit_message},
    {"mail", MSG_audit_mail},
    {"job", MSG_audit_job},
    {"audit", MSG_audit_itself},
    {"backup", MSG_audit_backup},
    {0},
};

static const struct choice actions[] = {
    {"create", MSG_audit_did_create},
    {"update", MSG_audit_did_update},
    {"archive", MSG_audit_did_archive},
    {"restore", MSG_audit_did_restore},
    {"merge", MSG_audit_did_merge},
    {"merged", MSG_audit_did_merged},
    {"export", MSG_audit_did_export},
    {"activate", MSG_audit_did_activate},
    {"deactivate", MSG_audit_did_deactivate},
    {"password", MSG_audit_did_password},
    {"invite", MSG_audit_did_invite},
    {"accept", MSG_audit_did_accept},
    {"reset", MSG_audit_did_reset},
    {"login", MSG_audit_did_login},
    {"refused", MSG_audit_did_refused},
    {"totp_on", MSG_audit_did_totp_on},
    {"totp_off", MSG_audit_did_totp_off},
    {"totp_reset", MSG_audit_did_totp_reset},
    {"totp_refused", MSG_audit_did_totp_refused},
    {"recovery_new", MSG_audit_did_recovery_new},
    {"recovery_use", MSG_audit_did_recovery_use},
    {"link", MSG_audit_did_link},
    {"oidc_refused", MSG_audit_did_oidc_refused},
    {"logout", MSG_audit_did_logout},
    {"end_sessions", MSG_audit_did_end_sessions},
    {"attend", MSG_audit_did_attend},
    {"retry", MSG_audit_did_retry},
    {"read", MSG_audit_did_read},
    {"start", MSG_audit_did_start},
    {"fail", MSG_audit_did_fail},
    {"store", MSG_audit_did_store},
    {"test", MSG_audit_did_test},
    {"delete", MSG_audit_did_delete},
    {"cancel", MSG_audit_did_cancel},
    {"file_add", MSG_audit_did_file_add},
    {"file_archive", MSG_audit_did_file_archive},
    {"file_restore", MSG_audit_did_file_restore},
    {"contact_add", MSG_audit_did_contact_add},
    {"contact_update", MSG_audit_did_contact_update},
    {"contact_archive", MSG_audit_did_contact_archive},
    {"contact_restore", MSG_audit_did_contact_restore},
    {"site_add", MSG_audit_did_site_add},
    {"site_update", MSG_audit_did_site_update},
    {"site_archive", MSG_audit_did_site_archive},
    {"site_restore", MSG_audit_did_site_restore},
    {"consent_grant", MSG_audit_did_consent_grant},
    {"consent_revoke", MSG_audit_did_consent_revoke},
    {0},
};

/* Fields are called alike wherever they mean the same. */
static const struct choice fields[] = {
    {"access_notes", MSG_part_access_notes},
    {"actor_id", MSG_audit_filter_person},
    {"address", MSG_client_address},
    {"bytes", MSG_audit_field_bytes},
    {"channel", MSG_audit_field_channel},
    {"city", MSG_client_city},
    {"client_id", MSG_user_client_label},
    {"company", MSG_client_company},
    {"consent", MSG_audit_field_consent_number},
    {"consent_text", MSG_audit_field_consent},
    {"contact", MSG_audit_field_contact},
    {"dane_city", MSG_client_dane},
    {"doc_dv", MSG_audit_field_doc_dv},
    {"doc_number", MSG_client_doc_number},
    {"doc_type", MSG_client_doc_type},
    {"email", MSG_client_email},
    {"entity", MSG_audit_filter_entity},
    {"entity_id", MSG_audit_filter_number},
    {"file", MSG_audit_field_file},
    {"gets_reports", MSG_part_gets_reports},
    {"id", MSG_audit_filter_number},
    {"is_primary", MSG_part_is_primary},
    {"kind", MSG_client_kind},
    {"lang", MSG_profile_lang},
    {"message", MSG_audit_field_message},
    {"mime", MSG_audit_field_mime},
    {"name", MSG_client_name},
    {"notes", MSG_client_notes},
    {"phone", MSG_client_phone},
    {"position", MSG_part_role},
    {"purpose", MSG_consent_purpose},
    {"result", MSG_audit_field_result},
    {"role", MSG_user_role},
    {"rows", MSG_audit_field_rows},
    {"service_kind", MSG_client_service},
    {"sha256", MSG_audit_field_sha256},
    {"signed_by", MSG_consent_signed_by},
    {"site", MSG_audit_field_site},
    {"subject", MSG_contact_subject},
    {"text_version", MSG_consent_text},
    {"theme", MSG_profile_theme},
    {"whatsapp_ok", MSG_client_whatsapp_ok},
    {0},
};

/* Codes that people know by a name; each is of one field. */
static const struct {
    const char *field, *value;
    enum msg label;
} values[] = {
    {"channel", "email", MSG_consent_channel_email},
    {"channel", "paper", MSG_consent_channel_paper},
    {"channel", "person", MSG_consent_channel_person},
    {"channel", "phone", MSG_consent_channel_phone},
    {"channel", "web", MSG_consent_channel_web},
    {"channel", "whatsapp", MSG_consent_channel_whatsapp},
    {"doc_type", "12", MSG_client_doc_ti},
    {"doc_type", "13", MSG_client_doc_cc},
    {"doc_type", "22", MSG_client_doc_ce},
    {"doc_type", "31", MSG_client_doc_nit},
    {"doc_type", "41", MSG_client_doc_passport},
    {"doc_type", "47", MSG_client_doc_pep},
    {"doc_type", "48", MSG_client_doc_ppt},
    {"entity", "audit", MSG_audit_itself},
    {"entity", "backup", MSG_audit_backup},
    {"entity", "client", MSG_audit_client},
    {"entity", "client_import", MSG_audit_import},
    {"entity", "contact", MSG_audit_message},
    {"entity", "user", MSG_audit_user},
    {"gets_reports", "false", MSG_part_no},
    {"gets_reports", "true", MSG_part_yes},
    {"is_primary", "false", MSG_part_no},
    {"is_primary", "true", MSG_part_yes},
    {"kind", "legal", MSG_client_kind_legal},
    {"kind", "natural", MSG_client_kind_natural},
    {"lang", "en", MSG_profile_lang_en},
    {"lang", "es", MSG_profile_lang_es},
    {"purpose", "commercial", MSG_consent_commercial},
    {"purpose", "photos", MSG_consent_photos},
    {"purpose", "service", MSG_consent_service},
    {"purpose", "signature", MSG_consent_signature},
    {"role", "admin", MSG_role_admin},
    {"role", "client", MSG_role_client},
    {"role", "office", MSG_role_office},
    {"role", "technician", MSG_role_technician},
    {"service_kind", "contract", MSG_client_service_contract},
    {"service_kind", "single", MSG_client_service_single},
    {"subject", "cloud", MSG_public_cloud},
    {"subject", "consulting", MSG_public_consulting},
    {"subject", "networks", MSG_public_networks},
    {"subject", "other", MSG_contact_subject_other},
    {"subject", "security", MSG_public_security},
    {"subject", "software", MSG_public_software},
    {"subject", "support", MSG_public_support},
    {"theme", "blue", MSG_profile_theme_blue},
    {"theme", "dark", MSG_profile_theme_dark},
    {"theme", "green", MSG_profile_theme_green},
    {"theme", "orange", MSG_profile_theme_orange},
    {"theme", "purple", MSG_profile_theme_purple},
    {"theme", "red", MSG_profile_theme_red},
    {"theme", "teal", MSG_profile_theme_teal},
    {"whatsapp_ok", "false", MSG_part_no},
    {"whatsapp_ok", "true", MSG_part_yes},
};

/* What is not in the table speaks for itself. */
static const char *word(const struct ctx *c, const struct choice *table,
                        const char *value)
{
    for (const struct choice *w = table; w->value != NULL; w++)
        if (strcmp(w->value, value) == 0)
            return ctx_msg(c, w->label);
    return value;
}

/* --- the changes --- */

static const char *value_word(const struct ctx *c, const char *field,
                              const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (strcmp(values[i].field, field) == 0 &&
            strcmp(values[i].value, value) == 0)
            return ctx_msg(c, values[i].label);
    return value;
}

/* A side of a change as text; "" when there was nothing. */
static const char *side(struct json_object *change, const char *name)
{
    struct json_object *value;
    if (!json_object_object_get_ex(change, name, &value) ||
        json_object_get_type(value) == json_type_null)
        return "";
    return json_object_get_string(value);
}

static bool is_hash(const char *text)
{
    return strncmp(text, "h:", 2) == 0 && strlen(text) == 34;
}

/* Personal data: only that it came, went or changed. */
static void fill_personal(const struct ctx *c, struct tpl_dict *d,
                          const char *from, const char *to)
{
    enum msg m = from[0] == '\0' ? MSG_audit_added
                 : to[0] == '\0' ? MSG_audit_removed
                                 : MSG_audit_changed;
    tpl_set(tpl_add(d, N_PERSONAL), N_CHANGE, ctx_msg(c, m));
}

static void fill_change(struct ctx *c, struct tpl_dict *row, const char *field,
                        struct json_object *change)
{
    const char *from = side(change, "from"), *to = side(change, "to");
    struct tpl_dict *d = tpl_add(row, N_FIELD_CHANGE);
    tpl_set(d, N_LABEL, word(c, fields, field));
    if (is_hash(from) || is_hash(to)) {
        fill_personal(c, d, from, to);
        return;
    }
    if (from[0] != '\0')
        tpl_set(tpl_add(d, N_OLD_VALUE), N_VALUE,
                arena_strdup(c->arena, value_word(c, field, from)));
    if (to[0] != '\0')
        tpl_set(tpl_add(d, N_NEW_VALUE), N_VALUE,
                arena_strdup(c->arena, value_word(c, field, to)));
    if (to[0] == '\0')
        tpl_set(tpl_add(d, N_PERSONAL), N_CHANGE,
                ctx_msg(c, MSG_audit_removed));
}

static void put_json(void *object)
{
    json_object_put(object);
}

static void fill_changes(struct ctx *c, struct tpl_dict *row, const char *diff)
{
    struct json_object *all = json_tokener_parse(diff);
    if (all == NULL)
        return;
    arena_defer(c->arena, put_json, all);
    json_object_object_foreach(all, field, change)
    {
        fill_change(c, row, arena_strdup(c->arena, field), change);
    }
}

/* --- the row --- */

static void fill_actor(struct ctx *c, struct tpl_dict *d,
                       const struct history_row *r)
{
    bool visitor = strcmp(r->role, "visitor") == 0;
    enum role role = role_parse(r->role);
    const char *who = r->actor;
    if (who[0] == '\0')
        who = ctx_msg(c, visitor ? MSG_audit_visitor : MSG_audit_system);
    tpl_set(d, N_ACTOR, who);
    if (role != ROLE_none)
        tpl_set(tpl_add(d, N_ACTOR_ROLE), N_ROLE_LABEL,
                ctx_msg(c, role_label(role)));
}

static bool is_entity(const struct history_row *r, const char *entity)
{
    return strcmp(r->entity, entity) == 0;
}

/* The page of a client that this person may see: NULL when there is none. */
static const char *client_page(struct ctx *c, int64_t id)
{
    if (access_allows(ctx_role(c), PERM_client_view))
        return arena_fmt(c->arena, "/clientes/%" PRId64 "/", id);
    return c->session != NULL && c->session->client_id == id
               ? "/cuenta/cliente/"
               : NULL;
}

static void fill_subject(struct ctx *c, struct tpl_dict *d,
                         const struct history_row *r)
{
    const char *text = word(c, audit_entities, r->entity), *href = NULL;
    int64_t id = r->entity_id;
    if (is_entity(r, "client") && id == 0) {
        text = ctx_msg(c, MSG_audit_clients);
    } else if (is_entity(r, "client")) {
        text = arena_fmt(c->arena, "%s CL-%06" PRId64, text, id);
        href = client_page(c, id);
    } else if (is_entity(r, "user") && id == 0) {
        text = ctx_msg(c, MSG_audit_account_unknown);
    } else if (is_entity(r, "user") &&
               access_allows(ctx_role(c), PERM_user_view)) {
        href = arena_fmt(c->arena, "/admin/usuarios/%" PRId64 "/", id);
    } else if (is_entity(r, "client_import") && id != 0) {
        text = arena_fmt(c->arena, "%s %" PRId64, text, id);
        href = arena_fmt(c->arena, "/clientes/importar/%" PRId64 "/", id);
    } else if (is_entity(r, "contact")) {
        text = arena_fmt(c->arena, "%s %" PRId64, text, id);
    }
    if (r->subject[0] != '\0')
        text = arena_fmt(c->arena, "%s · %s", text, r->subject);
    struct tpl_dict *s =
        tpl_add(d, href != NULL ? N_SUBJECT_LINK : N_SUBJECT_TEXT);
    tpl_set(s, N_SUBJECT, text);
    if (href != NULL)
        tpl_set(s, N_SUBJECT_HREF, href);
}

void audit_fill_row(struct ctx *c, struct tpl_dict *d,
                    const struct history_row *row, bool with_ip)
{
    tpl_set_int(d, N_SEQ, row->seq);
    tpl_set(d, N_WHEN, fmt_datetime(c->arena, c->lang, row->at));
    tpl_set(d, N_ACTION, word(c, actions, row->action));
    fill_actor(c, d, row);
    fill_subject(c, d, row);
    if (with_ip && row->ip[0] != '\0')
        tpl_set(tpl_add(d, N_FROM_ADDRESS), N_IP, row->ip);
    fill_changes(c, d, row->diff);
}
