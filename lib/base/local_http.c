#include "base/local_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

/* -1 with errno set */
static int open_socket(const char *address)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const char *path =
        strncmp(address, "unix:", 5) == 0 ? address + 5 : address;
    if (strlen(path) >= sizeof(sa.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(sa.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static bool set_patience(int fd, int64_t timeout_ms)
{
    const struct timeval t = {.tv_sec = timeout_ms / 1000,
                              .tv_usec = timeout_ms % 1000 * 1000};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) == 0;
}

static enum err read_all(int fd, struct buf *b, struct err_note *why)
{
    char block[8192];
    for (;;) {
        ssize_t n = recv(fd, block, sizeof(block), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(why, errno == EAGAIN ? ERR_UNAVAIL : ERR_SYSTEM,
                             "reading the answer");
        if (n == 0)
            break;
        buf_add(b, block, (size_t)n);
    }
    if (!buf_ok(b))
        return err_set(why, ERR_TOOLARGE, "answer of more than %zu bytes",
                       b->max);
    return ERR_OK;
}

/* "HTTP/1.1 200 OK", headers, an empty line, the body. */
static enum err take_apart(const struct buf *answer, int *ret_status,
                           struct buf *body, struct err_note *why)
{
    const char *text = buf_str(answer), *end = strstr(text, "\r\n\r\n");
    if (end == NULL || strncmp(text, "HTTP/1.", 7) != 0)
        return err_set(why, ERR_UNAVAIL,
                       "the other side went away before it answered");
    *ret_status = (int)strtol(text + strcspn(text, " "), NULL, 10);
    buf_adds(body, end + 4);
    return ERR_OK;
}

static enum err exchange(int fd, const struct local_http_request *r,
                         struct buf *answer, struct err_note *why)
{
    char request[256];
    int n = snprintf(request, sizeof(request),
                     "%s %s HTTP/1.1\r\nHost: localhost\r\n"
                     "Connection: close\r\n\r\n",
                     r->method, r->path);
    if (n >= (int)sizeof(request))
        return err_set(why, ERR_TOOLARGE, "path of %zu bytes", strlen(r->path));
    if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
        return err_errno(why, ERR_SYSTEM, "sending the request");
    return read_all(fd, answer, why);
}

enum err local_http_call(const struct local_http_request *r, int *ret_status,
                         struct buf *body, struct err_note *why)
{
    CLEANUP(fd_done) int fd = open_socket(r->address);
    if (fd < 0)
        return err_errno(why, errno == EACCES ? ERR_FORBIDDEN : ERR_UNAVAIL,
                         "%s", r->address);
    if (r->timeout_ms > 0 && !set_patience(fd, r->timeout_ms))
        return err_errno(why, ERR_SYSTEM, "%s", r->address);
    struct buf answer;
    buf_init(&answer, MAX_LOCAL_HTTP_BYTES);
    enum err e = exchange(fd, r, &answer, why);
    if (e == ERR_OK)
        e = take_apart(&answer, ret_status, body, why);
    buf_done(&answer);
    return e;
}

bool local_http_alive(const char *address)
{
    CLEANUP(fd_done) int fd = open_socket(address);
    return fd >= 0;
}
