/*
 * bare - what libfcgi and libpq take by themselves, for scripts/bench.
 *
 *   bench-bare PAGE             sends the file PAGE
 *   bench-bare PAGE CONNINFO    the same with its table read from PostgreSQL:
 *                               no session, no layout, no templates
 *
 * The listening socket is file descriptor 0, as for ptworker.
 */
#include <fcgiapp.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PAGE = 1 << 20 };

struct worker {
    char page[MAX_PAGE];
    size_t n, rows_at, rest_at; /* bytes; where the table's rows are */
    PGconn *db;                 /* NULL: the page as it is */
    char rows[MAX_PAGE];
};

/* What stands before and after each column of a row. */
static const struct {
    const char *before, *after;
} cells[] = {
    {"\n    <tr>\n      <th scope=\"row\"><a href=\"/clientes/", "/\">"},
    {"", "</a></th>\n"},
    {"      <td data-label=\"Documento\">", "</td>\n"},
    {"      <td data-label=\"Empresa\">", "</td>\n"},
    {"      <td data-label=\"Correo\">", "</td>\n"},
    {"      <td data-label=\"Teléfono\"><a href=\"tel:", "\">"},
    {"", "</a></td>\n"},
    {"      <td data-label=\"Ciudad\">", "</td>\n"},
    {"      <td data-label=\"Tipo\">", "</td>\n    </tr>"},
};

static const char sql_rows[] =
    "SELECT id, name, doc_type || ' ' || doc_number || '-' || doc_dv, company,"
    " email, phone, phone, city, kind FROM client WHERE facet < 4"
    " ORDER BY name_key, id LIMIT 100";

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench-bare: %s: %s\n", what, why);
    exit(1);
}

static char *put(char *o, const char *s)
{
    size_t n = strlen(s);
    memcpy(o, s, n);
    return o + n;
}

static char *put_escaped(char *o, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '&')
            o = put(o, "&amp;");
        else if (*s == '<')
            o = put(o, "&lt;");
        else if (*s == '>')
            o = put(o, "&gt;");
        else if (*s == '"')
            o = put(o, "&quot;");
        else if (*s == '\'')
            o = put(o, "&#39;");
        else
            *o++ = *s;
    }
    return o;
}

static size_t read_rows(struct worker *w)
{
    const int n_cells = (int)(sizeof(cells) / sizeof(cells[0]));
    char *o = w->rows;
    PGresult *rows = PQexecPrepared(w->db, "rows", 0, NULL, NULL, NULL, 0);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        die("rows", PQerrorMessage(w->db));
    for (int i = 0; i < PQntuples(rows); i++) {
        for (int k = 0; k < n_cells; k++) {
            o = put(o, cells[k].before);
            o = put_escaped(o, PQgetvalue(rows, i, k));
            o = put(o, cells[k].after);
        }
    }
    PQclear(rows);
    return (size_t)(o - w->rows);
}

static void connect_to(struct worker *w, const char *conninfo)
{
    w->db = PQconnectdb(conninfo);
    if (PQstatus(w->db) != CONNECTION_OK)
        die("connect", PQerrorMessage(w->db));
    PGresult *done = PQprepare(w->db, "rows", sql_rows, 0, NULL);
    if (PQresultStatus(done) != PGRES_COMMAND_OK)
        die("prepare", PQerrorMessage(w->db));
    PQclear(done);
}

static void read_page(struct worker *w, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        die(path, "cannot be opened");
    w->n = fread(w->page, 1, MAX_PAGE - 1, f);
    w->page[w->n] = '\0';
    fclose(f);
    const char *begin = strstr(w->page, "<tbody>");
    const char *end = strstr(w->page, "</tbody>");
    if (begin == NULL || end == NULL)
        die(path, "has no table");
    w->rows_at = (size_t)(begin - w->page) + strlen("<tbody>");
    w->rest_at = (size_t)(end - w->page);
}

static void answer(struct worker *w, FCGX_Stream *out)
{
    static const char head[] = "Content-Type: text/html; charset=utf-8\r\n\r\n";
    FCGX_PutStr(head, sizeof(head) - 1, out);
    if (w->db == NULL) {
        FCGX_PutStr(w->page, (int)w->n, out);
        return;
    }
    size_t n = read_rows(w);
    FCGX_PutStr(w->page, (int)w->rows_at, out);
    FCGX_PutStr(w->rows, (int)n, out);
    FCGX_PutStr(w->page + w->rest_at, (int)(w->n - w->rest_at), out);
}

int main(int argc, char **argv)
{
    static struct worker w;
    FCGX_Request request;
    if (argc < 2 || argc > 3)
        die("usage", "bench-bare PAGE [CONNINFO]");
    read_page(&w, argv[1]);
    if (argc == 3)
        connect_to(&w, argv[2]);
    FCGX_Init();
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        answer(&w, request.out);
        FCGX_Finish_r(&request);
    }
    return 0;
}
