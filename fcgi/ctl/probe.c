#include "ctl/probe.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "ctl/control.h"
#include "ctl/state.h"
#include "web/record.h"

enum {
    PROBE_MS = 5000,
    MAX_HOST = 256,
    MAX_HEAD = 16 << 10, /* of the answer, all headers */
    MAX_SENT = 1024,
    MAX_VALUE = 127, /* whose length is one byte */
    ROLE_RESPONDER = 1,
    STATUS_ABSENT = 200 /* RFC 3875: none is "200 OK" */
};

static const char usual_path[] = "/health/";

/* --- connecting --- */

static int connect_to(const struct sockaddr *sa, socklen_t n)
{
    const struct timeval limit = {.tv_sec = PROBE_MS / 1000};
    int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* connect() on Linux obeys it too */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, sa, n) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int open_unix(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(sa.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(sa.sun_path, path, strlen(path) + 1);
    return connect_to((struct sockaddr *)&sa, sizeof(sa));
}

/* HOST:PORT, [IPV6]:PORT; the first of its addresses that answers. */
static int open_tcp(const char *address)
{
    char host[MAX_HOST];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    const char *colon = strrchr(address, ':');
    size_t n = colon != NULL ? (size_t)(colon - address) : 0;
    if (n > 2 && address[0] == '[' && address[n - 1] == ']') {
        address++;
        n -= 2;
    }
    errno = EINVAL;
    if (n == 0 || n >= sizeof(host))
        return -1;
    snprintf(host, sizeof(host), "%.*s", (int)n, address);
    if (getaddrinfo(host, colon + 1, &hints, &list) != 0)
        return -1;
    int fd = -1;
    for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
        fd = connect_to(a->ai_addr, a->ai_addrlen);
    int saved = errno;
    freeaddrinfo(list);
    errno = saved;
    return fd;
}

/* --- asking --- */

static void add_pair(struct buf *b, const char *name, const char *value)
{
    buf_addc(b, (char)strlen(name));
    buf_addc(b, (char)strlen(value));
    buf_adds(b, name);
    buf_adds(b, value);
}

static void add_record(struct buf *b, int type, const void *p, size_t n)
{
    unsigned char head[RECORD_HEADER];
    record_header(head, type, 1, n);
    buf_add(b, (const char *)head, sizeof(head));
    buf_add(b, p, n);
}

static bool send_question(int fd, const char *path)
{
    static const char begin[8] = {0, ROLE_RESPONDER};
    struct buf pairs, all;
    buf_init(&pairs, MAX_SENT);
    buf_init(&all, (size_t)2 * MAX_SENT);
    add_pair(&pairs, "REQUEST_METHOD", "GET");
    add_pair(&pairs, "REQUEST_URI", path);
    add_pair(&pairs, "REMOTE_ADDR", "127.0.0.1");
    add_pair(&pairs, "REQUEST_ID", "probe");
    add_record(&all, RECORD_BEGIN_REQUEST, begin, sizeof(begin));
    add_record(&all, RECORD_PARAMS, buf_str(&pairs), pairs.n);
    add_record(&all, RECORD_PARAMS, "", 0);
    add_record(&all, RECORD_STDIN, "", 0);
    bool sent =
        buf_ok(&all) && send(fd, all.p, all.n, MSG_NOSIGNAL) == (ssize_t)all.n;
    buf_done(&pairs);
    buf_done(&all);
    return sent;
}

/* Keeps the beginning of what is read, which has the headers. */
static bool keep(struct record_input *in, struct buf *head, size_t n)
{
    char block[4096];
    while (n > 0) {
        size_t got =
            record_some(in, block, n < sizeof(block) ? n : sizeof(block));
        size_t room = head->max - head->n;
        if (got == 0)
            return false;
        buf_add(head, block, got < room ? got : room);
        n -= got;
    }
    return true;
}

/* Reads records to the end of the request. */
static bool read_answer(struct record_input *in, struct buf *head)
{
    struct record r;
    unsigned char end[END_REQUEST_BYTES];
    while (record_next(in, &r) && r.version == 1) {
        if (r.type == RECORD_END_REQUEST)
            return r.length == sizeof(end) &&
                   record_take(in, end, sizeof(end)) && end[4] == 0;
        bool read = r.type == RECORD_STDOUT ? keep(in, head, r.length)
                                            : record_take(in, NULL, r.length);
        if (!read || !record_take(in, NULL, r.padding))
            break;
    }
    return false;
}

/* The number after "Status:"; -1 when the headers have no end. */
static int status_of(const char *head)
{
    static const char name[] = "Status:";
    const char *end = strstr(head, "\r\n\r\n");
    if (end == NULL)
        return -1;
    for (const char *at = head; at < end; at += strcspn(at, "\n") + 1)
        if (strncasecmp(at, name, sizeof(name) - 1) == 0)
            return (int)strtol(at + sizeof(name) - 1, NULL, 10);
    return STATUS_ABSENT;
}

static enum err exchange(int fd, const char *path, int *ret_status,
                         struct err_note *why)
{
    struct record_input *in = malloc(sizeof(*in));
    struct buf head;
    if (in == NULL)
        abort();
    buf_init(&head, MAX_HEAD);
    record_input_reset(in, fd, clock_ms() + PROBE_MS);
    bool answered = send_question(fd, path) && read_answer(in, &head);
    int status = answered ? status_of(buf_str(&head)) : -1;
    buf_done(&head);
    free(in);
    if (status < 0)
        return err_set(why, ERR_UNAVAIL, "no whole answer within %d ms",
                       PROBE_MS);
    *ret_status = status;
    return ERR_OK;
}

enum err probe_ask(const char *address, const char *path, int *ret_status,
                   struct err_note *why)
{
    bool on_unix = strncmp(address, "unix:", 5) == 0;
    if (strlen(path) > MAX_VALUE)
        return err_set(why, ERR_INVALID, "a path of at most %d bytes",
                       MAX_VALUE);
    CLEANUP(fd_done)
    int fd = on_unix ? open_unix(address + 5) : open_tcp(address);
    if (fd < 0)
        return err_errno(why, ERR_UNAVAIL, "nobody answers at %s", address);
    return exchange(fd, path, ret_status, why);
}

/* --- the command --- */

static enum err ask_supervisor(const struct ctl *ctl, int *ret_status,
                               struct err_note *why)
{
    struct buf body;
    buf_init(&body, MAX_CONTROL_BYTES);
    enum err e = control_call(ctl->conf.supervisor.control_socket, "GET",
                              usual_path, ret_status, &body, why);
    buf_done(&body);
    return e;
}

int probe_run(struct ctl *ctl, int argc, char **argv)
{
    struct err_note why;
    int status = 0;
    if (argc > 3)
        return CTL_USAGE;
    enum err e = argc == 1
                     ? ask_supervisor(ctl, &status, &why)
                     : probe_ask(argv[1], argc == 3 ? argv[2] : usual_path,
                                 &status, &why);
    if (e != ERR_OK)
        return state_complain(argv[0], why.text);
    printf("%d\n", status);
    return status >= 200 && status < 400 ? CTL_OK : CTL_FAILED;
}
