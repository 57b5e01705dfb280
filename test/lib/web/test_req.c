#include <string.h>

#include "base/limits.h"
#include "test/support.h"
#include "web/req.h"

enum { MAX_ENV = 12 };

static struct req r;
static struct err_note why;

/* Reads a GET of / whose environment begins with the given variables. */
static enum err parse(const char *const *extra)
{
    char *env[MAX_ENV + 3] = {0};
    size_t n = 0;
    for (; extra[n] != NULL && n < MAX_ENV; n++)
        env[n] = arena_strdup(t_arena, extra[n]);
    env[n++] = arena_strdup(t_arena, "REQUEST_METHOD=GET");
    env[n++] = arena_strdup(t_arena, "REQUEST_URI=/");
    memset(&r, 0, sizeof(r));
    why.text[0] = '\0';
    return req_parse(t_arena, env, &r, &why);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

/* name, and n times c */
static const char *with(const char *name, char c, size_t n)
{
    char *text = arena_alloc(t_arena, n + 1);
    memset(text, c, n);
    text[n] = '\0';
    return arena_fmt(t_arena, "%s%s", name, text);
}

START_TEST(a_whole_request)
{
    t_ok(PARSE(
        "REQUEST_METHOD=POST", "REQUEST_URI=/clientes/%C3%B1+x/?q=a%20b&c",
        "HTTPS=on", "QUERY_STRING=q=a%20b&c", "HTTP_HOST=example.com",
        "HTTP_COOKIE=a=b", "CONTENT_TYPE=text/plain", "CONTENT_LENGTH=12",
        "REMOTE_ADDR=192.0.2.1", "HTTP_USER_AGENT=unit",
        "REQUEST_ID=abc-DEF_123", "REQUEST_START=1764300000.123"));
    ck_assert_int_eq(r.method, METHOD_POST);
    ck_assert_str_eq(r.method_name, "POST");
    ck_assert_str_eq(r.path, "/clientes/ñ+x/");
    ck_assert_str_eq(r.query, "q=a%20b&c");
    ck_assert_str_eq(r.host, "example.com");
    ck_assert_str_eq(r.cookie, "a=b");
    ck_assert_str_eq(r.content_type, "text/plain");
    ck_assert_uint_eq(r.content_length, 12);
    ck_assert_str_eq(r.remote_addr, "192.0.2.1");
    ck_assert_str_eq(r.user_agent, "unit");
    ck_assert_str_eq(r.request_id, "abc-DEF_123");
    ck_assert(r.https);
    ck_assert_int_eq(r.start_ms, 1764300000123);
}
END_TEST

START_TEST(an_empty_one)
{
    char *none[] = {NULL};
    t_is(req_parse(t_arena, none, &r, &why), ERR_METHOD);
    ck_assert_str_eq(r.path, "/"); /* the error page needs all of it */
    ck_assert_str_eq(r.query, "");
    ck_assert_str_eq(r.cookie, "");
    ck_assert_str_eq(r.remote_addr, "");
    ck_assert_uint_eq(strlen(r.request_id), 32);
    t_ok(PARSE("no equals sign", "", "=", "X=y"));
    ck_assert_int_eq(r.method, METHOD_GET);
    ck_assert_uint_eq(r.content_length, 0);
    ck_assert_int_eq(r.start_ms, 0);
    ck_assert(!r.https);
}
END_TEST

START_TEST(methods)
{
    t_ok(PARSE("REQUEST_METHOD=HEAD"));
    ck_assert_int_eq(r.method, METHOD_HEAD);
    static const char *const bad[] = {
        "REQUEST_METHOD=PUT", "REQUEST_METHOD=get",
        "REQUEST_METHOD=", "REQUEST_METHOD=GET ", "REQUEST_METHOD=OPTIONS"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        t_is(PARSE(bad[i]), ERR_METHOD);
    t_contains(why.text, "OPTIONS");
}
END_TEST

START_TEST(paths_are_refused)
{
    static const char *const bad[] = {
        "REQUEST_URI=",
        "REQUEST_URI=clientes/",
        "REQUEST_URI=http://other/",
        "REQUEST_URI=*",
        "REQUEST_URI=/%",
        "REQUEST_URI=/%zz",
        "REQUEST_URI=/a%00b",
        "REQUEST_URI=/%ff",       /* no UTF-8 */
        "REQUEST_URI=/%c0%af",    /* an overlong "/" */
        "REQUEST_URI=/%ed%a0%80", /* a surrogate */
        "REQUEST_URI=/\xff",
        "REQUEST_URI=/../etc",
        "REQUEST_URI=/a/../b",
        "REQUEST_URI=/a/..",
        "REQUEST_URI=/..",
        "REQUEST_URI=/a/%2e%2e/b",
        "REQUEST_URI=/a%2f..%2fb",
        "REQUEST_URI=/a%2f..",
        "REQUEST_URI=/a\\b",
        "REQUEST_URI=/a%5cb",
        "REQUEST_URI=/a%0d%0aSet-Cookie:x",
        "REQUEST_URI=/a%0ab",
        "REQUEST_URI=/a%1bb",
        "REQUEST_URI=/a%7f",
        "REQUEST_URI=/a%09b",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_msg(PARSE(bad[i]) == ERR_BADREQ, "accepted: %s", bad[i]);
        ck_assert_str_eq(r.path, "/");
        ck_assert_str_ne(why.text, "");
    }
}
END_TEST

START_TEST(paths_are_decoded_once)
{
    static const struct {
        const char *uri, *path;
    } vectors[] = {
        {"REQUEST_URI=/%2525", "/%25"},   {"REQUEST_URI=/a+b", "/a+b"},
        {"REQUEST_URI=//a//b", "//a//b"}, {"REQUEST_URI=/...", "/..."},
        {"REQUEST_URI=/a..b/", "/a..b/"}, {"REQUEST_URI=/a?b?c", "/a"},
        {"REQUEST_URI=/?", "/"},          {"REQUEST_URI=/a%3Fb", "/a?b"},
        {"REQUEST_URI=/..a/", "/..a/"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        t_ok(PARSE(vectors[i].uri));
        ck_assert_str_eq(r.path, vectors[i].path);
    }
}
END_TEST

START_TEST(lengths_have_limits)
{
    t_ok(PARSE(with("REQUEST_URI=/", 'a', MAX_PATH_BYTES - 1)));
    t_is(PARSE(with("REQUEST_URI=/", 'a', MAX_PATH_BYTES)), ERR_BADREQ);
    t_contains(why.text, "1024");
    t_ok(PARSE(with("QUERY_STRING=", 'a', MAX_QUERY_BYTES)));
    t_is(PARSE(with("QUERY_STRING=", 'a', MAX_QUERY_BYTES + 1)), ERR_BADREQ);
    t_contains(why.text, "4096");
    t_ok(PARSE(with("HTTP_COOKIE=", 'a', MAX_COOKIE_BYTES)));
    ck_assert_uint_eq(strlen(r.cookie), MAX_COOKIE_BYTES);
    t_ok(PARSE(with("HTTP_COOKIE=", 'a', MAX_COOKIE_BYTES + 1)));
    ck_assert_str_eq(r.cookie, "");
    char *env[MAX_PARAMS + 2] = {0};
    for (size_t i = 0; i < MAX_PARAMS; i++)
        env[i] = arena_fmt(t_arena, "X%zu=y", i);
    env[0] = arena_strdup(t_arena, "REQUEST_METHOD=GET");
    env[1] = arena_strdup(t_arena, "REQUEST_URI=/");
    t_ok(req_parse(t_arena, env, &r, &why));
    env[MAX_PARAMS] = arena_strdup(t_arena, "X=y");
    t_is(req_parse(t_arena, env, &r, &why), ERR_BADREQ);
    t_contains(why.text, "more than 200 FastCGI parameters");
}
END_TEST

START_TEST(body_lengths)
{
    static const char *const bad[] = {"CONTENT_LENGTH=x", "CONTENT_LENGTH=-1",
                                      "CONTENT_LENGTH=1 ", "CONTENT_LENGTH=+1",
                                      "CONTENT_LENGTH=0x1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        t_is(PARSE(bad[i]), ERR_BADREQ);
    t_ok(PARSE("CONTENT_LENGTH="));
    ck_assert_uint_eq(r.content_length, 0);
    t_ok(PARSE("CONTENT_LENGTH=999999999999"));
    ck_assert_uint_eq(r.content_length, 999999999999);
    t_is(PARSE("CONTENT_LENGTH=1000000000000"), ERR_TOOLARGE);
    t_is(PARSE("CONTENT_LENGTH=99999999999999999999999999"), ERR_TOOLARGE);
}
END_TEST

/* https://httpoxy.org: a Proxy header must not look like a setting. */
START_TEST(a_proxy_header_goes_nowhere)
{
    t_ok(PARSE("HTTP_PROXY=http://evil/", "HTTPS=off", "HTTPSX=on"));
    ck_assert(!r.https);
    t_ok(PARSE("HTTP_HTTPS=on"));
    ck_assert(!r.https);
    t_ok(PARSE("HTTPS=1"));
    ck_assert(!r.https);
    t_ok(PARSE("HTTPS=on", "HTTPS=off")); /* the first counts */
    ck_assert(r.https);
}
END_TEST

START_TEST(request_ids_are_filtered)
{
    static const char *const bad[] = {"", "a b", "a\nb", "a\"b", "é", "a/b"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t_ok(PARSE(arena_fmt(t_arena, "REQUEST_ID=%s", bad[i])));
        ck_assert_str_ne(r.request_id, bad[i]);
        ck_assert_uint_eq(strlen(r.request_id), 32);
        ck_assert_uint_eq(strspn(r.request_id, "0123456789abcdef"), 32);
    }
    t_ok(PARSE(with("REQUEST_ID=", 'a', MAX_REQUEST_ID_BYTES)));
    ck_assert_uint_eq(strlen(r.request_id), MAX_REQUEST_ID_BYTES);
    t_ok(PARSE(with("REQUEST_ID=", 'a', MAX_REQUEST_ID_BYTES + 1)));
    ck_assert_uint_eq(strlen(r.request_id), 32);
}
END_TEST

START_TEST(texts_that_are_no_utf8_are_empty)
{
    t_ok(PARSE("HTTP_USER_AGENT=a\xff", "HTTP_COOKIE=a=\xc3", "HTTP_HOST=\x80",
               "QUERY_STRING=a=\xff"));
    ck_assert_str_eq(r.user_agent, "");
    ck_assert_str_eq(r.cookie, "");
    ck_assert_str_eq(r.host, "");
    ck_assert_str_eq(r.query, "");
}
END_TEST

START_TEST(start_times)
{
    static const struct {
        const char *text;
        int64_t ms;
    } vectors[] = {
        {"REQUEST_START=1764300000.000", 1764300000000},
        {"REQUEST_START=1764300000", 1764300000000},
        {"REQUEST_START=", 0},
        {"REQUEST_START=x", 0},
        {"REQUEST_START=-5.000", 0},
        {"REQUEST_START=1.1000", 0},
        {"REQUEST_START=1.-1", 0},
        {"REQUEST_START=9223372036854775807.999", 0},
        {"REQUEST_START=99999999999999999999999.000", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        t_ok(PARSE(vectors[i].text));
        ck_assert_int_eq(r.start_ms, vectors[i].ms);
    }
}
END_TEST

static const char *cookie(const char *header, const char *name)
{
    struct req one = {.cookie = header};
    return req_cookie(&one, t_arena, name);
}

START_TEST(cookies_are_found_by_their_whole_name)
{
    ck_assert_pstr_eq(cookie("a=b", "a"), "b");
    ck_assert_pstr_eq(cookie("x=1; a=b; y=2", "a"), "b");
    ck_assert_pstr_eq(cookie("x=1;a=b;y=2", "a"), "b");
    ck_assert_pstr_eq(cookie(" ;; a=b", "a"), "b");
    ck_assert_pstr_eq(cookie("a=b=c", "a"), "b=c");
    ck_assert_pstr_eq(cookie("a=", "a"), "");
    ck_assert_pstr_eq(cookie("a=1; a=2", "a"), "1");
    ck_assert_pstr_eq(cookie("a=\"b\"", "a"), "\"b\"");
    static const char *const without[] = {"",     "a",    ";",   "b=a=x",
                                          "aa=b", "A=b",  "x=a", "xa=b",
                                          "a =b", "; ; ", "=a",  "ab=a"};
    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        ck_assert_msg(cookie(without[i], "a") == NULL, "found in: %s",
                      without[i]);
}
END_TEST

Suite *req_suite(void)
{
    Suite *s = suite_create("req");
    TCase *tc = t_case(s, "req");
    tcase_add_test(tc, a_whole_request);
    tcase_add_test(tc, an_empty_one);
    tcase_add_test(tc, methods);
    tcase_add_test(tc, paths_are_refused);
    tcase_add_test(tc, paths_are_decoded_once);
    tcase_add_test(tc, lengths_have_limits);
    tcase_add_test(tc, body_lengths);
    tcase_add_test(tc, a_proxy_header_goes_nowhere);
    tcase_add_test(tc, request_ids_are_filtered);
    tcase_add_test(tc, texts_that_are_no_utf8_are_empty);
    tcase_add_test(tc, start_times);
    tcase_add_test(tc, cookies_are_found_by_their_whole_name);
    return s;
}
