/*
 * Cookie headers: what they are read for, with the input as the whole header
 * and as the body of a flash message whose code is right, so that the parser
 * behind the code is reached as well.
 */
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "web/csrf.h"
#include "web/flash.h"
#include "web/session.h"
#include "web/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool ok)
{
    if (!ok)
        abort();
}

static struct app *process(void)
{
    static struct app app = {.secret = "a key of thirty-two characters.."};
    return &app;
}

/* A request with this Cookie header; NULL when it is refused. */
static struct ctx *request(struct arena *a, struct resp *resp,
                           const char *header)
{
    char *cookie = (char *)arena_fmt(a, "HTTP_COOKIE=%s", header);
    char method[] = "REQUEST_METHOD=GET", uri[] = "REQUEST_URI=/";
    char *env[] = {method, uri, cookie, NULL};
    struct err_note why;
    struct ctx *c = ARENA_NEW(a, struct ctx);
    c->app = process();
    c->arena = a;
    c->resp = resp;
    return req_parse(a, env, &c->req, &why) == ERR_OK ? c : NULL;
}

static void check_value(const char *value)
{
    expect(value == NULL || strpbrk(value, ";") == NULL);
    expect(value == NULL || utf8_valid(value, strlen(value)));
}

static void read_all(struct arena *a, struct resp *resp, const char *header)
{
    struct flash f = {0};
    struct ctx *c = request(a, resp, header);
    if (c == NULL)
        return;
    for (int https = 0; https < 2; https++)
        check_value(req_cookie(&c->req, a, session_cookie_name(https == 1)));
    (void)csrf_valid(c, header);
    expect(csrf_valid(c, csrf_token(c)));
    if (flash_take(c, &f))
        expect(msg_name(f.text)[0] != '\0' && f.undo != NULL &&
               f.version != NULL);
}

static void read_flash(struct arena *a, struct resp *resp, const char *body)
{
    const char *code =
        token_mac(a, process()->secret, "flash", arena_fmt(a, "%s|", body));
    read_all(a, resp, arena_fmt(a, "pt_flash=%s|%s", body, code));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(16 << 20, NULL, NULL);
    struct resp resp;
    const char *text = arena_dup(a, (const char *)data, size);
    resp_init(&resp);
    read_all(a, &resp, text);
    resp_reset(&resp);
    read_flash(a, &resp, text);
    resp_done(&resp);
    arena_free(a);
    return 0;
}
