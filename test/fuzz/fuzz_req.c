/*
 * FastCGI environments: lines of the input are its variables. What is
 * accepted keeps the promises of web/req.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/utf8.h"
#include "web/req.h"
#include "web/route.h"

enum { MAX_LINES = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool ok)
{
    if (!ok)
        abort();
}

static void check_path(const char *path)
{
    size_t n = strlen(path);
    expect(path[0] == '/' && utf8_valid(path, n) && n <= MAX_PATH_BYTES);
    expect(strstr(path, "/../") == NULL && strpbrk(path, "\r\n\\") == NULL);
    expect(n < 3 || strcmp(path + n - 3, "/..") != 0);
}

/* The site's routes, made once. */
static const struct router *site(void)
{
    static const struct router *router;
    if (router == NULL && router_new(feature_routes, &router, NULL) != ERR_OK)
        abort();
    return router;
}

static void check(struct arena *a, const struct req *r)
{
    int64_t params[MAX_PATH_PARAMS] = {0};
    bool slash;
    check_path(r->path);
    expect(strlen(r->query) <= MAX_QUERY_BYTES);
    expect(strlen(r->cookie) <= MAX_COOKIE_BYTES);
    expect(strlen(r->request_id) <= MAX_REQUEST_ID_BYTES);
    expect(r->start_ms >= 0);
    const char *value = req_cookie(r, a, "pt_flash");
    expect(value == NULL || strchr(value, ';') == NULL);
    (void)router_find(site(), r->path, params, &slash);
    for (size_t i = 0; i < MAX_PATH_PARAMS; i++)
        expect(params[i] >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20, NULL, NULL);
    char *text = arena_dup(a, (const char *)data, size);
    char *env[MAX_LINES + 1] = {0};
    size_t n = 0;
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save);
         line != NULL && n < MAX_LINES; line = strtok_r(NULL, "\n", &save))
        env[n++] = line;
    struct req r;
    struct err_note why;
    if (req_parse(a, env, &r, &why) == ERR_OK)
        check(a, &r);
    else
        check_path(r.path);
    arena_free(a);
    return 0;
}
