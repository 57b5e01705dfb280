#include "web/page.h"

#include <string.h>

#include "base/clock.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "store/filetype.h"
#include "web/csrf.h"
#include "web/flash.h"

const char *page_href(const struct ctx *c, const char *path)
{
    return c->lang == LANG_EN ? arena_fmt(c->arena, "/en%s", path) : path;
}

void page_begin(struct ctx *c, const struct tpl *content)
{
    c->content = content;
    c->layout = tpl_dict_new(c->arena, c->lang);
    c->page = tpl_include(c->layout, N_CONTENT, content);
}

/* --- the frame --- */

/* What all of the same audience see alike. */
static void fill_globals(struct ctx *c)
{
    struct tpl_dict *d = c->layout;
    tpl_set_global(d, N_LANG, c->lang == LANG_EN ? "en" : "es-CO");
    tpl_set_global(d, N_ICONS_URL, c->app->assets.icons);
    tpl_set_global(d, N_LANG_PREFIX, c->lang == LANG_EN ? "/en" : "");
    tpl_set_global(d, N_HOME_HREF, page_href(c, "/"));
    tpl_set_global(d, N_LOGIN_HREF, page_href(c, "/cuenta/entrar/"));
    tpl_set_global(d, N_LOGOUT_HREF, "/cuenta/salir/");
    if (c->session == NULL)
        tpl_show_global(d, N_ANONYMOUS);
}

static void fill_assets(struct ctx *c)
{
    const struct assets *from = &c->app->assets;
    struct tpl_dict *d = c->layout;
    tpl_set(d, N_CSS_URL, from->css);
    tpl_set(d, N_JS_URL, from->js);
    tpl_set(d, N_FAVICON_URL, from->favicon);
    if (!from->elsewhere)
        return;
    tpl_set(tpl_add(d, N_CSS_ELSEWHERE), N_CSS_HASH, from->css_hash);
    tpl_set(tpl_add(d, N_JS_ELSEWHERE), N_JS_HASH, from->js_hash);
}

/* What belongs to one person: never in content that is kept. */
static void fill_personal(struct ctx *c)
{
    struct tpl_dict *d = c->layout;
    tpl_set_global(d, N_THEME, c->session != NULL ? c->session->theme : "blue");
    /* A visitor gets a token, and its cookie, only where a form is. */
    if (c->session != NULL || (c->route != NULL && c->route->form != NULL))
        tpl_set_global(d, N_CSRF_TOKEN, csrf_token(c));
}

static void fill_user(struct ctx *c)
{
    if (c->session == NULL)
        return;
    struct tpl_dict *u = tpl_add(c->layout, N_USER);
    tpl_set(u, N_USER_NAME, c->session->name);
    tpl_set(u, N_ROLE_LABEL, ctx_msg(c, role_label(c->session->role)));
    tpl_set(u, N_ACCOUNT_HREF, "/cuenta/");
}

/* The page itself, or one below it: /clientes/7/ belongs to /clientes/. */
static bool is_current(const struct ctx *c, const struct route *row)
{
    size_t n = strlen(row->path);
    return row == c->route ||
           (n > 1 && c->route != NULL && strncmp(c->path, row->path, n) == 0);
}

static void fill_menu(struct ctx *c)
{
    const struct route *const *row = router_menu(c->app->router);
    for (; *row != NULL; row++) {
        if (!access_allows(ctx_role(c), (*row)->need) ||
            ((*row)->menu.visitors && c->session != NULL))
            continue;
        bool public = (*row)->need == PERM_public;
        struct tpl_dict *m = tpl_add(c->layout, N_MENU);
        tpl_set(m, N_HREF, public ? page_href(c, (*row)->path) : (*row)->path);
        tpl_set(m, N_LABEL, ctx_msg(c, (*row)->menu.label));
        tpl_set(m, N_ICON, (*row)->menu.icon);
        if (is_current(c, *row))
            tpl_show(m, N_CURRENT);
    }
}

/* Public pages exist in both languages: a link to the other one. */
static void fill_language(struct ctx *c)
{
    if (c->route == NULL || c->route->need != PERM_public || c->route->secret ||
        c->req.method == METHOD_POST)
        return;
    struct tpl_dict *d = tpl_add(c->layout, N_LANG_SWITCH);
    bool english = c->lang == LANG_EN;
    tpl_set(d, N_LANG_HREF,
            english ? c->path : arena_fmt(c->arena, "/en%s", c->path));
    tpl_set(d, N_LANG_OTHER, english ? "es" : "en");
    tpl_set(d, N_LANG_LABEL, ctx_msg(c, MSG_layout_lang_label));
}

static void fill_flash(struct ctx *c)
{
    struct flash f;
    if (!flash_take(c, &f))
        return;
    struct tpl_dict *d = tpl_add(c->layout, N_FLASH);
    tpl_set(d, N_FLASH_TEXT, ctx_msg(c, f.text));
    if (f.undo[0] == '\0')
        return;
    struct tpl_dict *u = tpl_add(d, N_FLASH_UNDO);
    tpl_set(u, N_UNDO_HREF, f.undo);
    tpl_set(u, N_UNDO_VERSION, f.version);
}

/* --- the form --- */

static void fill_options(struct ctx *c, const struct field *f,
                         const char *value)
{
    for (const struct choice *o = f->choices; o->value != NULL; o++) {
        struct tpl_dict *d = tpl_add(c->page, f->option_marker);
        tpl_set(d, N_VALUE, o->value);
        tpl_set(d, N_LABEL, ctx_msg(c, o->label));
        if (strcmp(o->value, value) == 0)
            tpl_show(d, N_SELECTED);
    }
}

static void fill_value(struct ctx *c, const struct field *f, const char *value)
{
    if (f->kind == FIELD_CHOICE)
        fill_options(c, f, value);
    else if (f->kind == FIELD_FILE)
        tpl_set(c->page, f->value_marker, filetype_accept(c->arena, f->types));
    else if (f->value_marker == 0 || f->kind == FIELD_PASSWORD)
        return; /* a password is never sent back */
    else if (f->kind == FIELD_BOOL && value[0] != '\0')
        tpl_show(c->page, f->value_marker);
    else if (f->kind != FIELD_BOOL)
        tpl_set(c->page, f->value_marker, value);
}

static void fill_form(struct ctx *c)
{
    struct tpl_dict *summary = NULL;
    for (size_t i = 0; c->form.fields[i].kind != FIELD_NONE; i++) {
        const struct field *f = &c->form.fields[i];
        fill_value(c, f, c->form.values[i]);
        if (c->form.errors[i] == MSG_none)
            continue;
        const char *text = ctx_msg(c, c->form.errors[i]);
        if (c->form.about[i] != NULL)
            text = arena_fmt(c->arena, "%s: %s", c->form.about[i], text);
        if (summary == NULL)
            summary = tpl_add(c->page, N_FORM_ERRORS);
        struct tpl_dict *line = tpl_add(summary, N_FORM_ERROR);
        tpl_set(line, N_FIELD, f->name);
        tpl_set(line, N_MESSAGE,
                f->label == MSG_none ? text
                                     : arena_fmt(c->arena, "%s: %s",
                                                 ctx_msg(c, f->label), text));
        if (f->error_marker != 0)
            tpl_set(tpl_add(c->page, f->error_marker), N_MESSAGE, text);
    }
    tpl_set(c->page, N_FORM_ACTION, c->req.path);
}

void page_form_notice(struct ctx *c, enum msg m)
{
    tpl_set(tpl_add(c->page, N_FORM_NOTICE), N_MESSAGE, ctx_msg(c, m));
}

/* --- the whole --- */

/* Chromium asks form-action of the redirect that answers a form, too. */
static void add_csp(struct ctx *c)
{
    const char *policy = c->app->assets.policy;
    if (c->form_action != NULL)
        policy = arena_fmt(c->arena, "%s %s", policy, c->form_action);
    resp_header(c->resp, "Content-Security-Policy", policy);
}

static void add_security_headers(struct ctx *c)
{
    struct resp *r = c->resp;
    resp_header(r, "Content-Type", "text/html; charset=utf-8");
    add_csp(c);
    resp_header(r, "X-Content-Type-Options", "nosniff");
    bool secret = c->route != NULL && c->route->secret;
    resp_header(r, "Referrer-Policy", secret ? "no-referrer" : "same-origin");
    resp_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    resp_header(r, "Permissions-Policy",
                "camera=(), geolocation=(), microphone=()");
    resp_header(r, "Cache-Control", "no-store");
    if (c->req.https && c->app->conf.http.hsts_s > 0)
        resp_header(r, "Strict-Transport-Security",
                    arena_fmt(c->arena, "max-age=%lld",
                              (long long)c->app->conf.http.hsts_s));
}

static enum err render(struct ctx *c, const char *title)
{
    tpl_set(c->layout, N_TITLE, title);
    fill_globals(c);
    fill_assets(c);
    fill_personal(c);
    fill_user(c);
    fill_menu(c);
    fill_language(c);
    TRY(tpl_render(&tpl__layout_base, c->layout, &c->resp->body, &c->note));
    add_security_headers(c);
    return ERR_OK;
}

enum err page_finish(struct ctx *c)
{
    if (c->form.fields != NULL)
        fill_form(c);
    fill_flash(c);
    return render(c, ctx_msg(c, c->route->title));
}

enum err page_content(struct ctx *c, struct safe_html *ret)
{
    struct buf *body = &c->resp->body;
    fill_globals(c);
    TRY(tpl_render(c->content, c->page, body, &c->note));
    *ret = (struct safe_html){arena_dup(c->arena, buf_str(body), body->n),
                              body->n};
    buf_reset(body);
    return ERR_OK;
}

enum err page_around(struct ctx *c, struct safe_html content)
{
    c->layout = tpl_dict_new(c->arena, c->lang);
    tpl_include_made(c->layout, N_CONTENT, content);
    fill_flash(c);
    return render(c, ctx_msg(c, c->route->title));
}

static const struct {
    int status;
    enum msg title, text;
} error_texts[] = {
    {400, MSG_error_400_title, MSG_error_400_text},
    {403, MSG_error_403_title, MSG_error_403_text},
    {404, MSG_error_404_title, MSG_error_404_text},
    {405, MSG_error_405_title, MSG_error_405_text},
    {409, MSG_error_409_title, MSG_error_409_text},
    {413, MSG_error_413_title, MSG_error_413_text},
    {422, MSG_error_422_title, MSG_error_422_text},
    {429, MSG_error_429_title, MSG_error_429_text},
    {500, MSG_error_500_title, MSG_error_500_text},
    {503, MSG_error_503_title, MSG_error_503_text},
    {507, MSG_error_507_title, MSG_error_507_text},
};

static size_t error_row(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(error_texts); i++)
        if (error_texts[i].status == status)
            return i;
    return error_row(500);
}

enum err page_error(struct ctx *c, enum err e)
{
    int status = err_http(e);
    size_t row = error_row(status);
    const char *title = ctx_msg(c, error_texts[row].title);
    enum msg text = e == ERR_CSRF ? MSG_error_csrf_text : error_texts[row].text;
    page_begin(c, &tpl__layout_error);
    tpl_set_int(c->page, N_STATUS, status);
    tpl_set(c->page, N_ERROR_TITLE, title);
    tpl_set(c->page, N_ERROR_TEXT, ctx_msg(c, text));
    tpl_set(c->page, N_REQUEST_ID, c->req.request_id);
    const struct route *search = router_search(c->app->router, ctx_role(c));
    if (status == 404 && search != NULL)
        tpl_set(tpl_add(c->page, N_ERROR_SEARCH), N_SEARCH_HREF, search->path);
    c->resp->status = status;
    return render(c, title);
}
