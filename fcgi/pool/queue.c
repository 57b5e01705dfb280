#include "pool/queue.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static int64_t tcp_length(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return -1;
    return info.tcpi_unacked; /* of a listener: its queue */
}

/* Asks for one socket, by its number. */
static bool ask(int netlink, ino_t inode)
{
    struct {
        struct nlmsghdr head;
        struct unix_diag_req body;
    } question = {
        .head = {.nlmsg_len = sizeof(question),
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = AF_UNIX,
                 .udiag_states = ~0U,
                 .udiag_ino = (uint32_t)inode,
                 .udiag_show = UDIAG_SHOW_RQLEN,
                 .udiag_cookie = {~0U, ~0U}}, /* whatever it is */
    };
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    return sendto(netlink, &question, sizeof(question), 0,
                  (const struct sockaddr *)&kernel,
                  sizeof(kernel)) == (ssize_t)sizeof(question);
}

static int64_t read_answer(int netlink)
{
    alignas(struct nlmsghdr) char p[1024];
    ssize_t n = recv(netlink, p, sizeof(p), 0);
    const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)p;
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct unix_diag_msg)) ||
        head->nlmsg_len > (size_t)n || head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return -1;
    size_t at = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct unix_diag_msg)));
    struct rtattr attr;
    while (at + sizeof(attr) <= head->nlmsg_len) {
        memcpy(&attr, p + at, sizeof(attr));
        struct unix_diag_rqlen len;
        if (attr.rta_type == UNIX_DIAG_RQLEN &&
            attr.rta_len >= RTA_LENGTH(sizeof(len))) {
            memcpy(&len, p + at + RTA_LENGTH(0), sizeof(len));
            return len.udiag_rqueue;
        }
        if (attr.rta_len < sizeof(attr))
            break;
        at += RTA_ALIGN(attr.rta_len);
    }
    return -1;
}

static int64_t unix_length(int fd)
{
    struct stat st;
    CLEANUP(fd_done)
    int netlink =
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    /* The kernel answers while it is asked: nothing is waited for. */
    const struct timeval soon = {.tv_usec = 10000};
    if (netlink < 0 || fstat(fd, &st) != 0 ||
        setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)) !=
            0 ||
        !ask(netlink, st.st_ino))
        return -1;
    return read_answer(netlink);
}

int64_t queue_length(int listen_fd)
{
    int family = 0;
    socklen_t len = sizeof(family);
    if (listen_fd < 0 ||
        getsockopt(listen_fd, SOL_SOCKET, SO_DOMAIN, &family, &len) != 0)
        return -1;
    return family == AF_UNIX ? unix_length(listen_fd) : tcp_length(listen_fd);
}
