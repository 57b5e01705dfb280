#include "web/oidc.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "web/token.h"

static const char sql_oidc_count[] =
    "SELECT count(*) AS n FROM oidc_login WHERE ip = $1 AND expires_at > $2";

static const char sql_oidc_add[] =
    "INSERT INTO oidc_login (state_hash, browser_hash, ip, next, lang,"
    " created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

static const char sql_oidc_old[] =
    "DELETE FROM oidc_login WHERE expires_at <= $1";

/* Of two that come back at once, the second finds nothing to delete. */
static const char sql_oidc_take[] =
    "DELETE FROM oidc_login WHERE state_hash = $1 AND browser_hash = $2"
    " AND expires_at > $3 RETURNING next, lang AS lang_code";

struct count {
    int64_t n;
};

static const struct column count_columns[] = {COL(COL_INT, struct count, n),
                                              {0}};

static const struct column taken_columns[] = {
    COL(COL_TEXT, struct oidc_login, next),
    COL(COL_TEXT, struct oidc_login, lang_code),
    {0},
};

static const char *cookie_name(bool https)
{
    return https ? "__Host-pt_oidc" : "pt_oidc";
}

/* The browser's token; two tabs of it have the same. */
static const char *browser(struct ctx *c)
{
    const char *token =
        req_cookie(&c->req, c->arena, cookie_name(c->req.https));
    return token != NULL && strlen(token) == TOKEN_CHARS ? token : NULL;
}

static const char *challenge(struct arena *a, const char *verifier)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char *text = arena_alloc(a, TOKEN_CHARS + 1);
    crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
    return sodium_bin2base64(text, TOKEN_CHARS + 1, hash, sizeof(hash),
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void derive(struct ctx *c, const char *state, struct oidc_login *l)
{
    const unsigned char *key = c->app->secret;
    l->state = state;
    l->nonce = token_mac(c->arena, key, "oidc nonce", state);
    l->verifier = token_mac(c->arena, key, "oidc verifier", state);
    l->challenge = challenge(c->arena, l->verifier);
}

/* Who begins again and again fills no table. */
static enum err make_room(struct ctx *c, int64_t now)
{
    struct count open;
    struct db *db = c->app->db;
    TRY(ctx_db(c, db_write(db, QUERY(sql_oidc_old, db_int(now)), NULL)));
    TRY(ctx_db(c, db_one(db, c->arena,
                         QUERY(sql_oidc_count, db_text(c->req.remote_addr),
                               db_int(now)),
                         count_columns, &open)));
    return open.n < MAX_OIDC_OPEN ? ERR_OK : ERR_THROTTLED;
}

enum err oidc_begin(struct ctx *c, const char *next, struct oidc_login *ret)
{
    int64_t now = clock_now();
    struct oidc_login l = {.next = next, .lang_code = lang_code(c->lang)};
    const char *token = browser(c);
    TRY(make_room(c, now));
    if (token == NULL)
        token = token_new(c->arena);
    derive(c, token_new(c->arena), &l);
    TRY(ctx_db(
        c, db_write(c->app->db,
                    QUERY(sql_oidc_add, db_text(token_hash(c->arena, l.state)),
                          db_text(token_hash(c->arena, token)),
                          db_text(c->req.remote_addr), db_text(next),
                          db_text(l.lang_code), db_int(now),
                          db_int(now + OIDC_LOGIN_S)),
                    NULL)));
    resp_cookie(c->resp, cookie_name(c->req.https), token, OIDC_LOGIN_S,
                c->req.https);
    *ret = l;
    return ERR_OK;
}

enum err oidc_take(struct ctx *c, const char *state, struct oidc_login *ret)
{
    struct oidc_login l;
    const char *token = browser(c);
    if (token == NULL || strlen(state) != TOKEN_CHARS)
        return ERR_NOTFOUND;
    enum err e = db_write_one(
        c->app->db, c->arena,
        QUERY(sql_oidc_take, db_text(token_hash(c->arena, state)),
              db_text(token_hash(c->arena, token)), db_int(clock_now())),
        taken_columns, &l);
    TRY(ctx_db(c, e));
    derive(c, state, &l);
    *ret = l;
    return ERR_OK;
}
