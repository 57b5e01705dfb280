/*
 * export - the list, as far as it is narrowed, for a spreadsheet.
 */
#include <inttypes.h>

#include "base/limits.h"
#include "clients.h"
#include "text/csv.h"
#include "text/fmt.h"
#include "web/flash.h"
#include "web/route.h"

enum {
    BATCH_ROWS = 500,             /* read at once */
    BATCH_BYTES = MAX_ARENA_BYTES /* that they may take */
};

static const enum msg heads[] = {
    MSG_client_code,  MSG_client_name,     MSG_client_company,
    MSG_client_kind,  MSG_client_document, MSG_client_service,
    MSG_client_email, MSG_client_phone,    MSG_client_address,
    MSG_client_city,  MSG_client_dane,     MSG_client_whatsapp_ok,
    MSG_client_notes, MSG_client_created,
};

enum { CELLS = ARRAY_LEN(heads) };

static void add_heads(const struct ctx *c)
{
    const char *cells[CELLS];
    for (size_t i = 0; i < CELLS; i++)
        cells[i] = ctx_msg(c, heads[i]);
    csv_begin(&c->resp->body);
    csv_row(&c->resp->body, cells, CELLS);
}

static void add_client(const struct ctx *c, struct arena *a,
                       const struct client *cl)
{
    const char *const cells[CELLS] = {
        clients_code(a, cl->id),
        cl->name,
        cl->company,
        clients_label(c, clients_kinds, cl->kind),
        document_show(a, cl),
        clients_label(c, clients_services, cl->service_kind),
        cl->email,
        clients_phone(a, cl->phone),
        cl->address,
        cl->city,
        cl->dane_city,
        ctx_msg(c, cl->whatsapp_ok ? MSG_part_yes : MSG_part_no),
        cl->notes,
        fmt_datetime(a, c->lang, cl->created_at),
    };
    csv_row(&c->resp->body, cells, CELLS);
}

/*
 * Page after page, so that only the response grows; until it is full, or a
 * search matches more than the list can put in order.
 */
static enum err add_clients(struct ctx *c, struct arena *a, size_t *ret_n,
                            bool *ret_whole)
{
    struct client_filter f;
    struct db_rows rows = {.n = BATCH_ROWS};
    bool partial = false;
    size_t n = 0;
    clients_filter(c, &f);
    f.whole = true;
    f.limit = BATCH_ROWS;
    f.before = f.after = 0;
    while (rows.n == BATCH_ROWS && buf_ok(&c->resp->body) && !partial) {
        arena_reset(a);
        TRY(ctx_db(c, client_list(c->app->db, a, &f, &rows, &partial)));
        const struct client *items = rows.items;
        for (size_t i = 0; i < rows.n; i++)
            add_client(c, a, &items[i]);
        if (rows.n > 0)
            f.after = items[rows.n - 1].id;
        n += rows.n;
    }
    *ret_n = n;
    *ret_whole = buf_ok(&c->resp->body) && !partial;
    return ERR_OK;
}

/* What the audit tells of an export. */
struct export_facts {
    int64_t rows;
};

static const struct audit_field export_audit[] = {
    AUDIT_CLEAR(COL_INT, struct export_facts, rows),
    AUDIT_END,
};

static enum err note_export(struct ctx *c, size_t n)
{
    struct export_facts facts;
    facts.rows = (int64_t)n;
    return ctx_db(c, audit_record(c->app->db, ctx_actor(c),
                                  &(struct audit_event){.action = "export",
                                                        .entity = "client",
                                                        .fields = export_audit,
                                                        .to = &facts}));
}

static enum err export_get(struct ctx *c)
{
    size_t n = 0;
    bool whole = false;
    add_heads(c);
    struct arena *a = arena_new(BATCH_BYTES, NULL, NULL);
    enum err e = add_clients(c, a, &n, &whole);
    arena_free(a);
    TRY(e);
    if (!whole) {
        buf_reset(&c->resp->body);
        flash_set(c, MSG_client_export_too_large);
        resp_redirect(c->resp, clients_list_href(c, "/clientes/", NULL, NULL));
        return ERR_OK;
    }
    TRY(note_export(c, n));
    log_info(c->app->log, "client.export", "rows=%zu by=%" PRId64, n,
             ctx_user_id(c));
    resp_header(c->resp, "Content-Type", "text/csv; charset=utf-8");
    resp_header(c->resp, "Content-Disposition",
                "attachment; filename=\"clientes.csv\"");
    resp_header(c->resp, "X-Content-Type-Options", "nosniff");
    resp_header(c->resp, "Cache-Control", "no-store");
    return ERR_OK;
}

const struct route clients_export_routes[] = {
    {.name = "clients.export",
     .path = "/clientes/exportar/",
     .need = PERM_client_export,
     .title = MSG_client_export,
     .query = clients_list_query,
     .get = export_get},
    {0},
};
