#include "test/site.h"

#include <string.h>

#include "test/database.h"
#include "web/token.h"

struct t_site *t_site_new(struct db *db)
{
    struct t_site *site = ARENA_NEW(t_arena, struct t_site);
    struct err_note why = {""};
    ck_assert_msg(config_load(NULL, t_arena, &site->app.conf, &why) == ERR_OK,
                  "%s", why.text);
    ck_assert_msg(assets_init(&site->app.assets, "", t_arena, &why) == ERR_OK,
                  "%s", why.text);
    memset(site->app.secret, 7, sizeof(site->app.secret));
    site->app.db = db;
    site->app.audit = t_audit_keys;
    resp_init(&site->resp);
    return site;
}

void t_site_done(struct t_site *site)
{
    resp_done(&site->resp);
}

struct ctx *t_request(struct t_site *site, const char *cookies)
{
    struct ctx *c = ARENA_NEW(t_arena, struct ctx);
    resp_reset(&site->resp);
    *c = (struct ctx){.app = &site->app,
                      .arena = t_arena,
                      .resp = &site->resp,
                      .lang = LANG_ES,
                      .req = {.method = METHOD_GET,
                              .method_name = "GET",
                              .path = "/",
                              .query = "",
                              .host = "example.com",
                              .cookie = cookies,
                              .content_type = "",
                              .remote_addr = "192.0.2.1",
                              .user_agent = "unit",
                              .request_id = "unit",
                              .https = true}};
    return c;
}

const char *t_set_cookie(const struct t_site *site, const char *name)
{
    const char *start = arena_fmt(t_arena, "Set-Cookie: %s=", name);
    const char *at = strstr(buf_str(&site->resp.headers), start);
    if (at == NULL)
        return NULL;
    at += strlen(start);
    return arena_dup(t_arena, at, strcspn(at, ";"));
}

const char *t_cookie_back(const struct t_site *site, const char *name)
{
    const char *value = t_set_cookie(site, name);
    ck_assert_msg(value != NULL, "no cookie %s in: %s", name,
                  buf_str(&site->resp.headers));
    return arena_fmt(t_arena, "%s=%s", name, value);
}

struct session *t_session(const char *token, enum role role)
{
    struct session *s = ARENA_NEW(t_arena, struct session);
    *s = (struct session){.token = token,
                          .token_hash = token_hash(t_arena, token),
                          .user_id = 1,
                          .role = role};
    return s;
}
