/* Requests through the dispatcher, with a cache behind them. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "model/user.h"
#include "test/cache.h"
#include "test/database.h"
#include "test/site.h"
#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/route.h"

static const char count_clients[] = "SELECT count(*) AS n FROM client";
static const char count_messages[] =
    "SELECT count(*) AS n FROM contact_message";
static const char make_technician[] =
    "UPDATE app_user SET role = 'technician' WHERE id = $1";
static const char add_message[] =
    "INSERT INTO contact_message (uid, name, email, phone, subject, message,"
    " lang, ip, consent_text, consent_at, created_at)"
    " VALUES ($1, '', '', '', 'other', '', 'es', '', '', 1, 1)";

struct number {
    int64_t n;
};

static const struct column number_cols[] = {COL(COL_INT, struct number, n),
                                            {0}};

/* How often a handler ran. */
static unsigned runs;

static enum err read_number(struct ctx *c, const char *sql)
{
    struct number row;
    return ctx_db(c, db_one(c->app->db, c->arena, &(struct query){.sql = sql},
                            number_cols, &row));
}

/* Says everything it knows of the person. */
static enum err tell_all(struct ctx *c)
{
    const struct session *s = c->session;
    runs++;
    tpl_set(c->page, N_ERROR_TITLE,
            arena_fmt(c->arena, "[%s|%s|%s|%s|%s|%s|%s|%s|%" PRId64 "|%d]",
                      s->name, s->email, s->token, s->theme, c->req.cookie,
                      c->req.query, c->req.remote_addr, c->req.user_agent,
                      ctx_user_id(c), (int)s->role));
    tpl_set(c->page, N_ERROR_TEXT, form_text(&c->query, "q"));
    return read_number(c, count_clients);
}

static enum err read_other(struct ctx *c)
{
    runs++;
    return read_number(c, count_messages);
}

static enum err give_token(struct ctx *c)
{
    runs++;
    tpl_set(c->page, N_ERROR_TEXT, csrf_token(c));
    return ERR_OK;
}

static enum err fail_once(struct ctx *c UNUSED)
{
    return runs++ == 0 ? ERR_NOTFOUND : ERR_OK;
}

static const struct field query[] = {PLAIN_FIELD(q, FIELD_TEXT, .max = 20),
                                     {0}};

#define KEPT(id, where, ...)                                                   \
    {                                                                          \
        .name = (id), .path = (where), .title = MSG_layout_login,              \
        .tpl = &tpl__layout_error, __VA_ARGS__                                 \
    }

static const struct route table[] = {
    KEPT("shared", "/compartida/", .need = PERM_own, .get = tell_all,
         .query = query, .reads = "client"),
    KEPT("own", "/propia/", .need = PERM_own, .get = tell_all, .query = query,
         .reads = "client", .personal = true),
    KEPT("liar", "/otra/", .need = PERM_own, .get = read_other,
         .reads = "client"),
    KEPT("token", "/clave/", .need = PERM_public, .get = give_token,
         .reads = ""),
    KEPT("gone", "/nada/", .need = PERM_own, .get = fail_once, .reads = ""),
    {0},
};

static struct t_caches t;
static struct t_site *site;
static struct db *db;
static const char *ana, *eva, *tom; /* their cookies */

static const char *log_in(const char *email, const char *name, const char *role,
                          int64_t *ret_id)
{
    struct user u = {
        .email = email, .name = name, .role = role, .pass_hash = ""};
    t_ok(user_create(db, t_arena, &u, t_actor(0), ret_id));
    t_ok(session_start(t_request(site, ""), *ret_id, false));
    return t_cookie_back(site, "__Host-pt_session");
}

static int64_t ana_id, eva_id, tom_id;

static void begin(int cache)
{
    static const struct route *const tables[] = {table, NULL};
    struct err_note why = {""};
    runs = 0;
    db = t_db_new(ON_SQLITE);
    site = t_site_new(db);
    site->app.conf.debug = true;
    ck_assert_msg(router_new(tables, &site->app.router, &why) == ERR_OK, "%s",
                  why.text);
    t_ok(log_new(&(struct log_conf){.console_level = LOG_OFF,
                                    .file_level = LOG_OFF,
                                    .program = "test"},
                 &site->app.log, &why));
    t_caches_new(&t, cache);
    db_use_cache(db, t.a);
    site->app.cache = t.a;
    ana = log_in("ana@example.com", "Ana Uno", "office", &ana_id);
    eva = log_in("eva@example.com", "Eva Dos", "office", &eva_id);
    tom = log_in("tom@example.com", "Tom Tres", "technician", &tom_id);
}

static void end(void)
{
    router_free(site->app.router);
    log_free(site->app.log);
    t_site_done(site);
    db_close(db);
    t.a = NULL;
    t_caches_done(&t);
}

static size_t no_body(void *source UNUSED, char *p UNUSED, size_t n UNUSED)
{
    return 0;
}

/* The body of the answer to a GET. */
static const char *get(const char *uri, const char *cookie)
{
    const char *mark = strchr(uri, '?');
    char *const env[] = {
        arena_fmt(t_arena, "REQUEST_METHOD=GET"),
        arena_fmt(t_arena, "REQUEST_URI=%s", uri),
        arena_fmt(t_arena, "QUERY_STRING=%s", mark != NULL ? mark + 1 : ""),
        arena_fmt(t_arena, "HTTP_COOKIE=%s", cookie),
        arena_fmt(t_arena, "HTTP_HOST=secret-host"),
        arena_fmt(t_arena, "HTTP_USER_AGENT=secret-agent"),
        arena_fmt(t_arena, "REMOTE_ADDR=192.0.2.99"),
        arena_fmt(t_arena, "HTTPS=on"),
        NULL};
    resp_reset(&site->resp);
    dispatch(&site->app, t_arena, env, no_body, NULL, &site->resp);
    return arena_strdup(t_arena, buf_str(&site->resp.body));
}

/* What the headers of the last answer say: "X-Statements: 0". */
#define says(line) t_contains(buf_str(&site->resp.headers), (line))

START_TEST(read_once_for_all_alike)
{
    begin(_i);
    const char *first = get("/compartida/", ana);
    says("page=miss");
    const char *second = get("/compartida/", ana);
    says("X-Statements: 0\r\n");
    says("session=hit page=hit");
    t_contains(first, "Ana Uno"); /* in the frame */
    t_contains(second, "Ana Uno");
    const char *other = get("/compartida/", eva);
    t_contains(other, "Eva Dos");
    ck_assert_ptr_null(strstr(other, "Ana"));
    says("page=hit");
    ck_assert_uint_eq(runs, 1);
    (void)get("/compartida/", tom); /* another role */
    ck_assert_uint_eq(runs, 2);
    (void)get("/compartida/?q=x", ana); /* another question */
    ck_assert_uint_eq(runs, 3);
    (void)get("/compartida/?q=%20x&unknown=1", eva); /* the same */
    ck_assert_uint_eq(runs, 3);
    end();
}
END_TEST

START_TEST(the_handler_knows_nobody)
{
    begin(_i);
    const char *page = get("/compartida/?q=plain&x=secret", ana);
    t_contains(page, "<h1>[||||||||0|2]</h1>");
    t_contains(page, "plain");
    ck_assert_ptr_null(strstr(page, "secret"));
    ck_assert_ptr_null(strstr(page, "192.0.2.99"));
    /* on a page of one's own, the account and nothing else */
    t_contains(get("/propia/", ana),
               arena_fmt(t_arena, "<h1>[||||||||%" PRId64 "|2]</h1>", ana_id));
    end();
}
END_TEST

START_TEST(one_s_own_pages)
{
    begin(_i);
    for (int i = 0; i < 3; i++) {
        t_contains(get("/propia/", ana),
                   arena_fmt(t_arena, "|%" PRId64 "|", ana_id));
        t_contains(get("/propia/", eva),
                   arena_fmt(t_arena, "|%" PRId64 "|", eva_id));
    }
    ck_assert_uint_eq(runs, 2);
    end();
}
END_TEST

START_TEST(a_table_that_is_not_named)
{
    begin(_i);
    int64_t shortest = CACHE_LEASE_MS;
    for (unsigned i = 1; i <= 4; i++) {
        int64_t start = clock_ms();
        (void)get("/otra/", ana);
        ck_assert_int_eq(site->resp.status, 200);
        ck_assert_uint_eq(runs, i); /* never kept */
        if (i > 1 && clock_ms() - start < shortest)
            shortest = clock_ms() - start;
    }
    /* nor does anybody wait for the one before, but for a processor */
    ck_assert_int_lt(shortest, CACHE_LEASE_MS);
    end();
}
END_TEST

START_TEST(a_token_is_nobody_s)
{
    begin(_i);
    const char *page = get("/clave/", ana);
    const char *at = strstr(page, "<p class=\"lead\">");
    ck_assert_ptr_nonnull(at);
    const char *token = arena_dup(t_arena, at + 16, 64);
    struct ctx *c = t_request(site, ana);
    t_ok(session_load(c));
    ck_assert(!csrf_valid(c, token));
    /* a visitor would get a cookie with it: such a page is not kept */
    runs = 0;
    for (unsigned i = 1; i <= 3; i++) {
        (void)get("/clave/", "");
        ck_assert_uint_eq(runs, i);
    }
    end();
}
END_TEST

START_TEST(errors_are_not_kept)
{
    begin(_i);
    (void)get("/nada/", ana);
    ck_assert_int_eq(site->resp.status, 404);
    (void)get("/nada/", ana);
    ck_assert_int_eq(site->resp.status, 200);
    (void)get("/nada/", ana);
    ck_assert_int_eq(site->resp.status, 200);
    ck_assert_uint_eq(runs, 2);
    end();
}
END_TEST

START_TEST(a_write_is_seen_by_the_next_request)
{
    begin(_i);
    (void)get("/compartida/", ana);
    (void)get("/compartida/", ana);
    t_ok(db_write(db, QUERY(add_message, db_text("x")), NULL));
    (void)get("/compartida/", ana);
    ck_assert_uint_eq(runs, 1); /* of another table */
    t_ok(db_write(db, QUERY(make_technician, db_int(ana_id)), NULL));
    t_contains(get("/compartida/", ana), "|3]"); /* the new role */
    ck_assert_uint_eq(runs, 2);
    end();
}
END_TEST

START_TEST(without_a_cache)
{
    begin(IN_SHM);
    site->app.cache = NULL;
    for (unsigned i = 1; i <= 2; i++) {
        t_contains(get("/compartida/", ana), "<h1>[||||||||0|2]</h1>");
        says("X-Cache: none\r\n");
        ck_assert_uint_eq(runs, i);
    }
    end();
}
END_TEST

Suite *cached_suite(void)
{
    Suite *s = suite_create("cached");
    TCase *tc = t_db_case(s, "pages");
    t_add_caches(tc, read_once_for_all_alike);
    t_add_caches(tc, the_handler_knows_nobody);
    t_add_caches(tc, one_s_own_pages);
    t_add_caches(tc, a_table_that_is_not_named);
    t_add_caches(tc, a_token_is_nobody_s);
    t_add_caches(tc, errors_are_not_kept);
    t_add_caches(tc, a_write_is_seen_by_the_next_request);
    tcase_add_test(tc, without_a_cache);
    return s;
}
