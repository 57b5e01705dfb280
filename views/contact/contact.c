/*
 * contact - the form for visitors, and the messages for who answers them.
 */
#include "model/contact.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "out/letter.h"
#include "out/mail.h"
#include "text/fmt.h"
#include "text/mime.h"
#include "text/phone.h"
#include "web/flash.h"
#include "web/page.h"

/* The version that MSG_policy_version names: what a visitor consents to. */
static const char policy_version[] = "2026-11-24";

static const struct choice subjects[] = {
    {"", MSG_contact_subject_choose},
    {"support", MSG_public_support},
    {"software", MSG_public_software},
    {"networks", MSG_public_networks},
    {"cloud", MSG_public_cloud},
    {"security", MSG_public_security},
    {"consulting", MSG_public_consulting},
    {"other", MSG_contact_subject_other},
    {0},
};

static const char *label_in(enum lang lang, const char *subject)
{
    for (const struct choice *k = subjects; k->value != NULL; k++)
        if (strcmp(k->value, subject) == 0)
            return msg_text(lang, k->label);
    return "";
}

/* --- the form --- */

enum { MAX_MESSAGES = 5, WINDOW_S = 3600 }; /* from one address */

static const struct field contact_form[] = {
    FIELD(name, FIELD_TEXT, MSG_contact_name, .max = 200,
          .flags = FIELD_REQUIRED),
    FIELD(email, FIELD_EMAIL, MSG_contact_email, .max = 254,
          .flags = FIELD_REQUIRED),
    FIELD(phone, FIELD_PHONE, MSG_contact_phone, .max = 30),
    CHOICE_FIELD(subject, MSG_contact_subject, subjects,
                 .flags = FIELD_REQUIRED),
    FIELD(message, FIELD_LINES, MSG_contact_message, .max = 4000,
          .flags = FIELD_REQUIRED),
    {.kind = FIELD_BOOL,
     .name = "consent",
     .label = MSG_contact_consent,
     .flags = FIELD_REQUIRED,
     .value_marker = N_C_consent,
     .error_marker = N_E_consent},
    PLAIN_FIELD(website, FIELD_LINES), /* hidden: only programs fill it */
    {0},
};

static const struct field contact_query[] = {
    PLAIN_FIELD(asunto, FIELD_CHOICE, .choices = subjects),
    {0},
};

static enum err form_get(struct ctx *c)
{
    if (c->req.method != METHOD_POST)
        form_set(&c->form, "subject", form_text(&c->query, "asunto"));
    return ERR_OK;
}

static enum err refuse_flood(struct ctx *c)
{
    int64_t n;
    TRY(ctx_db(c, contact_count(c->app->db, c->arena, c->req.remote_addr,
                                clock_now() - WINDOW_S, &n)));
    if (n < MAX_MESSAGES)
        return ERR_OK;
    log_info(c->app->log, "contact.throttled", "ip=%s", c->req.remote_addr);
    form_refuse(&c->form, "message", MSG_contact_throttled);
    return ERR_THROTTLED;
}

/*
 * The office gets it by mail and can answer at once. The visitor gets none:
 * anybody can write anybody's address into the form.
 */
static enum err mail_office(struct ctx *c, const struct contact *m, int64_t id)
{
    const struct config *conf = &c->app->conf;
    struct mail mail = {.to_addr = conf->site.office_email,
                        .entity = "contact",
                        .entity_id = id};
    char phone[PHONE_MAX];
    if (!mime_address_ok(mail.to_addr)) {
        if (mail.to_addr[0] != '\0')
            log_error(c->app->log, "contact.office",
                      "site.office_email is no address: %s", mail.to_addr);
        return ERR_OK; /* it is in the list in any case */
    }
    if (mime_address_ok(m->email))
        mail.reply_to = m->email;
    phone_show(m->phone, phone);
    struct letter *l = letter_new(
        c->arena, LANG_ES,
        arena_fmt(c->arena, "%s: %s",
                  msg_text(LANG_ES, MSG_contact_mail_subject), m->name));
    letter_text(l, msg_text(LANG_ES, MSG_contact_mail_text));
    letter_fact(l, msg_text(LANG_ES, MSG_contact_subject),
                label_in(LANG_ES, m->subject));
    letter_fact(l, msg_text(LANG_ES, MSG_contact_name), m->name);
    letter_fact(l, msg_text(LANG_ES, MSG_contact_email), m->email);
    if (phone[0] != '\0')
        letter_fact(l, msg_text(LANG_ES, MSG_contact_phone),
                    arena_strdup(c->arena, phone));
    letter_quote(l, m->message);
    if (conf->site.url[0] != '\0')
        letter_link(
            l, msg_text(LANG_ES, MSG_contact_mail_link),
            arena_fmt(c->arena, "%s/contacto/mensajes/", conf->site.url));
    TRY(letter_finish(l, &mail, &c->note));
    return mail_queue(c->app->db, c->arena, conf, &mail);
}

/* Within the transaction of the message. */
static enum err keep(struct ctx *c, const struct contact *m, int64_t *ret_id)
{
    TRY(contact_create(c->app->db, c->arena, m, ctx_actor(c), ret_id));
    return mail_office(c, m, *ret_id);
}

static enum err store(struct ctx *c)
{
    int64_t id;
    struct db *db = c->app->db;
    struct contact m = {.name = form_text(&c->form, "name"),
                        .email = form_text(&c->form, "email"),
                        .phone = form_text(&c->form, "phone"),
                        .subject = form_text(&c->form, "subject"),
                        .message = form_text(&c->form, "message"),
                        .lang = lang_code(c->lang),
                        .ip = c->req.remote_addr,
                        .consent_text = policy_version};
    TRY(refuse_flood(c));
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(db, ctx_actor(c), keep(c, &m, &id))));
    log_info(c->app->log, "contact.received", "id=%" PRId64, id);
    return ERR_OK;
}

/* A program that fell into the trap is told the same as a person. */
static enum err form_post(struct ctx *c)
{
    if (form_text(&c->form, "website")[0] == '\0')
        TRY(store(c));
    else
        log_info(c->app->log, "contact.trapped", "ip=%s", c->req.remote_addr);
    flash_set(c, MSG_contact_flash_sent);
    resp_redirect(c->resp, page_href(c, "/contacto/"));
    return ERR_OK;
}

/* --- the messages --- */

enum { PAGE_ROWS = 25 };

static const struct field list_query[] = {
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

/* A message as the list shows it. */
struct list_row {
    const char *name, *email, *phone, *phone_tel, *subject_label, *message,
        *language, *received, *consent_text, *attended, *attended_by,
        *attend_href;
    bool has_phone, is_attended, is_open;
};

static const struct column list_columns[] = {
    COL(COL_TEXT, struct list_row, name),
    COL(COL_TEXT, struct list_row, email),
    COL(COL_TEXT, struct list_row, phone),
    COL(COL_TEXT, struct list_row, phone_tel),
    COL(COL_TEXT, struct list_row, subject_label),
    COL(COL_TEXT, struct list_row, message),
    COL(COL_TEXT, struct list_row, language),
    COL(COL_TEXT, struct list_row, received),
    COL(COL_TEXT, struct list_row, consent_text),
    COL(COL_TEXT, struct list_row, attended),
    COL(COL_TEXT, struct list_row, attended_by),
    COL(COL_TEXT, struct list_row, attend_href),
    COL(COL_BOOL, struct list_row, has_phone),
    COL(COL_BOOL, struct list_row, is_attended),
    COL(COL_BOOL, struct list_row, is_open),
    {0},
};

static struct list_row show_row(struct ctx *c, const struct contact *m)
{
    char phone[PHONE_MAX];
    bool attended = m->attended_at != 0;
    phone_show(m->phone, phone);
    return (struct list_row){
        .name = m->name,
        .email = m->email,
        .phone = arena_strdup(c->arena, phone),
        .phone_tel = m->phone,
        .subject_label = label_in(c->lang, m->subject),
        .message = m->message,
        .language =
            ctx_msg(c, strcmp(m->lang, "en") == 0 ? MSG_contact_english
                                                  : MSG_contact_spanish),
        .received = fmt_datetime(c->arena, c->lang, m->created_at),
        .consent_text = m->consent_text,
        .attended =
            attended ? fmt_datetime(c->arena, c->lang, m->attended_at) : "",
        .attended_by = m->attended_by,
        .attend_href = arena_fmt(
            c->arena, "/contacto/mensajes/%" PRId64 "/atendido/", m->id),
        .has_phone = m->phone[0] != '\0',
        .is_attended = attended,
        .is_open = !attended,
    };
}

static void fill_pager(struct ctx *c, int64_t before, int64_t last, bool more)
{
    if (before == 0 && !more)
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (before != 0)
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF, "/contacto/mensajes/");
    if (more)
        tpl_set(
            tpl_add(p, N_NEXT), N_NEXT_HREF,
            arena_fmt(c->arena, "/contacto/mensajes/?despues=%" PRId64, last));
}

static enum err list_get(struct ctx *c)
{
    struct db_rows rows;
    int64_t before = form_int(&c->query, "despues");
    /* one more tells whether there is a next page */
    TRY(ctx_db(
        c, contact_list(c->app->db, c->arena, before, PAGE_ROWS + 1, &rows)));
    const struct contact *m = rows.items;
    bool more = rows.n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows.n;
    if (n == 0) {
        tpl_show(c->page, N_EMPTY);
        return ERR_OK;
    }
    struct list_row *out = ARENA_ARRAY(c->arena, struct list_row, n);
    for (size_t i = 0; i < n; i++)
        out[i] = show_row(c, &m[i]);
    tpl_bind(c->page, N_CONTACT_MESSAGE, list_columns, out, n, sizeof(out[0]));
    fill_pager(c, before, m[n - 1].id, more);
    return ERR_OK;
}

static enum err attend_post(struct ctx *c)
{
    TRY(ctx_db(
        c, contact_attend(c->app->db, c->arena, c->params[0], ctx_actor(c))));
    flash_set(c, MSG_contact_flash_attended);
    resp_redirect(c->resp, "/contacto/mensajes/");
    return ERR_OK;
}

const struct route contact_routes[] = {
    {.name = "contact.form",
     .path = "/contacto/",
     .need = PERM_public,
     .title = MSG_contact_title,
     .tpl = &tpl_contact_form,
     .form = contact_form,
     .query = contact_query,
     .get = form_get,
     .post = form_post,
     .menu = {MSG_contact_title, "mail", 13, .visitors = true}},
    {.name = "contact.messages",
     .path = "/contacto/mensajes/",
     .need = PERM_contact_view,
     .title = MSG_contact_list_title,
     .tpl = &tpl_contact_list,
     .query = list_query,
     .get = list_get,
     .menu = {MSG_contact_list_title, "mail", 80}},
    {.name = "contact.attend",
     .path = "/contacto/mensajes/{id}/atendido/",
     .need = PERM_contact_attend,
     .title = MSG_contact_attend,
     .post = attend_post},
    {0},
};
