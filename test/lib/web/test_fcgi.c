#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "test/support.h"
#include "web/fcgi.h"

enum { HEADER = 8, STDOUT = 6, END = 3 };

/* For a peer that reads: it may have to wait for a processor. */
static int patience_ms = 20000;

/* A request without parameters or body: BEGIN, PARAMS, STDIN. */
static const char request[] = "\1\1\0\7\0\10\0\0\0\1\0\0\0\0\0\0"
                              "\1\4\0\7\0\0\0\0"
                              "\1\5\0\7\0\0\0\0";

/* The same as others begin, and what ends its parameters and its body. */
#define BEGIN      "\1\1\0\7\0\10\0\0\0\1\0\0\0\0\0\0"
#define A_IS_12    "\1\4\0\7\0\5\3\0\1\2A12\0\0\0"
#define PARAMS_END "\1\4\0\7\0\0\0\0"
#define BODY_END   "\1\5\0\7\0\0\0\0"
#define FIVE_CONNS                                                             \
    "\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS"                \
    "\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS"
#define VALUES "\1\11\0\0\0\120\0\0" FIVE_CONNS

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
                             .write_timeout_ms = patience_ms,
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
    patience_ms = 200;
    pid_t pid = ask(reads_nothing);
    patience_ms = 20000;
    ck_assert(!fcgi_send(fcgi, &resp));
    check_good_end_of(pid);
}
END_TEST

static int may_leave[2]; /* a pipe */

static int leaves_when_told(int fd)
{
    char c;
    close(may_leave[1]);
    ssize_t n = read(may_leave[0], &c, 1);
    close(fd);
    return n == 0 ? 0 : 5;
}

START_TEST(a_peer_that_has_gone_is_noticed)
{
    fill_body(10);
    ck_assert_int_eq(pipe(may_leave), 0);
    pid_t pid = ask(leaves_when_told);
    close(may_leave[0]);
    close(may_leave[1]);
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

/* Makes a worker's side, connects, sends n bytes and ends its own side. */
static int connect_and_send(const void *p, size_t n)
{
    struct sockaddr_un at = {0};
    listen_at(&at);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    ck_assert(fd_write_all(fd, p, n));
    shutdown(fd, SHUT_WR);
    return fd;
}

static enum fcgi_event next(void)
{
    sigset_t none;
    sigemptyset(&none);
    return fcgi_next(fcgi, &none);
}

struct bytes {
    const char *p;
    size_t n;
};

#define BYTES(s)                                                               \
    {                                                                          \
        s, sizeof(s) - 1                                                       \
    }

/* libfcgi would take 2 GiB, abort, overflow its stack, leak or believe it. */
START_TEST(a_head_out_of_order_is_refused)
{
    static const struct bytes heads[] = {
        BYTES(BEGIN "\1\4\0\7\0\6\0\0\1\377\377\377\360A" PARAMS_END BODY_END),
        BYTES(BEGIN
              "\1\4\0\7\0\11\0\0\377\377\377\376\377\377\377\376A" PARAMS_END
                  BODY_END),
        BYTES(BEGIN VALUES A_IS_12 PARAMS_END BODY_END),
        BYTES(BEGIN A_IS_12 VALUES PARAMS_END BODY_END),
        BYTES(BEGIN "\1\143\0\0\0\0\0\0" A_IS_12 PARAMS_END BODY_END),
        BYTES(BEGIN A_IS_12),                      /* cut */
        BYTES(BEGIN "\1\4\0\10\0\0\0\0" BODY_END), /* id */
        BYTES(BEGIN "\2\4\0\7\0\0\0\0" BODY_END),  /* version */
        BYTES(BEGIN BEGIN PARAMS_END BODY_END),
        BYTES("\1\1\0\0\0\10\0\0\0\1\0\0\0\0\0\0" /* id */
              "\1\4\0\0\0\0\0\0"),
        BYTES("\1\1\0\7\0\10\0\0\0\2\0\0\0\0\0\0" /* role */
              PARAMS_END BODY_END),
        BYTES("\1\1\0\7\0\7\1\0\0\1\0\0\0\0\0\0" /* length */
              PARAMS_END BODY_END),
    };
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        int fd = connect_and_send(heads[i].p, heads[i].n);
        ck_assert_msg(next() == FCGI_NOTHING, "head %zu was taken", i);
        close(fd);
        end();
    }
}
END_TEST

START_TEST(parameters_come_in_any_number_of_records)
{
    static const char whole[] =
        BEGIN A_IS_12 "\1\4\0\7\0\4\0\0\2\200\0\0"
                      "\1\4\0\7\0\4\0\0\1BCx" PARAMS_END BODY_END;
    int fd = connect_and_send(whole, sizeof(whole) - 1);
    ck_assert_int_eq(next(), FCGI_REQUEST);
    char *const *env = fcgi_environment(fcgi);
    ck_assert_str_eq(env[0], "FCGI_ROLE=RESPONDER");
    ck_assert_str_eq(env[1], "A=12");
    ck_assert_str_eq(env[2], "BC=x");
    ck_assert_ptr_null(env[3]);
    close(fd);
    end();
}
END_TEST

/* As many bytes as nginx may send, and one more, in two records. */
START_TEST(parameters_have_a_maximum)
{
    enum { NAME_AND_LENGTHS = 6, MOST = MAX_PARAMS_BYTES - NAME_AND_LENGTHS };
    static const char one_more[] = "\1\4\0\7\0\2\0\0\0\0" PARAMS_END BODY_END;
    static char sent[2 * MAX_PARAMS_BYTES] =
        BEGIN "\1\4\0\7\377\377\0\0\1\200\0\377\371A";
    const size_t head = sizeof(BEGIN) - 1 + HEADER;
    char *rest = sent + head + MAX_PARAMS_BYTES;
    memset(rest - MOST, 'x', MOST);
    memcpy(rest, one_more + 10, sizeof(one_more) - 11);
    int fd = connect_and_send(sent, (size_t)(rest - sent) + 2 * HEADER);
    ck_assert_int_eq(next(), FCGI_REQUEST);
    ck_assert_uint_eq(strlen(fcgi_environment(fcgi)[1]), strlen("A=") + MOST);
    close(fd);
    end();
    memcpy(rest, one_more, sizeof(one_more) - 1);
    fd = connect_and_send(sent, (size_t)(rest - sent) + sizeof(one_more) - 1);
    ck_assert_int_eq(next(), FCGI_NOTHING);
    close(fd);
    end();
}
END_TEST

/* What is read of a body in two pieces. */
static const char *body_of(const char *records, size_t n)
{
    static char got[100];
    memset(got, 0, sizeof(got));
    int fd = connect_and_send(records, n);
    ck_assert_int_eq(next(), FCGI_REQUEST);
    size_t first = fcgi_read_body(fcgi, got, 4);
    size_t second = fcgi_read_body(fcgi, got + first, 50);
    ck_assert_uint_eq(fcgi_read_body(fcgi, got + first + second, 1), 0);
    close(fd);
    end();
    return got;
}

START_TEST(a_body_ends_with_its_last_record)
{
    static const struct {
        struct bytes after;
        const char *body;
    } cases[] = {
        {BYTES(BODY_END), "abcdefg"},
        {BYTES("\1\5\0\7\0\2\0\0hi" BODY_END "x"), "abcdefghi"},
        {BYTES("\1\5\0\7\0\2\0\0h"), "abcdefgh"}, /* the peer left */
        {BYTES(VALUES BODY_END), "abcdefg"},
        {BYTES("\1\143\0\0\0\0\0\0" BODY_END), "abcdefg"},
        {BYTES("\1\2\0\7\0\0\0\0"), "abcdefg"}, /* abort */
        {BYTES("\1\5\0\10\0\1\0\0x" BODY_END), "abcdefg"},
        {BYTES("\2\5\0\7\0\1\0\0x" BODY_END), "abcdefg"},
        {BYTES(""), "abcdefg"},
    };
    static const char begin[] =
        BEGIN A_IS_12 PARAMS_END "\1\5\0\7\0\6\2\0abcdef\0\0"
                                 "\1\5\0\7\0\1\1\0g\0";
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char all[300];
        memcpy(all, begin, sizeof(begin) - 1);
        memcpy(all + sizeof(begin) - 1, cases[i].after.p, cases[i].after.n);
        ck_assert_str_eq(body_of(all, sizeof(begin) - 1 + cases[i].after.n),
                         cases[i].body);
    }
}
END_TEST

/* One whole 503 with an end, and nothing after it. */
static int reads_a_refusal(int fd)
{
    static unsigned char raw[8192];
    size_t n = read_all(fd, raw, sizeof(raw));
    const unsigned char *end = raw + n - 2 * HEADER;
    bool ok = n > 500 && raw[1] == STDOUT && raw[3] == 7 &&
              memcmp(raw + HEADER, "Status: 503 ", 12) == 0 &&
              memmem(raw, n, "Retry-After: 5\r\n", 16) != NULL &&
              memmem(raw, n, "</html>", 7) != NULL && end[1] == END &&
              end[3] == 7;
    return ok ? 0 : 4;
}

START_TEST(a_refusal_is_whole)
{
    fill_body(5);
    pid_t pid = ask(reads_a_refusal);
    fcgi_refuse(fcgi);
    check_good_end_of(pid);
}
END_TEST

START_TEST(a_late_request_is_refused_once_and_instead_of_its_page)
{
    fill_body(5);
    pid_t pid = ask(reads_a_refusal);
    ck_assert(!fcgi_refuse_late(fcgi, 60000)); /* it is younger */
    ck_assert(fcgi_refuse_late(fcgi, 0));
    ck_assert(!fcgi_refuse_late(fcgi, 0));
    ck_assert(fcgi_send(fcgi, &resp));
    check_good_end_of(pid);
}
END_TEST

START_TEST(a_page_that_is_sent_is_not_refused)
{
    fill_body(5);
    pid_t pid = ask(reads_all_of_it);
    ck_assert(fcgi_send(fcgi, &resp));
    ck_assert(!fcgi_refuse_late(fcgi, 0));
    fcgi_finish(fcgi);
    ck_assert(!fcgi_refuse_late(fcgi, 0));
    check_good_end_of(pid);
}
END_TEST

START_TEST(a_client_that_has_left_is_told_apart)
{
    struct sockaddr_un at = {0};
    sigset_t none;
    int status = -1;
    sigemptyset(&none);
    listen_at(&at);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        _exit(connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
                      fd_write_all(fd, request, sizeof(request) - 1)
                  ? 0
                  : 2);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(fcgi_next(fcgi, &none), FCGI_REQUEST);
    ck_assert(fcgi_client_left(fcgi));
    resp_init(&resp);
    end();
}
END_TEST

static volatile sig_atomic_t signals;

static void count_signal(int sig UNUSED)
{
    signals++;
}

/* There is always another connection: no call ever has to wait. */
START_TEST(a_signal_is_taken_under_load)
{
    enum { MOST = 1000 };
    struct sockaddr_un at = {0};
    struct sigaction act = {.sa_handler = count_signal};
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before);
    sigaction(SIGTERM, &act, NULL);
    listen_at(&at);
    resp_init(&resp);
    enum fcgi_event event = FCGI_REQUEST;
    raise(SIGTERM);
    for (int n = 0; n < MOST && event == FCGI_REQUEST; n++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
        ck_assert(fd_write_all(fd, request, sizeof(request) - 1));
        event = fcgi_next(fcgi, &before);
        if (event == FCGI_REQUEST)
            ck_assert(!fcgi_client_left(fcgi));
        fcgi_finish(fcgi);
        usleep(100);
        close(fd);
    }
    ck_assert_int_eq(event, FCGI_SIGNAL);
    ck_assert_int_eq(signals, 1);
    sigprocmask(SIG_SETMASK, &before, NULL);
    end();
}
END_TEST

Suite *fcgi_suite(void)
{
    Suite *s = suite_create("fcgi");
    TCase *tc = t_case(s, "fcgi");
    tcase_add_test(tc, a_response_of_any_size);
    tcase_add_test(tc, a_peer_that_reads_nothing_is_left);
    tcase_add_test(tc, a_peer_that_has_gone_is_noticed);
    tcase_add_test(tc, a_head_out_of_order_is_refused);
    tcase_add_test(tc, parameters_come_in_any_number_of_records);
    tcase_add_test(tc, parameters_have_a_maximum);
    tcase_add_test(tc, a_body_ends_with_its_last_record);
    tcase_add_test(tc, a_refusal_is_whole);
    tcase_add_test(tc, a_late_request_is_refused_once_and_instead_of_its_page);
    tcase_add_test(tc, a_page_that_is_sent_is_not_refused);
    tcase_add_test(tc, a_client_that_has_left_is_told_apart);
    tcase_add_test(tc, a_signal_is_taken_under_load);
    tcase_add_test(tc, only_a_listener_will_do);
    return s;
}
