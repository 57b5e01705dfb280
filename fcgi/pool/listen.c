#include "pool/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "pool/account.h"
#include "pool/acl.h"

static const char unix_prefix[] = "unix:", next_suffix[] = ".next";
enum { UNIX_PREFIX = sizeof(unix_prefix) - 1, MAX_HOST = 256, MAX_PORT = 8 };

static bool is_unix(const char *address)
{
    return strncmp(address, unix_prefix, UNIX_PREFIX) == 0;
}

bool listen_is_listener(int fd)
{
    int on = 0;
    socklen_t n = sizeof(on);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 && on != 0;
}

int64_t listen_backlog_limit(void)
{
    struct buf text;
    buf_init(&text, 64);
    int64_t limit = 0;
    if (fd_read_file("/proc/sys/net/core/somaxconn", &text, NULL) == ERR_OK)
        limit = strtoll(buf_str(&text), NULL, 10);
    buf_done(&text);
    return limit;
}

/* --- addresses --- */

static bool is_bare_port(const char *address)
{
    return address[strspn(address, "0123456789")] == '\0';
}

/* HOST:PORT, [HOST]:PORT or PORT, of which the host is "" */
static enum err split_tcp(const char *address, char ret_host[MAX_HOST],
                          char ret_port[MAX_PORT], struct err_note *why)
{
    const char *colon = strrchr(address, ':');
    const char *host = address;
    size_t n = colon != NULL ? (size_t)(colon - address) : 0;
    bool bare = is_bare_port(address);
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
        host++;
        n -= 2;
    } else if (n > 0 && memchr(host, ':', n) != NULL) {
        n = 0; /* IPv6 needs its brackets */
    }
    if ((n == 0 && !bare) || n >= MAX_HOST || strncmp(address, "fd:", 3) == 0)
        return err_set(why, ERR_CONFIG,
                       "\"%s\" is no address; write unix:PATH, HOST:PORT, "
                       "[IPV6]:PORT, PORT or fd:0",
                       address);
    const char *port = bare ? address : colon + 1;
    size_t digits = strspn(port, "0123456789");
    if (digits == 0 || digits > 5 || port[digits] != '\0' ||
        strtol(port, NULL, 10) < 1 || strtol(port, NULL, 10) > 65535)
        return err_set(why, ERR_CONFIG, "\"%s\": port %s is not 1…65535",
                       address, port);
    snprintf(ret_host, MAX_HOST, "%.*s", (int)n, host);
    snprintf(ret_port, MAX_PORT, "%s", port);
    return ERR_OK;
}

static enum err check_path(const char *path, struct err_note *why)
{
    struct sockaddr_un sa;
    if (path[0] == '\0')
        return err_set(why, ERR_CONFIG, "unix: needs a path after it");
    if (strlen(path) >= sizeof(sa.sun_path))
        return err_set(why, ERR_CONFIG,
                       "%s: a socket path has at most %zu bytes", path,
                       sizeof(sa.sun_path) - 1);
    return ERR_OK;
}

static enum err check_tcp(const char *address, struct err_note *why)
{
    char host[MAX_HOST], port[MAX_PORT];
    return split_tcp(address, host, port, why);
}

enum err listen_check(const struct listen_spec *spec, struct err_note *why)
{
    uid_t uid;
    gid_t gid;
    const char *address = spec->address;
    if (address[0] == '\0' || strcmp(address, "fd:0") == 0)
        return ERR_OK;
    if (!is_unix(address))
        return check_tcp(address, why);
    TRY(check_path(address + UNIX_PREFIX, why));
    TRY(account_user(spec->owner, &uid, why));
    TRY(account_group(spec->group, &gid, why));
    return acl_check(spec->acl, why);
}

/* --- unix sockets --- */

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
    return sa;
}

/* True when a program accepts at path; *ret_pid is who, 0 unknown. */
static bool is_served(const char *path, pid_t *ret_pid)
{
    *ret_pid = 0;
    CLEANUP(fd_done)
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un sa = unix_address(path);
    if (fd < 0)
        return true; /* not known: leave it alone */
    if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
        return errno != ECONNREFUSED && errno != ENOENT;
    struct ucred who;
    socklen_t n = sizeof(who);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0)
        *ret_pid = who.pid;
    return true;
}

static enum err remove_stale(const char *path, pid_t predecessor,
                             struct err_note *why)
{
    struct stat st;
    pid_t pid;
    if (lstat(path, &st) != 0)
        return ERR_OK; /* not there, or bind() tells what is wrong */
    if (!S_ISSOCK(st.st_mode))
        return err_set(why, ERR_CONFIG,
                       "%s exists and is not a socket; remove it or choose "
                       "another path",
                       path);
    if (is_served(path, &pid) && (pid == 0 || pid != predecessor))
        return err_set(why, ERR_CONFIG,
                       "%s is in use by a running program (pid %d); stop it or "
                       "choose another path",
                       path, (int)pid);
    if (unlink(path) != 0 && errno != ENOENT)
        return err_errno(why, ERR_SYSTEM, "%s: cannot remove the old socket",
                         path);
    return ERR_OK;
}

static enum err bind_failed(const char *path, struct err_note *why)
{
    const char *hint = "";
    if (errno == ENOENT)
        hint = "; create its directory";
    else if (errno == EACCES || errno == EPERM || errno == EROFS)
        hint = "; make its directory writable for this user";
    int saved = errno;
    return err_set(why, ERR_SYSTEM, "cannot make socket %s: %s%s", path,
                   strerror(saved), hint);
}

/* bind with no access for anyone until group and mode are set. */
static int bind_private(int fd, const struct sockaddr_un *sa)
{
    mode_t before = umask(0777);
    int result = bind(fd, (const struct sockaddr *)sa, sizeof(*sa));
    int saved = errno;
    umask(before);
    errno = saved;
    return result;
}

/* Owner and group; only root may give a file away. */
static enum err set_owner(const struct listen_spec *spec, const char *path,
                          struct err_note *why)
{
    uid_t uid;
    gid_t gid;
    TRY(account_user(spec->owner, &uid, why));
    TRY(account_group(spec->group, &gid, why));
    if (gid != (gid_t)-1 && chown(path, (uid_t)-1, gid) != 0)
        return err_errno(why, ERR_SYSTEM,
                         "cannot give %s to group %s (only root or a member "
                         "may)",
                         path, spec->group);
    if (uid != (uid_t)-1 && geteuid() == 0 && chown(path, uid, (gid_t)-1) != 0)
        return err_errno(why, ERR_SYSTEM, "cannot give %s to user %s", path,
                         spec->owner);
    return ERR_OK;
}

static enum err set_access(const struct listen_spec *spec, const char *path,
                           struct err_note *why)
{
    TRY(set_owner(spec, path, why));
    if (chmod(path, (mode_t)spec->mode) != 0)
        return err_errno(why, ERR_SYSTEM, "%s: cannot set its mode", path);
    return acl_set(path, spec->acl, why);
}

/* It is ours to remove, as long as it is this one. */
static enum err own_path(const char *path, struct listener *ret,
                         struct err_note *why)
{
    struct stat st;
    snprintf(ret->path, sizeof(ret->path), "%s", path);
    if (lstat(path, &st) != 0)
        return err_errno(why, ERR_SYSTEM, "%s", path);
    ret->dev = st.st_dev;
    ret->ino = st.st_ino;
    return ERR_OK;
}

/* Where it is bound: in its place, or beside it for the time being. */
static enum err first_path(const struct listen_spec *spec, const char *place,
                           char ret_path[UNIX_PATH_BYTES], struct err_note *why)
{
    const char *suffix = spec->over ? next_suffix : "";
    int n = snprintf(ret_path, UNIX_PATH_BYTES, "%s%s", place, suffix);
    if (n < (int)UNIX_PATH_BYTES)
        return ERR_OK;
    return err_set(
        why, ERR_CONFIG,
        "%s: a path of more than %zu bytes changes by a restart only", place,
        UNIX_PATH_BYTES - sizeof(next_suffix));
}

static enum err open_unix(const struct listen_spec *spec, struct listener *ret,
                          struct err_note *why)
{
    const char *place = spec->address + UNIX_PREFIX;
    char path[UNIX_PATH_BYTES];
    TRY(check_path(place, why));
    TRY(first_path(spec, place, path, why));
    struct sockaddr_un sa = unix_address(path);
    TRY(remove_stale(path, spec->predecessor, why));
    ret->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (ret->fd < 0)
        return err_errno(why, ERR_SYSTEM, "socket");
    if (bind_private(ret->fd, &sa) != 0)
        return bind_failed(path, why);
    TRY(own_path(path, ret, why));
    if (spec->over)
        snprintf(ret->over, sizeof(ret->over), "%s", place);
    return set_access(spec, path, why);
}

/* --- TCP --- */

static enum err tcp_failed(const char *address, struct err_note *why)
{
    const char *hint = "";
    int saved = errno;
    if (saved == EADDRINUSE)
        hint = "; another program has this port: stop it (ss -ltnp shows it) "
               "or choose another";
    else if (saved == EACCES)
        hint = "; ports below net.ipv4.ip_unprivileged_port_start need root";
    else if (saved == EADDRNOTAVAIL)
        hint = "; no interface of this machine has this address";
    return err_set(why, ERR_SYSTEM, "cannot listen on %s: %s%s", address,
                   strerror(saved), hint);
}

static bool bind_tcp(const struct addrinfo *ai, bool bare, struct listener *ret)
{
    const int on = 1, off = 0;
    ret->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (ret->fd < 0)
        return false;
    setsockopt(ret->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bare && ai->ai_family == AF_INET6)
        setsockopt(ret->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(ret->fd, ai->ai_addr, ai->ai_addrlen) == 0)
        return true;
    int saved = errno;
    fd_done(&ret->fd);
    errno = saved;
    return false;
}

/* Tries all its addresses, again while workers without a supervisor leave. */
static bool bind_any(const struct listen_spec *spec,
                     const struct addrinfo *list, struct listener *ret)
{
    int64_t until = clock_ms() + spec->wait_ms;
    bool bare = is_bare_port(spec->address);
    for (;;) {
        for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
            if (bind_tcp(ai, bare, ret))
                return true;
            if (bare && errno == EADDRINUSE)
                break; /* half of it would be free, and is not asked for */
        }
        if (errno != EADDRINUSE || spec->predecessor == 0 ||
            clock_ms() >= until)
            return false;
        poll(NULL, 0, 50);
    }
}

/* IPv6, which takes IPv4 as well; where there is none, IPv4. */
static int everywhere(const char *port, struct addrinfo **ret_list)
{
    struct addrinfo hints = {.ai_family = AF_INET6,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *four;
    int rc = getaddrinfo(NULL, port, &hints, ret_list);
    hints.ai_family = AF_INET;
    if (rc != 0)
        return getaddrinfo(NULL, port, &hints, ret_list);
    if (getaddrinfo(NULL, port, &hints, &four) == 0)
        (*ret_list)->ai_next = four; /* one list, for freeaddrinfo() too */
    return 0;
}

static enum err open_tcp(const struct listen_spec *spec, struct listener *ret,
                         struct err_note *why)
{
    char host[MAX_HOST], port[MAX_PORT];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    TRY(split_tcp(spec->address, host, port, why));
    int rc = is_bare_port(spec->address)
                 ? everywhere(port, &list)
                 : getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        return err_set(why, ERR_CONFIG, "cannot listen on %s: %s",
                       spec->address, gai_strerror(rc));
    enum err e =
        bind_any(spec, list, ret) ? ERR_OK : tcp_failed(spec->address, why);
    freeaddrinfo(list);
    return e;
}

/* --- of others --- */

static enum err open_inherited(struct listener *ret, struct err_note *why)
{
    if (!listen_is_listener(STDIN_FILENO))
        return err_set(why, ERR_CONFIG,
                       "fd:0 is no listening socket; start ptpool with "
                       "spawn-fcgi -n -s SOCKET -- ptpool, or give an address");
    ret->fd = STDIN_FILENO;
    ret->given = true;
    return ERR_OK;
}

/* systemd removes what it made; what a supervisor made is ours as well. */
static enum err open_given(const struct listen_spec *spec, struct listener *ret,
                           struct err_note *why)
{
    if (!listen_is_listener(spec->inherited))
        return err_set(why, ERR_CONFIG,
                       "descriptor %d, inherited for %s, is no listening "
                       "socket",
                       spec->inherited, spec->address);
    ret->fd = spec->inherited;
    ret->given = ret->lent = !spec->ours;
    if (!spec->ours || !is_unix(spec->address))
        return ERR_OK;
    return own_path(spec->address + UNIX_PREFIX, ret, why);
}

/* The flag belongs to the socket, not the process: all workers share it. */
static enum err set_blocking(int fd, bool nonblocking, struct err_note *why)
{
    int flags = fcntl(fd, F_GETFL);
    int want = nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    if (flags < 0 || fcntl(fd, F_SETFL, want) != 0)
        return err_errno(why, ERR_SYSTEM, "listener flags");
    return ERR_OK;
}

/* --- shutting --- */

enum { TCP_FLAGS = 13, TCP_SYN = 0x02, TCP_ACK = 0x10 }; /* RFC 9293, 3.1 */

/* Whoever had it before us may have shut it. */
static void open_again(int fd)
{
    const int unused = 0;
    setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
}

/*
 * Drops what begins a connection and nothing else: a handshake that has begun
 * is finished, or its peer would send into the void and see a reset.
 */
static bool drop_beginnings(int fd)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TCP_SYN | TCP_ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
    const struct sock_fprog program = {.len = ARRAY_LEN(code), .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                      sizeof(program)) == 0;
}

/*
 * Where only root may attach a filter: peers from other hosts or containers are
 * refused from now on, since the socket listens on this one's loopback alone.
 * It cannot be undone without rights, so not where others may have the socket
 * too; process 1 of a container has it for itself.
 */
static bool refuse_network(const struct listener *l)
{
    static const char loopback[] = "lo";
    return (!l->given || getpid() == 1) &&
           setsockopt(l->fd, SOL_SOCKET, SO_BINDTODEVICE, loopback,
                      sizeof(loopback)) == 0;
}

/* The file at path is that of the socket. */
static bool is_file_of(const struct listener *l, const char *path)
{
    struct stat st;
    return l->path[0] != '\0' && lstat(path, &st) == 0 && st.st_dev == l->dev &&
           st.st_ino == l->ino;
}

bool listen_is_at(const struct listener *l, const char *address)
{
    return is_unix(address) && is_file_of(l, address + UNIX_PREFIX);
}

/* Nobody finds it any more. */
static void remove_path(struct listener *l)
{
    if (is_file_of(l, l->path))
        unlink(l->path);
    l->path[0] = l->over[0] = '\0';
}

bool listen_shut(struct listener *l)
{
    int family = AF_UNSPEC;
    socklen_t n = sizeof(family);
    if (l->fd < 0 || l->lent ||
        getsockopt(l->fd, SOL_SOCKET, SO_DOMAIN, &family, &n) != 0)
        return false;
    if (family != AF_UNIX)
        return drop_beginnings(l->fd) || refuse_network(l);
    bool ours = l->path[0] != '\0';
    remove_path(l);
    return ours;
}

/* --- all --- */

static enum err open_any(const struct listen_spec *spec, struct listener *ret,
                         struct err_note *why)
{
    if (spec->inherited > 0)
        TRY(open_given(spec, ret, why));
    else if (strcmp(spec->address, "fd:0") == 0)
        TRY(open_inherited(ret, why));
    else if (is_unix(spec->address))
        TRY(open_unix(spec, ret, why));
    else
        TRY(open_tcp(spec, ret, why));
    open_again(ret->fd);
    TRY(set_blocking(ret->fd, spec->nonblocking, why));
    if (ret->fd != STDIN_FILENO && listen(ret->fd, (int)spec->backlog) != 0)
        return tcp_failed(spec->address, why);
    return ERR_OK;
}

enum err listen_open(const struct listen_spec *spec, struct listener *ret,
                     struct err_note *why)
{
    struct listener l = {.fd = -1};
    if (spec->address[0] != '\0') {
        enum err e = open_any(spec, &l, why);
        if (e != ERR_OK) {
            listen_close(&l);
            return e;
        }
    }
    *ret = l;
    return ERR_OK;
}

/* Fails only if somebody has changed the folder since it was bound there. */
enum err listen_settle(struct listener *l, struct err_note *why)
{
    if (l->over[0] == '\0')
        return ERR_OK;
    if (rename(l->path, l->over) != 0)
        return err_errno(why, ERR_SYSTEM, "cannot rename %s to %s", l->path,
                         l->over);
    memcpy(l->path, l->over, sizeof(l->path));
    l->over[0] = '\0';
    return ERR_OK;
}

/* The number must not become free for another socket. */
static void close_standard_input(void)
{
    CLEANUP(fd_done) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)dup2(fd, STDIN_FILENO);
}

void listen_close(struct listener *l)
{
    remove_path(l);
    if (l->fd == STDIN_FILENO)
        close_standard_input();
    else
        fd_done(&l->fd);
    l->fd = -1;
}
