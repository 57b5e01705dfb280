#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "test/support.h"
#include "web/peer.h"

static struct err_note who;

static const struct peer_list *list_of(const char *const *addresses)
{
    static const char *const nobody[] = {NULL};
    const struct peer_list *list = NULL;
    struct err_note why = {""};
    ck_assert_msg(peer_list_new(t_arena, addresses, nobody, &list, &why) ==
                      ERR_OK,
                  "%s", why.text);
    return list;
}

#define LIST(...) list_of((const char *const[]){__VA_ARGS__, NULL})

/* A TCP connection over the loopback: [0] is who accepted, [1] the peer. */
static bool connect_loopback(int family, const char *from, int ret_pair[2])
{
    struct sockaddr_storage at = {.ss_family = (sa_family_t)family};
    socklen_t len = sizeof(at);
    struct sockaddr_storage local = at;
    void *field = family == AF_INET
                      ? (void *)&((struct sockaddr_in *)&local)->sin_addr
                      : (void *)&((struct sockaddr_in6 *)&local)->sin6_addr;
    if (family == AF_INET6)
        ((struct sockaddr_in6 *)&at)->sin6_addr = in6addr_loopback;
    ck_assert_int_eq(inet_pton(family, from, field), 1);
    CLEANUP(fd_done) int listener = socket(family, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, len) != 0)
        return false; /* this machine has no IPv6 */
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    ret_pair[1] = socket(family, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(ret_pair[1], (struct sockaddr *)&local, len), 0);
    ck_assert_int_eq(connect(ret_pair[1], (struct sockaddr *)&at, len), 0);
    ret_pair[0] = accept(listener, NULL, NULL);
    ck_assert_int_ge(ret_pair[0], 0);
    return true;
}

static bool allowed_from(int family, const char *from,
                         const struct peer_list *list, bool if_not)
{
    int pair[2];
    if (!connect_loopback(family, from, pair))
        return if_not;
    bool ok = peer_allowed(list, pair[0], &who);
    close(pair[0]);
    close(pair[1]);
    return ok;
}

static bool v4(const char *from, const struct peer_list *list)
{
    return allowed_from(AF_INET, from, list, false);
}

START_TEST(addresses_one_by_one)
{
    ck_assert(v4("127.0.0.1", LIST("127.0.0.1")));
    ck_assert(v4("127.0.0.1", LIST("10.0.0.1", "127.0.0.1")));
    ck_assert(!v4("127.0.0.2", LIST("127.0.0.1")));
    ck_assert_str_eq(who.text, "address=::ffff:127.0.0.2");
    ck_assert(v4("127.0.0.2", LIST("::ffff:127.0.0.2")));
    ck_assert(!v4("127.0.0.1", LIST("::1")));
    ck_assert(!v4("127.0.0.1", LIST("::127.0.0.1")));
}
END_TEST

START_TEST(networks_end_at_their_edges)
{
    ck_assert(v4("127.1.2.3", LIST("127.0.0.0/8")));
    ck_assert(v4("127.1.2.3", LIST("127.9.9.9/8"))); /* the rest is ignored */
    ck_assert(!v4("127.1.2.3", LIST("126.0.0.0/8")));
    ck_assert(v4("127.0.0.127", LIST("127.0.0.0/25")));
    ck_assert(!v4("127.0.0.128", LIST("127.0.0.0/25")));
    ck_assert(v4("127.0.0.128", LIST("127.0.0.128/25")));
    ck_assert(v4("127.0.0.3", LIST("127.0.0.2/31")));
    ck_assert(!v4("127.0.0.4", LIST("127.0.0.2/31")));
    ck_assert(v4("127.0.0.2", LIST("127.0.0.2/32")));
    ck_assert(!v4("127.0.0.3", LIST("127.0.0.2/32")));
    ck_assert(v4("127.0.0.1", LIST("0.0.0.0/0")));
    ck_assert(v4("127.0.0.1", LIST("::/0")));
    ck_assert(v4("127.0.0.1", LIST("::ffff:0:0/96")));
    ck_assert(!v4("127.0.0.1", LIST("fe80::/10")));
}
END_TEST

START_TEST(version_6)
{
    ck_assert(allowed_from(AF_INET6, "::1", LIST("::1"), true));
    ck_assert(allowed_from(AF_INET6, "::1", LIST("::/127"), true));
    ck_assert(!allowed_from(AF_INET6, "::1", LIST("::2/127"), false));
    ck_assert(!allowed_from(AF_INET6, "::1", LIST("127.0.0.1"), false));
    ck_assert(!allowed_from(AF_INET6, "::1", LIST("0.0.0.0/0"), false));
}
END_TEST

START_TEST(an_empty_list_lets_nobody_in)
{
    const char *const none[] = {NULL};
    ck_assert(!v4("127.0.0.1", list_of(none)));
    ck_assert(!v4("127.0.0.1", list_of(NULL)));
}
END_TEST

START_TEST(bad_entries_are_refused)
{
    static const char *const bad[] = {
        "",
        "localhost",
        "127.0.0",
        "127.0.0.256",
        "127.0.0.1/",
        "127.0.0.1/33",
        "127.0.0.1/-1",
        "127.0.0.1/x",
        "::1/129",
        "::1/1280",
        "10.0.0.0/8/8",
        "127.0.0.1:9000",
        "[::1]",
        "127.0.0.1/ 8",
        "::g",
        "*",
        " 127.0.0.1",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct peer_list *list = NULL;
        struct err_note why = {""};
        const char *const addresses[] = {"127.0.0.1", bad[i], NULL};
        ck_assert_msg(peer_list_new(t_arena, addresses, NULL, &list, &why) ==
                          ERR_CONFIG,
                      "accepted: %s", bad[i]);
        t_contains(why.text, arena_fmt(t_arena, "http.allow: \"%s\"", bad[i]));
        ck_assert_ptr_null(list);
    }
}
END_TEST

START_TEST(a_list_has_a_limit)
{
    const char *many[MAX_COMMAND_ARGS + 2] = {NULL};
    const struct peer_list *list = NULL;
    struct err_note why = {""};
    for (size_t i = 0; i < MAX_COMMAND_ARGS; i++)
        many[i] = "10.0.0.1";
    t_ok(peer_list_new(t_arena, many, NULL, &list, &why));
    many[MAX_COMMAND_ARGS] = "10.0.0.1";
    t_is(peer_list_new(t_arena, many, NULL, &list, &why), ERR_CONFIG);
    t_contains(why.text, "over 32 entries");
}
END_TEST

/* --- unix sockets --- */

START_TEST(our_own_user_is_always_allowed)
{
    int pair[2];
    const char *const users[] = {"no such user of this machine", NULL};
    const struct peer_list *list = NULL;
    t_ok(peer_list_new(t_arena, NULL, users, &list, NULL));
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert(peer_allowed(list, pair[0], &who));
    close(pair[0]);
    close(pair[1]);
    ck_assert(!peer_allowed(list, -1, &who));
    ck_assert_str_eq(who.text, "unknown");
    CLEANUP(fd_done) int alone = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert(!peer_allowed(list, alone, &who));
}
END_TEST

/* Connects to path as user "nobody", and waits for the end. */
static pid_t connect_as_nobody(const struct sockaddr_un *at)
{
    const struct passwd *pw = getpwnam("nobody");
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    char c;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (pw == NULL || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0 ||
        connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0)
        _exit(1);
    _exit(read(fd, &c, 1) == 0 ? 0 : 1);
}

START_TEST(another_user_only_when_listed)
{
    if (geteuid() != 0)
        return; /* only root can be somebody else */
    const char *const listed[] = {"nobody", NULL};
    const struct peer_list *with = NULL, *without = NULL;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    strncpy(at.sun_path, t_path("sock"), sizeof(at.sun_path) - 1);
    CLEANUP(fd_done) int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
    ck_assert_int_eq(chmod(at.sun_path, 0666), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    pid_t pid = connect_as_nobody(&at);
    int fd = accept(listener, NULL, NULL), status = -1;
    t_ok(peer_list_new(t_arena, NULL, listed, &with, NULL));
    t_ok(peer_list_new(t_arena, NULL, NULL, &without, NULL));
    ck_assert(peer_allowed(with, fd, &who));
    ck_assert(!peer_allowed(without, fd, &who));
    t_contains(who.text, arena_fmt(t_arena, "pid=%d", (int)pid));
    close(fd);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *peer_suite(void)
{
    Suite *s = suite_create("peer");
    TCase *tc = t_case(s, "peer");
    tcase_add_test(tc, addresses_one_by_one);
    tcase_add_test(tc, networks_end_at_their_edges);
    tcase_add_test(tc, version_6);
    tcase_add_test(tc, an_empty_list_lets_nobody_in);
    tcase_add_test(tc, bad_entries_are_refused);
    tcase_add_test(tc, a_list_has_a_limit);
    tcase_add_test(tc, our_own_user_is_always_allowed);
    tcase_add_test(tc, another_user_only_when_listed);
    return s;
}
