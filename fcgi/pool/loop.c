#include "pool/loop.h"

#include <limits.h>
#include <unistd.h>

#include "base/fd.h"

enum err loop_init(struct loop *l, struct err_note *why)
{
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0)
        return err_errno(why, ERR_SYSTEM, "epoll");
    return ERR_OK;
}

void loop_done(struct loop *l)
{
    fd_done(&l->epoll_fd);
}

enum err loop_add(struct loop *l, struct source *s, uint32_t events,
                  struct err_note *why)
{
    struct epoll_event ev = {.events = events, .data.ptr = s};
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, s->fd, &ev) != 0)
        return err_errno(why, ERR_SYSTEM, "epoll of fd %d", s->fd);
    return ERR_OK;
}

void loop_change(struct loop *l, struct source *s, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = s};
    (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, s->fd, &ev);
}

void loop_remove(struct loop *l, struct source *s)
{
    if (s->fd >= 0)
        (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
}

void loop_once(struct loop *l, int64_t timeout_ms)
{
    struct epoll_event ev;
    int wait = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
    if (epoll_wait(l->epoll_fd, &ev, 1, wait) != 1)
        return;
    const struct source *s = ev.data.ptr;
    s->fn(s->arg, ev.events);
}
