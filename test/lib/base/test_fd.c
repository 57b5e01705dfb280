#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "test/support.h"

/* Reads path into a buffer of at most max bytes; ret_n: what it holds. */
static enum err read_up_to(const char *path, size_t max, size_t *ret_n,
                           struct err_note *why)
{
    struct buf b;
    buf_init(&b, max);
    enum err e = fd_read_file(path, &b, why);
    *ret_n = b.n;
    buf_done(&b);
    return e;
}

START_TEST(files_up_to_the_limit)
{
    const char *path = t_path("file");
    struct err_note why = {""};
    size_t n;
    t_write(path, arena_fmt(t_arena, "%020000d", 1));
    t_ok(read_up_to(path, 20000, &n, &why));
    ck_assert_uint_eq(n, 20000);
    t_is(read_up_to(path, 19999, &n, &why), ERR_TOOLARGE);
    t_contains(why.text, path);
    t_contains(why.text, "19999");
    t_write(path, "");
    t_ok(read_up_to(path, 0, &n, &why));
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(what_cannot_be_read_is_named)
{
    struct err_note why = {""};
    size_t n;
    const char *missing = t_path("missing");
    t_is(read_up_to(missing, 10, &n, &why), ERR_NOTFOUND);
    t_contains(why.text, missing);
    t_contains(why.text, "No such file");
    t_is(read_up_to(t_dir(), 10, &n, &why), ERR_SYSTEM);
    t_contains(why.text, t_dir());
}
END_TEST

START_TEST(writes_all_or_says_no)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert(fd_write_all(pair[0], "abc", 3));
    char got[4] = "";
    ck_assert_int_eq(read(pair[1], got, 3), 3);
    ck_assert_str_eq(got, "abc");
    ck_assert(fd_write_all(pair[0], "", 0));
    fd_done(&pair[0]);
    ck_assert_int_eq(pair[0], -1);
    fd_done(&pair[0]);
    ck_assert(!fd_write_all(pair[0], "abc", 3));
    CLEANUP(fd_done) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(full, 0);
    ck_assert(!fd_write_all(full, "abc", 3));
    fd_done(&pair[1]);
}
END_TEST

Suite *fd_suite(void)
{
    Suite *s = suite_create("fd");
    TCase *tc = t_case(s, "fd");
    tcase_add_test(tc, files_up_to_the_limit);
    tcase_add_test(tc, what_cannot_be_read_is_named);
    tcase_add_test(tc, writes_all_or_says_no);
    return s;
}
