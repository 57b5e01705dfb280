/*
 * merge - two clients that are one: who the other is, and what is kept.
 *
 * The older one stays, whichever of the two the page belongs to: its number
 * has been known for longest.
 */
#include <inttypes.h>
#include <string.h>

#include "clients.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/client_merge.h"
#include "model/client_twin.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/page.h"

enum { FOUND_ROWS = 10 };

/* Whose value is kept; labels are the clients themselves. */
static const struct choice sides[] = {
    {"stays", MSG_client_merge_stays},
    {"goes", MSG_client_merge_goes},
    {0},
};

#define SIDE(name) PLAIN_FIELD(name, FIELD_CHOICE, .choices = sides)

/* `con` is the other client; then a field for each of clients_members. */
static const struct field merge_form[] = {
    PLAIN_FIELD(con, FIELD_INT, .flags = FIELD_REQUIRED),
    PLAIN_FIELD(stays_version, FIELD_INT, .flags = FIELD_REQUIRED),
    PLAIN_FIELD(goes_version, FIELD_INT, .flags = FIELD_REQUIRED),
    SIDE(name),
    SIDE(company),
    SIDE(kind),
    SIDE(service_kind),
    SIDE(email),
    SIDE(phone),
    SIDE(address),
    SIDE(city),
    SIDE(dane_city),
    SIDE(notes),
    SIDE(document),
    {0},
};

static const struct field merge_query[] = {
    PLAIN_FIELD(q, FIELD_TEXT, .max = 100),
    PLAIN_FIELD(con, FIELD_INT),
    {0},
};

/* In the order of enum client_child. */
static const enum msg child_labels[CLIENT_CHILDREN] = {
    MSG_part_contacts, MSG_part_sites, MSG_part_consents, MSG_client_files,
    MSG_client_merge_accounts};

struct pair {
    struct client stays, goes;
};

static int64_t other_id(const struct ctx *c)
{
    return c->req.method == METHOD_POST ? form_int(&c->form, "con")
                                        : form_int(&c->query, "con");
}

/* Both clients; ret_ok: they are two, and active. */
static enum err take_pair(struct ctx *c, const struct client *own,
                          struct pair *ret, bool *ret_ok)
{
    struct client other;
    enum err e = client_get(c->app->db, c->arena, other_id(c), &other);
    *ret_ok = false;
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    TRY(ctx_db(c, e));
    bool own_is_older = own->id < other.id;
    ret->stays = own_is_older ? *own : other;
    ret->goes = own_is_older ? other : *own;
    *ret_ok =
        own->id != other.id && own->archived_at == 0 && other.archived_at == 0;
    return ERR_OK;
}

/* --- who is the other? --- */

static void fill_candidate(struct ctx *c, struct tpl_dict *list,
                           const struct client *own, const struct client *cl)
{
    struct tpl_dict *d = tpl_add(list, N_CANDIDATE);
    tpl_set(d, N_CANDIDATE_HREF,
            arena_fmt(c->arena, "%s?con=%" PRId64,
                      clients_href(c, own->id, "unir/"), cl->id));
    tpl_set(d, N_CODE, clients_code(c->arena, cl->id));
    tpl_set(d, N_NAME, cl->name);
    tpl_set(d, N_DOCUMENT, document_show(c->arena, cl));
    tpl_set(d, N_EMAIL, cl->email);
    tpl_set(d, N_PHONE, clients_phone(c->arena, cl->phone));
    tpl_set(d, N_CITY, cl->city);
}

/* What was searched for; before that, who looks the same. */
static enum err fill_search(struct ctx *c, const struct client *own)
{
    struct db_rows rows;
    size_t n = 0;
    const char *q =
        c->req.method == METHOD_POST ? "" : form_text(&c->query, "q");
    const struct client_filter f = {.search = q, .limit = FOUND_ROWS + 1};
    struct tpl_dict *d = tpl_add(c->page, N_CHOOSE);
    tpl_set(d, N_Q, q);
    tpl_set(d, N_MERGE_HREF, clients_href(c, own->id, "unir/"));
    if (q[0] != '\0')
        TRY(ctx_db(c, client_list(c->app->db, c->arena, &f, &rows, NULL)));
    else
        TRY(ctx_db(c, client_twins(c->app->db, c->arena, own, &rows)));
    const struct client *cl = rows.items;
    struct tpl_dict *list = NULL;
    for (size_t i = 0; i < rows.n && n < FOUND_ROWS; i++) {
        if (cl[i].id == own->id)
            continue;
        if (list == NULL)
            list = tpl_add(d, N_CANDIDATES);
        fill_candidate(c, list, own, &cl[i]);
        n++;
    }
    if (list != NULL)
        tpl_set(list, N_LIST_TITLE,
                ctx_msg(c, q[0] != '\0' ? MSG_client_merge_found
                                        : MSG_client_merge_alike));
    else if (q[0] != '\0')
        tpl_show(d, N_NO_CANDIDATE);
    return ERR_OK;
}

/* --- side by side --- */

/* A value as people read it. */
static const char *shown(struct ctx *c, struct client *cl, size_t i)
{
    const char *value = *clients_member(cl, i);
    const struct choice *choices = clients_members[i].choices;
    if (choices != NULL)
        return clients_label(c, choices, value);
    if (strcmp(clients_members[i].field, "dane_city") == 0)
        return clients_place(c->arena, value);
    if (strcmp(clients_members[i].field, "phone") == 0)
        return arena_fmt(c->arena, "%s%s", clients_phone(c->arena, value),
                         cl->whatsapp_ok ? " · WhatsApp" : "");
    return value;
}

/* A field of both: equal, or a choice between two values. */
struct side_by_side {
    const char *field;
    enum msg label;
    const char *stays, *goes; /* "" for none */
};

static void fill_side(struct ctx *c, struct tpl_dict *row,
                      const struct side_by_side *f, bool goes, bool checked)
{
    const char *value = goes ? f->goes : f->stays;
    struct tpl_dict *d = tpl_add(row, N_SIDE);
    tpl_set(d, N_FIELD, f->field);
    tpl_set(d, N_SIDE_VALUE, goes ? "goes" : "stays");
    tpl_set(d, N_VALUE,
            value[0] != '\0' ? value : ctx_msg(c, MSG_client_merge_empty));
    if (checked)
        tpl_show(d, N_CHECKED);
}

/* Chosen before, or the older one's value if it has any. */
static void fill_field(struct ctx *c, struct tpl_dict *d,
                       const struct side_by_side *f)
{
    if (strcmp(f->stays, f->goes) == 0) {
        struct tpl_dict *same = tpl_add(d, N_SAME);
        tpl_set(same, N_LABEL, ctx_msg(c, f->label));
        tpl_set(same, N_VALUE, f->stays);
        return;
    }
    const char *sent =
        c->req.method == METHOD_POST ? form_text(&c->form, f->field) : "";
    bool goes =
        sent[0] != '\0' ? strcmp(sent, "goes") == 0 : f->stays[0] == '\0';
    struct tpl_dict *row = tpl_add(d, N_DIFFERENT);
    tpl_set(row, N_LABEL, ctx_msg(c, f->label));
    fill_side(c, row, f, false, !goes);
    fill_side(c, row, f, true, goes);
}

static void fill_client(struct ctx *c, struct tpl_dict *d, enum msg role,
                        const struct client *cl)
{
    struct tpl_dict *who = tpl_add(d, N_WHO);
    tpl_set(who, N_LABEL, ctx_msg(c, role));
    tpl_set(who, N_CLIENT_HREF, clients_href(c, cl->id, ""));
    tpl_set(who, N_CODE, clients_code(c->arena, cl->id));
    tpl_set(who, N_NAME, cl->name);
    tpl_set(who, N_CREATED, fmt_datetime(c->arena, c->lang, cl->created_at));
}

static enum err fill_moves(struct ctx *c, struct tpl_dict *d, int64_t goes)
{
    int64_t n[CLIENT_CHILDREN];
    TRY(ctx_db(c, client_merge_count(c->app->db, c->arena, goes, n)));
    for (size_t i = 0; i < CLIENT_CHILDREN; i++) {
        struct tpl_dict *m = tpl_add(d, N_MOVES);
        tpl_set(m, N_LABEL, ctx_msg(c, child_labels[i]));
        tpl_set_int(m, N_COUNT, n[i]);
    }
    return ERR_OK;
}

static enum err fill_pair(struct ctx *c, const struct client *own,
                          struct pair *p)
{
    struct tpl_dict *d = tpl_add(c->page, N_COMPARE);
    const char *here = clients_href(c, own->id, "unir/");
    tpl_set(d, N_MERGE_HREF, here);
    tpl_set_int(d, N_OTHER_ID,
                own->id == p->stays.id ? p->goes.id : p->stays.id);
    tpl_set_int(d, N_STAYS_VERSION, p->stays.version);
    tpl_set_int(d, N_GOES_VERSION, p->goes.version);
    fill_client(c, d, MSG_client_merge_stays, &p->stays);
    fill_client(c, d, MSG_client_merge_goes, &p->goes);
    struct side_by_side f = {"document", MSG_client_document,
                             document_show(c->arena, &p->stays),
                             document_show(c->arena, &p->goes)};
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++) {
        const struct side_by_side member = {
            clients_members[i].field, clients_members[i].label,
            shown(c, &p->stays, i), shown(c, &p->goes, i)};
        fill_field(c, d, &member);
        if (i == 0) /* who it is comes first */
            fill_field(c, d, &f);
    }
    return fill_moves(c, d, p->goes.id);
}

static enum err merge_get(struct ctx *c)
{
    struct client own;
    struct pair p;
    bool moved, ok;
    TRY(clients_take(c, &own, &moved));
    if (moved)
        return ERR_OK;
    tpl_set(c->page, N_CLIENT_HREF, clients_href(c, own.id, ""));
    tpl_set(c->page, N_CLIENT_NAME, own.name);
    TRY(take_pair(c, &own, &p, &ok));
    if (!ok && other_id(c) != 0)
        page_form_notice(c, MSG_client_merge_bad);
    if (!ok)
        return fill_search(c, &own);
    if (c->req.method == METHOD_POST &&
        (form_int(&c->form, "stays_version") != p.stays.version ||
         form_int(&c->form, "goes_version") != p.goes.version))
        page_form_notice(c, MSG_client_merge_changed);
    return fill_pair(c, &own, &p);
}

/* --- merging --- */

static bool keeps_other(const struct ctx *c, const char *field)
{
    return strcmp(form_text(&c->form, field), "goes") == 0;
}

/* The one that stays, with what was chosen of the other. */
static void choose(const struct ctx *c, struct pair *p)
{
    for (size_t i = 0; i < CLIENTS_MEMBERS; i++)
        if (keeps_other(c, clients_members[i].field))
            *clients_member(&p->stays, i) = *clients_member(&p->goes, i);
    if (keeps_other(c, "phone")) /* it was said of that telephone */
        p->stays.whatsapp_ok = p->goes.whatsapp_ok;
    if (keeps_other(c, "document")) {
        p->stays.doc_type = p->goes.doc_type;
        p->stays.doc_number = p->goes.doc_number;
        p->stays.doc_dv = p->goes.doc_dv;
    }
    p->stays.version = form_int(&c->form, "stays_version");
}

static enum err merge_post(struct ctx *c)
{
    struct client own;
    struct pair p;
    bool ok;
    TRY(ctx_db(c, client_get(c->app->db, c->arena, c->params[0], &own)));
    TRY(take_pair(c, &own, &p, &ok));
    if (!ok)
        return own.archived_at != 0 ? ERR_CONFLICT : ERR_INVALID;
    choose(c, &p);
    TRY(ctx_db(c,
               client_merge(c->app->db, c->arena, &p.stays, p.goes.id,
                            form_int(&c->form, "goes_version"), ctx_actor(c))));
    log_info(c->app->log, "client.merged",
             "id=%" PRId64 " into=%" PRId64 " by=%" PRId64, p.goes.id,
             p.stays.id, ctx_user_id(c));
    flash_set(c, MSG_client_flash_merged);
    resp_redirect(c->resp, clients_href(c, p.stays.id, ""));
    return ERR_OK;
}

const struct route clients_merge_routes[] = {
    {.name = "clients.merge",
     .path = "/clientes/{id}/unir/",
     .need = PERM_client_merge,
     .title = MSG_client_merge,
     .tpl = &tpl_clients_merge,
     .form = merge_form,
     .query = merge_query,
     .get = merge_get,
     .post = merge_post},
    {0},
};
