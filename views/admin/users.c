/*
 * users - who has an account: list, create, change, deactivate, activity.
 *
 * Nobody changes their own role or deactivates themself, and the last active
 * administrator stays (see model/user.h).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "invite.h"
#include "model/client.h"
#include "model/user_token.h"
#include "out/mail.h"
#include "text/fmt.h"
#include "text/phone.h"
#include "text/url.h"
#include "totp.h"
#include "web/agent.h"
#include "web/flash.h"
#include "web/page.h"
#include "web/password.h"

static const struct choice roles[] = {
    {"technician", MSG_role_technician},
    {"office", MSG_role_office},
    {"admin", MSG_role_admin},
    {"client", MSG_role_client},
    {0},
};

static const struct choice statuses[] = {
    {"active", MSG_user_status_active},
    {"inactive", MSG_user_status_inactive},
    {"blocked", MSG_user_status_blocked},
    {"invited", MSG_user_status_invited},
    {0},
};

static const char *label_of(const struct ctx *c, const struct choice *all,
                            const char *value)
{
    for (const struct choice *o = all; o->value != NULL; o++)
        if (strcmp(o->value, value) == 0)
            return ctx_msg(c, o->label);
    return "";
}

static const char *user_href(struct ctx *c, int64_t id, const char *rest)
{
    return arena_fmt(c->arena, "/admin/usuarios/%" PRId64 "/%s", id, rest);
}

static const char *show_phone(struct ctx *c, const char *e164)
{
    char text[PHONE_MAX];
    phone_show(e164, text);
    return arena_strdup(c->arena, text);
}

static const char *show_time(struct ctx *c, int64_t t)
{
    return t != 0 ? fmt_datetime(c->arena, c->lang, t) : "";
}

/* --- the list --- */

enum { PAGE_ROWS = 50 };

static const struct field list_query[] = {
    PLAIN_FIELD(q, FIELD_TEXT, .max = 100),
    PLAIN_FIELD(despues, FIELD_INT),
    PLAIN_FIELD(antes, FIELD_INT),
    {0},
};

/* A row as the list shows it. */
struct list_row {
    int64_t id;
    const char *name, *email, *role_label, *status_label, *totp, *last_login;
};

static const struct column list_columns[] = {
    COL(COL_INT, struct list_row, id),
    COL(COL_TEXT, struct list_row, name),
    COL(COL_TEXT, struct list_row, email),
    COL(COL_TEXT, struct list_row, role_label),
    COL(COL_TEXT, struct list_row, status_label),
    COL(COL_TEXT, struct list_row, totp),
    COL(COL_TEXT, struct list_row, last_login),
    {0},
};

/* Address of the list with this search, at another place. */
static const char *list_href(struct ctx *c, const char *place, int64_t id)
{
    struct buf b;
    const char *q = form_text(&c->query, "q");
    buf_init(&b, MAX_QUERY_BYTES);
    buf_adds(&b, "/admin/usuarios/?q=");
    url_query_escape(&b, q, strlen(q));
    if (place != NULL)
        buf_addf(&b, "&%s=%" PRId64, place, id);
    const char *href = arena_strdup(c->arena, buf_str(&b));
    buf_done(&b);
    return href;
}

static void bind_rows(struct ctx *c, struct tpl_dict *table,
                      const struct user *u, size_t n)
{
    struct list_row *out = ARENA_ARRAY(c->arena, struct list_row, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct list_row){
            .id = u[i].id,
            .name = u[i].name,
            .email = u[i].email,
            .role_label = label_of(c, roles, u[i].role),
            .status_label = label_of(c, statuses, u[i].status),
            .totp = u[i].totp_at != 0 ? ctx_msg(c, MSG_totp_yes) : "",
            .last_login = show_time(c, u[i].last_login_at),
        };
    tpl_bind(table, N_ACCOUNT, list_columns, out, n, sizeof(out[0]));
}

static void fill_pager(struct ctx *c, const struct user_filter *f,
                       const struct user *rows, size_t n, bool more)
{
    bool has_next = f->before != 0 || more;
    bool has_prev = f->after != 0 || (f->before != 0 && more);
    if (!has_next && !has_prev)
        return;
    struct tpl_dict *p = tpl_add(c->page, N_PAGER);
    if (has_prev) {
        tpl_set(tpl_add(p, N_FIRST), N_FIRST_HREF, list_href(c, NULL, 0));
        tpl_set(tpl_add(p, N_PREV), N_PREV_HREF,
                list_href(c, "antes", rows[0].id));
    }
    if (has_next)
        tpl_set(tpl_add(p, N_NEXT), N_NEXT_HREF,
                list_href(c, "despues", rows[n - 1].id));
}

static enum err list_get(struct ctx *c)
{
    struct db_rows rows;
    struct user_filter f = {
        .search = form_text(&c->query, "q"),
        .after = form_int(&c->query, "despues"),
        .before = form_int(&c->query, "antes"),
        .limit = PAGE_ROWS + 1, /* one more tells whether more follow */
    };
    TRY(ctx_db(c, user_list(c->app->db, c->arena, &f, &rows)));
    const struct user *first = rows.items;
    bool more = rows.n > PAGE_ROWS;
    size_t n = more ? PAGE_ROWS : rows.n;
    if (more && f.before != 0)
        first++; /* the one too many stands at the front */
    tpl_set(c->page, N_Q, f.search);
    if (access_allows(ctx_role(c), PERM_user_admin))
        tpl_show(c->page, N_CAN_CREATE);
    if (n == 0) {
        tpl_show(c->page, N_EMPTY_SEARCH);
        return ERR_OK;
    }
    struct tpl_dict *table = tpl_add(c->page, N_ROWS);
    tpl_set_int(table, N_COUNT, (int64_t)n);
    if (more)
        tpl_show(table, N_MORE);
    bind_rows(c, table, first, n);
    fill_pager(c, &f, first, n, more);
    return ERR_OK;
}

/* --- one account --- */

/* Where the person is logged in. */
struct place_row {
    const char *device, *ip, *seen;
};

static const struct column place_columns[] = {
    COL(COL_TEXT, struct place_row, device),
    COL(COL_TEXT, struct place_row, ip),
    COL(COL_TEXT, struct place_row, seen),
    {0},
};

static enum err fill_activity(struct ctx *c, int64_t user_id)
{
    struct db_rows rows;
    TRY(session_places(c, user_id, &rows));
    struct tpl_dict *d = tpl_add(c->page, N_ACTIVITY);
    tpl_set(d, N_HISTORY_HREF, user_href(c, user_id, "historial/"));
    if (rows.n == 0) {
        tpl_show(d, N_NO_SESSION);
        return ERR_OK;
    }
    const struct session_place *p = rows.items;
    struct place_row *out = ARENA_ARRAY(c->arena, struct place_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        out[i] = (struct place_row){
            .device = agent_label(c, p[i].user_agent),
            .ip = p[i].ip,
            .seen = show_time(c, p[i].seen_at),
        };
    tpl_bind(tpl_add(d, N_ROWS), N_PLACE, place_columns, out, rows.n,
             sizeof(out[0]));
    return ERR_OK;
}

static enum err fill_own_client(struct ctx *c, int64_t client_id)
{
    struct client cl;
    if (client_id == 0)
        return ERR_OK;
    TRY(ctx_db(c, client_get(c->app->db, c->arena, client_id, &cl)));
    struct tpl_dict *d = tpl_add(c->page, N_OWN_CLIENT);
    tpl_set(d, N_NAME, cl.name);
    tpl_set(d, N_CLIENT_HREF,
            arena_fmt(c->arena, "/clientes/%" PRId64 "/", client_id));
    return ERR_OK;
}

static void fill_user(struct ctx *c, const struct user *u)
{
    struct tpl_dict *d = c->page;
    tpl_set(d, N_NAME, u->name);
    tpl_set(d, N_EMAIL, u->email);
    tpl_set(d, N_PHONE, show_phone(c, u->phone));
    tpl_set(d, N_ROLE_LABEL, label_of(c, roles, u->role));
    tpl_set(d, N_STATUS_LABEL, label_of(c, statuses, u->status));
    tpl_set(d, N_LAST_LOGIN, show_time(c, u->last_login_at));
    tpl_set(d, N_CREATED, show_time(c, u->created_at));
    totp_fill(c, u);
}

static void fill_actions(struct ctx *c, const struct user *u)
{
    bool inactive =
        strcmp(u->status, "inactive") == 0 || strcmp(u->status, "blocked") == 0;
    bool invited = strcmp(u->status, "invited") == 0;

    struct tpl_dict *d = tpl_add(c->page, N_CAN_EDIT);
    tpl_set(d, N_EDIT_HREF, user_href(c, u->id, "editar/"));
    if (u->id == ctx_user_id(c))
        return;
    struct tpl_dict *s = tpl_add(d, N_SWITCH);
    tpl_set_int(s, N_VERSION, u->version);
    tpl_set(s, N_SWITCH_HREF,
            user_href(c, u->id, inactive ? "activar/" : "desactivar/"));
    tpl_set(s, N_SWITCH_LABEL,
            ctx_msg(c, inactive  ? MSG_user_activate
                       : invited ? MSG_invite_revoke
                                 : MSG_user_deactivate));
}

static enum err show_get(struct ctx *c)
{
    struct user u;
    TRY(ctx_db(c, user_get(c->app->db, c->arena, c->params[0], &u)));
    fill_user(c, &u);
    TRY(fill_own_client(c, u.client_id));
    if (strcmp(u.status, "invited") == 0)
        TRY(invite_fill(c, &u));
    else if (strcmp(u.status, "active") != 0)
        tpl_show(c->page, N_INACTIVE);
    if (!access_allows(ctx_role(c), PERM_user_admin))
        return ERR_OK;
    fill_actions(c, &u);
    return fill_activity(c, u.id);
}

/* --- the form --- */

#define USER_FORM_FIELDS                                                       \
    FIELD(name, FIELD_TEXT, MSG_user_name, .max = 200,                         \
          .flags = FIELD_REQUIRED),                                            \
        FIELD(phone, FIELD_PHONE, MSG_user_phone, .max = 30),                  \
        CHOICE_FIELD(role, MSG_user_role, roles, .flags = FIELD_REQUIRED),     \
        FIELD(client, FIELD_TEXT, MSG_user_client, .max = 20)

static const struct field new_form[] = {
    USER_FORM_FIELDS,
    FIELD(email, FIELD_EMAIL, MSG_user_email, .max = 254,
          .flags = FIELD_REQUIRED),
    PASSWORD_FIELD(password, MSG_user_password, .max = PASSWORD_MAX_CHARS),
    {0},
};

static const struct field edit_form[] = {
    HIDDEN_FIELD(version, FIELD_INT, .flags = FIELD_REQUIRED),
    USER_FORM_FIELDS,
    {0},
};

/* "CL-000012", or only "12"; 0 for anything else. */
static int64_t client_number(const char *code)
{
    if (strncasecmp(code, "CL-", 3) == 0)
        code += 3;
    size_t n = strlen(code);
    if (n > 18 || strspn(code, "0123456789") != n)
        return 0;
    return strtoll(code, NULL, 10);
}

/* The client of an account of that role; refuses one that does not exist. */
static enum err take_client(struct ctx *c, int64_t *ret_id)
{
    struct client cl;
    *ret_id = 0;
    if (strcmp(form_text(&c->form, "role"), "client") != 0)
        return ERR_OK;
    int64_t id = client_number(form_text(&c->form, "client"));
    enum err e = client_get(c->app->db, c->arena, id, &cl);
    if (e == ERR_NOTFOUND) {
        form_refuse(&c->form, "client", MSG_user_client_bad);
        return ERR_OK;
    }
    *ret_id = id;
    return ctx_db(c, e);
}

static void take_fields(const struct ctx *c, struct user *u)
{
    u->name = form_text(&c->form, "name");
    u->phone = form_text(&c->form, "phone");
    u->role = form_text(&c->form, "role");
}

static void fill_form_frame(struct ctx *c, enum msg title, enum msg submit,
                            const char *cancel)
{
    tpl_set(c->page, N_FORM_TITLE, ctx_msg(c, title));
    tpl_set(c->page, N_SUBMIT_LABEL, ctx_msg(c, submit));
    tpl_set(c->page, N_CANCEL_HREF, cancel);
}

static enum err new_get(struct ctx *c)
{
    fill_form_frame(c, MSG_user_new_title, MSG_user_create, "/admin/usuarios/");
    struct tpl_dict *d = tpl_add(c->page, N_IS_NEW);
    bool can_invite = mail_has_links(&c->app->conf);
    tpl_show(d, can_invite ? N_CAN_INVITE : N_MUST_TYPE);
    /* together with what else is wrong */
    if (c->req.method == METHOD_POST && !can_invite &&
        form_text(&c->form, "password")[0] == '\0')
        form_refuse(&c->form, "password", MSG_form_required);
    return ERR_OK;
}

/* Without a password the person is invited to choose one, if we have mail. */
static enum err take_password(struct ctx *c, struct user *u)
{
    const char *password = form_text(&c->form, "password");
    u->status = "active";
    u->pass_hash = "";
    if (password[0] == '\0' && mail_has_links(&c->app->conf)) {
        u->status = "invited";
        return ERR_OK;
    }
    if (!password_long_enough(password)) {
        form_refuse(&c->form, "password", MSG_password_short);
        return ERR_INVALID;
    }
    if (form_has_errors(&c->form))
        return ERR_INVALID;
    return password_hash(c->arena, password, &u->pass_hash);
}

static enum err create_account(struct ctx *c, struct user *u)
{
    TRY(user_create(c->app->db, c->arena, u, ctx_actor(c), &u->id));
    return strcmp(u->status, "invited") == 0 ? invite_send(c, u) : ERR_OK;
}

static enum err new_post(struct ctx *c)
{
    struct user u = {.email = form_text(&c->form, "email")};
    struct db *db = c->app->db;
    take_fields(c, &u);
    TRY(take_client(c, &u.client_id));
    TRY(take_password(c, &u));
    if (form_has_errors(&c->form))
        return ERR_INVALID;
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    enum err e = audit_end(db, ctx_actor(c), create_account(c, &u));
    if (e == ERR_DUPLICATE) {
        form_refuse(&c->form, "email", MSG_user_taken);
        return ERR_INVALID;
    }
    TRY(ctx_db(c, e));
    log_info(c->app->log, "user.created", "id=%" PRId64 " role=%s by=%" PRId64,
             u.id, u.role, ctx_user_id(c));
    flash_set(c, strcmp(u.status, "invited") == 0 ? MSG_invite_flash_sent
                                                  : MSG_user_flash_created);
    resp_redirect(c->resp, user_href(c, u.id, ""));
    return ERR_OK;
}

static void user_to_form(struct ctx *c, const struct user *u)
{
    form_set(&c->form, "name", u->name);
    form_set(&c->form, "phone", show_phone(c, u->phone));
    form_set(&c->form, "role", u->role);
    if (u->client_id != 0)
        form_set(&c->form, "client",
                 arena_fmt(c->arena, "CL-%06" PRId64, u->client_id));
    form_set(&c->form, "version", arena_fmt(c->arena, "%" PRId64, u->version));
}

static enum err edit_get(struct ctx *c)
{
    struct user stored;
    TRY(ctx_db(c, user_get(c->app->db, c->arena, c->params[0], &stored)));
    fill_form_frame(c, MSG_user_edit_title, MSG_form_save,
                    user_href(c, stored.id, ""));
    tpl_set(c->page, N_USER_EMAIL, stored.email);
    tpl_show(c->page, N_IS_OLD);
    if (c->req.method != METHOD_POST) {
        user_to_form(c, &stored);
    } else if (!form_has_errors(&c->form) &&
               form_int(&c->form, "version") != stored.version) {
        /* saving once more then overwrites knowingly */
        page_form_notice(c, MSG_user_conflict);
        form_set(&c->form, "version",
                 arena_fmt(c->arena, "%" PRId64, stored.version));
    }
    return ERR_OK;
}

static enum err edit_post(struct ctx *c)
{
    struct user u;
    struct db *db = c->app->db;
    TRY(ctx_db(c, user_get(db, c->arena, c->params[0], &u)));
    if (u.id == ctx_user_id(c) &&
        strcmp(u.role, form_text(&c->form, "role")) != 0)
        form_refuse(&c->form, "role", MSG_user_not_self);
    take_fields(c, &u);
    u.version = form_int(&c->form, "version");
    TRY(take_client(c, &u.client_id));
    if (form_has_errors(&c->form))
        return ERR_INVALID;
    enum err e = user_update(db, c->arena, &u, ctx_actor(c));
    if (e == ERR_FORBIDDEN) {
        form_refuse(&c->form, "role", MSG_user_last_admin);
        return ERR_INVALID;
    }
    TRY(ctx_db(c, e));
    log_info(c->app->log, "user.saved", "id=%" PRId64 " role=%s by=%" PRId64,
             u.id, u.role, ctx_user_id(c));
    flash_set(c, MSG_user_flash_saved);
    resp_redirect(c->resp, user_href(c, u.id, ""));
    return ERR_OK;
}

/* --- deactivate and reactivate: buttons, each undone by the other --- */

static const struct field version_form[] = {
    PLAIN_FIELD(version, FIELD_INT, .flags = FIELD_REQUIRED),
    {0},
};

/* Whoever may not come in any more is out at once. */
static enum err switch_account(struct ctx *c, const struct user *u, bool active)
{
    TRY(ctx_db(c,
               user_set_active(c->app->db, c->arena, u, active, ctx_actor(c))));
    if (active)
        return ERR_OK;
    TRY(ctx_db(c, user_token_revoke(c->app->db, u->id)));
    return session_end_others(c, u->id, "");
}

/* What is taken from who was only invited is no way in that one gives back. */
static void say_switched(struct ctx *c, const struct user *u, bool active)
{
    if (active)
        flash_set(c, MSG_user_flash_activated);
    else if (strcmp(u->status, "invited") == 0)
        flash_set(c, MSG_invite_flash_revoked);
    else
        flash_set_undo(c, MSG_user_flash_deactivated,
                       user_href(c, u->id, "activar/"), u->version + 1);
}

static enum err set_active(struct ctx *c, bool active)
{
    struct user u;
    struct db *db = c->app->db;
    TRY(ctx_db(c, user_get(db, c->arena, c->params[0], &u)));
    u.version = form_int(&c->form, "version");
    if (u.id == ctx_user_id(c))
        return err_set(&c->note, ERR_FORBIDDEN, "one's own account");
    TRY(ctx_db(c, audit_begin(db, ctx_actor(c))));
    TRY(ctx_db(c, audit_end(db, ctx_actor(c), switch_account(c, &u, active))));
    log_info(c->app->log, active ? "user.activated" : "user.deactivated",
             "id=%" PRId64 " by=%" PRId64, u.id, ctx_user_id(c));
    say_switched(c, &u, active);
    resp_redirect(c->resp, user_href(c, u.id, ""));
    return ERR_OK;
}

static enum err deactivate_post(struct ctx *c)
{
    return set_active(c, false);
}

static enum err activate_post(struct ctx *c)
{
    return set_active(c, true);
}

const struct route users_routes[] = {
    {.name = "users.list",
     .path = "/admin/usuarios/",
     .need = PERM_user_view,
     .title = MSG_user_list_title,
     .tpl = &tpl_admin_list,
     .query = list_query,
     .get = list_get,
     .reads = "app_user app_user_search user_totp",
     .menu = {MSG_user_list_title, "shield", 80}},
    {.name = "users.new",
     .path = "/admin/usuarios/nuevo/",
     .need = PERM_user_admin,
     .title = MSG_user_new_title,
     .tpl = &tpl_admin_form,
     .form = new_form,
     .get = new_get,
     .post = new_post},
    {.name = "users.show",
     .path = "/admin/usuarios/{id}/",
     .need = PERM_user_view,
     .title = MSG_user_show_title,
     .tpl = &tpl_admin_show,
     .get = show_get},
    {.name = "users.edit",
     .path = "/admin/usuarios/{id}/editar/",
     .need = PERM_user_admin,
     .title = MSG_user_edit_title,
     .tpl = &tpl_admin_form,
     .form = edit_form,
     .get = edit_get,
     .post = edit_post},
    {.name = "users.deactivate",
     .path = "/admin/usuarios/{id}/desactivar/",
     .need = PERM_user_admin,
     .title = MSG_user_deactivate,
     .form = version_form,
     .post = deactivate_post},
    {.name = "users.invite",
     .path = "/admin/usuarios/{id}/reinvitar/",
     .need = PERM_user_admin,
     .title = MSG_invite_again,
     .post = invite_again_post},
    {.name = "users.totp_reset",
     .path = "/admin/usuarios/{id}/dos-pasos/",
     .need = PERM_user_admin,
     .title = MSG_totp_reset,
     .post = totp_reset_post},
    {.name = "users.activate",
     .path = "/admin/usuarios/{id}/activar/",
     .need = PERM_user_admin,
     .title = MSG_user_activate,
     .form = version_form,
     .post = activate_post},
    {0},
};
