#include "web/req.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/rand.h"
#include "text/url.h"
#include "text/utf8.h"

#define MAX_START_S (INT64_C(1) << 40)

/* What we read of the environment; NULL when it is not there. */
struct raw {
    const char *content_length, *content_type, *host, *cookie, *user_agent,
        *https, *query, *remote_addr, *request_id, *method, *start, *uri;
};

static const struct variable {
    const char *name;
    size_t offset;
} variables[] = {
    {"CONTENT_LENGTH", offsetof(struct raw, content_length)},
    {"CONTENT_TYPE", offsetof(struct raw, content_type)},
    {"HTTPS", offsetof(struct raw, https)},
    {"HTTP_COOKIE", offsetof(struct raw, cookie)},
    {"HTTP_HOST", offsetof(struct raw, host)},
    {"HTTP_USER_AGENT", offsetof(struct raw, user_agent)},
    {"QUERY_STRING", offsetof(struct raw, query)},
    {"REMOTE_ADDR", offsetof(struct raw, remote_addr)},
    {"REQUEST_ID", offsetof(struct raw, request_id)},
    {"REQUEST_METHOD", offsetof(struct raw, method)},
    {"REQUEST_START", offsetof(struct raw, start)},
    {"REQUEST_URI", offsetof(struct raw, uri)},
};

/* The first of two equal names counts, as in libfcgi. */
static enum err read_environment(char *const *env, struct raw *raw,
                                 struct err_note *why)
{
    for (size_t n = 0; env[n] != NULL; n++) {
        if (n == MAX_PARAMS)
            return err_set(why, ERR_BADREQ, "more than %d FastCGI parameters",
                           MAX_PARAMS);
        const char *eq = strchr(env[n], '=');
        if (eq == NULL)
            continue;
        size_t len = (size_t)(eq - env[n]);
        for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
            const struct variable *v = &variables[i];
            if (strncmp(v->name, env[n], len) != 0 || v->name[len] != '\0')
                continue;
            const char **field =
                (const char **)(void *)((char *)raw + v->offset);
            if (*field == NULL)
                *field = eq + 1;
            break;
        }
    }
    return ERR_OK;
}

static enum err parse_method(const char *name, struct req *r,
                             struct err_note *why)
{
    static const struct {
        const char *name;
        enum method method;
    } methods[] = {
        {"GET", METHOD_GET}, {"HEAD", METHOD_HEAD}, {"POST", METHOD_POST}};
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(methods); i++) {
        if (strcmp(name, methods[i].name) == 0) {
            r->method = methods[i].method;
            r->method_name = methods[i].name;
            return ERR_OK;
        }
    }
    r->method = METHOD_GET; /* for the error page */
    r->method_name = "?";
    return err_set(why, ERR_METHOD, "method %.16s", name != NULL ? name : "");
}

static bool has_control(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

/* Is one of the segments ".."? */
static bool climbs(const char *path)
{
    for (const char *at = path; (at = strstr(at, "/..")) != NULL; at += 3)
        if (at[3] == '/' || at[3] == '\0')
            return true;
    return false;
}

/* The path of REQUEST_URI: decoded here, so that no one decodes twice. */
static enum err parse_path(struct arena *a, const char *uri, struct req *r,
                           struct err_note *why)
{
    r->path = "/";
    if (uri == NULL || uri[0] != '/')
        return err_set(why, ERR_BADREQ, "REQUEST_URI is missing");
    size_t raw_n = strcspn(uri, "?"), n;
    if (raw_n > MAX_PATH_BYTES)
        return err_set(why, ERR_BADREQ, "path over %d bytes", MAX_PATH_BYTES);
    char *path = arena_alloc(a, raw_n + 1);
    if (!url_decode(uri, raw_n, false, path, &n) || !utf8_valid(path, n))
        return err_set(why, ERR_BADREQ, "path is not percent-encoded UTF-8");
    if (climbs(path) || has_control(path) || strchr(path, '\\') != NULL)
        return err_set(why, ERR_BADREQ, "path with .. or control characters");
    r->path = path;
    return ERR_OK;
}

static enum err parse_length(const char *text, struct req *r,
                             struct err_note *why)
{
    if (text == NULL || text[0] == '\0')
        return ERR_OK;
    if (strspn(text, "0123456789") != strlen(text))
        return err_set(why, ERR_BADREQ, "CONTENT_LENGTH is not a number");
    if (strlen(text) > 12)
        return err_set(why, ERR_TOOLARGE, "body of %.20s bytes", text);
    r->content_length = (size_t)strtoull(text, NULL, 10);
    return ERR_OK;
}

/* Only letters, digits, "-" and "_": the id goes into logs and headers. */
static const char *request_id(struct arena *a, const char *given)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (given != NULL && given[0] != '\0' &&
        strlen(given) <= MAX_REQUEST_ID_BYTES &&
        strspn(given, plain) == strlen(given))
        return given;
    char *id = arena_alloc(a, 33);
    rand_hex(id, 16);
    return id;
}

/* nginx's $msec: "1764300000.123"; 0 for what cannot be one. */
static int64_t parse_start(const char *text)
{
    char *end;
    if (text == NULL)
        return 0;
    long long s = strtoll(text, &end, 10);
    long long ms = *end == '.' ? strtoll(end + 1, NULL, 10) : 0;
    bool ok = s > 0 && s < MAX_START_S && ms >= 0 && ms < 1000;
    return ok ? s * 1000 + ms : 0;
}

static const char *text_or_empty(const char *s)
{
    return s != NULL && utf8_valid(s, strlen(s)) ? s : "";
}

enum err req_parse(struct arena *a, char *const *env, struct req *ret,
                   struct err_note *why)
{
    struct raw raw = {0};
    enum err e = read_environment(env, &raw, why);
    *ret = (struct req){
        .host = text_or_empty(raw.host),
        .cookie = text_or_empty(raw.cookie),
        .content_type = text_or_empty(raw.content_type),
        .remote_addr = text_or_empty(raw.remote_addr),
        .user_agent = text_or_empty(raw.user_agent),
        .query = text_or_empty(raw.query),
        .request_id = request_id(a, raw.request_id),
        .https = raw.https != NULL && strcmp(raw.https, "on") == 0,
        .start_ms = parse_start(raw.start),
    };
    enum err method = parse_method(raw.method, ret, why);
    enum err path = parse_path(a, raw.uri, ret, why);
    TRY(e);
    TRY(method);
    TRY(path);
    if (strlen(ret->query) > MAX_QUERY_BYTES)
        return err_set(why, ERR_BADREQ, "query over %d bytes", MAX_QUERY_BYTES);
    if (strlen(ret->cookie) > MAX_COOKIE_BYTES)
        ret->cookie = ""; /* not ours: our two take a few hundred bytes */
    return parse_length(raw.content_length, ret, why);
}

const char *req_cookie(const struct req *r, struct arena *a, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = r->cookie; *at != '\0';) {
        at += strspn(at, "; ");
        size_t n = strcspn(at, ";");
        if (n > len && strncmp(at, name, len) == 0 && at[len] == '=')
            return arena_dup(a, at + len + 1, n - len - 1);
        at += n;
    }
    return NULL;
}
