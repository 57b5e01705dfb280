#include "out/idp.h"

#include <poll.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "out/fetch.h"
#include "out/jsonread.h"
#include "out/jwk.h"
#include "text/url.h"

#define RETURN_PATH "/cuenta/oidc/retorno/"

enum { LOOK_MS = 50 }; /* between looks at what another worker finds */

static const char sql_provider_get[] =
    "SELECT authorize_url, token_url, logout_url, keys_url, keys, fetched_at,"
    " renewed_at FROM oidc_provider WHERE issuer = $1";

static const char sql_provider_keep[] =
    "INSERT INTO oidc_provider (issuer, authorize_url, token_url, logout_url,"
    " keys_url, keys, fetched_at, renewed_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (issuer)"
    " DO UPDATE SET authorize_url = $2, token_url = $3, logout_url = $4,"
    " keys_url = $5, keys = $6, fetched_at = $7";

/* Of those who ask at once, one does it; until then it lies ahead. */
static const char sql_provider_renew[] =
    "UPDATE oidc_provider SET renewed_at = $1"
    " WHERE issuer = $2 AND renewed_at <= $3";

static const char sql_provider_set_keys[] =
    "UPDATE oidc_provider SET keys = $1, renewed_at = $2 WHERE issuer = $3";

/* Nothing while somebody looks for other keys than these. */
static const char sql_provider_news[] =
    "SELECT keys, renewed_at FROM oidc_provider"
    " WHERE issuer = $1 AND (keys <> $2 OR renewed_at <= $3)";

static const struct column provider_columns[] = {
    COL(COL_TEXT, struct idp, authorize_url),
    COL(COL_TEXT, struct idp, token_url),
    COL(COL_TEXT, struct idp, logout_url),
    COL(COL_TEXT, struct idp, keys_url),
    COL(COL_TEXT, struct idp, keys),
    COL(COL_INT, struct idp, fetched_at),
    COL(COL_INT, struct idp, renewed_at),
    {0},
};

static const struct column news_columns[] = {
    COL(COL_TEXT, struct idp, keys),
    COL(COL_INT, struct idp, renewed_at),
    {0},
};

/* --- the configuration --- */

/* Clients have data of their own to belong to: no provider makes them. */
static bool is_role(const char *code)
{
    static const char *const roles[] = {"admin", "office", "technician"};
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (strcmp(roles[i], code) == 0)
            return true;
    return false;
}

static enum err check_roles(const struct config *conf, struct err_note *why)
{
    const char *const *pair = conf->oidc.roles;
    if (*pair == NULL)
        return err_set(why, ERR_CONFIG,
                       "oidc.roles: without one nobody could enter");
    for (; *pair != NULL; pair++) {
        const char *role = strrchr(*pair, '=');
        if (role == NULL || role == *pair || !is_role(role + 1))
            return err_set(why, ERR_CONFIG,
                           "oidc.roles: %s is not VALUE=admin, VALUE=office "
                           "or VALUE=technician",
                           *pair);
    }
    return ERR_OK;
}

static enum err check_words(const struct config *conf, struct err_note *why)
{
    bool openid = false;
    const char *const *word = conf->oidc.algorithms;
    for (; *word != NULL; word++)
        if (!jwk_algorithm(*word))
            return err_set(why, ERR_CONFIG,
                           "oidc.algorithms: %s is none of RS256 RS384 RS512 "
                           "PS256 PS384 PS512",
                           *word);
    for (word = conf->oidc.scopes; *word != NULL; word++)
        openid |= strcmp(*word, "openid") == 0;
    if (!openid)
        return err_set(why, ERR_CONFIG, "oidc.scopes: openid must be there");
    return ERR_OK;
}

enum err idp_check(const struct config *conf, struct err_note *why)
{
    if (!idp_is_on(conf))
        return ERR_OK;
    if (!fetch_allowed(conf->oidc.issuer))
        return err_set(why, ERR_CONFIG,
                       "oidc.issuer: an https address is needed (http only "
                       "for 127.0.0.1, [::1] and localhost)");
    if (conf->oidc.client_id[0] == '\0')
        return err_set(why, ERR_CONFIG, "oidc.client_id is needed");
    if (conf->site.url[0] == '\0')
        return err_set(why, ERR_CONFIG,
                       "oidc: site.url is needed, to come back to");
    TRY(check_words(conf, why));
    return check_roles(conf, why);
}

static bool holds(const struct idtoken *token, const char *value, size_t n)
{
    for (const char *const *role = token->roles; *role != NULL; role++)
        if (strlen(*role) == n && strncmp(*role, value, n) == 0)
            return true;
    return false;
}

const char *idp_role(const struct config *conf, const struct idtoken *token)
{
    for (const char *const *pair = conf->oidc.roles; *pair != NULL; pair++) {
        const char *role = strrchr(*pair, '=');
        if (holds(token, *pair, (size_t)(role - *pair)))
            return role + 1;
    }
    return NULL;
}

bool idp_owns_email(const struct config *conf, const struct idtoken *token)
{
    return token->email_verified || conf->oidc.tenant[0] != '\0';
}

/* --- asking the provider --- */

static enum err db_failed(const struct idp *p, enum err e)
{
    return e != ERR_OK && e != ERR_NOTFOUND
               ? err_set(p->why, e, "%s", db_error(p->db))
               : e;
}

static enum err ask(const struct idp *p, struct fetch *f,
                    struct fetch_answer *ret)
{
    f->ca_file = p->conf->oidc.ca_file;
    f->timeout_ms = p->deadline_ms - clock_ms();
    return fetch_perform(p->arena, f, ret, p->why);
}

static enum err get(const struct idp *p, const char *url,
                    struct fetch_answer *answer, struct json_object **ret)
{
    TRY(ask(p, &(struct fetch){.url = url}, answer));
    if (answer->status != 200)
        return err_set(p->why, ERR_UNAVAIL, "%.200s: status %d", url,
                       answer->status);
    if (jsonread_parse(p->arena, answer->body, answer->n, ret) != ERR_OK)
        return err_set(p->why, ERR_UNAVAIL, "%.200s: no JSON object", url);
    return ERR_OK;
}

/* An issuer out of reach of others does not send us to where they are. */
static const char *address(const struct idp *p, struct json_object *o,
                           const char *name)
{
    bool https = strncmp(p->conf->oidc.issuer, "https:", 6) == 0;
    const char *url = jsonread_text(o, name);
    if (url == NULL || strlen(url) > MAX_PATH_BYTES || !fetch_allowed(url) ||
        (https && strncmp(url, "https:", 6) != 0))
        return NULL;
    return arena_strdup(p->arena, url);
}

/*
 * The page with the button allows forms to lead to the issuer's origin alone
 * (Content-Security-Policy), so that is where a login has to begin.
 */
static bool same_origin(const struct idp *p, const char *url)
{
    return strcmp(fetch_origin(p->arena, url),
                  fetch_origin(p->arena, p->conf->oidc.issuer)) == 0;
}

static enum err discover(struct idp *p)
{
    struct fetch_answer answer;
    struct json_object *o = NULL;
    const char *issuer = p->conf->oidc.issuer;
    size_t n = strlen(issuer);
    const char *url =
        arena_fmt(p->arena, "%.*s/.well-known/openid-configuration",
                  (int)(issuer[n - 1] == '/' ? n - 1 : n), issuer);
    TRY(get(p, url, &answer, &o));
    const char *said = jsonread_text(o, "issuer");
    if (said == NULL || strcmp(said, issuer) != 0)
        return err_set(p->why, ERR_UNAVAIL, "%.200s: it is another issuer",
                       url);
    p->authorize_url = address(p, o, "authorization_endpoint");
    p->token_url = address(p, o, "token_endpoint");
    p->keys_url = address(p, o, "jwks_uri");
    p->logout_url = address(p, o, "end_session_endpoint");
    if (p->logout_url == NULL)
        p->logout_url = "";
    if (p->authorize_url == NULL || p->token_url == NULL ||
        p->keys_url == NULL || !same_origin(p, p->authorize_url))
        return err_set(p->why, ERR_UNAVAIL,
                       "%.200s: an address is missing or not allowed", url);
    return ERR_OK;
}

static enum err fetch_keys(struct idp *p)
{
    struct fetch_answer answer;
    struct json_object *set;
    TRY(get(p, p->keys_url, &answer, &set));
    p->keys = answer.body;
    return ERR_OK;
}

static enum err fetch_all(struct idp *p)
{
    TRY(discover(p));
    TRY(fetch_keys(p));
    return db_failed(
        p, db_write(p->db,
                    QUERY(sql_provider_keep, db_text(p->conf->oidc.issuer),
                          db_text(p->authorize_url), db_text(p->token_url),
                          db_text(p->logout_url), db_text(p->keys_url),
                          db_text(p->keys), db_int(clock_now()), db_int(0)),
                    NULL));
}

/*
 * Anew what is known already. When that fails, the old will do for a while: an
 * outage of two pages need not end all logins. Half of the time is for it, so
 * that a provider whose pages hang leaves some for the rest of the login.
 */
static enum err refresh(struct idp *p)
{
    const struct idp known = *p;
    p->deadline_ms -= p->conf->oidc.timeout_ms / 2;
    enum err e = fetch_all(p);
    if (e == ERR_UNAVAIL)
        *p = known;
    p->stale = e == ERR_UNAVAIL;
    p->deadline_ms = known.deadline_ms;
    return p->stale ? ERR_OK : e;
}

enum err idp_open(struct idp *p, const struct config *conf, struct db *db,
                  struct arena *a, bool fetch, struct err_note *why)
{
    *p = (struct idp){0};
    enum err e =
        db_one(db, a, QUERY(sql_provider_get, db_text(conf->oidc.issuer)),
               provider_columns, p);
    int64_t age_s = clock_now() - p->fetched_at;
    p->conf = conf;
    p->db = db;
    p->arena = a;
    p->why = why;
    p->deadline_ms = clock_ms() + conf->oidc.timeout_ms;
    if (e == ERR_OK && age_s < IDP_KEEP_S)
        return ERR_OK;
    TRY(e == ERR_NOTFOUND ? ERR_OK : db_failed(p, e));
    if (!fetch)
        return e;
    return e == ERR_OK && age_s < IDP_STALE_S ? refresh(p) : fetch_all(p);
}

/* --- addresses to send a browser to --- */

static void add(struct buf *b, const char *name, const char *value)
{
    if (b->n > 0)
        buf_addc(b, '&');
    buf_adds(b, name);
    buf_addc(b, '=');
    url_query_escape(b, value, strlen(value));
}

static const char *scopes(const struct idp *p)
{
    const char *const *word = p->conf->oidc.scopes;
    const char *text = *word;
    while (*++word != NULL)
        text = arena_fmt(p->arena, "%s %s", text, *word);
    return text;
}

/* The address with these parameters, behind those that it has already. */
static const char *with(const struct idp *p, const char *url,
                        struct buf *parameters)
{
    const char *text =
        arena_fmt(p->arena, "%s%c%s", url, strchr(url, '?') == NULL ? '?' : '&',
                  buf_str(parameters));
    buf_done(parameters);
    return text;
}

static const char *return_url(const struct idp *p)
{
    return arena_fmt(p->arena, "%s" RETURN_PATH, p->conf->site.url);
}

const char *idp_login_url(const struct idp *p, const char *state,
                          const char *nonce, const char *challenge)
{
    struct buf b;
    buf_init(&b, MAX_QUERY_BYTES);
    add(&b, "response_type", "code");
    add(&b, "client_id", p->conf->oidc.client_id);
    add(&b, "redirect_uri", return_url(p));
    add(&b, "scope", scopes(p));
    add(&b, "state", state);
    add(&b, "nonce", nonce);
    add(&b, "code_challenge", challenge);
    add(&b, "code_challenge_method", "S256");
    return with(p, p->authorize_url, &b);
}

const char *idp_logout_url(const struct idp *p)
{
    struct buf b;
    if (p->logout_url[0] == '\0')
        return NULL;
    buf_init(&b, MAX_QUERY_BYTES);
    add(&b, "client_id", p->conf->oidc.client_id);
    add(&b, "post_logout_redirect_uri",
        arena_fmt(p->arena, "%s/", p->conf->site.url));
    return with(p, p->logout_url, &b);
}

/* --- the code --- */

static const char *escaped(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, MAX_QUERY_BYTES);
    url_query_escape(&b, text, strlen(text));
    const char *result = arena_strdup(a, buf_str(&b));
    buf_done(&b);
    return result;
}

/* Its word for what is wrong, if it is one; the rest is anybody's text. */
static const char *error_word(const struct idp *p, const char *text, size_t n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    struct json_object *o;
    if (jsonread_parse(p->arena, text, n, &o) != ERR_OK)
        return "";
    const char *word = jsonread_text(o, "error");
    return word != NULL && strlen(word) < 40 &&
                   word[strspn(word, letters)] == '\0'
               ? word
               : "";
}

static enum err take_token(const struct idp *p, const struct fetch_answer *got,
                           const char **ret_token)
{
    struct json_object *o;
    if (got->status != 200) {
        const char *word = error_word(p, got->body, got->n);
        return err_set(p->why,
                       strcmp(word, "invalid_grant") == 0 ? ERR_FORBIDDEN
                                                          : ERR_UNAVAIL,
                       "the token endpoint: status %d %s", got->status, word);
    }
    if (jsonread_parse(p->arena, got->body, got->n, &o) != ERR_OK ||
        (*ret_token = jsonread_text(o, "id_token")) == NULL)
        return err_set(p->why, ERR_UNAVAIL,
                       "the token endpoint: no token in its answer");
    return ERR_OK;
}

static enum err exchange(const struct idp *p, const char *code,
                         const char *verifier, const char **ret_token)
{
    const struct config *conf = p->conf;
    struct fetch f = {.url = p->token_url};
    struct fetch_answer answer;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, (size_t)2 * MAX_QUERY_BYTES);
    add(&b, "grant_type", "authorization_code");
    add(&b, "code", code);
    add(&b, "redirect_uri", return_url(p));
    add(&b, "code_verifier", verifier);
    if (conf->oidc.client_secret[0] == '\0') {
        add(&b, "client_id", conf->oidc.client_id);
    } else { /* RFC 6749, 2.3.1: escaped, then in base64 */
        f.user = escaped(p->arena, conf->oidc.client_id);
        f.password = escaped(p->arena, conf->oidc.client_secret);
    }
    f.form = buf_str(&b);
    TRY(ask(p, &f, &answer));
    return take_token(p, &answer, ret_token);
}

/* --- the token --- */

/* Moves the time of the last look, if it is not after most. */
static enum err set_renewed(const struct idp *p, int64_t to, int64_t most,
                            bool *ret_done)
{
    int64_t changed;
    TRY(db_failed(p,
                  db_write(p->db,
                           QUERY(sql_provider_renew, db_int(to),
                                 db_text(p->conf->oidc.issuer), db_int(most)),
                           &changed)));
    *ret_done = changed > 0;
    return ERR_OK;
}

/* The keys as they are there now, for all. Nobody else looks, up to then. */
static enum err look_for_keys(struct idp *p, int64_t until)
{
    bool given_back;
    enum err e = fetch_keys(p);
    if (e != ERR_OK) {
        TRY(set_renewed(p, 0, until, &given_back)); /* the next login looks */
        return e;
    }
    return db_failed(
        p, db_write(p->db,
                    QUERY(sql_provider_set_keys, db_text(p->keys),
                          db_int(clock_now()), db_text(p->conf->oidc.issuer)),
                    NULL));
}

/*
 * Other keys than those of p: what another worker has found meanwhile, or is
 * about to find, or what there is to find now. NOTFOUND when somebody has just
 * looked and there are no others.
 */
static enum err renew_keys(struct idp *p)
{
    const char *issuer = p->conf->oidc.issuer, *had = p->keys;
    while (clock_ms() < p->deadline_ms) {
        int64_t now = clock_now();
        int64_t until = now + 2 + p->conf->oidc.timeout_ms / 1000;
        bool mine = false;
        enum err e =
            db_failed(p, db_one(p->db, p->arena,
                                QUERY(sql_provider_news, db_text(issuer),
                                      db_text(had), db_int(now)),
                                news_columns, p));
        if (e == ERR_OK && strcmp(p->keys, had) != 0)
            return ERR_OK;
        if (e == ERR_OK && p->renewed_at > now - IDP_RENEW_S)
            return ERR_NOTFOUND;
        if (e == ERR_OK)
            e = set_renewed(p, until, now - IDP_RENEW_S, &mine);
        TRY(e == ERR_NOTFOUND ? ERR_OK : e);
        if (mine)
            return look_for_keys(p, until);
        poll(NULL, 0, LOOK_MS);
    }
    return err_set(p->why, ERR_UNAVAIL,
                   "its keys are being looked for, and no time is left");
}

static enum err verify(const struct idp *p, const char *token,
                       const char *nonce, struct idtoken *ret)
{
    const struct idtoken_rules rules = {.issuer = p->conf->oidc.issuer,
                                        .client_id = p->conf->oidc.client_id,
                                        .nonce = nonce,
                                        .tenant = p->conf->oidc.tenant,
                                        .algorithms = p->conf->oidc.algorithms,
                                        .roles_claim =
                                            p->conf->oidc.roles_claim,
                                        .keys = p->keys,
                                        .n_keys = strlen(p->keys),
                                        .now = clock_now()};
    return idtoken_verify(p->arena, &rules, token, ret, p->why);
}

enum err idp_redeem(struct idp *p, const char *code, const char *verifier,
                    const char *nonce, struct idtoken *ret)
{
    const char *token = "";
    TRY(exchange(p, code, verifier, &token));
    enum err e = verify(p, token, nonce, ret);
    if (e != ERR_NOTFOUND)
        return e;
    e = renew_keys(p);
    if (e == ERR_OK)
        e = verify(p, token, nonce, ret);
    return e == ERR_NOTFOUND ? ERR_FORBIDDEN : e;
}
