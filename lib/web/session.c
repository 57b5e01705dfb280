#include "web/session.h"

#include <string.h>

#include "base/clock.h"
#include "text/utf8.h"
#include "web/after.h"
#include "web/ctx.h"
#include "web/token.h"

/* A session's seen_at is written at most this often. */
enum { TOUCH_S = 60, MAX_AGENT_BYTES = 200 };

static const char sql_session_get[] =
    "SELECT s.user_id AS user_id, coalesce(u.client_id, 0) AS client_id,"
    " u.name AS name, u.email AS email, u.role AS role_code,"
    " u.lang AS lang_code, u.ui_theme AS theme, s.via AS via,"
    " s.seen_at AS seen_at, s.idle_s AS idle_s, s.expires_at AS expires_at,"
    " s.password_only AS password_only"
    " FROM session s JOIN app_user u ON u.id = s.user_id"
    " WHERE s.token_hash = $1 AND s.expires_at > $2"
    " AND s.seen_at + s.idle_s > $2"
    " AND u.status = 'active' AND u.archived_at IS NULL";

static const char sql_session_touch[] =
    "UPDATE session SET seen_at = $1 WHERE token_hash = $2";

static const char sql_session_add[] =
    "INSERT INTO session (token_hash, user_id, created_at, seen_at, idle_s,"
    " expires_at, ip, user_agent, via, password_only)"
    " VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9)";

static const char sql_session_delete[] =
    "DELETE FROM session WHERE token_hash = $1";

static const char sql_session_delete_others[] =
    "DELETE FROM session WHERE user_id = $1 AND token_hash <> $2";

static const char sql_session_purge[] =
    "DELETE FROM session WHERE expires_at <= $1";

static const char sql_session_places[] =
    "SELECT token_hash, ip, user_agent, created_at, seen_at FROM session"
    " WHERE user_id = $1 AND expires_at > $2 AND seen_at + idle_s > $2"
    " ORDER BY seen_at DESC, created_at DESC LIMIT $3";

static const struct column session_cols[] = {
    COL(COL_INT, struct session, user_id),
    COL(COL_INT, struct session, client_id),
    COL(COL_TEXT, struct session, name),
    COL(COL_TEXT, struct session, email),
    COL(COL_TEXT, struct session, role_code),
    COL(COL_TEXT, struct session, lang_code),
    COL(COL_TEXT, struct session, theme),
    COL(COL_TEXT, struct session, via),
    COL(COL_INT, struct session, seen_at),
    COL(COL_INT, struct session, idle_s),
    COL(COL_INT, struct session, expires_at),
    COL(COL_INT, struct session, password_only),
    {0},
};

static const struct column place_cols[] = {
    COL(COL_TEXT, struct session_place, token_hash),
    COL(COL_TEXT, struct session_place, ip),
    COL(COL_TEXT, struct session_place, user_agent),
    COL(COL_INT, struct session_place, created_at),
    COL(COL_INT, struct session_place, seen_at),
    {0},
};

const char *session_cookie_name(bool https)
{
    return https ? "__Host-pt_session" : "pt_session";
}

/* From the cache while that says it lives; the database has the last word. */
static enum err find(struct ctx *c, struct session *s, int64_t now)
{
    cached_look(c, s->token_hash);
    if (cached_session(c, session_cols, s) && s->expires_at > now &&
        s->seen_at + s->idle_s > now)
        return ERR_OK;
    TRY(db_one(c->app->db, c->arena,
               QUERY(sql_session_get, db_text(s->token_hash), db_int(now)),
               session_cols, s));
    cached_keep_session(c, session_cols, s);
    return ERR_OK;
}

/* A session as it was found: its page may have ended it since. */
struct seen {
    int64_t at;
    const char *token_hash;
};

/* A page that only reads waits for no write, and for no lock of one. */
static enum err touch(struct ctx *c, void *arg)
{
    const struct seen *seen = arg;
    return ctx_db(
        c, db_touch(c->app->db, QUERY(sql_session_touch, db_int(seen->at),
                                      db_text(seen->token_hash))));
}

bool session_needs_more(const struct config *conf, const char *role_code)
{
    const char *const *role = conf->login.totp_required;
    while (*role != NULL && strcmp(*role, role_code) != 0)
        role++;
    return *role != NULL;
}

static enum err load(struct ctx *c, const char *token)
{
    struct session *s = ARENA_NEW(c->arena, struct session);
    int64_t now = clock_now();
    s->token = token;
    s->token_hash = token_hash(c->arena, token);
    enum err e = find(c, s, now);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    TRY(ctx_db(c, e));
    if (s->password_only != 0 &&
        session_needs_more(&c->app->conf, s->role_code))
        return ERR_OK;
    s->role = role_parse(s->role_code);
    s->lang = strcmp(s->lang_code, lang_code(LANG_EN)) == 0 ? LANG_EN : LANG_ES;
    c->session = s;
    if (now - s->seen_at < TOUCH_S)
        return ERR_OK;
    s->seen_at = now;
    cached_keep_session(c, session_cols, s);
    struct seen *seen = ARENA_NEW(c->arena, struct seen);
    *seen = (struct seen){.at = now, .token_hash = s->token_hash};
    after_add(c, touch, seen);
    return ERR_OK;
}

enum err session_load(struct ctx *c)
{
    const char *token =
        req_cookie(&c->req, c->arena, session_cookie_name(c->req.https));
    if (token == NULL || strlen(token) != TOKEN_CHARS)
        return ERR_OK;
    return load(c, token);
}

/* How a person has shown who that is. */
struct proof {
    const char *via;
    int64_t password_only;
};

static enum err replace_session(struct ctx *c, int64_t user_id,
                                const char *token, bool remember,
                                const struct proof *proof)
{
    const struct config *conf = &c->app->conf;
    struct db *db = c->app->db;
    int64_t now = clock_now();
    int64_t idle = conf->session.idle_ms, total = conf->session.absolute_ms;
    const char *agent = c->req.user_agent;
    agent = arena_dup(c->arena, agent, utf8_prefix(agent, MAX_AGENT_BYTES));
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
                          db_text(c->req.remote_addr), db_text(agent),
                          db_text(proof->via), db_int(proof->password_only)),
                    NULL);
}

static enum err start_with(struct ctx *c, int64_t user_id, const char *token,
                           bool remember, const struct proof *proof)
{
    TRY(ctx_db(c, replace_session(c, user_id, token, remember, proof)));
    int64_t age = remember ? c->app->conf.session.remember_ms / 1000 : -1;
    resp_cookie(c->resp, session_cookie_name(c->req.https), token, age,
                c->req.https);
    c->started = token;
    return ERR_OK;
}

enum err session_start(struct ctx *c, int64_t user_id, bool remember)
{
    static const struct proof proof = {.via = "password"};
    return start_with(c, user_id, token_new(c->arena), remember, &proof);
}

enum err session_start_password(struct ctx *c, int64_t user_id, bool remember)
{
    static const struct proof proof = {.via = "password", .password_only = 1};
    return start_with(c, user_id, token_new(c->arena), remember, &proof);
}

enum err session_start_oidc(struct ctx *c, int64_t user_id)
{
    static const struct proof proof = {.via = "oidc"};
    return start_with(c, user_id, token_new(c->arena), false, &proof);
}

enum err session_enter(struct ctx *c)
{
    return load(c, c->started);
}

enum err session_renew(struct ctx *c)
{
    struct session *s = c->session;
    const char *token = token_new(c->arena);
    int64_t remember_s = c->app->conf.session.remember_ms / 1000;
    const struct proof proof = {.via = s->via,
                                .password_only = s->password_only};
    TRY(session_end_others(c, s->user_id, s->token_hash));
    TRY(start_with(c, s->user_id, token, s->idle_s == remember_s, &proof));
    s->token = token;
    s->token_hash = token_hash(c->arena, token);
    return ERR_OK;
}

static enum err note(struct ctx *c, const char *action, int64_t user_id)
{
    return audit_note(c->app->db, ctx_actor(c),
                      &(struct audit_event){
                          .action = action, .entity = "user", .id = user_id});
}

static enum err end_others(struct ctx *c, int64_t user_id, const char *but)
{
    int64_t ended;
    TRY(db_write(
        c->app->db,
        QUERY(sql_session_delete_others, db_int(user_id), db_text(but)),
        &ended));
    return ended > 0 ? note(c, "end_sessions", user_id) : ERR_OK;
}

enum err session_end_others(struct ctx *c, int64_t user_id, const char *but)
{
    struct db *db = c->app->db;
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    return ctx_db(c, audit_end(db, ctx_actor(c), end_others(c, user_id, but)));
}

enum err session_places(struct ctx *c, int64_t user_id,
                        struct db_rows *ret_rows)
{
    return ctx_db(c,
                  db_all(c->app->db, c->arena,
                         QUERY(sql_session_places, db_int(user_id),
                               db_int(clock_now()), db_int(SESSION_PLACES_MAX)),
                         place_cols, sizeof(struct session_place), ret_rows));
}

static enum err end_own(struct ctx *c)
{
    TRY(db_write(c->app->db,
                 QUERY(sql_session_delete, db_text(c->session->token_hash)),
                 NULL));
    return note(c, "logout", c->session->user_id);
}

enum err session_end(struct ctx *c)
{
    struct db *db = c->app->db;
    if (c->session != NULL) {
        TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
        TRY(ctx_db(c, audit_end(db, ctx_actor(c), end_own(c))));
    }
    resp_cookie(c->resp, session_cookie_name(c->req.https), "", 0,
                c->req.https);
    return ERR_OK;
}
