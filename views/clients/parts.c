/*
 * parts - contacts, sites and consents as the page of their client shows them,
 * and what the forms for them have in common.
 */
#include "parts.h"

#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"

/* One row of any of the three tables. */
struct part_row {
    const char *name, *position, *email, *phone, *phone_tel;
    bool is_primary, gets_reports, has_email, has_phone;
    const char *address, *city, *access_notes;
    const char *purpose_label, *text_version, *granted, *channel_label;
    const char *revoked, *revoke_label;
    bool holds, ended;
    const char *part_href; /* of the buttons */
    int64_t version;
    bool may_edit, may_change;
};

static const struct column row_columns[] = {
    COL(COL_TEXT, struct part_row, name),
    COL(COL_TEXT, struct part_row, position),
    COL(COL_TEXT, struct part_row, email),
    COL(COL_TEXT, struct part_row, phone),
    COL(COL_TEXT, struct part_row, phone_tel),
    COL(COL_BOOL, struct part_row, is_primary),
    COL(COL_BOOL, struct part_row, gets_reports),
    COL(COL_BOOL, struct part_row, has_email),
    COL(COL_BOOL, struct part_row, has_phone),
    COL(COL_TEXT, struct part_row, address),
    COL(COL_TEXT, struct part_row, city),
    COL(COL_TEXT, struct part_row, access_notes),
    COL(COL_TEXT, struct part_row, purpose_label),
    COL(COL_TEXT, struct part_row, text_version),
    COL(COL_TEXT, struct part_row, granted),
    COL(COL_TEXT, struct part_row, channel_label),
    COL(COL_TEXT, struct part_row, revoked),
    COL(COL_TEXT, struct part_row, revoke_label),
    COL(COL_BOOL, struct part_row, holds),
    COL(COL_BOOL, struct part_row, ended),
    COL(COL_TEXT, struct part_row, part_href),
    COL(COL_INT, struct part_row, version),
    COL(COL_BOOL, struct part_row, may_edit),
    COL(COL_BOOL, struct part_row, may_change),
    {0},
};

static const char *part_href(struct ctx *c, int64_t client_id, const char *kind,
                             int64_t id)
{
    return clients_href(c, client_id,
                        arena_fmt(c->arena, "%s/%" PRId64 "/", kind, id));
}

static struct part_row contact_row(struct ctx *c,
                                   const struct client_contact *p)
{
    return (struct part_row){
        .name = p->name,
        .position = p->position,
        .email = p->email,
        .phone = clients_phone(c->arena, p->phone),
        .phone_tel = p->phone,
        .is_primary = p->is_primary,
        .gets_reports = p->gets_reports,
        .has_email = p->email[0] != '\0',
        .has_phone = p->phone[0] != '\0',
        .part_href = part_href(c, p->client_id, "contactos", p->id),
        .version = p->version,
    };
}

static struct part_row site_row(struct ctx *c, const struct client_site *p)
{
    return (struct part_row){
        .name = p->name,
        .address = p->address,
        .city = p->city,
        .access_notes = p->access_notes,
        .part_href = part_href(c, p->client_id, "sedes", p->id),
        .version = p->version,
    };
}

static struct part_row consent_row(struct ctx *c, const struct consent *p)
{
    bool holds = p->revoked_at == 0;
    return (struct part_row){
        .name = p->signed_by,
        .purpose_label = clients_label(c, consents_purposes, p->purpose),
        .text_version = p->text_version,
        .granted = fmt_datetime(c->arena, c->lang, p->granted_at),
        .channel_label = clients_label(c, consents_channels, p->channel),
        .revoked = holds ? "" : fmt_datetime(c->arena, c->lang, p->revoked_at),
        .revoke_label = clients_label(c, consents_channels, p->revoke_channel),
        .holds = holds,
        .ended = !holds,
        .part_href = part_href(c, p->client_id, "consentimientos", p->id),
    };
}

/* The markers of one of the three. */
struct part_section {
    unsigned table, row, none, add, old, old_row;
    const char *kind; /* in addresses */
};

static const struct part_section contacts = {
    N_CONTACTS,     N_CONTACT_ROW, N_NO_CONTACTS, N_CAN_ADD_CONTACT,
    N_OLD_CONTACTS, N_OLD_CONTACT, "contactos"};
static const struct part_section sites = {
    N_SITES,     N_SITE_ROW, N_NO_SITES, N_CAN_ADD_SITE,
    N_OLD_SITES, N_OLD_SITE, "sedes"};
static const struct part_section consents = {
    N_CONSENTS, N_CONSENT_ROW,    N_NO_CONSENTS, N_CAN_ADD_CONSENT, 0,
    0,          "consentimientos"};

/* Rows of one of the three, the active ones first. */
struct part_rows {
    struct part_row *row;
    size_t active, old;
    bool may_edit; /* with buttons */
};

static void bind(struct tpl_dict *d, unsigned marker,
                 const struct part_row *rows, size_t n)
{
    tpl_bind(d, marker, row_columns, rows, n, sizeof(rows[0]));
}

/* With the button that adds one to client add_to, if it is not 0. */
static void fill_section(struct ctx *c, struct tpl_dict *d,
                         const struct part_section *s,
                         const struct part_rows *rows, int64_t add_to)
{
    if (rows->active == 0) {
        tpl_show(d, s->none);
    } else {
        struct tpl_dict *table = tpl_add(d, s->table);
        if (rows->may_edit)
            tpl_show(table, N_MAY_EDIT);
        bind(table, s->row, rows->row, rows->active);
    }
    if (add_to == 0)
        return;
    tpl_set(tpl_add(d, s->add), N_ADD_HREF,
            clients_href(c, add_to, arena_fmt(c->arena, "%s/nuevo/", s->kind)));
    if (rows->old > 0) {
        struct tpl_dict *more = tpl_add(d, s->old);
        tpl_set_int(more, N_COUNT, (int64_t)rows->old);
        bind(more, s->old_row, rows->row + rows->active, rows->old);
    }
}

static struct part_rows
contact_rows(struct ctx *c, const struct client_parts *p, bool may_edit)
{
    struct part_rows r = {
        .row = ARENA_ARRAY(c->arena, struct part_row, p->n_contacts),
        .may_edit = may_edit};
    for (int old = 0; old < 2; old++)
        for (size_t i = 0; i < p->n_contacts; i++)
            if ((p->contacts[i].archived_at != 0) == (old == 1)) {
                struct part_row *row = &r.row[r.active + r.old];
                *row = contact_row(c, &p->contacts[i]);
                row->may_change = may_edit;
                old ? r.old++ : r.active++;
            }
    return r;
}

static struct part_rows site_rows(struct ctx *c, const struct client_parts *p,
                                  bool may_edit)
{
    struct part_rows r = {
        .row = ARENA_ARRAY(c->arena, struct part_row, p->n_sites),
        .may_edit = may_edit};
    for (int old = 0; old < 2; old++)
        for (size_t i = 0; i < p->n_sites; i++)
            if ((p->sites[i].archived_at != 0) == (old == 1)) {
                struct part_row *row = &r.row[r.active + r.old];
                *row = site_row(c, &p->sites[i]);
                row->may_change = may_edit;
                old ? r.old++ : r.active++;
            }
    return r;
}

/* Revoked ones stay in the list: it is the history. */
static struct part_rows
consent_rows(struct ctx *c, const struct client_parts *p, bool may_edit)
{
    struct part_rows r = {
        .row = ARENA_ARRAY(c->arena, struct part_row, p->n_consents),
        .active = p->n_consents,
        .may_edit = may_edit};
    for (size_t i = 0; i < p->n_consents; i++) {
        r.row[i] = consent_row(c, &p->consents[i]);
        r.row[i].may_edit = may_edit;
        r.row[i].may_change = may_edit && r.row[i].holds;
    }
    return r;
}

static bool is_served(const struct client_parts *p)
{
    for (size_t i = 0; i < p->n_consents; i++)
        if (p->consents[i].revoked_at == 0 &&
            strcmp(p->consents[i].purpose, "service") == 0)
            return true;
    return false;
}

enum err parts_fill(struct ctx *c, const struct client *cl, bool may_edit,
                    bool *ret_served)
{
    struct client_parts p;
    TRY(ctx_db(c, client_parts_get(c->app->db, c->arena, cl->id, &p)));
    may_edit = may_edit && cl->archived_at == 0;
    const struct part_rows people = contact_rows(c, &p, may_edit);
    const struct part_rows places = site_rows(c, &p, may_edit);
    const struct part_rows grants = consent_rows(c, &p, may_edit);
    /* the office records what it was told: a client only ends it by itself */
    bool may_grant = may_edit && access_allows(ctx_role(c), PERM_client_edit);
    struct tpl_dict *d = tpl_include(c->page, N_PARTS, &tpl_clients_parts);
    fill_section(c, d, &contacts, &people, may_edit ? cl->id : 0);
    fill_section(c, d, &sites, &places, may_edit ? cl->id : 0);
    fill_section(c, d, &consents, &grants, may_grant ? cl->id : 0);
    if (ret_served != NULL)
        *ret_served = is_served(&p);
    return ERR_OK;
}

/* --- forms --- */

const struct field parts_version_form[] = {
    PLAIN_FIELD(version, FIELD_INT, .flags = FIELD_REQUIRED),
    {0},
};

static enum err get_client(struct ctx *c, struct client *ret)
{
    TRY(clients_get(c, ret));
    return ret->archived_at != 0 ? ERR_NOTFOUND : ERR_OK;
}

enum err parts_client(struct ctx *c)
{
    struct client cl;
    return get_client(c, &cl);
}

enum err parts_form(struct ctx *c, enum msg title, enum msg submit)
{
    struct client cl;
    TRY(get_client(c, &cl));
    tpl_set(c->page, N_FORM_TITLE, ctx_msg(c, title));
    tpl_set(c->page, N_SUBMIT_LABEL, ctx_msg(c, submit));
    tpl_set(c->page, N_CLIENT_NAME, cl.name);
    tpl_set(c->page, N_CLIENT_HREF, clients_href(c, cl.id, ""));
    return ERR_OK;
}

static const char **text_at(const struct part_member *m, const void *part)
{
    return (const char **)((uintptr_t)part + m->offset);
}

static bool *flag_at(const struct part_member *m, const void *part)
{
    return (bool *)((uintptr_t)part + m->offset);
}

void parts_from_form(const struct ctx *c, const struct part_member *m,
                     void *part)
{
    for (; m->field != NULL; m++)
        if (m->flag)
            *flag_at(m, part) = form_bool(&c->form, m->field);
        else
            *text_at(m, part) = form_text(&c->form, m->field);
}

/* As people write it. */
static const char *shown(struct ctx *c, const struct part_member *m,
                         const void *part)
{
    if (m->flag)
        return ctx_msg(c, *flag_at(m, part) ? MSG_part_yes : MSG_part_no);
    if (strcmp(m->field, "phone") == 0)
        return clients_phone(c->arena, *text_at(m, part));
    return *text_at(m, part);
}

static void to_form(struct ctx *c, const struct part_member *m,
                    const void *part)
{
    for (; m->field != NULL; m++)
        form_set(&c->form, m->field,
                 !m->flag            ? shown(c, m, part)
                 : *flag_at(m, part) ? "1"
                                     : "");
}

static void fill_conflict(struct ctx *c, const struct part_member *m,
                          const void *stored, const void *mine)
{
    struct tpl_dict *d = tpl_add(c->page, N_CONFLICT);
    for (; m->field != NULL; m++) {
        const char *saved = shown(c, m, stored), *yours = shown(c, m, mine);
        if (strcmp(saved, yours) == 0)
            continue;
        struct tpl_dict *f = tpl_add(d, N_CONFLICT_FIELD);
        tpl_set(f, N_LABEL, ctx_msg(c, m->label));
        tpl_set(f, N_SAVED, saved);
        tpl_set(f, N_YOURS, yours);
    }
}

void parts_show(struct ctx *c, const struct part_member *m, const void *stored,
                const void *mine, int64_t version)
{
    bool sent = c->req.method == METHOD_POST;
    if (sent &&
        (form_has_errors(&c->form) || form_int(&c->form, "version") == version))
        return;
    if (sent)
        fill_conflict(c, m, stored, mine);
    else
        to_form(c, m, stored);
    form_set(&c->form, "version", arena_fmt(c->arena, "%" PRId64, version));
}

void parts_done(struct ctx *c, enum msg flash)
{
    flash_set(c, flash);
    resp_redirect(c->resp, clients_href(c, c->params[0], ""));
}

void parts_archived(struct ctx *c, enum msg flash, const char *restore,
                    int64_t version)
{
    flash_set_undo(c, flash, clients_href(c, c->params[0], restore), version);
    resp_redirect(c->resp, clients_href(c, c->params[0], ""));
}

enum err parts_refuse_more(struct ctx *c, enum err e)
{
    if (e != ERR_TOOLARGE)
        return ctx_db(c, e);
    form_refuse(&c->form, "name", MSG_part_too_many);
    return ERR_INVALID;
}
