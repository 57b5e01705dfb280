/*
 * list - the clients, with search and pages.
 */
#include <inttypes.h>
#include <string.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "text/url.h"
#include "web/page.h"

#include "clients.h"

enum { PAGE_ROWS = 50, MAX_PAGE_ROWS = 100 };

static const struct field list_query[] = {
    PLAIN_FIELD(q, FIELD_TEXT, .max = 100),
    PLAIN_FIELD(archivados, FIELD_BOOL),
    PLAIN_FIELD(despues, FIELD_INT),
    PLAIN_FIELD(antes, FIELD_INT),
    PLAIN_FIELD(por, FIELD_INT, .max = MAX_PAGE_ROWS),
    {0},
};

/* A row as the list shows it. */
struct list_row {
    int64_t id;
    const char *name, *document, *company, *email, *phone, *phone_tel, *city,
        *kind_label;
    bool has_phone;
};

static const struct column list_columns[] = {
    COL(COL_INT, struct list_row, id),
    COL(COL_TEXT, struct list_row, name),
    COL(COL_TEXT, struct list_row, document),
    COL(COL_TEXT, struct list_row, company),
    COL(COL_TEXT, struct list_row, email),
    COL(COL_TEXT, struct list_row, phone),
    COL(COL_TEXT, struct list_row, phone_tel),
    COL(COL_TEXT, struct list_row, city),
    COL(COL_TEXT, struct list_row, kind_label),
    COL(COL_BOOL, struct list_row, has_phone),
    {0},
};

/* Address of the list with this filter, at another place or another kind. */
static const char *list_href(struct ctx *c, bool archived, const char *place,
                             int64_t id)
{
    struct buf b;
    const char *q = form_text(&c->query, "q");
    const char *per = form_text(&c->query, "por");
    char sep = '?';
    buf_init(&b, MAX_QUERY_BYTES);
    buf_adds(&b, "/clientes/");
    if (q[0] != '\0') {
        buf_addf(&b, "%cq=", sep);
        url_query_escape(&b, q, strlen(q));
        sep = '&';
    }
    if (archived) {
        buf_addf(&b, "%carchivados=1", sep);
        sep = '&';
    }
    if (per[0] != '\0') {
        buf_addf(&b, "%cpor=%s", sep, per);
        sep = '&';
    }
    if (place != NULL)
        buf_addf(&b, "%c%s=%" PRId64, sep, place, id);
    const char *href = arena_strdup(c->arena, buf_str(&b));
    buf_done(&b);
    return href;
}

static void bind_rows(struct ctx *c, const struct client *rows, size_t n)
{
    struct list_row *out = ARENA_ARRAY(c->arena, struct list_row, n);
    const char *natural = clients_label(c, clients_kinds, "natural");
    const char *legal = clients_label(c, clients_kinds, "legal");
    for (size_t i = 0; i < n; i++)
        out[i] = (struct list_row){
            .id = rows[i].id,
            .name = rows[i].name,
            .document = document_show(c->arena, &rows[i]),
            .company = rows[i].company,
            .email = rows[i].email,
            .phone = clients_phone(c, rows[i].phone),
            .phone_tel = rows[i].phone,
            .city = rows[i].city,
            .kind_label = rows[i].kind[0] == 'n' ? natural : legal,
            .has_phone = rows[i].phone[0] != '\0',
        };
    struct tpl_dict *table = tpl_add(c->page, N_ROWS);
    tpl_bind(table, N_CLIENT, list_columns, out, n, sizeof(out[0]));
}

static void fill_pager(struct ctx *c, const struct client_filter *f,
                       const struct client *rows, size_t n, bool more)
{
    bool has_next = f->before != 0 || more;
    bool has_prev = f->after != 0 || (f->before != 0 && more);
    if (n == 0 || (!has_next && !has_prev))
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (has_prev) {
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF,
                list_href(c, f->archived, NULL, 0));
        tpl_set(tpl_add(p, N_PREV), N_PREV_HREF,
                list_href(c, f->archived, "antes", rows[0].id));
    }
    if (has_next)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF,
                list_href(c, f->archived, "despues", rows[n - 1].id));
}

static void fill_empty(struct ctx *c, const struct client_filter *f)
{
    if (f->search[0] != '\0')
        tpl_set(tpl_add(c->page, N_EMPTY_SEARCH), N_CLEAR_HREF,
                f->archived ? "/clientes/?archivados=1" : "/clientes/");
    else
        tpl_show(c->page, f->archived ? N_EMPTY_ARCHIVED : N_EMPTY);
}

static void fill_list_frame(struct ctx *c, const struct client_filter *f)
{
    tpl_set(c->page, N_LIST_TITLE,
            ctx_msg(c, f->archived ? MSG_client_archived_title
                                   : MSG_client_list_title));
    tpl_set(c->page, N_Q, f->search);
    tpl_set(c->page, N_NEW_HREF, "/clientes/nuevo/");
    if (access_allows(ctx_role(c), PERM_client_create))
        tpl_show(c->page, N_CAN_CREATE);
    if (f->archived)
        tpl_set(tpl_add(c->page, N_SHOW_ACTIVE), N_ACTIVE_HREF,
                list_href(c, false, NULL, 0));
    else
        tpl_set(tpl_add(c->page, N_SHOW_ARCHIVED), N_ARCHIVED_HREF,
                list_href(c, true, NULL, 0));
}

static enum err list_get(struct ctx *c)
{
    struct db_rows rows;
    int64_t per = form_int(&c->query, "por");
    if (per == 0)
        per = PAGE_ROWS;
    struct client_filter f = {
        .search = form_text(&c->query, "q"),
        .archived = form_bool(&c->query, "archivados"),
        .after = form_int(&c->query, "despues"),
        .before = form_int(&c->query, "antes"),
        .limit = per + 1, /* one more tells whether there is a next page */
    };
    TRY(ctx_db(c, client_list(c->app->db, c->arena, &f, &rows)));
    const struct client *first = rows.items;
    bool more = rows.n > (size_t)per;
    size_t n = more ? (size_t)per : rows.n;
    if (more && f.before != 0)
        first++; /* the one too many stands at the front */
    fill_list_frame(c, &f);
    if (n == 0) {
        fill_empty(c, &f);
        return ERR_OK;
    }
    struct tpl_dict *counted = tpl_add(c->page, N_COUNTED);
    tpl_set_int(counted, N_COUNT, (int64_t)n);
    if (more)
        tpl_show(counted, N_MORE);
    bind_rows(c, first, n);
    fill_pager(c, &f, first, n, more);
    return ERR_OK;
}

const struct route clients_list_routes[] = {
    {.name = "clients.list",
     .path = "/clientes/",
     .need = PERM_client_view,
     .title = MSG_client_list_title,
     .tpl = &tpl_clients_list,
     .query = list_query,
     .get = list_get,
     .search = true,
     .menu = {MSG_client_list_title, "users", 20}},
    {0},
};
