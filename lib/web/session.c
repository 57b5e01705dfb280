#include "web/session.h"

#include <string.h>

#include "base/clock.h"
#include "web/ctx.h"
#include "web/token.h"

/* A session's seen_at is written at most this often. */
enum { TOUCH_S = 60, MAX_AGENT_CHARS = 200 };

static const char sql_session_get[] =
    "SELECT s.user_id AS user_id, coalesce(u.client_id, 0) AS client_id,"
    " u.name AS name, u.email AS email, u.role AS role_code,"
    " s.seen_at AS seen_at, s.idle_s AS idle_s, s.expires_at AS expires_at"
    " FROM session s JOIN app_user u ON u.id = s.user_id"
    " WHERE s.token_hash = $1 AND s.expires_at > $2"
    " AND s.seen_at + s.idle_s > $2"
    " AND u.status = 'active' AND u.archived_at IS NULL";

static const char sql_session_touch[] =
    "UPDATE session SET seen_at = $1 WHERE token_hash = $2";

static const char sql_session_add[] =
    "INSERT INTO session (token_hash, user_id, created_at, seen_at, idle_s,"
    " expires_at, ip, user_agent) VALUES ($1, $2, $3, $3, $4, $5, $6, $7)";

static const char sql_session_delete[] =
    "DELETE FROM session WHERE token_hash = $1";

static const char sql_session_purge[] =
    "DELETE FROM session WHERE expires_at <= $1";

static const struct column session_cols[] = {
    COL(COL_INT, struct session, user_id),
    COL(COL_INT, struct session, client_id),
    COL(COL_TEXT, struct session, name),
    COL(COL_TEXT, struct session, email),
    COL(COL_TEXT, struct session, role_code),
    COL(COL_INT, struct session, seen_at),
    COL(COL_INT, struct session, idle_s),
    COL(COL_INT, struct session, expires_at),
    {0},
};

const char *session_cookie_name(bool https)
{
    return https ? "__Host-pt_session" : "pt_session";
}

enum err session_load(struct ctx *c)
{
    const char *token =
        req_cookie(&c->req, c->arena, session_cookie_name(c->req.https));
    if (token == NULL || strlen(token) != TOKEN_CHARS)
        return ERR_OK;
    struct session *s = ARENA_NEW(c->arena, struct session);
    int64_t now = clock_now();
    s->token = token;
    s->token_hash = token_hash(c->arena, token);
    enum err e =
        db_one(c->app->db, c->arena,
               QUERY(sql_session_get, db_text(s->token_hash), db_int(now)),
               session_cols, s);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    TRY(ctx_db(c, e));
    s->role = role_parse(s->role_code);
    c->session = s;
    if (now - s->seen_at < TOUCH_S)
        return ERR_OK;
    return ctx_db(c, db_write(c->app->db,
                              QUERY(sql_session_touch, db_int(now),
                                    db_text(s->token_hash)),
                              NULL));
}

/* At most MAX_AGENT_CHARS bytes of the browser's name, whole characters. */
static const char *short_agent(struct ctx *c)
{
    size_t n = strnlen(c->req.user_agent, MAX_AGENT_CHARS);
    while (n > 0 && (c->req.user_agent[n] & 0xc0) == 0x80)
        n--;
    return arena_dup(c->arena, c->req.user_agent, n);
}

static enum err replace_session(struct ctx *c, int64_t user_id,
                                const char *token, bool remember)
{
    const struct config *conf = &c->app->conf;
    struct db *db = c->app->db;
    int64_t now = clock_now();
    int64_t idle = conf->session.idle_ms, total = conf->session.absolute_ms;
    if (remember)
        idle = total = conf->session.remember_ms;
    if (c->session != NULL)
        TRY(db_write(db,
                     QUERY(sql_session_delete, db_text(c->session->token_hash)),
                     NULL));
    TRY(db_write(db, QUERY(sql_session_purge, db_int(now)), NULL));
    return db_write(db,
                    QUERY(sql_session_add, db_text(token_hash(c->arena, token)),
                          db_int(user_id), db_int(now), db_int(idle / 1000),
                          db_int(now + total / 1000),
                          db_text(c->req.remote_addr), db_text(short_agent(c))),
                    NULL);
}

enum err session_start(struct ctx *c, int64_t user_id, bool remember)
{
    const char *token = token_new(c->arena);
    TRY(ctx_db(c, replace_session(c, user_id, token, remember)));
    int64_t age = remember ? c->app->conf.session.remember_ms / 1000 : -1;
    resp_cookie(c->resp, session_cookie_name(c->req.https), token, age,
                c->req.https);
    return ERR_OK;
}

enum err session_end(struct ctx *c)
{
    if (c->session != NULL)
        TRY(ctx_db(c, db_write(c->app->db,
                               QUERY(sql_session_delete,
                                     db_text(c->session->token_hash)),
                               NULL)));
    resp_cookie(c->resp, session_cookie_name(c->req.https), "", 0,
                c->req.https);
    return ERR_OK;
}
