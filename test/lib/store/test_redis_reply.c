#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/redis_reply.h"
#include "test/support.h"

enum { LONG = 150000 /* more than is read at once */ };

static redisContext *conn;
static int server;

static void connect_them(void)
{
    const struct timeval limit = {.tv_usec = 20000};
    const int room = 4 * LONG; /* nothing waits for a reader */
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    server = fds[1];
    setsockopt(server, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    conn = redisConnectFd(fds[0]);
    ck_assert_int_eq(redisSetTimeout(conn, limit), REDIS_OK);
}

static void part(void)
{
    redisFree(conn);
    if (server >= 0)
        close(server);
}

static void say(const char *p, size_t n)
{
    ck_assert_int_eq(write(server, p, n), (ssize_t)n);
}

static redisReply *reply(void)
{
    void *r = NULL;
    ck_assert(redis_reply(conn, &r));
    return r;
}

START_TEST(a_long_one_is_whole)
{
    char *text = malloc(LONG + 32);
    int head = snprintf(text, 32, "$%d\r\n", LONG);
    memset(text + head, 'x', LONG);
    memcpy(text + head + LONG, "\r\n", 2);
    say(text, (size_t)head + LONG + 2);
    redisReply *r = reply();
    ck_assert_int_eq(r->type, REDIS_REPLY_STRING);
    ck_assert_uint_eq(r->len, LONG);
    ck_assert_mem_eq(r->str, text + head, LONG);
    freeReplyObject(r);
    free(text);
}
END_TEST

/* What is in the pipeline goes out before the first is waited for. */
START_TEST(those_of_a_pipeline_come_in_turn)
{
    static const char sent[] = "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n";
    char got[sizeof(sent)] = "";
    redisAppendCommand(conn, "PING");
    redisAppendCommand(conn, "PING");
    say(":1\r\n:2\r\n", 8);
    for (int i = 1; i <= 2; i++) {
        redisReply *r = reply();
        ck_assert_int_eq(r->integer, i);
        freeReplyObject(r);
    }
    ck_assert_int_eq(read(server, got, sizeof(got)), sizeof(sent) - 1);
    ck_assert_str_eq(got, sent);
}
END_TEST

START_TEST(silence_nonsense_and_the_end_are_failures)
{
    void *r = NULL;
    say("!\r\n", 3);
    ck_assert(!redis_reply(conn, &r));
    part();
    connect_them();
    say("$5\r\nab", 6);
    ck_assert(!redis_reply(conn, &r)); /* the rest does not come in time */
    part();
    connect_them();
    close(server);
    server = -1;
    ck_assert(!redis_reply(conn, &r));
    ck_assert_ptr_null(r);
}
END_TEST

Suite *redis_reply_suite(void)
{
    Suite *s = suite_create("redis_reply");
    TCase *tc = t_case(s, "redis_reply");
    tcase_add_checked_fixture(tc, connect_them, part);
    tcase_add_test(tc, a_long_one_is_whole);
    tcase_add_test(tc, those_of_a_pipeline_come_in_turn);
    tcase_add_test(tc, silence_nonsense_and_the_end_are_failures);
    return s;
}
