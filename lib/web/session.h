/*
 * session - who is logged in.
 *
 * The browser holds an opaque token in a cookie, the database its hash; what
 * belongs to it is read from the cache as long as that has it. A
 * session ends after idle_s seconds of silence, at expires_at at the latest,
 * and at once when the account is no longer active. A login makes a new
 * token and ends the old session, so a planted token is worth nothing. What
 * ends sessions on purpose leaves a row in the audit (store/audit.h).
 *
 * Ownership  Results live in the arena of the request.
 * Errors     NOTFOUND (no such session, or ended), UNAVAIL, BUG.
 * Units      Seconds since 1970, UTC. Source: OWASP session management
 *            cheat sheet.
 * Layer      web.
 */
#ifndef PT_WEB_SESSION_H
#define PT_WEB_SESSION_H

#include "base/arena.h"
#include "base/config.h"
#include "store/db.h"
#include "web/access.h"

struct ctx;

struct session {
    const char *token; /* as in the cookie */
    const char *token_hash;
    int64_t user_id, client_id; /* client_id: of role client, else 0 */
    const char *name, *email, *role_code;
    const char *lang_code, *theme; /* what the person chose */
    const char *via; /* "password" or "oidc": how the person came in */
    enum role role;
    enum lang lang;
    int64_t seen_at, idle_s, expires_at;
    int64_t password_only; /* 1: nothing but a password was shown */
};

/* Must who has this role show more than a password (login.totp_required)? */
bool session_needs_more(const struct config *conf, const char *role_code);

/*
 * Finds the session of the request's cookie; sets c->session if there is. One
 * that shows too little for its role is none: who got that role, or was there
 * before it was asked for, logs in again.
 */
enum err session_load(struct ctx *c) MUST_USE;

/*
 * Logs user_id in, who has shown all that can be asked for: ends the present
 * session, makes one, sets the cookie.
 */
enum err session_start(struct ctx *c, int64_t user_id, bool remember) MUST_USE;

/* The same of who has shown a password alone. */
enum err session_start_password(struct ctx *c, int64_t user_id,
                                bool remember) MUST_USE;

/* The same for who came by an OpenID provider, and may log out there too. */
enum err session_start_oidc(struct ctx *c, int64_t user_id) MUST_USE;

/* What is left of this request is in the session that it has started; after
 * the commit. */
enum err session_enter(struct ctx *c) MUST_USE;

/* A new token for the same login, proven as before; all other sessions of the
 * account end. */
enum err session_renew(struct ctx *c) MUST_USE;

/* Ends the sessions of user_id, but for the one with this hash ("": all). */
enum err session_end_others(struct ctx *c, int64_t user_id,
                            const char *but) MUST_USE;

/* One of the places where somebody is logged in. */
struct session_place {
    const char *token_hash, *ip, *user_agent;
    int64_t created_at, seen_at;
};

enum { SESSION_PLACES_MAX = 50 };

/* The living sessions of user_id, last seen first: struct session_place. */
enum err session_places(struct ctx *c, int64_t user_id,
                        struct db_rows *ret_rows) MUST_USE;

/* Logs out: deletes the session and its cookie. */
enum err session_end(struct ctx *c) MUST_USE;

/* The cookie's name: with https the __Host- prefix binds it to the host. */
const char *session_cookie_name(bool https);

#endif
