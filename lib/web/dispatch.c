#include "web/dispatch.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "text/url.h"
#include "web/article.h"
#include "web/csrf.h"
#include "web/page.h"
#include "web/reqlog.h"
#include "web/upload.h"

struct body {
    body_fn *read;
    void *source;
};

/* --- finding the page --- */

/* "/en/x/" is "/x/" in English, for public pages. */
static void take_language(struct ctx *c)
{
    c->path = c->req.path;
    if (strncmp(c->path, "/en/", 4) != 0)
        return;
    c->path += 3;
    c->lang = LANG_EN;
}

/* Public pages have their language in the address, private ones that of the
 * person. */
static void take_own_language(struct ctx *c)
{
    bool public = c->route != NULL && c->route->need == PERM_public;
    if (c->session != NULL && !public)
        c->lang = c->session->lang;
}

static enum err find_route(struct ctx *c, bool *ret_slash)
{
    take_language(c);
    c->route = router_find(c->app->router, c->path, c->params, ret_slash);
    if (c->route == NULL ||
        (c->lang == LANG_EN && c->route->need != PERM_public)) {
        c->route = NULL;
        return ERR_NOTFOUND;
    }
    if (c->app->on_route != NULL)
        c->app->on_route(c->app->on_route_arg, c->route->name);
    return ERR_OK;
}

static enum err check_method(struct ctx *c)
{
    const struct route *r = c->route;
    bool ok = c->req.method == METHOD_POST ? r->post != NULL : route_can_get(r);
    if (ok)
        return ERR_OK;
    resp_header(c->resp, "Allow",
                !route_can_get(r) ? "POST"
                : r->post != NULL ? "GET, HEAD, POST"
                                  : "GET, HEAD");
    return ERR_METHOD;
}

/* To the path in `to`, query kept; with 308 a POST stays one, with its body. */
static void redirect_for_good(struct ctx *c, struct buf *to)
{
    if (c->req.query[0] != '\0') {
        buf_addc(to, '?');
        buf_adds(to, c->req.query);
    }
    resp_redirect(c->resp, buf_str(to));
    c->resp->status = c->req.method == METHOD_POST ? 308 : 301;
    buf_done(to);
}

/* To the address with its final slash, the only one that does anything: nginx
 * knows by it how large a body may be, and which address it must not log. */
static void redirect_slash(struct ctx *c)
{
    struct buf to;
    buf_init(&to, MAX_PATH_BYTES + MAX_QUERY_BYTES + 8);
    buf_adds(&to, c->req.path);
    buf_addc(&to, '/');
    redirect_for_good(c, &to);
}

/* To where the page is now, with the ids of the old address. */
static void redirect_moved(struct ctx *c)
{
    struct buf to;
    size_t n = 0;
    buf_init(&to, MAX_PATH_BYTES + MAX_QUERY_BYTES + 8);
    for (const char *p = c->route->moved; *p != '\0'; p++) {
        if (*p != '{') {
            buf_addc(&to, *p);
            continue;
        }
        buf_addf(&to, "%" PRId64, c->params[n++]);
        p = strchr(p, '}');
    }
    redirect_for_good(c, &to);
}

/* A person who must log in first comes back to the page afterwards. */
static void redirect_login(struct ctx *c)
{
    struct buf to;
    buf_init(&to, MAX_HEADER_BYTES / 2);
    buf_adds(&to, "/cuenta/entrar/?next=");
    url_query_escape(&to, c->req.path, strlen(c->req.path));
    if (c->req.query[0] != '\0') {
        buf_adds(&to, "%3F");
        url_query_escape(&to, c->req.query, strlen(c->req.query));
    }
    resp_redirect(c->resp, buf_ok(&to) ? buf_str(&to) : "/cuenta/entrar/");
    resp_header(c->resp, "Cache-Control", "no-store");
    buf_done(&to);
}

/* --- forms --- */

static enum err read_query(struct ctx *c)
{
    if (c->route->query == NULL)
        return ERR_OK;
    form_init(&c->query, c->arena, c->route->query);
    TRY(form_parse(&c->query, c->arena, c->req.query, strlen(c->req.query),
                   &c->note));
    form_check(&c->query, c->arena);
    for (size_t i = 0; c->route->query[i].kind != FIELD_NONE; i++)
        if (c->query.errors[i] != MSG_none)
            c->query.values[i] = ""; /* a bad filter is no filter */
    return ERR_OK;
}

static enum err read_body(struct ctx *c, struct body *body)
{
    size_t n = c->req.content_length, got = 0;
    if (upload_wanted(c))
        return upload_read(c, body->read, body->source);
    if (n > MAX_BODY_BYTES)
        return err_set(&c->note, ERR_TOOLARGE, "body of %zu bytes", n);
    char *p = arena_alloc(c->arena, n + 1);
    for (size_t r = 1; got < n && r > 0; got += r)
        r = body->read(body->source, p + got, n - got);
    if (got < n)
        return err_set(&c->note, ERR_BADREQ,
                       "body ended after %zu of %zu bytes", got, n);
    if (n > 0 && strncasecmp(c->req.content_type,
                             "application/x-www-form-urlencoded", 33) != 0)
        return err_set(&c->note, ERR_BADREQ, "content type %.60s",
                       c->req.content_type);
    return form_parse(&c->form, c->arena, p, n, &c->note);
}

/* --- running the page --- */

/* A handler may find that what it would show is at another address now. */
static bool leads_elsewhere(const struct ctx *c)
{
    return c->resp->status >= 300 && c->resp->status < 400;
}

/*
 * A page is shown in full before anything about it is final: what it needs
 * beside the form comes from route->get.
 */
static enum err show(struct ctx *c, enum msg notice)
{
    page_begin(c, c->route->tpl);
    if (notice != MSG_none)
        page_form_notice(c, notice);
    if (c->route->article != NULL)
        article_fill(c, c->route->article);
    if (c->route->get != NULL)
        TRY(c->route->get(c));
    return leads_elsewhere(c) ? ERR_OK : page_finish(c);
}

/* The handler's part of a page that is kept, for its audience. */
static enum err fill_kept(struct ctx *c)
{
    struct cached_mask kept;
    cached_mask(c, &kept);
    if (c->route->article != NULL)
        article_fill(c, c->route->article);
    enum err e = c->route->get != NULL ? c->route->get(c) : ERR_OK;
    cached_unmask(c, &kept);
    return e;
}

/* Did the handler read what its row says, and do nothing but fill the page? */
static bool may_keep(const struct ctx *c, const struct resp *before)
{
    struct tables said;
    (void)tables_parse(c->route->reads, &said); /* the router has seen it */
    const struct table_name *other =
        tables_missing(db_reads(c->app->db, false), &said);
    if (other != NULL)
        log_error(c->app->log, "page.reads", "route=%s lacks=%.*s",
                  c->route->name, (int)other->n, other->p);
    return other == NULL && c->resp->status == before->status &&
           c->resp->headers.n == before->headers.n;
}

static enum err make_content(struct ctx *c, struct safe_html *ret)
{
    const struct resp before = *c->resp;
    page_begin(c, c->route->tpl);
    db_reads(c->app->db, true);
    enum err e = fill_kept(c);
    if (e == ERR_OK)
        e = page_content(c, ret);
    if (e == ERR_OK && may_keep(c, &before))
        cached_keep_content(c, *ret);
    else
        cached_give_up(c);
    return e;
}

/* A page with .reads: its content comes from the cache, or goes there. */
static enum err show_kept(struct ctx *c)
{
    struct safe_html content;
    if (!cached_content(c, &content))
        TRY(make_content(c, &content));
    return page_around(c, content);
}

/* The form again, with what was typed (files must be chosen anew); a bare
 * button has none to show. */
static enum err show_again(struct ctx *c, enum err e, enum msg notice)
{
    if (c->route->tpl == NULL)
        return e;
    TRY(show(c, notice));
    if (!leads_elsewhere(c))
        c->resp->status = err_http(e);
    return ERR_OK;
}

static enum err post_once(struct ctx *c)
{
    enum err e = c->route->post(c);
    if (e != ERR_OK)
        db_rollback(c->app->db);
    return e;
}

/*
 * Once more when the database went away in the middle: what was done is
 * undone, and what was said of it is taken back. The form is as it came; files
 * are not, they may have been moved.
 * docs/adr/0031-a-lost-transaction-runs-again.md
 */
static enum err post(struct ctx *c)
{
    const struct resp before = *c->resp;
    enum err e = post_once(c);
    if (e != ERR_UNAVAIL || !db_undone(c->app->db))
        return e;
    resp_cut_headers(c->resp, before.headers.n); /* cookies, too */
    c->resp->status = before.status;
    c->started = NULL;
    c->actor = (struct actor){0};
    if (c->form.n_files > 0)
        return e;
    log_info(c->app->log, "request.again", "route=%s", c->route->name);
    return post_once(c);
}

static enum err run_post(struct ctx *c, struct body *body)
{
    form_init(&c->form, c->arena, c->route->form);
    TRY(read_body(c, body));
    if (!csrf_valid(c, c->form.csrf)) {
        log_info(c->app->log, "csrf.refused", "route=%s", c->route->name);
        return show_again(c, ERR_CSRF,
                          c->form.n_files > 0 ? MSG_form_expired_files
                                              : MSG_form_expired);
    }
    if (!form_check(&c->form, c->arena))
        return show_again(c, c->form.too_large ? ERR_TOOLARGE : ERR_INVALID,
                          MSG_none);
    enum err e = post(c);
    if (e == ERR_INVALID || e == ERR_THROTTLED || e == ERR_CONFLICT)
        return show_again(c, e, MSG_none);
    return e;
}

static enum err run_get(struct ctx *c)
{
    if (c->route->form != NULL)
        form_init(&c->form, c->arena, c->route->form);
    if (c->route->reads != NULL)
        return show_kept(c);
    if (c->route->tpl != NULL)
        return show(c, MSG_none);
    return c->route->get(c);
}

static enum err run(struct ctx *c, struct body *body)
{
    bool slash = false;
    enum err found = find_route(c, &slash);
    if (found != ERR_OK) {
        TRY(session_load(c)); /* the error page has a menu too */
        take_own_language(c);
        return found;
    }
    if (slash) {
        redirect_slash(c);
        return ERR_OK;
    }
    if (c->route->moved != NULL && c->req.method != METHOD_POST) {
        redirect_moved(c);
        return ERR_OK;
    }
    /* before the session, for one look at the cache */
    enum err query = c->req.method != METHOD_POST ? read_query(c) : ERR_OK;
    TRY(session_load(c));
    take_own_language(c);
    TRY(check_method(c));
    if (!access_allows(ctx_role(c), c->route->need)) {
        if (c->session != NULL || c->req.method == METHOD_POST)
            return c->session != NULL ? ERR_FORBIDDEN : ERR_CSRF;
        redirect_login(c);
        return ERR_OK;
    }
    if (c->req.method != METHOD_POST)
        return query != ERR_OK ? query : run_get(c);
    TRY(read_query(c));
    return run_post(c, body);
}

/* --- errors --- */

static void report(const struct ctx *c, enum err e)
{
    const char *name = c->route != NULL ? c->route->name : "-";
    enum log_level level = err_http(e) < 500  ? LOG_DEBUG
                           : e == ERR_UNAVAIL ? LOG_WARNING
                                              : LOG_ERROR;
    log_event(c->app->log, level, "request.failed",
              "status=%d error=\"%s\" method=%s path=%s route=%s detail=\"%s\"",
              err_http(e), err_text(e), c->req.method_name, c->req.path, name,
              c->note.text);
}

/* When even the error page fails, plain text is left. */
static void answer_error(struct ctx *c, enum err e)
{
    struct resp *r = c->resp;
    report(c, e);
    c->failed = e;
    buf_reset(&r->body);
    if (e == ERR_UNAVAIL)
        resp_header(r, "Retry-After", "5");
    enum err page = page_error(c, e);
    if (page == ERR_OK)
        return;
    report(c, page);
    buf_reset(&r->headers);
    buf_reset(&r->body);
    r->status = err_http(e);
    resp_header(r, "Content-Type", "text/plain; charset=utf-8");
    buf_addf(&r->body, "Error %d. Código para citar: %s\n", r->status,
             c->req.request_id);
}

static void finish(struct ctx *c, int64_t start_us)
{
    struct resp *r = c->resp;
    unsigned statements = db_statements(c->app->db, true);
    c->statements = statements;
    resp_header(r, "X-Request-Id", c->req.request_id);
    buf_addf(&r->headers, "Content-Length: %zu\r\n", r->body.n);
    if (c->app->conf.debug) {
        buf_addf(&r->headers, "X-Generation: %" PRId64 "\r\n",
                 c->app->generation);
        buf_addf(&r->headers, "X-Statements: %u\r\n", statements);
        buf_addf(&r->headers, "X-Cache: %s\r\n", cached_report(c));
        buf_addf(&r->headers, "Server-Timing: app;dur=%.3f\r\n",
                 (double)(clock_us() - start_us) / 1000);
    }
    if (c->req.method == METHOD_HEAD)
        buf_reset(&r->body);
    reqlog_write(c, clock_us() - start_us, statements);
}

struct ctx *dispatch(struct app *app, struct arena *arena, char *const *env,
                     body_fn *read_body_fn, void *source, struct resp *resp)
{
    int64_t start_us = clock_us();
    struct ctx *c = ARENA_NEW(arena, struct ctx);
    struct body body = {.read = read_body_fn, .source = source};
    c->app = app;
    c->arena = arena;
    c->resp = resp;
    c->lang = LANG_ES;
    enum err e = req_parse(arena, env, &c->req, &c->note);
    c->path = c->req.path;
    log_set_request(app->log, c->req.request_id);
    db_set_request(app->db, c->req.request_id);
    if (e == ERR_OK)
        e = run(c, &body);
    else if (e == ERR_METHOD)
        resp_header(resp, "Allow", "GET, HEAD, POST");
    if (e != ERR_OK)
        answer_error(c, e);
    finish(c, start_us);
    log_set_request(app->log, NULL);
    db_set_request(app->db, NULL);
    return c;
}
