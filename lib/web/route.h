/*
 * route - a page is one row.
 *
 * Everything known before a handler runs stands in the row: path, permission,
 * form, template, title, menu. The menu, access control, CSRF and the tests
 * read it. Each feature has one table, `const struct route X_routes[]`; the
 * build collects them.
 *
 *   GET   runs get (if any), then renders tpl, unless get redirects.
 *   POST  exists when post is set. The form is read, its CSRF token and its
 *         values are checked; if something is wrong, get and tpl show the
 *         form again with values and messages. Else post runs; it answers
 *         with a redirect, or refuses a field with form_refuse() and returns
 *         ERR_INVALID, which shows the form again.
 *
 *   The content of a page with .reads is kept in the cache until one of these
 *   tables changes. It is the same for all who have the same role and
 *   language; the handler of a .personal one is told the account too.
 *
 *   A text page has an article, which fills tpl; a moved page has the path it
 *   went to, and a GET answers 301. An address without its final slash only
 *   leads to the one with it: by 301, a POST by 308, and nothing is run.
 *
 * Layer      web.
 */
#ifndef PT_WEB_ROUTE_H
#define PT_WEB_ROUTE_H

#include <stdio.h>

#include "web/access.h"
#include "web/ctx.h"

struct article;

typedef enum err handler_fn(struct ctx *c);

struct route {
    const char *name; /* "clients.edit"; NULL ends a table */
    const char *path; /* "/clientes/{id}/editar/": {…} is an id above 0;
                       * only a file's name, "/robots.txt", has no final / */
    enum perm need;   /* public pages exist under /en/ too */
    enum msg title;
    const struct tpl *tpl;
    const struct article *article; /* the texts of tpl */
    const char *moved;             /* path with the same {…}, in order */
    const struct field *form;      /* of a POST */
    const struct field *query;     /* of a GET's query string */
    handler_fn *get, *post;
    const char *reads; /* all tables that get reads, or ""; NULL: not kept */
    bool personal;     /* kept for each account by itself */
    bool search;       /* takes ?q=: pages that were not found offer it */
    bool secret; /* its address has a key: no referrer, not in the sitemap */
    struct {
        enum msg label; /* MSG_none: not in the menu */
        const char *icon;
        int order;
        bool visitors; /* only while nobody is logged in */
    } menu;
};

enum { MENU_MAX = 16 }; /* rows of the menu */

/* Tables of all features, ends with NULL; generated. */
extern const struct route *const feature_routes[];

/*
 * The index over the tables. A row without permission, without anything to
 * do, or twice the same path is refused: the program does not start.
 */
enum err router_new(const struct route *const *tables,
                    const struct router **ret_router,
                    struct err_note *why) MUST_USE;
const struct router *router_free(const struct router *r);

/*
 * Finds the row of a path and fills ret_params. NULL when there is none.
 * ret_slash: only the final "/" was missing.
 */
const struct route *router_find(const struct router *r, const char *path,
                                int64_t ret_params[MAX_PATH_PARAMS],
                                bool *ret_slash);

/* Does a GET have an answer? */
bool route_can_get(const struct route *r);

/* Row number i of all, in order of path; NULL past the end. */
const struct route *router_row(const struct router *r, size_t i);

/* The first row with .search that role may see, NULL for none. */
const struct route *router_search(const struct router *r, enum role role);

/* The rows with a menu entry, in order, ends with NULL. */
const struct route *const *router_menu(const struct router *r);

/* One line per row: methods, path, permission, name. */
void router_print(const struct router *r, FILE *out);

#endif
