#include "web/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "web/record.h"
#include "web/unavailable.h"

/* The fields of FCGX_Request that we set ourselves stand below its "don't
 * use" line; they have been where they are from 2.4.0 to 2.4.7. */
_Static_assert(offsetof(FCGX_Request, ipcFd) ==
                   offsetof(FCGX_Request, paramsPtr) + sizeof(void *),
               "FCGX_Request.ipcFd has moved");
_Static_assert(offsetof(FCGX_Request, keepConnection) ==
                   offsetof(FCGX_Request, ipcFd) + 2 * sizeof(int),
               "FCGX_Request.keepConnection has moved");

enum {
    BEGIN_REQUEST_BYTES = 8,
    HEAD_OVERHEAD = 3 * RECORD_HEADER + BEGIN_REQUEST_BYTES,
    ROLE_RESPONDER = 1,
    MAX_CONTENT = 0xfff8,       /* of a record that is sent */
    RECORDS_AT_ONCE = 8,        /* in one system call */
    MAX_MANAGEMENT_RECORDS = 4, /* before a request, on one connection */
    MAX_MANAGEMENT_BYTES = 1024,
    LOOK_MS = 10 /* between two looks for signals */
};

/* A request until its body: all that libfcgi gets to read. */
struct head {
    int id;
    size_t n;
    unsigned char params[MAX_PARAMS_BYTES];
};

/* Who answers: the page and the signal handler may both want to. */
enum turn {
    TURN_NOBODY, /* no request, or none that can be answered yet */
    TURN_OPEN,   /* a request waits for its answer */
    TURN_PAGE,   /* the page is being sent, or has been */
    TURN_REFUSED /* a 503 has been sent */
};

struct fcgi {
    struct fcgi_conf conf;
    bool on_unix; /* the listener is a unix socket */
    int epoll;
    bool more;          /* there may be another connection by now */
    int64_t looked_ms;  /* when a signal was last looked for */
    int to_libfcgi[2];  /* a pipe: a head goes in at [1] */
    size_t room;        /* in that pipe, bytes */
    bool open;          /* a request is being answered */
    int fd;             /* its connection; -1 once it is closed */
    struct record body; /* what is left of a record of it */
    bool body_over;
    struct record_input in;
    struct head head;
    _Atomic int turn;
    int64_t begun_ms;
    struct unavailable refusal;
    FCGX_Request request;
};

static bool is_unix(int socket)
{
    int family = 0;
    socklen_t len = sizeof(family);
    return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 &&
           family == AF_UNIX;
}

/*
 * With room for the largest head, so that it goes in at once. The kernel may
 * refuse that beyond some 500 workers of one user (pipe-user-pages-soft): then
 * there is room for what browsers send.
 */
static bool open_pipe(struct fcgi *f)
{
    if (pipe2(f->to_libfcgi, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    (void)fcntl(f->to_libfcgi[1], F_SETPIPE_SZ, 2 * MAX_PARAMS_BYTES);
    int n = fcntl(f->to_libfcgi[1], F_GETPIPE_SZ);
    f->room = n > 0 ? (size_t)n : 0;
    return n > 0;
}

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
    f->to_libfcgi[0] = f->to_libfcgi[1] = -1;
    f->on_unix = is_unix(conf->listener);
    unavailable_init(&f->refusal);
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    /* EPOLLEXCLUSIVE wakes one waiting worker, the one that waited least:
     * few warm workers serve, the others stay idle. */
    struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int flags = fcntl(conf->listener, F_GETFL);
    if (f->epoll < 0 || FCGX_Init() != 0 || flags < 0 || !open_pipe(f) ||
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
    const int fds[] = {f->epoll, f->to_libfcgi[0], f->to_libfcgi[1]};
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(f);
    return NULL;
}

/* --- a connection before libfcgi sees it --- */

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
static bool answer_get_values(struct fcgi *f, const struct record *question)
{
    const size_t len = sizeof(get_values_result) - 1;
    return question->length <= MAX_MANAGEMENT_BYTES &&
           record_take(&f->in, NULL, question->length + question->padding) &&
           send(f->fd, get_values_result, len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
               (ssize_t)len;
}

/* Logs why a peer is refused: false, for its caller to return. */
static bool refused(struct fcgi *f, const char *what, const struct record *r)
{
    log_warn(f->conf.log, "fcgi.refused",
             "%s has version %d, type %d, id %d, %zu bytes", what, r->version,
             r->type, r->id, r->length);
    return false;
}

/* The same for one that has left, or was too slow. */
static bool cut_short(struct fcgi *f)
{
    log_warn(f->conf.log, "fcgi.broken", "request could not be read");
    return false;
}

/* True when a record begins a request; others are dealt with here. */
static bool read_begin(struct fcgi *f)
{
    struct record r = {0};
    for (int i = 0; i < MAX_MANAGEMENT_RECORDS; i++) {
        if (!record_next(&f->in, &r))
            return false;
        if (r.version != 1 || r.type != RECORD_GET_VALUES)
            break;
        if (!answer_get_values(f, &r))
            return refused(f, "question", &r);
    }
    unsigned char body[BEGIN_REQUEST_BYTES];
    if (r.version != 1 || r.type != RECORD_BEGIN_REQUEST || r.id == 0 ||
        r.length != sizeof(body))
        return refused(f, "first record", &r);
    f->head.id = r.id;
    return record_take(&f->in, body, sizeof(body)) &&
           record_take(&f->in, NULL, r.padding) &&
           ((body[0] << 8 | body[1]) == ROLE_RESPONDER ||
            refused(f, "request of another role", &r));
}

/* Reads all parameters, and nothing of what follows them. */
static bool read_params(struct fcgi *f)
{
    struct head *h = &f->head;
    struct record r;
    h->n = 0;
    do {
        if (!record_next(&f->in, &r))
            return cut_short(f);
        if (r.version != 1 || r.type != RECORD_PARAMS || r.id != h->id ||
            r.length > sizeof(h->params) - h->n)
            return refused(f, "record of parameters", &r);
        if (!record_take(&f->in, h->params + h->n, r.length) ||
            !record_take(&f->in, NULL, r.padding))
            return cut_short(f);
        h->n += r.length;
    } while (r.length > 0);
    return record_pairs_fit(h->params, h->n) ||
           refused(f, "parameter longer than its stream, whose end", &r);
}

/* --- requests --- */

/*
 * libfcgi allocates what a length field says, up to 2 GiB, before it has read
 * a byte of it, and aborts when there is no memory or the sum of two lengths
 * is negative; it takes a stream that ends between two parameters for a whole
 * one; management records in the middle of a request overflow its stack or
 * leak (ReadParams, ProcessManagementRecord). So it gets a head that is whole
 * and in order, through a pipe, since from the peer's socket it would read
 * further than we have looked. A pipe costs a third of what a pair of sockets
 * does.
 */
static bool give_to_libfcgi(struct fcgi *f)
{
    struct head *h = &f->head;
    unsigned char begin[RECORD_HEADER + BEGIN_REQUEST_BYTES] = {0};
    unsigned char params[RECORD_HEADER], end[RECORD_HEADER];
    record_header(begin, RECORD_BEGIN_REQUEST, h->id, BEGIN_REQUEST_BYTES);
    begin[RECORD_HEADER + 1] = ROLE_RESPONDER;
    record_header(params, RECORD_PARAMS, h->id, h->n);
    record_header(end, RECORD_PARAMS, h->id, 0);
    struct iovec parts[] = {{begin, sizeof(begin)},
                            {params, sizeof(params)},
                            {h->params, h->n},
                            {end, sizeof(end)}};
    int n = ARRAY_LEN(parts);
    size_t all = sizeof(begin) + sizeof(params) + h->n + sizeof(end);
    if (h->n == 0) { /* those parameters are their own end */
        n = 2;
        all = sizeof(begin) + sizeof(params);
    }
    if (writev(f->to_libfcgi[1], parts, n) != (ssize_t)all)
        return false;
    /* keepConnection: FCGX_Accept_r() then uses ipcFd as it is. */
    f->request.ipcFd = f->to_libfcgi[0];
    f->request.keepConnection = 1;
    if (FCGX_Accept_r(&f->request) == 0)
        return true;
    f->to_libfcgi[0] = -1; /* closed by it */
    return false;
}

static bool has_room(const struct fcgi *f)
{
    bool fits = f->head.n + HEAD_OVERHEAD <= f->room;
    if (!fits)
        log_warn(f->conf.log, "request.refused",
                 "parameters of %zu bytes: there is room for %zu", f->head.n,
                 f->room - HEAD_OVERHEAD);
    return fits;
}

static enum fcgi_event read_request(struct fcgi *f, int fd)
{
    struct err_note who;
    if (!peer_allowed(f->conf.peers, fd, &who)) {
        log_warn(f->conf.log, "peer.refused", "%s", who.text);
        close(fd);
        return FCGI_NOTHING;
    }
    f->fd = fd;
    record_input_reset(&f->in, fd, clock_ms() + f->conf.read_timeout_ms);
    if (!read_begin(f) || !read_params(f) || !has_room(f)) {
        close(fd);
        return FCGI_NOTHING;
    }
    if (!give_to_libfcgi(f)) {
        close(fd);
        return FCGI_FAILED;
    }
    f->body = (struct record){0};
    f->body_over = false;
    f->open = true;
    unavailable_address(&f->refusal, f->head.id);
    f->begun_ms = clock_ms();
    atomic_store(&f->turn, TURN_OPEN);
    return FCGI_REQUEST;
}

/*
 * epoll_pwait() takes no signal when there is a connection already: under load
 * one that asks us to stop would wait for ever.
 */
static bool took_signal(struct fcgi *f, const sigset_t *waiting)
{
    static const struct timespec at_once = {0};
    int64_t now = clock_ms();
    if (now - f->looked_ms < LOOK_MS)
        return false;
    f->looked_ms = now;
    return ppoll(NULL, 0, &at_once, waiting) < 0 && errno == EINTR;
}

static int accept_one(const struct fcgi *f)
{
    return accept4(f->conf.listener, NULL, NULL, SOCK_CLOEXEC);
}

static enum fcgi_event after_no_connection(void)
{
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

/* A busy worker goes to sleep only when nobody is waiting for it. */
enum fcgi_event fcgi_next(struct fcgi *f, const sigset_t *waiting)
{
    struct epoll_event ev;
    if (took_signal(f, waiting))
        return FCGI_SIGNAL;
    int fd = f->more ? accept_one(f) : -1;
    if (fd < 0) {
        if (epoll_pwait(f->epoll, &ev, 1, -1, waiting) < 0)
            return errno == EINTR ? FCGI_SIGNAL : FCGI_FAILED;
        fd = accept_one(f);
    }
    f->more = fd >= 0;
    return f->more ? read_request(f, fd) : after_no_connection();
}

/*
 * On TCP the end of the peer's sending is all that shows of it; nginx sends
 * no such end while it waits.
 */
bool fcgi_client_left(const struct fcgi *f)
{
    struct pollfd pfd = {.fd = f->fd, .events = POLLRDHUP};
    int gone = POLLHUP | POLLERR | (f->on_unix ? 0 : POLLRDHUP);
    return poll(&pfd, 1, 0) > 0 && (pfd.revents & gone) != 0;
}

char *const *fcgi_environment(const struct fcgi *f)
{
    return f->request.envp;
}

/* Anything but a record of the body ends it: so does a peer that leaves. */
static bool next_of_body(struct fcgi *f)
{
    return record_take(&f->in, NULL, f->body.padding) &&
           record_next(&f->in, &f->body) && f->body.version == 1 &&
           f->body.type == RECORD_STDIN && f->body.id == f->head.id &&
           f->body.length > 0;
}

size_t fcgi_read_body(void *fcgi, char *p, size_t n)
{
    struct fcgi *f = fcgi;
    size_t done = 0;
    while (done < n && !f->body_over) {
        f->in.deadline_ms = clock_ms() + f->conf.read_timeout_ms;
        size_t left = n - done, got = 0;
        if (f->body.length > 0 || next_of_body(f))
            got = record_some(&f->in, p + done,
                              left < f->body.length ? left : f->body.length);
        f->body.length -= got;
        f->body_over = got == 0;
        done += got;
    }
    return done;
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
    record_header(head, type, s->id, n);
    part[0] = (struct iovec){.iov_base = head, .iov_len = RECORD_HEADER};
    part[1] = (struct iovec){.iov_base = (void *)(uintptr_t)p, .iov_len = n};
}

/* The signal handler that comes between is told by the exchange. */
static bool take_turn(struct fcgi *f, enum turn turn)
{
    int open = TURN_OPEN;
    return atomic_compare_exchange_strong(&f->turn, &open, turn);
}

/* All of it fits into the buffer of an empty socket. nginx waits for the end
 * of the connection, whatever the records say. */
static void send_refusal(struct fcgi *f)
{
    (void)send(f->fd, f->refusal.bytes, f->refusal.n,
               MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(f->fd, SHUT_WR);
}

void fcgi_refuse(struct fcgi *f)
{
    if (take_turn(f, TURN_REFUSED))
        send_refusal(f);
    fcgi_finish(f);
}

bool fcgi_refuse_late(struct fcgi *f, int64_t age_ms)
{
    int saved = errno;
    bool late = atomic_load(&f->turn) == TURN_OPEN &&
                clock_ms() - f->begun_ms >= age_ms &&
                take_turn(f, TURN_REFUSED);
    if (late)
        send_refusal(f);
    errno = saved;
    return late;
}

bool fcgi_send(struct fcgi *f, const struct resp *resp)
{
    static const char end[END_REQUEST_BYTES] = {0}; /* status 0, complete */
    char head[MAX_HEADER_BYTES + 64];
    struct sender s = {.fd = f->fd,
                       .id = f->head.id,
                       .timeout_ms = (int)f->conf.write_timeout_ms};
    if (!take_turn(f, TURN_PAGE))
        return true; /* it has been refused: nobody waits for a page */
    int n =
        snprintf(head, sizeof(head), "Status: %d %s\r\n%s\r\n", resp->status,
                 resp_reason(resp->status), buf_str(&resp->headers));
    add_record(&s, RECORD_STDOUT, head, (size_t)n);
    const char *body = buf_str(&resp->body);
    for (size_t at = 0; at < resp->body.n; at += MAX_CONTENT) {
        size_t left = resp->body.n - at;
        add_record(&s, RECORD_STDOUT, body + at,
                   left < MAX_CONTENT ? left : MAX_CONTENT);
    }
    add_record(&s, RECORD_STDOUT, "", 0);
    add_record(&s, RECORD_END_REQUEST, end, sizeof(end));
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

void fcgi_hang_up(struct fcgi *f)
{
    if (!f->open || f->fd < 0)
        return;
    atomic_store(&f->turn, TURN_NOBODY);
    drain(f);
    fd_done(&f->fd);
}

void fcgi_finish(struct fcgi *f)
{
    if (!f->open)
        return;
    fcgi_hang_up(f);
    f->open = false;
    FCGX_Free(&f->request, 0); /* its own streams have sent nothing */
}
