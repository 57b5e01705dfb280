/*
 * audit - the whole audit for administrators, the history of a client or an
 * account, and what one did oneself.
 *
 * Reading the whole leaves a row too, and so takes more statements than any
 * other list.
 */
#include "audit.h"

#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/client.h"
#include "model/user.h"
#include "text/fmt.h"
#include "text/url.h"
#include "web/page.h"

enum { PAGE_ROWS = 50, PERSONS = 200, DAY_S = 86400 };

/* --- what all of them show --- */

static const struct field page_query[] = {
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

/* href is the address of the page with its filters, "?" or "&" at the end. */
static void fill_pager(struct ctx *c, const char *href, int64_t last, bool more)
{
    bool first = form_int(&c->query, "despues") == 0;
    if (first && !more)
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (!first)
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF,
                arena_dup(c->arena, href, strlen(href) - 1));
    if (more)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF,
                arena_fmt(c->arena, "%sdespues=%" PRId64, href, last));
}

static void fill_rows(struct ctx *c, const struct db_rows *rows,
                      const char *href, bool with_ip)
{
    const struct history_row *r = rows->items;
    bool more = rows->n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows->n;
    if (n == 0) {
        tpl_show(c->page, N_EMPTY);
        return;
    }
    struct tpl_dict *table = tpl_add(c->page, N_ROWS);
    for (size_t i = 0; i < n; i++)
        audit_fill_row(c, tpl_add(table, N_AUDIT_ROW), &r[i], with_ip);
    fill_pager(c, href, r[n - 1].seq, more);
}

static void fill_head(struct ctx *c, enum msg title, const char *name)
{
    const char *text = ctx_msg(c, title);
    if (name != NULL)
        text = arena_fmt(c->arena, "%s · %s", text, name);
    tpl_set(c->page, N_AUDIT_TITLE, text);
}

static void fill_back(struct ctx *c, const char *href, enum msg label)
{
    struct tpl_dict *d = tpl_add(c->page, N_BACK);
    tpl_set(d, N_BACK_HREF, href);
    tpl_set(d, N_LABEL, ctx_msg(c, label));
}

/* --- the history of one client --- */

static enum err client_history_get(struct ctx *c)
{
    struct client cl;
    struct db_rows rows;
    int64_t id = c->params[0];
    struct history_filter f = {.entity = "client",
                               .entity_id = id,
                               .before = form_int(&c->query, "despues"),
                               .limit = PAGE_ROWS + 1};
    const char *page = arena_fmt(c->arena, "/clientes/%" PRId64 "/", id);
    TRY(ctx_db(c, client_get(c->app->db, c->arena, id, &cl)));
    TRY(ctx_db(c, history_list(c->app->db, c->arena, &f, &rows)));
    fill_head(c, MSG_audit_history_title, cl.name);
    fill_back(c, page, MSG_audit_back_client);
    fill_rows(c, &rows, arena_fmt(c->arena, "%shistorial/?", page), false);
    return ERR_OK;
}

/* --- an account: what it did, and what was done to it --- */

static enum err fill_user(struct ctx *c, int64_t id, const char *href)
{
    struct db_rows rows;
    TRY(ctx_db(c, history_of_user(c->app->db, c->arena, id,
                                  form_int(&c->query, "despues"), PAGE_ROWS + 1,
                                  &rows)));
    fill_rows(c, &rows, href, true);
    return ERR_OK;
}

static enum err user_history_get(struct ctx *c)
{
    struct user u;
    const char *page =
        arena_fmt(c->arena, "/admin/usuarios/%" PRId64 "/", c->params[0]);
    TRY(ctx_db(c, user_get(c->app->db, c->arena, c->params[0], &u)));
    fill_head(c, MSG_audit_user_title, u.name);
    fill_back(c, page, MSG_audit_back_user);
    return fill_user(c, u.id, arena_fmt(c->arena, "%shistorial/?", page));
}

static enum err own_get(struct ctx *c)
{
    fill_head(c, MSG_audit_own_title, NULL);
    fill_back(c, "/cuenta/", MSG_account_back);
    tpl_set(tpl_add(c->page, N_LEAD), N_MESSAGE,
            ctx_msg(c, MSG_audit_own_lead));
    return fill_user(c, ctx_user_id(c), "/cuenta/actividad/?");
}

/* --- the whole --- */

static const struct field audit_query[] = {
    PLAIN_FIELD(que, FIELD_CHOICE, .choices = audit_entities),
    PLAIN_FIELD(numero, FIELD_INT),
    PLAIN_FIELD(quien, FIELD_INT),
    PLAIN_FIELD(desde, FIELD_TEXT, .max = 10),
    PLAIN_FIELD(hasta, FIELD_TEXT, .max = 10),
    PLAIN_FIELD(despues, FIELD_INT),
    {0},
};

/* A day that is none is no filter. */
static int64_t day(const struct ctx *c, const char *name, int64_t add_s)
{
    int64_t t;
    return fmt_read_day(form_text(&c->query, name), &t) ? t + add_s : 0;
}

static void take_filter(const struct ctx *c, struct history_filter *f)
{
    *f = (struct history_filter){
        .entity = form_text(&c->query, "que"),
        .actor_id = form_int(&c->query, "quien"),
        .from = day(c, "desde", 0),
        .to = day(c, "hasta", DAY_S),
        .before = form_int(&c->query, "despues"),
        .limit = PAGE_ROWS + 1,
    };
    if (f->entity[0] != '\0') /* a number is that of something */
        f->entity_id = form_int(&c->query, "numero");
}

/* The address of this list with its filters, ready for one more. */
static const char *list_href(struct ctx *c)
{
    struct buf b;
    buf_init(&b, MAX_QUERY_BYTES);
    buf_adds(&b, "/admin/auditoria/?");
    for (const struct field *f = audit_query; f->kind != FIELD_NONE; f++) {
        const char *value = form_text(&c->query, f->name);
        if (value[0] == '\0' || strcmp(f->name, "despues") == 0)
            continue;
        buf_addf(&b, "%s=", f->name);
        url_query_escape(&b, value, strlen(value));
        buf_addc(&b, '&');
    }
    const char *href = arena_strdup(c->arena, buf_str(&b));
    buf_done(&b);
    return href;
}

static void fill_option(struct tpl_dict *d, unsigned section, const char *value,
                        const char *label, bool selected)
{
    struct tpl_dict *o = tpl_add(d, section);
    tpl_set(o, N_VALUE, value);
    tpl_set(o, N_LABEL, label);
    if (selected)
        tpl_show(o, N_SELECTED);
}

static enum err fill_persons(struct ctx *c, struct tpl_dict *d, int64_t chosen)
{
    struct db_rows rows;
    struct user_filter f = {.search = "", .limit = PERSONS};
    TRY(ctx_db(c, user_list(c->app->db, c->arena, &f, &rows)));
    const struct user *u = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        fill_option(d, N_PERSON_OPTION,
                    arena_fmt(c->arena, "%" PRId64, u[i].id), u[i].name,
                    u[i].id == chosen);
    return ERR_OK;
}

static enum err fill_filters(struct ctx *c, const struct history_filter *f)
{
    struct tpl_dict *d = tpl_add(c->page, N_FILTERS);
    bool narrowed =
        f->entity[0] != '\0' || f->actor_id != 0 || f->from != 0 || f->to != 0;
    if (narrowed) {
        tpl_show(d, N_FILTERS_OPEN);
        tpl_show(d, N_CLEAR);
    }
    for (const struct choice *e = audit_entities; e->value != NULL; e++)
        fill_option(d, N_ENTITY_OPTION, e->value, ctx_msg(c, e->label),
                    strcmp(e->value, f->entity) == 0);
    if (f->entity_id != 0)
        tpl_set_int(d, N_NUMBER, f->entity_id);
    if (f->from != 0)
        tpl_set(d, N_SINCE, form_text(&c->query, "desde"));
    if (f->to != 0)
        tpl_set(d, N_UNTIL, form_text(&c->query, "hasta"));
    return fill_persons(c, d, f->actor_id);
}

/* Only what was really verified, and when. */
static enum err fill_checked(struct ctx *c)
{
    static const enum msg faults[] = {
        [AUDIT_CHANGED] = MSG_audit_fault_changed,
        [AUDIT_MISSING] = MSG_audit_fault_missing,
        [AUDIT_MOVED] = MSG_audit_fault_moved,
        [AUDIT_CUT] = MSG_audit_fault_cut,
        [AUDIT_SURPLUS] = MSG_audit_fault_surplus,
        [AUDIT_FORGED] = MSG_audit_fault_forged,
        [AUDIT_KEYLESS] = MSG_audit_fault_keyless,
        [AUDIT_OTHER] = MSG_audit_fault_other,
    };
    struct audit_report r;
    TRY(ctx_db(c, audit_checked(c->app->db, c->arena, &c->app->audit, &r)));
    if (r.at == 0) {
        tpl_show(c->page, N_NEVER_CHECKED);
        return ERR_OK;
    }
    bool whole = r.fault == AUDIT_INTACT;
    struct tpl_dict *d = tpl_add(c->page, whole ? N_CHECKED : N_CHECKED_BAD);
    tpl_set(d, N_WHEN, fmt_datetime(c->arena, c->lang, r.at));
    tpl_set_int(d, N_SEQ, whole ? r.upto : r.seq);
    if (!whole)
        tpl_set(d, N_FAULT, ctx_msg(c, faults[r.fault]));
    return ERR_OK;
}

static const struct audit_field read_audit[] = {
    AUDIT_CLEAR(COL_INT, struct history_filter, actor_id),
    AUDIT_CLEAR(COL_TEXT, struct history_filter, entity),
    AUDIT_CLEAR(COL_INT, struct history_filter, entity_id),
    AUDIT_END,
};

static enum err audit_get(struct ctx *c)
{
    struct history_filter f;
    struct db_rows rows;
    take_filter(c, &f);
    TRY(ctx_db(c, history_list(c->app->db, c->arena, &f, &rows)));
    TRY(ctx_db(c, audit_record(c->app->db, ctx_actor(c),
                               &(struct audit_event){.action = "read",
                                                     .entity = "audit",
                                                     .fields = read_audit,
                                                     .to = &f})));
    fill_head(c, MSG_audit_title, NULL);
    tpl_set(tpl_add(c->page, N_LEAD), N_MESSAGE, ctx_msg(c, MSG_audit_lead));
    TRY(fill_checked(c));
    TRY(fill_filters(c, &f));
    fill_rows(c, &rows, list_href(c), true);
    return ERR_OK;
}

const struct route audit_routes[] = {
    {.name = "audit.list",
     .path = "/admin/auditoria/",
     .need = PERM_audit_view,
     .title = MSG_audit_title,
     .tpl = &tpl_audit_list,
     .query = audit_query,
     .get = audit_get},
    {.name = "audit.client",
     .path = "/clientes/{id}/historial/",
     .need = PERM_audit_history,
     .title = MSG_audit_history_title,
     .tpl = &tpl_audit_list,
     .query = page_query,
     .get = client_history_get},
    {.name = "audit.user",
     .path = "/admin/usuarios/{id}/historial/",
     .need = PERM_audit_view,
     .title = MSG_audit_user_title,
     .tpl = &tpl_audit_list,
     .query = page_query,
     .get = user_history_get},
    {.name = "audit.own",
     .path = "/cuenta/actividad/",
     .need = PERM_own,
     .title = MSG_audit_own_title,
     .tpl = &tpl_audit_list,
     .query = page_query,
     .get = own_get},
    {0},
};
