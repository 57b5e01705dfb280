#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "test/support.h"
#include "web/fcgi.h"

enum { HEADER = 8, STDOUT = 6, END = 3, PATIENCE_MS = 200 };

/* A request without parameters or body: BEGIN, PARAMS, STDIN. */
static const char request[] = "\1\1\0\7\0\10\0\0\0\1\0\0\0\0\0\0"
                              "\1\4\0\7\0\0\0\0"
                              "\1\5\0\7\0\0\0\0";

static struct fcgi *fcgi;
static int listener;
static struct resp resp;

static void listen_at(struct sockaddr_un *at)
{
    static const struct peer_list *peers;
    struct err_note why = {""};
    at->sun_family = AF_UNIX;
    strncpy(at->sun_path, t_path("sock"), sizeof(at->sun_path) - 1);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)at, sizeof(*at)), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    t_ok(peer_list_new(t_arena, NULL, NULL, &peers, &why));
    struct fcgi_conf conf = {.listener = listener,
                             .read_timeout_ms = 5000,
                             .write_timeout_ms = PATIENCE_MS,
                             .peers = peers};
    t_ok(fcgi_new(&conf, &fcgi, &why));
}

/* A process that asks once, and ends with what fn returns. */
static pid_t ask(int (*fn)(int fd))
{
    struct sockaddr_un at = {0};
    sigset_t none;
    sigemptyset(&none);
    listen_at(&at);
    pid_t pid = fork();
    if (pid != 0) {
        ck_assert_int_eq(fcgi_next(fcgi, &none), FCGI_REQUEST);
        return pid;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        !fd_write_all(fd, request, sizeof(request) - 1))
        _exit(2);
    _exit(fn(fd));
}

static void end(void)
{
    fcgi_finish(fcgi);
    fcgi = fcgi_free(fcgi);
    close(listener);
    resp_done(&resp);
}

static void check_good_end_of(pid_t pid)
{
    int status = -1;
    end();
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

/* Everything up to the end of the connection; in bites, as nginx does. */
static size_t read_all(int fd, unsigned char *p, size_t room)
{
    size_t n = 0;
    ssize_t got;
    while ((got = read(fd, p + n, room - n > 16384 ? 16384 : room - n)) > 0)
        n += (size_t)got;
    return got == 0 ? n : 0;
}

/* Its records hold what was sent, one after the other, and an end. */
static int reads_all_of_it(int fd)
{
    static unsigned char raw[5 << 20], text[5 << 20];
    const char *head = "Status: 200 OK\r\nA: b\r\n\r\n";
    size_t n = read_all(fd, raw, sizeof(raw)), got = 0, at = 0;
    int type = 0;
    while (at + HEADER <= n) {
        const unsigned char *r = raw + at;
        size_t length = (size_t)(r[4] << 8 | r[5]);
        type = r[1];
        if (r[0] != 1 || r[3] != 7 || at + HEADER + length > n)
            return 3;
        if (type == STDOUT)
            memcpy(text + got, r + HEADER, length);
        got += type == STDOUT ? length : 0;
        at += HEADER + length + r[6];
    }
    size_t skip = strlen(head);
    bool ok = at == n && type == END && got == skip + resp.body.n &&
              memcmp(text, head, skip) == 0 &&
              memcmp(text + skip, buf_str(&resp.body), resp.body.n) == 0;
    return ok ? 0 : 4;
}

static void fill_body(size_t n)
{
    resp_init(&resp);
    resp_header(&resp, "A", "b");
    for (size_t i = 0; i < n; i++)
        buf_addc(&resp.body, (char)('a' + i % 23));
}

START_TEST(a_response_of_any_size)
{
    static const size_t sizes[] = {0, 1, 0xfff7, 0xfff8, 0xfff9, 4000000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        fill_body(sizes[i]); /* the process of ask() has it too */
        pid_t pid = ask(reads_all_of_it);
        ck_assert(fcgi_send(fcgi, &resp));
        check_good_end_of(pid);
    }
}
END_TEST

/* Waits until we have given up and closed. */
static int reads_nothing(int fd)
{
    char c;
    while (recv(fd, &c, 1, MSG_PEEK) > 0 && send(fd, "", 1, MSG_NOSIGNAL) >= 0)
        usleep(10000);
    return 0;
}

START_TEST(a_peer_that_reads_nothing_is_left)
{
    fill_body(4000000);
    pid_t pid = ask(reads_nothing);
    ck_assert(!fcgi_send(fcgi, &resp));
    check_good_end_of(pid);
}
END_TEST

static int leaves(int fd)
{
    close(fd);
    return 0;
}

START_TEST(a_peer_that_has_gone_is_noticed)
{
    fill_body(10);
    pid_t pid = ask(leaves);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert(!fcgi_send(fcgi, &resp));
    end();
}
END_TEST

START_TEST(only_a_listener_will_do)
{
    struct err_note why = {""};
    struct fcgi_conf conf = {.listener = -1};
    t_is(fcgi_new(&conf, &fcgi, &why), ERR_CONFIG);
    t_contains(why.text, "is not a listening socket");
}
END_TEST

Suite *fcgi_suite(void)
{
    Suite *s = suite_create("fcgi");
    TCase *tc = t_case(s, "fcgi");
    tcase_add_test(tc, a_response_of_any_size);
    tcase_add_test(tc, a_peer_that_reads_nothing_is_left);
    tcase_add_test(tc, a_peer_that_has_gone_is_noticed);
    tcase_add_test(tc, only_a_listener_will_do);
    return s;
}
