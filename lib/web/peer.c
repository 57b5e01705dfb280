#include "web/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"

/* Every address as IPv6; IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct network {
    struct in6_addr address;
    unsigned bits;
};

struct peer_list {
    size_t n_networks, n_users;
    struct network networks[MAX_COMMAND_ARGS];
    uid_t users[MAX_COMMAND_ARGS + 1];
};

static void map_v4(struct in_addr v4, struct in6_addr *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->s6_addr[10] = ret->s6_addr[11] = 0xff;
    memcpy(&ret->s6_addr[12], &v4, sizeof(v4));
}

static bool parse_network(const char *text, struct network *ret)
{
    char address[INET6_ADDRSTRLEN];
    size_t n = strcspn(text, "/");
    struct in_addr v4;
    unsigned offset = 0;
    if (n >= sizeof(address))
        return false;
    memcpy(address, text, n);
    address[n] = '\0';
    if (inet_pton(AF_INET, address, &v4) == 1) {
        map_v4(v4, &ret->address);
        offset = 96;
    } else if (inet_pton(AF_INET6, address, &ret->address) != 1) {
        return false;
    }
    ret->bits = 128;
    if (text[n] == '\0')
        return true;
    const char *bits = text + n + 1;
    if (bits[0] == '\0' || strlen(bits) > 3 ||
        strspn(bits, "0123456789") != strlen(bits))
        return false;
    ret->bits = (unsigned)strtoul(bits, NULL, 10) + offset;
    return ret->bits <= 128;
}

enum err peer_list_new(struct arena *a, const char *const *addresses,
                       const char *const *users,
                       const struct peer_list **ret_list, struct err_note *why)
{
    struct peer_list *l = ARENA_NEW(a, struct peer_list);
    for (; addresses != NULL && *addresses != NULL; addresses++) {
        if (l->n_networks == ARRAY_LEN(l->networks))
            return err_set(why, ERR_CONFIG, "http.allow: over %zu entries",
                           ARRAY_LEN(l->networks));
        if (!parse_network(*addresses, &l->networks[l->n_networks++]))
            return err_set(why, ERR_CONFIG,
                           "http.allow: \"%s\" is no address or network such "
                           "as 127.0.0.1 or 10.0.0.0/8",
                           *addresses);
    }
    l->users[l->n_users++] = geteuid();
    for (; users != NULL && *users != NULL; users++) {
        const struct passwd *pw = getpwnam(*users);
        if (pw != NULL && l->n_users < ARRAY_LEN(l->users))
            l->users[l->n_users++] = pw->pw_uid;
    }
    *ret_list = l;
    return ERR_OK;
}

static bool same_network(const struct network *n, const struct in6_addr *a)
{
    unsigned bytes = n->bits / 8, rest = n->bits % 8;
    if (memcmp(&n->address, a, bytes) != 0)
        return false;
    if (rest == 0)
        return true;
    unsigned diff = n->address.s6_addr[bytes] ^ a->s6_addr[bytes];
    return (diff & (0xff00U >> rest) & 0xff) == 0;
}

static bool user_allowed(const struct peer_list *l, const struct ucred *cred,
                         struct err_note *who)
{
    for (size_t i = 0; i < l->n_users; i++)
        if (l->users[i] == cred->uid)
            return true;
    err_set(who, ERR_OK, "uid=%u pid=%d", (unsigned)cred->uid, (int)cred->pid);
    return false;
}

static bool address_allowed(const struct peer_list *l,
                            const struct in6_addr *address,
                            struct err_note *who)
{
    char text[INET6_ADDRSTRLEN] = "?";
    for (size_t i = 0; i < l->n_networks; i++)
        if (same_network(&l->networks[i], address))
            return true;
    inet_ntop(AF_INET6, address, text, sizeof(text));
    err_set(who, ERR_OK, "address=%s", text);
    return false;
}

/* At the other end of a TCP connection. */
static bool tcp_allowed(const struct peer_list *list, int fd,
                        struct err_note *who)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } at;
    struct in6_addr mapped;
    socklen_t len = sizeof(at);
    memset(&at, 0, sizeof(at));
    if (getpeername(fd, &at.any, &len) != 0)
        at.any.sa_family = AF_UNSPEC;
    switch (at.any.sa_family) {
    case AF_INET6:
        return address_allowed(list, &at.v6.sin6_addr, who);
    case AF_INET:
        map_v4(at.v4.sin_addr, &mapped);
        return address_allowed(list, &mapped, who);
    default:
        err_set(who, ERR_OK, "unknown");
        return false;
    }
}

/* Only a unix socket has a user at its other end: elsewhere uid is -1. */
bool peer_allowed(const struct peer_list *list, int fd, struct err_note *who)
{
    const uid_t none = (uid_t)-1;
    struct ucred cred = {.uid = none};
    socklen_t len = sizeof(cred);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
        cred.uid != none)
        return user_allowed(list, &cred, who);
    return tcp_allowed(list, fd, who);
}
