#include <string.h>

#include "test/site.h"
#include "web/reqlog.h"

static const char *const quiet[] = {"/robots.txt", "/a b/", NULL};

START_TEST(what_is_left_out)
{
    static const struct {
        enum method method;
        const char *path, *query;
        size_t body;
        int status;
        bool hidden;
    } rows[] = {
        {METHOD_GET, "/robots.txt", "", 0, 200, true},
        {METHOD_HEAD, "/robots.txt", "", 0, 204, true},
        {METHOD_GET, "/a b/", "", 0, 200, true},
        {METHOD_GET, "/robots.txt/", "", 0, 200, false},
        {METHOD_GET, "/robots", "", 0, 200, false},
        {METHOD_GET, "/", "", 0, 200, false},
        {METHOD_POST, "/robots.txt", "", 0, 200, false},
        {METHOD_GET, "/robots.txt", "a=1", 0, 200, false},
        {METHOD_GET, "/robots.txt", "", 1, 200, false},
        {METHOD_GET, "/robots.txt", "", 0, 301, false},
        {METHOD_GET, "/robots.txt", "", 0, 404, false},
        {METHOD_GET, "/robots.txt", "", 0, 500, false},
    };
    struct config conf = {.http = {.suppress_paths = quiet}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct req r = {.method = rows[i].method,
                              .path = rows[i].path,
                              .query = rows[i].query,
                              .content_length = rows[i].body};
        ck_assert_msg(reqlog_hides(&conf, &r, rows[i].status) == rows[i].hidden,
                      "row %zu", i);
    }
}
END_TEST

START_TEST(paths_are_checked)
{
    static const char *const bad[] = {"/a", "b/", NULL};
    struct config conf = {.http = {.suppress_paths = quiet}};
    struct err_note why;
    ck_assert_int_eq(reqlog_check(&conf, &why), ERR_OK);
    conf.http.suppress_paths = bad;
    ck_assert_int_eq(reqlog_check(&conf, &why), ERR_CONFIG);
    ck_assert_str_eq(why.text,
                     "http.suppress_paths: \"b/\" does not begin with /");
}
END_TEST

/* What the log has of a GET of this path from this address. */
static const char *line_of(const char *client, const char *path)
{
    struct t_site *site = t_site_new(NULL);
    const char *file = t_path("log");
    struct log_conf lc = {.console_level = LOG_OFF,
                          .file_level = LOG_INFO,
                          .file = file,
                          .program = "test"};
    struct err_note why;
    ck_assert_int_eq(log_new(&lc, &site->app.log, &why), ERR_OK);
    site->app.conf.http.access_log = true;
    struct ctx *c = t_request(site, "");
    c->req.remote_addr = client;
    c->req.path = path;
    c->req.query = "secret=1";
    reqlog_write(c, 1234, 5);
    log_free(site->app.log);
    t_site_done(site);
    const char *at = strstr(t_read(file), "client=");
    return at != NULL ? arena_dup(t_arena, at, strcspn(at, "\n")) : "";
}

START_TEST(the_line)
{
    ck_assert_str_eq(line_of("2001:db8::7", "/clientes/"),
                     "client=2001:db8::7 method=GET path=/clientes/ "
                     "query_bytes=8 status=200 bytes=0 us=1234 statements=5 "
                     "route=-");
    t_contains(line_of("::ffff:192.0.2.7", "/"),
               "client=::ffff:192.0.2.7 method");
    t_contains(line_of("unix:", "/a status=500/\"/"),
               "client=- method=GET path=/a+status%3D500/%22/ query");
}
END_TEST

Suite *reqlog_suite(void)
{
    Suite *s = suite_create("reqlog");
    TCase *t = t_case(s, "reqlog");
    tcase_add_test(t, what_is_left_out);
    tcase_add_test(t, paths_are_checked);
    tcase_add_test(t, the_line);
    return s;
}
