/*
 * list - the clients, with search and pages.
 */
#include <inttypes.h>
#include <string.h>

#include "clients.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "text/url.h"
#include "web/page.h"

enum { PAGE_ROWS = 50, MAX_PAGE_ROWS = 100 };

/* In the order of enum client_sort. */
static const struct choice sorts[] = {
    {"nombre", MSG_client_sort_name},
    {"nuevos", MSG_client_sort_newest},
    {"ciudad", MSG_client_sort_city},
    {0},
};

const struct field clients_list_query[] = {
    PLAIN_FIELD(q, FIELD_TEXT, .max = 100),
    PLAIN_FIELD(tipo, FIELD_CHOICE, .choices = clients_kinds),
    PLAIN_FIELD(relacion, FIELD_CHOICE, .choices = clients_services),
    PLAIN_FIELD(ciudad, FIELD_TEXT, .max = 100),
    PLAIN_FIELD(orden, FIELD_CHOICE, .choices = sorts),
    PLAIN_FIELD(archivados, FIELD_BOOL),
    PLAIN_FIELD(por, FIELD_INT, .max = MAX_PAGE_ROWS),
    PLAIN_FIELD(despues, FIELD_INT),
    PLAIN_FIELD(antes, FIELD_INT),
    {0},
};

/* What a page and the next have in common. */
static const char *const kept[] = {"q",     "tipo",       "relacion", "ciudad",
                                   "orden", "archivados", "por"};

/* Filters that are shown one by one, each with a link that takes it away. */
static const struct {
    const char *name;
    enum msg label;
    const struct choice *choices; /* NULL: any text */
} chips[] = {
    {"tipo", MSG_client_kind, clients_kinds},
    {"relacion", MSG_client_service, clients_services},
    {"ciudad", MSG_client_city, NULL},
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

static void add_pair(struct buf *b, const char *name, const char *value)
{
    buf_addc(b, strchr(buf_str(b), '?') == NULL ? '?' : '&');
    buf_addf(b, "%s=", name);
    url_query_escape(b, value, strlen(value));
}

const char *clients_list_href(struct ctx *c, const char *path, const char *name,
                              const char *value)
{
    struct buf b;
    buf_init(&b, MAX_QUERY_BYTES);
    buf_adds(&b, path);
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        const char *now = form_text(&c->query, kept[i]);
        if (now[0] != '\0' && (name == NULL || strcmp(kept[i], name) != 0))
            add_pair(&b, kept[i], now);
    }
    if (value != NULL)
        add_pair(&b, name, value);
    const char *href = arena_strdup(c->arena, buf_str(&b));
    buf_done(&b);
    return href;
}

static const char *list_href(struct ctx *c, const char *name, const char *value)
{
    return clients_list_href(c, "/clientes/", name, value);
}

static const char *page_at(struct ctx *c, const char *name, int64_t id)
{
    return list_href(c, name, arena_fmt(c->arena, "%" PRId64, id));
}

void clients_filter(struct ctx *c, struct client_filter *ret)
{
    const char *sort = form_text(&c->query, "orden");
    *ret = (struct client_filter){
        .search = form_text(&c->query, "q"),
        .kind = form_text(&c->query, "tipo"),
        .service_kind = form_text(&c->query, "relacion"),
        .city = form_text(&c->query, "ciudad"),
        .archived = form_bool(&c->query, "archivados"),
        .after = form_int(&c->query, "despues"),
        .before = form_int(&c->query, "antes"),
    };
    for (size_t i = 0; sorts[i].value != NULL; i++)
        if (strcmp(sorts[i].value, sort) == 0)
            ret->sort = (enum client_sort)i;
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
            .phone = clients_phone(c->arena, rows[i].phone),
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
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF, list_href(c, NULL, NULL));
        tpl_set(tpl_add(p, N_PREV), N_PREV_HREF,
                page_at(c, "antes", rows[0].id));
    }
    if (has_next)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF,
                page_at(c, "despues", rows[n - 1].id));
}

static bool is_filtered(const struct ctx *c)
{
    for (size_t i = 0; i < ARRAY_LEN(chips); i++)
        if (form_text(&c->query, chips[i].name)[0] != '\0')
            return true;
    return false;
}

static void fill_empty(struct ctx *c, const struct client_filter *f)
{
    const char *clear = f->archived ? "/clientes/?archivados=1" : "/clientes/";
    if (is_filtered(c))
        tpl_set(tpl_add(c->page, N_EMPTY_FILTER), N_CLEAR_HREF, clear);
    else if (f->search[0] != '\0')
        tpl_set(tpl_add(c->page, N_EMPTY_SEARCH), N_CLEAR_HREF, clear);
    else
        tpl_show(c->page, f->archived ? N_EMPTY_ARCHIVED : N_EMPTY);
}

static void fill_options(struct ctx *c, unsigned marker,
                         const struct choice *table, const char *value)
{
    for (const struct choice *o = table; o->value != NULL; o++) {
        struct tpl_dict *d = tpl_add(c->page, marker);
        tpl_set(d, N_VALUE, o->value);
        tpl_set(d, N_LABEL, ctx_msg(c, o->label));
        if (strcmp(o->value, value) == 0)
            tpl_show(d, N_SELECTED);
    }
}

static void fill_filters(struct ctx *c, const struct client_filter *f)
{
    fill_options(c, N_KIND_OPTION, clients_kinds, f->kind);
    fill_options(c, N_SERVICE_OPTION, clients_services, f->service_kind);
    fill_options(c, N_SORT_OPTION, sorts, sorts[f->sort].value);
    tpl_set(c->page, N_CITY, f->city);
    if (is_filtered(c) || f->sort != CLIENT_BY_NAME)
        tpl_show(c->page, N_FILTERS_OPEN);
    if (!is_filtered(c))
        return;
    struct tpl_dict *list = tpl_add(c->page, N_CHIPS);
    for (size_t i = 0; i < ARRAY_LEN(chips); i++) {
        const char *value = form_text(&c->query, chips[i].name);
        if (value[0] == '\0')
            continue;
        struct tpl_dict *d = tpl_add(list, N_CHIP);
        tpl_set(d, N_CHIP_HREF, list_href(c, chips[i].name, NULL));
        tpl_set(d, N_LABEL, ctx_msg(c, chips[i].label));
        tpl_set(d, N_VALUE,
                chips[i].choices == NULL
                    ? value
                    : clients_label(c, chips[i].choices, value));
    }
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
    if (access_allows(ctx_role(c), PERM_client_export))
        tpl_set(tpl_add(c->page, N_CAN_EXPORT), N_EXPORT_HREF,
                clients_list_href(c, "/clientes/exportar/", NULL, NULL));
    if (access_allows(ctx_role(c), PERM_client_import))
        tpl_show(c->page, N_CAN_IMPORT);
    fill_filters(c, f);
    if (f->archived)
        tpl_set(tpl_add(c->page, N_SHOW_ACTIVE), N_ACTIVE_HREF,
                list_href(c, "archivados", NULL));
    else
        tpl_set(tpl_add(c->page, N_SHOW_ARCHIVED), N_ARCHIVED_HREF,
                list_href(c, "archivados", "1"));
}

static enum err list_get(struct ctx *c)
{
    struct db_rows rows;
    bool partial;
    int64_t per = form_int(&c->query, "por");
    if (per == 0)
        per = PAGE_ROWS;
    struct client_filter f;
    clients_filter(c, &f);
    f.limit = per + 1; /* one more tells whether there is a next page */
    TRY(ctx_db(c, client_list(c->app->db, c->arena, &f, &rows, &partial)));
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
    if (partial)
        tpl_show(c->page, N_PARTIAL);
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
     .query = clients_list_query,
     .get = list_get,
     .reads = "client client_search",
     .search = true,
     .menu = {MSG_client_list_title, "users", 20}},
    {0},
};
