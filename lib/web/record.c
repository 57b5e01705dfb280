#include "web/record.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

void record_input_reset(struct record_input *in, int fd, int64_t deadline_ms)
{
    in->fd = fd;
    in->deadline_ms = deadline_ms;
    in->at = in->n = 0;
}

/* Waits for bytes until the deadline. */
static bool wait_readable(const struct record_input *in)
{
    struct pollfd pfd = {.fd = in->fd, .events = POLLIN};
    int64_t left = in->deadline_ms - clock_ms();
    return left > 0 && (poll(&pfd, 1, (int)left) >= 0 || errno == EINTR);
}

static bool fill(struct record_input *in)
{
    ssize_t n;
    do {
        n = recv(in->fd, in->p, sizeof(in->p), MSG_DONTWAIT);
    } while (n < 0 && (errno == EAGAIN || errno == EINTR) && wait_readable(in));
    in->at = 0;
    in->n = n > 0 ? (size_t)n : 0;
    return n > 0;
}

size_t record_some(struct record_input *in, void *p, size_t n)
{
    if (in->at == in->n && !fill(in))
        return 0;
    size_t there = in->n - in->at;
    size_t some = n < there ? n : there;
    if (p != NULL)
        memcpy(p, in->p + in->at, some);
    in->at += some;
    return some;
}

bool record_take(struct record_input *in, void *p, size_t n)
{
    unsigned char *to = p;
    while (n > 0) {
        size_t some = record_some(in, to, n);
        if (some == 0)
            return false;
        n -= some;
        to = to != NULL ? to + some : NULL;
    }
    return true;
}

bool record_next(struct record_input *in, struct record *ret_record)
{
    unsigned char h[RECORD_HEADER];
    if (!record_take(in, h, sizeof(h)))
        return false;
    *ret_record = (struct record){.version = h[0],
                                  .type = h[1],
                                  .id = h[2] << 8 | h[3],
                                  .length = (size_t)(h[4] << 8 | h[5]),
                                  .padding = h[6]};
    return true;
}

void record_header(unsigned char p[RECORD_HEADER], int type, int id,
                   size_t length)
{
    p[0] = 1; /* version */
    p[1] = (unsigned char)type;
    p[2] = (unsigned char)(id >> 8);
    p[3] = (unsigned char)id;
    p[4] = (unsigned char)(length >> 8);
    p[5] = (unsigned char)length;
    p[6] = p[7] = 0;
}

/* A length at p[*at]: one byte, or four whose highest bit is set. */
static bool pair_length(const unsigned char *p, size_t n, size_t *at,
                        size_t *ret_length)
{
    if (*at >= n)
        return false;
    if (p[*at] < 0x80) {
        *ret_length = p[(*at)++];
        return true;
    }
    if (n - *at < 4)
        return false;
    const unsigned char *l = p + *at;
    *ret_length =
        (size_t)(l[0] & 0x7f) << 24 | (size_t)(l[1] << 16 | l[2] << 8 | l[3]);
    *at += 4;
    return true;
}

bool record_pairs_fit(const unsigned char *p, size_t n)
{
    size_t at = 0, name, value;
    while (at < n) {
        if (!pair_length(p, n, &at, &name) || !pair_length(p, n, &at, &value))
            return false;
        /* each against what is left: their sum may pass SIZE_MAX */
        if (name > n - at || value > n - at - name)
            return false;
        at += name + value;
    }
    return true;
}
