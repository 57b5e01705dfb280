#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/taken.h"
#include "test/suites.h"

suite_fn taken_suite;

static int listener(const struct sockaddr *at, socklen_t len)
{
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, at, len), 0);
    ck_assert_int_eq(listen(fd, 9), 0);
    return fd;
}

/* A client of the socket; to: where it connects, NULL its own address. */
static int client(int fd, const struct sockaddr *to, socklen_t len)
{
    struct sockaddr_storage at = {0};
    socklen_t n = sizeof(at);
    if (to == NULL) {
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &n), 0);
        to = (struct sockaddr *)&at;
        len = n;
    }
    int c = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(c, to, len), 0);
    return c;
}

static size_t count(int fd)
{
    struct taken taken;
    ck_assert(taken_read(fd, &taken));
    return taken.n;
}

/* Those that wait do not count; those whose client has left do. */
static void counts(int fd, const struct sockaddr *to, socklen_t len)
{
    int clients[3], taken[2];
    ck_assert_uint_eq(count(fd), 0);
    for (size_t i = 0; i < 3; i++)
        clients[i] = client(fd, to, len);
    ck_assert_uint_eq(count(fd), 0);
    for (size_t i = 0; i < 2; i++) {
        taken[i] = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        ck_assert_int_ge(taken[i], 0);
        ck_assert_uint_eq(count(fd), i + 1);
    }
    close(clients[0]);
    ck_assert_uint_eq(count(fd), 2);
    close(taken[0]);
    ck_assert_uint_eq(count(fd), 1);
    close(taken[1]);
    ck_assert_uint_eq(count(fd), 0);
    close(clients[1]);
    close(clients[2]);
    close(fd);
}

static struct sockaddr_un path_at(char dir[], const char *name)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s", dir, name);
    return un;
}

START_TEST(of_a_unix_socket)
{
    char dir[] = "/tmp/pttXXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    struct sockaddr_un one = path_at(dir, "s"), two = path_at(dir, "s2");
    int other = listener((struct sockaddr *)&two, sizeof(two));
    int c = client(other, NULL, 0), t = accept(other, NULL, NULL);
    counts(listener((struct sockaddr *)&one, sizeof(one)), NULL, 0);
    ck_assert_uint_eq(count(other), 1);
    close(t);
    close(c);
    close(other);
    unlink(one.sun_path);
    unlink(two.sun_path);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(of_ports)
{
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    counts(listener((struct sockaddr *)&four, sizeof(four)), NULL, 0);
    counts(listener((struct sockaddr *)&six, sizeof(six)), NULL, 0);
}
END_TEST

/* A socket for all, of both kinds, and a client of the older one. */
START_TEST(of_any_address)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(any);
    int fd = listener((struct sockaddr *)&any, sizeof(any));
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&any, &n), 0);
    four.sin_port = any.sin6_port;
    counts(fd, (struct sockaddr *)&four, sizeof(four));
}
END_TEST

START_TEST(who_has_one)
{
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = listener((struct sockaddr *)&four, sizeof(four)), ends[2];
    struct taken taken;
    ck_assert_int_eq(pipe(ends), 0);
    int c = client(fd, NULL, 0), t = accept(fd, NULL, NULL);
    pid_t pid = fork();
    if (pid == 0) { /* has all but the connection */
        char byte;
        close(t);
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ends[0]);
    ck_assert_uint_eq(count(fd), 1);
    ck_assert(taken_read(fd, &taken));
    ck_assert(taken_by(&taken, getpid()));
    ck_assert(!taken_by(&taken, 1 << 22)); /* no such process */
    /* The child may not have closed it yet. */
    for (int i = 0; taken_by(&taken, pid) && i < 500; i++)
        usleep(10000);
    ck_assert(!taken_by(&taken, pid));
    close(ends[1]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(t);
    close(c);
    close(fd);
}
END_TEST

START_TEST(of_no_socket)
{
    struct taken taken;
    ck_assert(!taken_read(-1, &taken));
    ck_assert_uint_eq(taken.n, 0);
}
END_TEST

Suite *taken_suite(void)
{
    Suite *s = suite_create("taken");
    TCase *t = tcase_create("taken");
    tcase_add_test(t, of_a_unix_socket);
    tcase_add_test(t, of_ports);
    tcase_add_test(t, of_any_address);
    tcase_add_test(t, who_has_one);
    tcase_add_test(t, of_no_socket);
    suite_add_tcase(s, t);
    return s;
}
