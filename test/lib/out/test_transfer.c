#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "out/transfer.h"
#include "test/support.h"

static CURL *curl;
static char error[CURL_ERROR_SIZE];

static CURLcode try(const char *url)
{
    transfer_begin(curl, &(struct transfer){.url = url,
                                            .protocols = "http",
                                            .ca_file = "",
                                            .error = error});
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    return curl_easy_perform(curl);
}

/* A port that answers; one that does not would be the environment's proxy. */
START_TEST(straight_and_by_these_protocols_alone)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, n), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    const char *url =
        arena_fmt(t_arena, "http://127.0.0.1:%d/", ntohs(at.sin_port));
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    curl = curl_easy_init();
    ck_assert_int_eq(try("https://127.0.0.1:1/"), CURLE_UNSUPPORTED_PROTOCOL);
    t_contains(transfer_problem(error, CURLE_OK), "https");
    ck_assert_int_eq(try("file:///etc/passwd"), CURLE_UNSUPPORTED_PROTOCOL);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp"); /* forgotten */
    ck_assert_int_eq(try(url), CURLE_OK);
    ck_assert_str_eq(error, "");
    ck_assert_str_eq(transfer_problem(error, CURLE_COULDNT_CONNECT),
                     curl_easy_strerror(CURLE_COULDNT_CONNECT));
    curl_easy_cleanup(curl);
    unsetenv("http_proxy");
    close(fd);
}
END_TEST

START_TEST(lines)
{
    struct curl_slist *l = transfer_line(transfer_line(NULL, "a"), "b");
    ck_assert_str_eq(l->data, "a");
    ck_assert_str_eq(l->next->data, "b");
    ck_assert_ptr_null(l->next->next);
    curl_slist_free_all(l);
}
END_TEST

Suite *transfer_suite(void)
{
    Suite *s = suite_create("transfer");
    TCase *tc = t_case(s, "transfer");
    tcase_add_test(tc, straight_and_by_these_protocols_alone);
    tcase_add_test(tc, lines);
    return s;
}
