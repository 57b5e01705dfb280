#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/local_http.h"
#include "test/support.h"

static char dir[] = "/tmp/ptlhXXXXXX", address[64];
static int patience_ms; /* who answers may have to wait for a processor */
static int listener;
static pid_t child;

static void setup(void)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(address, sizeof(address), "unix:%s/s", dir);
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/s", dir);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
    ck_assert_int_eq(listen(listener, 4), 0);
    child = 0;
    patience_ms = 20000;
}

static void teardown(void)
{
    if (child > 0)
        waitpid(child, NULL, 0);
    close(listener);
    unlink(address + 5);
    rmdir(dir);
}

/* Answers one request with this text, after it has come. */
static void answer_with(const char *text)
{
    child = fork();
    if (child != 0)
        return;
    char request[512];
    int fd = accept(listener, NULL, NULL);
    ssize_t n = read(fd, request, sizeof(request) - 1);
    request[n > 0 ? n : 0] = '\0';
    bool right = strncmp(request, "GET /x HTTP/1.1\r\n", 17) == 0;
    n = right ? write(fd, text, strlen(text)) : 0;
    close(fd);
    _exit(n < 0);
}

static struct err_note why;

static enum err call(struct buf *body, int *ret_status)
{
    const struct local_http_request r = {.address = address,
                                         .method = "GET",
                                         .path = "/x",
                                         .timeout_ms = patience_ms};
    why.text[0] = '\0';
    return local_http_call(&r, ret_status, body, &why);
}

START_TEST(status_and_body)
{
    struct buf body;
    int status = 0;
    buf_init(&body, 100);
    answer_with("HTTP/1.1 503 No\r\nA: b\r\n\r\ntext\r\n\r\nmore");
    ck_assert_int_eq(call(&body, &status), ERR_OK);
    ck_assert_int_eq(status, 503);
    ck_assert_str_eq(buf_str(&body), "text\r\n\r\nmore");
    buf_done(&body);
}
END_TEST

START_TEST(who_says_no_http_went_away)
{
    static const char *const texts[] = {"", "HTTP/1.1 200 OK\r\n", "\r\n\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct buf body;
        int status = 0;
        buf_init(&body, 100);
        answer_with(texts[i]);
        ck_assert_int_eq(call(&body, &status), ERR_UNAVAIL);
        ck_assert_str_ne(why.text, "");
        waitpid(child, NULL, 0);
        child = 0;
        buf_done(&body);
    }
}
END_TEST

START_TEST(silence_has_an_end)
{
    struct buf body;
    int status = 0;
    buf_init(&body, 100);
    patience_ms = 200;
    int64_t start = clock_ms(); /* the kernel accepts, nobody answers */
    ck_assert_int_eq(call(&body, &status), ERR_UNAVAIL);
    ck_assert_int_ge(clock_ms() - start, 150);
    ck_assert_int_lt(clock_ms() - start, 3000);
    ck_assert(local_http_alive(address));
    buf_done(&body);
}
END_TEST

START_TEST(nobody_is_there)
{
    struct buf body;
    int status = 0;
    buf_init(&body, 100);
    unlink(address + 5);
    ck_assert_int_eq(call(&body, &status), ERR_UNAVAIL);
    ck_assert(!local_http_alive(address));
    memset(address + 5, 'a', sizeof(address) - 6);
    address[sizeof(address) - 1] = '\0';
    ck_assert_int_eq(call(&body, &status), ERR_UNAVAIL);
    buf_done(&body);
}
END_TEST

Suite *local_http_suite(void)
{
    Suite *s = suite_create("local_http");
    TCase *tc = tcase_create("calls");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, status_and_body);
    tcase_add_test(tc, who_says_no_http_went_away);
    tcase_add_test(tc, silence_has_an_end);
    tcase_add_test(tc, nobody_is_there);
    suite_add_tcase(s, tc);
    return s;
}
