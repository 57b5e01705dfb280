#include "test/redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/support.h"

enum { START_MS = 10000, ANSWER_MS = 2000 };

static int loopback(int port, bool listening)
{
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    int rc = listening ? bind(fd, (struct sockaddr *)&sa, sizeof(sa))
                       : connect(fd, (struct sockaddr *)&sa, sizeof(sa));
    if (rc == 0)
        return fd;
    close(fd);
    return -1;
}

void t_redis_create(struct t_redis *r)
{
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    *r = (struct t_redis){.dir = t_path("redis")};
    ck_assert_int_eq(mkdir(r->dir, 0755), 0);
    int fd = loopback(0, true);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
    r->port = ntohs(sa.sin_port);
    close(fd);
}

static void run_server(const struct t_redis *r)
{
    char port[16], log[256];
    snprintf(port, sizeof(port), "%d", r->port);
    snprintf(log, sizeof(log), "%s/log", r->dir);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execlp("redis-server", "redis-server", "--port", port, "--bind",
           "127.0.0.1", "--dir", r->dir, "--logfile", log, "--save", "",
           "--requirepass", r->password ? T_REDIS_PASSWORD : "", (char *)NULL);
    _exit(127);
}

void t_redis_start(struct t_redis *r)
{
    int64_t until = clock_ms() + START_MS;
    fflush(NULL);
    r->pid = fork();
    ck_assert_int_ge(r->pid, 0);
    if (r->pid == 0)
        run_server(r);
    while (strchr(t_redis_say(r, "PING"), '\n') == NULL) {
        ck_assert_msg(waitpid(r->pid, NULL, WNOHANG) == 0 && clock_ms() < until,
                      "redis-server does not run; is it installed?");
        poll(NULL, 0, 10);
    }
}

void t_redis_kill(struct t_redis *r)
{
    if (r->pid > 0) {
        kill(r->pid, SIGKILL);
        waitpid(r->pid, NULL, 0);
    }
    r->pid = 0;
}

const char *t_redis_url(const struct t_redis *r)
{
    return r->password ? arena_fmt(t_arena,
                                   "redis://:s3cret%%3A%%2F%%40@127.0.0.1:%d/0",
                                   r->port)
                       : arena_fmt(t_arena, "redis://127.0.0.1:%d", r->port);
}

const char *t_redis_say(const struct t_redis *r, const char *line)
{
    char text[4096] = "";
    int fd = loopback(r->port, false);
    if (fd < 0)
        return "";
    if (r->password)
        dprintf(fd, "AUTH " T_REDIS_PASSWORD "\r\n");
    dprintf(fd, "%s\r\n", line);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, ANSWER_MS) > 0) {
        poll(NULL, 0, r->password ? 20 : 0);
        ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
        text[n > 0 ? n : 0] = '\0';
    }
    close(fd);
    return arena_strdup(t_arena, text);
}
