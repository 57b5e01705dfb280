/*
 * sitemap - what search engines ask for.
 *
 * Source     sitemaps.org protocol 0.9; RFC 9309 for robots.txt.
 */
#include <string.h>

#include "text/html.h"
#include "web/route.h"

/* "https://host"; a host of other characters is nobody's name. */
static enum err origin(struct ctx *c, const char **ret)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-:[]";
    const char *host = c->req.host;
    if (host[0] == '\0' || host[strspn(host, allowed)] != '\0')
        return err_set(&c->note, ERR_BADREQ, "host %.60s", host);
    *ret =
        arena_fmt(c->arena, "%s://%s", c->req.https ? "https" : "http", host);
    return ERR_OK;
}

static void begin(struct ctx *c, const char *type)
{
    resp_header(c->resp, "Content-Type", type);
    resp_header(c->resp, "Cache-Control", "no-cache");
    resp_header(c->resp, "X-Content-Type-Options", "nosniff");
}

/* A page to read: not what moved, and not what is meant for machines. */
static bool is_listed(const struct route *row)
{
    return row->need == PERM_public && row->tpl != NULL && !row->secret &&
           strchr(row->path, '{') == NULL;
}

static void add_page(struct ctx *c, const char *site, const char *path)
{
    struct buf *b = &c->resp->body;
    static const char *const prefixes[] = {"", "/en"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        const char *url =
            arena_fmt(c->arena, "%s%s%s", site, prefixes[i], path);
        buf_adds(b, "<url><loc>");
        html_escape(b, url, strlen(url)); /* the same five as in XML */
        buf_adds(b, "</loc></url>\n");
    }
}

static enum err sitemap(struct ctx *c)
{
    const char *site = "";
    const struct route *row;
    TRY(origin(c, &site));
    begin(c, "application/xml; charset=utf-8");
    buf_adds(&c->resp->body,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"
             "\n");
    for (size_t i = 0; (row = router_row(c->app->router, i)) != NULL; i++)
        if (is_listed(row))
            add_page(c, site, row->path);
    buf_adds(&c->resp->body, "</urlset>\n");
    return ERR_OK;
}

/* Nothing is forbidden: what is private asks who comes. */
static enum err robots(struct ctx *c)
{
    const char *site = "";
    TRY(origin(c, &site));
    begin(c, "text/plain; charset=utf-8");
    buf_addf(&c->resp->body,
             "User-agent: *\nDisallow:\n\nSitemap: %s/sitemap.xml\n", site);
    return ERR_OK;
}

const struct route sitemap_routes[] = {
    {.name = "public.sitemap",
     .path = "/sitemap.xml",
     .need = PERM_public,
     .get = sitemap},
    {.name = "public.robots",
     .path = "/robots.txt",
     .need = PERM_public,
     .get = robots},
    {0},
};
