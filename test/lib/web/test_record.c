#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/support.h"
#include "web/record.h"

static int peer; /* the other end of in.fd */
static struct record_input in;

static void open_pair(int64_t patience_ms)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    peer = fds[1];
    record_input_reset(&in, fds[0], clock_ms() + patience_ms);
}

static void close_pair(void)
{
    close(in.fd);
    close(peer);
}

static void put(const char *p, size_t n)
{
    ck_assert_int_eq(write(peer, p, n), (ssize_t)n);
}

START_TEST(a_header_is_read_and_written)
{
    unsigned char h[RECORD_HEADER];
    struct record r;
    open_pair(5000);
    record_header(h, RECORD_STDOUT, 0x1234, 0xfedc);
    put((char *)h, 5); /* in two pieces */
    put((char *)h + 5, 3);
    put("\2\11\0\0\0\3\4\0abc", 11);
    ck_assert(record_next(&in, &r));
    ck_assert_int_eq(r.version, 1);
    ck_assert_int_eq(r.type, RECORD_STDOUT);
    ck_assert_int_eq(r.id, 0x1234);
    ck_assert_uint_eq(r.length, 0xfedc);
    ck_assert_uint_eq(r.padding, 0);
    ck_assert(record_next(&in, &r));
    ck_assert_int_eq(r.version, 2);
    ck_assert_int_eq(r.type, RECORD_GET_VALUES);
    ck_assert_uint_eq(r.length, 3);
    ck_assert_uint_eq(r.padding, 4);
    close_pair();
}
END_TEST

START_TEST(bytes_are_taken_whole_or_as_they_are_there)
{
    char got[8] = "";
    open_pair(5000);
    put("abcdefgh", 8);
    ck_assert(record_take(&in, got, 2));
    ck_assert_str_eq(got, "ab");
    ck_assert(record_take(&in, NULL, 3));
    ck_assert_uint_eq(record_some(&in, got, sizeof(got)), 3);
    ck_assert_int_eq(memcmp(got, "fgh", 3), 0);
    put("ij", 2);
    shutdown(peer, SHUT_WR);
    ck_assert(!record_take(&in, got, 3)); /* the peer has left */
    ck_assert_uint_eq(record_some(&in, got, 1), 0);
    close_pair();
}
END_TEST

START_TEST(a_silent_peer_is_left_at_the_deadline)
{
    char got[4];
    int64_t begin = clock_ms();
    open_pair(50);
    put("abc", 3);
    ck_assert(!record_take(&in, got, 4));
    ck_assert_int_ge(clock_ms() - begin, 50);
    ck_assert_int_lt(clock_ms() - begin, 2000);
    close_pair();
}
END_TEST

START_TEST(pairs_end_where_their_stream_ends)
{
    static const struct {
        const char *p;
        size_t n;
        bool fit;
    } cases[] = {
        {"", 0, true},
        {"\0\0", 2, true},
        {"\1\2Abc", 5, true},
        {"\1\2Abc\0\1d", 8, true},
        {"\200\0\0\1\200\0\0\2Abc", 11, true},
        {"\200\0\0\1\2Abc", 8, true},
        {"\1", 1, false},
        {"\1\2Ab", 4, false},
        {"\2\0A", 3, false},
        {"\1\2Abcd", 6, false}, /* a byte too many */
        {"\200\0\0", 3, false}, /* within a length */
        {"\1\200\0\0", 4, false},
        {"\1\377\377\377\377A", 6, false}, /* 2 GiB - 1 */
        {"\377\377\377\377\1A", 6, false},
        {"\377\377\377\377\377\377\377\377A", 9, false}, /* the sum */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_msg(record_pairs_fit((const unsigned char *)cases[i].p,
                                       cases[i].n) == cases[i].fit,
                      "case %zu", i);
}
END_TEST

Suite *record_suite(void)
{
    Suite *s = suite_create("record");
    TCase *tc = t_case(s, "record");
    tcase_add_test(tc, a_header_is_read_and_written);
    tcase_add_test(tc, bytes_are_taken_whole_or_as_they_are_there);
    tcase_add_test(tc, a_silent_peer_is_left_at_the_deadline);
    tcase_add_test(tc, pairs_end_where_their_stream_ends);
    return s;
}
