#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "out/fetch.h"
#include "test/support.h"

START_TEST(only_https_and_this_machine)
{
    static const char *const good[] = {"https://login.example/t/v2.0",
                                       "https://a.b.co:8443/x?y=z",
                                       "https://a",
                                       "http://127.0.0.1:1/",
                                       "http://localhost/x",
                                       "http://[::1]:8080/"};
    static const char *const bad[] = {"",
                                      "a",
                                      "http://a.co/",
                                      "HTTPS://a.co/",
                                      "ftp://127.0.0.1/",
                                      "http://127.0.0.1.evil.co/",
                                      "http://localhost.evil.co/",
                                      "http://127.0.0.1@evil.co/",
                                      "http://127.0.0.1:80@evil.co/",
                                      "http://[::1].evil.co/",
                                      "https://",
                                      "https://u:p@a.co/",
                                      "https://a.co:80@evil.co/",
                                      "https://[::2]/",
                                      "https://a.co\\@b.co/",
                                      "https://a.co#@b.co/",
                                      "https://a.co/ x",
                                      "https://a.co/\r\nX: y",
                                      "https://a.co/\xc3\xa9",
                                      "https://a.co/\"",
                                      "http://127.1/",
                                      "http://0x7f000001/",
                                      "http://2130706433/",
                                      "file:///etc/passwd"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        ck_assert_msg(fetch_allowed(good[i]), "%s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!fetch_allowed(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(origins)
{
    ck_assert_str_eq(fetch_origin(t_arena, "https://a.co/x?y"), "https://a.co");
    ck_assert_str_eq(fetch_origin(t_arena, "http://[::1]:8/x"),
                     "http://[::1]:8");
    ck_assert_ptr_null(fetch_origin(t_arena, "http://a.co/"));
}
END_TEST

static enum err ask(const char *url, int64_t timeout_ms, struct err_note *why)
{
    struct fetch_answer answer;
    const struct fetch f = {
        .url = url, .ca_file = "", .timeout_ms = timeout_ms};
    return fetch_perform(t_arena, &f, &answer, why);
}

/* A server that takes connections and says nothing. */
START_TEST(an_end_to_time)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    struct err_note why;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, n), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    const char *url =
        arena_fmt(t_arena, "http://127.0.0.1:%d/", ntohs(at.sin_port));
    int64_t began = clock_ms();
    t_is(ask(url, 100, &why), ERR_UNAVAIL);
    ck_assert_int_lt(clock_ms() - began, 5000);
    t_is(ask(url, 0, &why), ERR_UNAVAIL);
    t_contains(why.text, "no time");
    close(fd);
    t_is(ask(url, 1000, &why), ERR_UNAVAIL);
    t_is(ask("http://evil.example/", 1000, &why), ERR_CONFIG);
}
END_TEST

Suite *fetch_suite(void)
{
    Suite *s = suite_create("fetch");
    TCase *tc = t_case(s, "fetch");
    tcase_add_test(tc, only_https_and_this_machine);
    tcase_add_test(tc, origins);
    tcase_add_test(tc, an_end_to_time);
    return s;
}
