#include "web/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"

/* The fields of FCGX_Request that we set ourselves stand below its "don't
 * use" line; they have been where they are from 2.4.0 to 2.4.7. */
_Static_assert(offsetof(FCGX_Request, ipcFd) ==
                   offsetof(FCGX_Request, paramsPtr) + sizeof(void *),
               "FCGX_Request.ipcFd has moved");
_Static_assert(offsetof(FCGX_Request, keepConnection) ==
                   offsetof(FCGX_Request, ipcFd) + 2 * sizeof(int),
               "FCGX_Request.keepConnection has moved");

/* FastCGI records. Source: FastCGI specification 1.0, section 8. */
enum {
    RECORD_HEADER = 8,
    TYPE_BEGIN_REQUEST = 1,
    TYPE_END_REQUEST = 3,
    TYPE_STDOUT = 6,
    TYPE_GET_VALUES = 9,
    END_REQUEST_BYTES = 8,
    MAX_CONTENT = 0xfff8,       /* of a record, without padding */
    RECORDS_AT_ONCE = 8,        /* in one system call */
    MAX_MANAGEMENT_RECORDS = 4, /* before a request, on one connection */
    MAX_MANAGEMENT_BYTES = 1024
};

struct fcgi {
    struct fcgi_conf conf;
    int epoll;
    bool open; /* a request is being answered */
    FCGX_Request request;
};

enum err fcgi_new(const struct fcgi_conf *conf, struct fcgi **ret_fcgi,
                  struct err_note *why)
{
    int listening = 0;
    socklen_t len = sizeof(listening);
    if (getsockopt(conf->listener, SOL_SOCKET, SO_ACCEPTCONN, &listening,
                   &len) != 0 ||
        listening == 0)
        return err_set(why, ERR_CONFIG,
                       "file descriptor %d is not a listening socket; start "
                       "this program with ptpool or spawn-fcgi",
                       conf->listener);
    struct fcgi *f = calloc(1, sizeof(*f));
    if (f == NULL)
        abort();
    f->conf = *conf;
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    /* EPOLLEXCLUSIVE wakes one waiting worker, the one that waited least:
     * few warm workers serve, the others stay idle. */
    struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int flags = fcntl(conf->listener, F_GETFL);
    if (f->epoll < 0 || FCGX_Init() != 0 || flags < 0 ||
        fcntl(conf->listener, F_SETFL, flags | O_NONBLOCK) != 0 ||
        epoll_ctl(f->epoll, EPOLL_CTL_ADD, conf->listener, &ev) != 0) {
        enum err e = err_errno(why, ERR_SYSTEM, "cannot watch the listener");
        fcgi_free(f);
        return e;
    }
    FCGX_InitRequest(&f->request, -1, 0);
    *ret_fcgi = f;
    return ERR_OK;
}

struct fcgi *fcgi_free(struct fcgi *f)
{
    if (f == NULL)
        return NULL;
    fcgi_finish(f);
    if (f->epoll >= 0)
        close(f->epoll);
    free(f);
    return NULL;
}

/* --- a connection before libfcgi sees it --- */

/* For what libfcgi reads. */
static void set_read_timeout(int fd, int64_t ms)
{
    struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
}

/* Waits until n bytes can be read, without taking them. */
static bool peek(int fd, unsigned char *p, size_t n, int64_t deadline_ms)
{
    for (;;) {
        ssize_t got = recv(fd, p, n, MSG_PEEK | MSG_DONTWAIT);
        if (got == (ssize_t)n)
            return true;
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        int64_t left = deadline_ms - clock_ms();
        if (left <= 0)
            return false;
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        /* With a part of it there, poll() would return at once: pause. */
        if (got > 0)
            poll(NULL, 0, 1);
        else
            poll(&pfd, 1, (int)left);
    }
}

static bool take(int fd, unsigned char *p, size_t n, int64_t deadline_ms)
{
    return peek(fd, p, n, deadline_ms) &&
           recv(fd, p, n, MSG_DONTWAIT) == (ssize_t)n;
}

/*
 * The answer to FCGI_GET_VALUES: a record of type 10 with 51 bytes, which are
 * pairs of length of name, length of value, name, value.
 */
static const char get_values_result[] = "\1\12\0\0\0\63\0\0"
                                        "\16\1FCGI_MAX_CONNS1"
                                        "\15\1FCGI_MAX_REQS1"
                                        "\17\1FCGI_MPXS_CONNS0";

/*
 * All three values, whatever was asked for: the content of the question is
 * read and not looked at.
 */
static bool answer_get_values(int fd, const unsigned char head[RECORD_HEADER],
                              int64_t deadline_ms)
{
    const size_t len = sizeof(get_values_result) - 1;
    unsigned char question[RECORD_HEADER + MAX_MANAGEMENT_BYTES + 255];
    size_t n = (size_t)(head[4] << 8 | head[5]);
    return n <= MAX_MANAGEMENT_BYTES &&
           take(fd, question, RECORD_HEADER + n + head[6], deadline_ms) &&
           send(fd, get_values_result, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* True when the next record begins a request; others are dealt with here. */
static bool wait_for_begin(struct fcgi *f, int fd)
{
    int64_t deadline = clock_ms() + f->conf.read_timeout_ms;
    for (int i = 0; i < MAX_MANAGEMENT_RECORDS; i++) {
        unsigned char head[RECORD_HEADER];
        if (!peek(fd, head, sizeof(head), deadline))
            return false;
        if (head[0] == 1 && head[1] == TYPE_BEGIN_REQUEST)
            return true;
        bool values = head[0] == 1 && head[1] == TYPE_GET_VALUES;
        if (!values || !answer_get_values(fd, head, deadline)) {
            log_warn(f->conf.log, "fcgi.refused",
                     "first record has version %d, type %d", head[0], head[1]);
            return false;
        }
    }
    return false;
}

/* --- requests --- */

static enum fcgi_event read_request(struct fcgi *f, int fd)
{
    struct err_note who;
    if (!peer_allowed(f->conf.peers, fd, &who)) {
        log_warn(f->conf.log, "peer.refused", "%s", who.text);
        close(fd);
        return FCGI_NOTHING;
    }
    set_read_timeout(fd, f->conf.read_timeout_ms);
    if (!wait_for_begin(f, fd)) {
        close(fd);
        return FCGI_NOTHING;
    }
    /* keepConnection: FCGX_Accept_r() then uses ipcFd as it is. After a bad
     * request it closes that, without lingering since it is detached, and
     * fails on its listener -1. */
    f->request.ipcFd = fd;
    f->request.keepConnection = 1;
    FCGX_Detach(&f->request);
    if (FCGX_Accept_r(&f->request) < 0) {
        f->request.ipcFd = -1;
        log_warn(f->conf.log, "fcgi.broken", "request could not be read");
        return FCGI_NOTHING;
    }
    f->open = true;
    return FCGI_REQUEST;
}

enum fcgi_event fcgi_next(struct fcgi *f, const sigset_t *waiting)
{
    struct epoll_event ev;
    int n = epoll_pwait(f->epoll, &ev, 1, -1, waiting);
    if (n < 0)
        return errno == EINTR ? FCGI_SIGNAL : FCGI_FAILED;
    int fd = accept4(f->conf.listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        return read_request(f, fd);
    switch (errno) {
    case EBADF:
    case ENOTSOCK:
    case EINVAL:
        return FCGI_FAILED;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        poll(NULL, 0, 100); /* out of something: give it time */
        return FCGI_NOTHING;
    default:
        return FCGI_NOTHING; /* another worker was faster, or the peer left */
    }
}

char *const *fcgi_environment(const struct fcgi *f)
{
    return f->request.envp;
}

size_t fcgi_read_body(void *fcgi, char *p, size_t n)
{
    struct fcgi *f = fcgi;
    int most = n > 1 << 20 ? 1 << 20 : (int)n;
    int got = FCGX_GetStr(p, most, f->request.in);
    return got > 0 ? (size_t)got : 0;
}

/* --- the response --- */

/*
 * Records on their way. libfcgi would send a page in pieces of 8 KiB, each of
 * which wakes nginx; here a page is one system call, up to 380 KiB of it.
 */
struct sender {
    int fd;
    int id; /* of the request */
    int timeout_ms;
    bool failed;
    size_t n; /* records */
    unsigned char heads[RECORDS_AT_ONCE][RECORD_HEADER];
    struct iovec parts[2 * RECORDS_AT_ONCE];
};

/* Takes the first n bytes off the parts; returns those left of them. */
static size_t skip_parts(struct iovec *parts, size_t left, size_t n)
{
    size_t done = 0;
    while (done < left && n >= parts[done].iov_len)
        n -= parts[done++].iov_len;
    memmove(parts, parts + done, (left - done) * sizeof(*parts));
    if (left > done) {
        parts[0].iov_base = (char *)parts[0].iov_base + n;
        parts[0].iov_len -= n;
    }
    return left - done;
}

/* False when the peer has taken nothing for too long, or left. */
static bool wait_writable(const struct sender *s)
{
    struct pollfd pfd = {.fd = s->fd, .events = POLLOUT};
    int n;
    do {
        n = poll(&pfd, 1, s->timeout_ms);
    } while (n < 0 && errno == EINTR);
    return n > 0 && (pfd.revents & POLLOUT) != 0;
}

static void flush_records(struct sender *s)
{
    size_t left = 2 * s->n;
    s->n = 0;
    while (left > 0 && !s->failed) {
        struct msghdr m = {.msg_iov = s->parts, .msg_iovlen = left};
        ssize_t n = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            left = skip_parts(s->parts, left, (size_t)n);
        else if (errno == EAGAIN)
            s->failed = !wait_writable(s);
        else if (errno != EINTR)
            s->failed = true;
    }
}

static void add_record(struct sender *s, int type, const char *p, size_t n)
{
    if (s->n == RECORDS_AT_ONCE)
        flush_records(s);
    unsigned char *head = s->heads[s->n];
    struct iovec *part = &s->parts[2 * s->n++];
    memset(head, 0, RECORD_HEADER);
    head[0] = 1; /* version */
    head[1] = (unsigned char)type;
    head[2] = (unsigned char)(s->id >> 8);
    head[3] = (unsigned char)s->id;
    head[4] = (unsigned char)(n >> 8);
    head[5] = (unsigned char)n;
    part[0] = (struct iovec){.iov_base = head, .iov_len = RECORD_HEADER};
    part[1] = (struct iovec){.iov_base = (void *)(uintptr_t)p, .iov_len = n};
}

bool fcgi_send(struct fcgi *f, const struct resp *resp)
{
    static const char end[END_REQUEST_BYTES] = {0}; /* status 0, complete */
    char head[MAX_HEADER_BYTES + 64];
    struct sender s = {.fd = f->request.ipcFd,
                       .id = f->request.requestId,
                       .timeout_ms = (int)f->conf.write_timeout_ms};
    int n =
        snprintf(head, sizeof(head), "Status: %d %s\r\n%s\r\n", resp->status,
                 resp_reason(resp->status), buf_str(&resp->headers));
    add_record(&s, TYPE_STDOUT, head, (size_t)n);
    const char *body = buf_str(&resp->body);
    for (size_t at = 0; at < resp->body.n; at += MAX_CONTENT) {
        size_t left = resp->body.n - at;
        add_record(&s, TYPE_STDOUT, body + at,
                   left < MAX_CONTENT ? left : MAX_CONTENT);
    }
    add_record(&s, TYPE_STDOUT, "", 0);
    add_record(&s, TYPE_END_REQUEST, end, sizeof(end));
    flush_records(&s);
    return !s.failed;
}

/* Closing a unix socket with unread bytes would reset the connection and
 * lose the response on its way: read what is there, within bounds. */
static void drain(struct fcgi *f)
{
    char block[16 << 10];
    int64_t left = f->conf.drain_bytes;
    size_t n;
    while (left > 0 && (n = fcgi_read_body(f, block, sizeof(block))) > 0)
        left -= (int64_t)n;
}

void fcgi_finish(struct fcgi *f)
{
    if (!f->open)
        return;
    f->open = false;
    drain(f);
    FCGX_Free(&f->request, 0); /* its own streams have sent nothing */
    close(f->request.ipcFd);
    f->request.ipcFd = -1;
}
