#include "web/route.h"

#include <stdlib.h>
#include <string.h>

#include "gen/tplnames.h"

bool route_can_get(const struct route *r)
{
    return r->tpl != NULL || r->get != NULL || r->moved != NULL;
}

/* Rows sorted by path, so that a fixed path is found by bisection; rows with
 * {placeholders} are few and tried in turn. */
struct router {
    const struct route **rows;
    size_t n;
    const struct route **patterns;
    size_t n_patterns;
    const struct route *menu[MENU_MAX + 1];
};

static int by_path(const void *a, const void *b)
{
    const struct route *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

static int by_menu_order(const void *a, const void *b)
{
    const struct route *const *x = a, *const *y = b;
    return ((*x)->menu.order > (*y)->menu.order) -
           ((*x)->menu.order < (*y)->menu.order);
}

static size_t count_placeholders(const char *path)
{
    size_t n = 0;
    for (const char *p = path; (p = strchr(p, '{')) != NULL; p++)
        n++;
    return n;
}

/* One that ends with a slash, or with the name of a file. */
static bool is_path(const char *path)
{
    return path[0] == '/' && (path[strlen(path) - 1] == '/' ||
                              strchr(strrchr(path, '/'), '.') != NULL);
}

/* Can its content be kept? A token in it would be somebody else's. */
static enum err check_reads(const struct route *r, struct err_note *why)
{
    struct tables reads;
    if (r->reads == NULL)
        return ERR_OK;
    if (r->tpl == NULL || r->form != NULL || tpl_mentions(r->tpl, N_CSRF_TOKEN))
        return err_set(why, ERR_BUG,
                       "route %s: a page with a form is not kept: no .reads",
                       r->name);
    if (!tables_parse(r->reads, &reads))
        return err_set(why, ERR_BUG, "route %s reads over %d tables", r->name,
                       MAX_TABLES);
    return ERR_OK;
}

static enum err check_row(const struct route *r, struct err_note *why)
{
    size_t placeholders = count_placeholders(r->path);
    for (const char *p = r->path; (p = strchr(p, '{')) != NULL; p++)
        if (strchr(p, '}') == NULL)
            return err_set(why, ERR_BUG, "route %s: { without }", r->name);
    if (!is_path(r->path))
        return err_set(why, ERR_BUG, "route %s: path must begin and end with /",
                       r->name);
    if (r->need == PERM_UNSET)
        return err_set(why, ERR_BUG, "route %s names no permission", r->name);
    if (!route_can_get(r) && r->post == NULL)
        return err_set(why, ERR_BUG, "route %s does nothing", r->name);
    if (placeholders > MAX_PATH_PARAMS)
        return err_set(why, ERR_BUG, "route %s: over %d placeholders", r->name,
                       MAX_PATH_PARAMS);
    if (r->moved != NULL && count_placeholders(r->moved) != placeholders)
        return err_set(why, ERR_BUG, "route %s: moved with other placeholders",
                       r->name);
    return check_reads(r, why);
}

/* Do both patterns match the same paths? Names of {…} do not matter. */
static bool same_paths(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        if (*a == '{') {
            a = strchr(a, '}');
            b = strchr(b, '}');
        }
        a++;
        b++;
    }
    return *a == *b;
}

static enum err refuse_twins(const struct router *r, struct err_note *why)
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = i + 1; k < r->n; k++)
            if (same_paths(r->rows[i]->path, r->rows[k]->path))
                return err_set(why, ERR_BUG, "routes %s and %s have one path",
                               r->rows[i]->name, r->rows[k]->name);
    return ERR_OK;
}

static enum err fill(struct router *r, const struct route *const *tables,
                     struct err_note *why)
{
    size_t n_menu = 0;
    for (; *tables != NULL; tables++) {
        for (const struct route *row = *tables; row->name != NULL; row++) {
            TRY(check_row(row, why));
            r->rows[r->n++] = row;
            if (strchr(row->path, '{') != NULL)
                r->patterns[r->n_patterns++] = row;
            if (row->menu.label == MSG_none)
                continue;
            if (n_menu == MENU_MAX)
                return err_set(why, ERR_BUG, "over %d menu rows", MENU_MAX);
            r->menu[n_menu++] = row;
        }
    }
    qsort(r->rows, r->n, sizeof(r->rows[0]), by_path);
    qsort(r->menu, n_menu, sizeof(r->menu[0]), by_menu_order);
    return refuse_twins(r, why);
}

enum err router_new(const struct route *const *tables,
                    const struct router **ret_router, struct err_note *why)
{
    size_t n = 0;
    for (const struct route *const *t = tables; *t != NULL; t++)
        for (const struct route *row = *t; row->name != NULL; row++)
            n++;
    struct router *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    r->rows = calloc(n + 1, sizeof(r->rows[0]));
    r->patterns = calloc(n + 1, sizeof(r->patterns[0]));
    if (r->rows == NULL || r->patterns == NULL)
        abort();
    enum err e = fill(r, tables, why);
    if (e != ERR_OK) {
        router_free(r);
        return e;
    }
    *ret_router = r;
    return ERR_OK;
}

const struct router *router_free(const struct router *r)
{
    if (r == NULL)
        return NULL;
    free((void *)(uintptr_t)r->rows);
    free((void *)(uintptr_t)r->patterns);
    free((void *)(uintptr_t)r);
    return NULL;
}

/* Reads an id above 0 at *path and moves past it; 0 when there is none. */
static int64_t take_id(const char **path)
{
    size_t n = strspn(*path, "0123456789");
    if (n == 0 || n > 18 || (*path)[0] == '0')
        return 0;
    int64_t id = strtoll(*path, NULL, 10);
    *path += n;
    return id;
}

static bool pattern_matches(const char *pattern, const char *path,
                            int64_t ret_params[MAX_PATH_PARAMS])
{
    size_t n = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        if ((ret_params[n++] = take_id(&path)) == 0)
            return false;
        pattern = strchr(pattern, '}') + 1;
    }
    return *path == '\0';
}

static const struct route *find_exact(const struct router *r, const char *path,
                                      int64_t ret_params[MAX_PATH_PARAMS])
{
    const struct route key = {.path = path}, *wanted = &key;
    const struct route **hit =
        bsearch(&wanted, r->rows, r->n, sizeof(r->rows[0]), by_path);
    if (hit != NULL && strchr(path, '{') == NULL)
        return *hit;
    for (size_t i = 0; i < r->n_patterns; i++)
        if (pattern_matches(r->patterns[i]->path, path, ret_params))
            return r->patterns[i];
    return NULL;
}

const struct route *router_find(const struct router *r, const char *path,
                                int64_t ret_params[MAX_PATH_PARAMS],
                                bool *ret_slash)
{
    const struct route *row = find_exact(r, path, ret_params);
    size_t n = strlen(path);
    *ret_slash = false;
    if (row != NULL || n >= MAX_PATH_BYTES || path[n - 1] == '/')
        return row;
    char with_slash[MAX_PATH_BYTES + 2];
    snprintf(with_slash, sizeof(with_slash), "%s/", path);
    *ret_slash = true;
    return find_exact(r, with_slash, ret_params);
}

const struct route *router_row(const struct router *r, size_t i)
{
    return i < r->n ? r->rows[i] : NULL;
}

const struct route *router_search(const struct router *r, enum role role)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i]->search && access_allows(role, r->rows[i]->need))
            return r->rows[i];
    return NULL;
}

const struct route *const *router_menu(const struct router *r)
{
    return r->menu;
}

void router_print(const struct router *r, FILE *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct route *row = r->rows[i];
        const char *methods = !route_can_get(row) ? "POST"
                              : row->post != NULL ? "GET,POST"
                                                  : "GET";
        fprintf(out, "%-9s %-36s %-16s %s\n", methods, row->path,
                perm_name(row->need), row->name);
    }
}
