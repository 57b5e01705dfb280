#include "pool/taken.h"

#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

enum { ANSWER_BYTES = 32 << 10 };

/* The listener; an accepted socket has the same address. */
union address {
    struct sockaddr any;
    struct sockaddr_un un;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* The inode of the connection a message tells of; 0: it is none of ours. */
typedef uint32_t find_fn(const struct nlmsghdr *head, const union address *at);

static void add(struct taken *t, uint32_t inode)
{
    if (t->n < ARRAY_LEN(t->inode))
        t->inode[t->n] = inode;
    t->n++;
}

/* As NLMSG_DATA(), of what is not written. */
static const void *data_of(const struct nlmsghdr *head)
{
    return (const char *)head + NLMSG_LENGTH(0);
}

/* --- unix --- */

static bool is_path(const void *name, size_t n, const struct sockaddr_un *un)
{
    size_t len = strnlen(un->sun_path, sizeof(un->sun_path));
    return strnlen(name, n) == len && memcmp(name, un->sun_path, len) == 0;
}

/* One that waits in the queue has no inode yet. */
static uint32_t find_unix(const struct nlmsghdr *head, const union address *at)
{
    const char *p = (const char *)head;
    const struct unix_diag_msg *m = data_of(head);
    size_t i = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(*m)));
    struct rtattr attr;
    while (m->udiag_ino != 0 && i + sizeof(attr) <= head->nlmsg_len) {
        memcpy(&attr, p + i, sizeof(attr));
        if (attr.rta_len < sizeof(attr) || i + attr.rta_len > head->nlmsg_len)
            break;
        if (attr.rta_type == UNIX_DIAG_NAME &&
            is_path(p + i + RTA_LENGTH(0), attr.rta_len - RTA_LENGTH(0),
                    &at->un))
            return m->udiag_ino;
        i += RTA_ALIGN(attr.rta_len);
    }
    return 0;
}

static bool ask_unix(int netlink)
{
    const struct {
        struct nlmsghdr head;
        struct unix_diag_req body;
    } question = {
        .head = {.nlmsg_len = sizeof(question),
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = AF_UNIX,
                 .udiag_states = ~(1U << TCP_LISTEN),
                 .udiag_show = UDIAG_SHOW_NAME},
    };
    return send(netlink, &question, sizeof(question), 0) ==
           (ssize_t)sizeof(question);
}

/* --- TCP --- */

static uint32_t find_tcp(const struct nlmsghdr *head, const union address *at)
{
    static const struct in6_addr everywhere = IN6ADDR_ANY_INIT;
    const struct inet_diag_msg *m = data_of(head);
    const void *address = &at->in6.sin6_addr;
    size_t n = sizeof(at->in6.sin6_addr);
    if (at->any.sa_family == AF_INET) {
        address = &at->in.sin_addr;
        n = sizeof(at->in.sin_addr);
    }
    bool here = memcmp(address, &everywhere, n) == 0 ||
                memcmp(address, m->id.idiag_src, n) == 0;
    return here ? m->idiag_inode : 0;
}

static bool ask_tcp(int netlink, const union address *at)
{
    const struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } question = {
        .head = {.nlmsg_len = sizeof(question),
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = (uint8_t)at->any.sa_family,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = 1U << TCP_ESTABLISHED | 1U << TCP_CLOSE_WAIT |
                                 1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 |
                                 1U << TCP_LAST_ACK | 1U << TCP_CLOSING,
                 .id.idiag_sport = at->any.sa_family == AF_INET
                                       ? at->in.sin_port
                                       : at->in6.sin6_port},
    };
    return send(netlink, &question, sizeof(question), 0) ==
           (ssize_t)sizeof(question);
}

/* --- both --- */

/* True when more answers follow; *ret_ok false when they make no sense. */
static bool take_answer(const char *p, size_t n, find_fn *find,
                        const union address *at, struct taken *t, bool *ret_ok)
{
    const struct nlmsghdr *head;
    for (size_t i = 0; i + sizeof(*head) <= n;
         i += NLMSG_ALIGN(head->nlmsg_len)) {
        head = (const struct nlmsghdr *)(const void *)(p + i);
        *ret_ok = head->nlmsg_type == NLMSG_DONE;
        if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            head->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg)) ||
            head->nlmsg_len > n - i)
            return false;
        uint32_t inode = find(head, at);
        if (inode != 0)
            add(t, inode);
    }
    return true;
}

static bool read_answers(int netlink, find_fn *find, const union address *at,
                         struct taken *t)
{
    alignas(struct nlmsghdr) char p[ANSWER_BYTES];
    bool ok = false;
    for (;;) {
        ssize_t n = recv(netlink, p, sizeof(p), 0);
        if (n <= 0)
            return false;
        if (!take_answer(p, (size_t)n, find, at, t, &ok))
            return ok;
    }
}

bool taken_read(int listen_fd, struct taken *ret)
{
    union address at = {0};
    socklen_t len = sizeof(at);
    ret->n = 0;
    if (listen_fd < 0 || getsockname(listen_fd, &at.any, &len) != 0)
        return false;
    bool un = at.any.sa_family == AF_UNIX;
    CLEANUP(fd_done)
    int netlink =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    /* The kernel answers while it is asked: nothing is waited for. */
    const struct timeval soon = {.tv_usec = 10000};
    if (netlink < 0 ||
        setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)) != 0)
        return false;
    if (!(un ? ask_unix(netlink) : ask_tcp(netlink, &at)))
        return false;
    return read_answers(netlink, un ? find_unix : find_tcp, &at, ret);
}

/* "socket:[4711]"; 0: something else */
static uint32_t inode_of(int dir, const char *name)
{
    static const char prefix[] = "socket:[";
    char text[64];
    ssize_t n = readlinkat(dir, name, text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = '\0';
    if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
        return 0;
    return (uint32_t)strtoul(text + sizeof(prefix) - 1, NULL, 10);
}

static bool has(const struct taken *t, uint32_t inode)
{
    for (size_t i = 0; i < t->n && i < ARRAY_LEN(t->inode); i++)
        if (t->inode[i] == inode)
            return true;
    return false;
}

bool taken_by(const struct taken *t, pid_t pid)
{
    char path[64];
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *dir = t->n > 0 ? opendir(path) : NULL;
    if (dir == NULL)
        return false;
    const struct dirent *entry;
    while (!found && (entry = readdir(dir)) != NULL) {
        uint32_t inode = inode_of(dirfd(dir), entry->d_name);
        found = inode != 0 && has(t, inode);
    }
    closedir(dir);
    return found;
}
