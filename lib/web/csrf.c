#include "web/csrf.h"

#include <sodium.h>
#include <string.h>

#include "base/rand.h"
#include "web/token.h"

enum {
    MAC_BYTES = 16,              /* of the keyed code */
    TOKEN_BYTES = 2 * MAC_BYTES, /* mask, then masked code */
    TOKEN_TEXT = 2 * TOKEN_BYTES + 1
};

static const char *visitor_cookie_name(bool https)
{
    return https ? "__Host-pt_visitor" : "pt_visitor";
}

/* The secret that both sides of the comparison start from; NULL: none. */
static const char *binding(struct ctx *c, bool create)
{
    if (c->session != NULL)
        return c->session->token;
    const char *name = visitor_cookie_name(c->req.https);
    if (c->visitor == NULL)
        c->visitor = req_cookie(&c->req, c->arena, name);
    if (c->visitor != NULL && strlen(c->visitor) != TOKEN_CHARS)
        c->visitor = NULL;
    if (c->visitor == NULL && create) {
        c->visitor = token_new(c->arena);
        resp_cookie(c->resp, name, c->visitor, -1, c->req.https);
    }
    return c->visitor;
}

const char *csrf_token(struct ctx *c)
{
    unsigned char code[MAC_BYTES], token[TOKEN_BYTES];
    token_code(c->app->secret, "csrf", binding(c, true), code, MAC_BYTES);
    rand_mask(token, MAC_BYTES);
    for (size_t i = 0; i < MAC_BYTES; i++)
        token[MAC_BYTES + i] = code[i] ^ token[i];
    char *text = arena_alloc(c->arena, TOKEN_TEXT);
    return sodium_bin2hex(text, TOKEN_TEXT, token, TOKEN_BYTES);
}

bool csrf_valid(struct ctx *c, const char *token)
{
    unsigned char code[MAC_BYTES], bytes[TOKEN_BYTES];
    size_t n = 0;
    const char *secret = binding(c, false);
    if (secret == NULL ||
        sodium_hex2bin(bytes, sizeof(bytes), token, strlen(token), NULL, &n,
                       NULL) != 0 ||
        n != TOKEN_BYTES || strlen(token) != TOKEN_TEXT - 1)
        return false;
    token_code(c->app->secret, "csrf", secret, code, MAC_BYTES);
    for (size_t i = 0; i < MAC_BYTES; i++)
        bytes[MAC_BYTES + i] ^= bytes[i];
    return sodium_memcmp(code, bytes + MAC_BYTES, MAC_BYTES) == 0;
}
