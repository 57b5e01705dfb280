#include "web/flash.h"

#include <inttypes.h>
#include <string.h>

#include "web/token.h"

enum { FLASH_MAX_AGE_S = 60 };

static const char cookie_name[] = "pt_flash";

/* Bound to the session: a message for one person is void for another. */
static const char *code_of(struct ctx *c, const char *body)
{
    const char *who = c->session != NULL ? c->session->token_hash : "";
    return token_mac(c->arena, c->app->secret, "flash",
                     arena_fmt(c->arena, "%s|%s", body, who));
}

void flash_set_undo(struct ctx *c, enum msg text, const char *undo,
                    int64_t version)
{
    const char *body =
        arena_fmt(c->arena, "%s|%s|%" PRId64, msg_name(text), undo, version);
    const char *value = arena_fmt(c->arena, "%s|%s", body, code_of(c, body));
    resp_cookie(c->resp, cookie_name, value, FLASH_MAX_AGE_S, c->req.https);
}

void flash_set(struct ctx *c, enum msg text)
{
    flash_set_undo(c, text, "", 0);
}

bool flash_take(struct ctx *c, struct flash *ret)
{
    const char *cookie = req_cookie(&c->req, c->arena, cookie_name);
    if (cookie == NULL)
        return false;
    resp_cookie(c->resp, cookie_name, "", 0, c->req.https);
    char *value = arena_strdup(c->arena, cookie);
    char *code = strrchr(value, '|');
    if (code == NULL)
        return false;
    *code++ = '\0';
    if (!token_equal(code, code_of(c, value)))
        return false;
    char *save = NULL;
    const char *name = strtok_r(value, "|", &save);
    char *undo = save;
    char *version = undo != NULL ? strchr(undo, '|') : NULL;
    if (name == NULL || version == NULL)
        return false;
    *version++ = '\0';
    ret->undo = undo;
    ret->version = version;
    return msg_find(name, strlen(name), &ret->text);
}
