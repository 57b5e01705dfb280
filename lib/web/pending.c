#include "web/pending.h"

#include <string.h>

#include "base/clock.h"
#include "web/token.h"

static const char sql_pending_add[] =
    "INSERT INTO login_pending (token_hash, user_id, user_version, remember,"
    " next_path, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";

static const char sql_pending_purge[] =
    "DELETE FROM login_pending WHERE expires_at <= $1";

static const char sql_pending_find[] =
    "SELECT p.user_id AS user_id, p.user_version AS user_version,"
    " p.remember AS remember, p.next_path AS next FROM login_pending p"
    " JOIN app_user u ON u.id = p.user_id AND u.version = p.user_version"
    " WHERE p.token_hash = $1 AND p.expires_at > $2 AND p.attempts < $3"
    " AND u.status = 'active' AND u.archived_at IS NULL";

static const char sql_pending_try[] =
    "UPDATE login_pending SET attempts = attempts + 1"
    " WHERE token_hash = $1 AND expires_at > $2 AND attempts < $3";

static const char sql_pending_end[] =
    "DELETE FROM login_pending WHERE token_hash = $1";

static const struct column pending_cols[] = {
    COL(COL_INT, struct pending, user_id),
    COL(COL_INT, struct pending, user_version),
    COL(COL_INT, struct pending, remember),
    COL(COL_TEXT, struct pending, next),
    {0},
};

static const char *cookie_name(bool https)
{
    return https ? "__Host-pt_login" : "pt_login";
}

enum err pending_start(struct ctx *c, const struct pending *p)
{
    struct db *db = c->app->db;
    int64_t now = clock_now();
    const char *token = token_new(c->arena);
    TRY(ctx_db(c, db_begin(db)));
    TRY(ctx_db(c, db_write(db, QUERY(sql_pending_purge, db_int(now)), NULL)));
    TRY(ctx_db(
        c, db_write(db,
                    QUERY(sql_pending_add, db_text(token_hash(c->arena, token)),
                          db_int(p->user_id), db_int(p->user_version),
                          db_int(p->remember), db_text(p->next),
                          db_int(now + PENDING_S)),
                    NULL)));
    TRY(ctx_db(c, db_commit(db)));
    resp_cookie(c->resp, cookie_name(c->req.https), token, PENDING_S,
                c->req.https);
    return ERR_OK;
}

enum err pending_find(struct ctx *c, struct pending *ret)
{
    const char *token =
        req_cookie(&c->req, c->arena, cookie_name(c->req.https));
    if (token == NULL || strlen(token) != TOKEN_CHARS)
        return ERR_NOTFOUND;
    const char *hash = token_hash(c->arena, token);
    TRY(ctx_db(c, db_one(c->app->db, c->arena,
                         QUERY(sql_pending_find, db_text(hash),
                               db_int(clock_now()), db_int(PENDING_ATTEMPTS)),
                         pending_cols, ret)));
    ret->token_hash = hash;
    return ERR_OK;
}

enum err pending_try(struct ctx *c, const struct pending *p)
{
    int64_t changed;
    TRY(ctx_db(c, db_write(c->app->db,
                           QUERY(sql_pending_try, db_text(p->token_hash),
                                 db_int(clock_now()), db_int(PENDING_ATTEMPTS)),
                           &changed)));
    return changed == 0 ? ERR_NOTFOUND : ERR_OK;
}

enum err pending_end(struct ctx *c, const struct pending *p)
{
    int64_t changed;
    TRY(ctx_db(c, db_write(c->app->db,
                           QUERY(sql_pending_end, db_text(p->token_hash)),
                           &changed)));
    if (changed == 0)
        return ERR_NOTFOUND;
    resp_cookie(c->resp, cookie_name(c->req.https), "", 0, c->req.https);
    return ERR_OK;
}
