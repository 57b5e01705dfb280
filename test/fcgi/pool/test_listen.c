#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pool/listen.h"
#include "test/suites.h"

suite_fn listen_suite;

static enum err check(const char *address, struct err_note *why)
{
    const struct listen_spec spec = {
        .address = address, .owner = "", .group = ""};
    return listen_check(&spec, why);
}

START_TEST(test_good_addresses)
{
    static const char *const good[] = {
        "unix:/run/x.sock", "127.0.0.1:9000", "[::1]:9000", "[::]:1",
        "localhost:65535",  "9000",           "fd:0",       ""};
    struct err_note why;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        ck_assert_msg(check(good[i], &why) == ERR_OK, "%s", good[i]);
}
END_TEST

START_TEST(test_bad_addresses)
{
    static const char *const bad[] = {
        "0",     "65536",   "9000x",           "-1",    "unix:",
        "x",     ":9000",   "::1:9000",        "[::1]", "h:0",
        "h:",    "h:65536", "h:123456789",     "h:80x", "[]:80",
        "h:-80", "fd:1",    "unix_/run/x.sock"};
    struct err_note why;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_msg(check(bad[i], &why) == ERR_CONFIG, "%s", bad[i]);
        ck_assert(why.text[0] != '\0');
    }
    char longer[300] = "unix:/";
    memset(longer + 6, 'x', 200);
    ck_assert_int_eq(check(longer, &why), ERR_CONFIG);
}
END_TEST

START_TEST(test_path_of_a_successor_stays)
{
    char dir[] = "/tmp/ptlXXXXXX", address[64];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(address, sizeof(address), "unix:%s/s", dir);
    const struct listen_spec spec = {.address = address,
                                     .owner = "",
                                     .group = "",
                                     .mode = 0600,
                                     .backlog = 5};
    struct listener one, two;
    struct err_note why;
    struct stat st;
    ck_assert_int_eq(listen_open(&spec, &one, &why), ERR_OK);
    ck_assert(listen_is_listener(one.fd));
    ck_assert_int_eq(listen_open(&spec, &two, &why), ERR_CONFIG);
    unlink(address + 5);
    ck_assert_int_eq(listen_open(&spec, &two, &why), ERR_OK);
    listen_close(&one);
    ck_assert_int_eq(stat(address + 5, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    listen_close(&two);
    ck_assert_int_ne(stat(address + 5, &st), 0);
    rmdir(dir);
}
END_TEST

START_TEST(test_one_takes_the_place_of_the_other)
{
    char dir[] = "/tmp/ptlXXXXXX", address[64], beside[72];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(address, sizeof(address), "unix:%s/s", dir);
    snprintf(beside, sizeof(beside), "%s.next", address + 5);
    struct listen_spec spec = {.address = address,
                               .owner = "",
                               .group = "",
                               .mode = 0600,
                               .backlog = 5};
    struct listener one, two;
    struct err_note why;
    struct stat st;
    ck_assert_int_eq(listen_open(&spec, &one, &why), ERR_OK);
    ck_assert(listen_is_at(&one, address));
    spec.over = true;
    spec.mode = 0640;
    ck_assert_int_eq(listen_open(&spec, &two, &why), ERR_OK);
    ck_assert(listen_is_at(&one, address));
    ck_assert(!listen_is_at(&two, address));
    ck_assert_int_eq(stat(beside, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0640);
    ck_assert_int_eq(listen_settle(&two, &why), ERR_OK);
    ck_assert(!listen_is_at(&one, address));
    ck_assert(listen_is_at(&two, address));
    ck_assert_int_ne(stat(beside, &st), 0);
    ck_assert(listen_shut(&one));
    ck_assert_int_eq(stat(address + 5, &st), 0);
    ck_assert_int_eq(listen_settle(&two, &why), ERR_OK);
    listen_close(&one);
    listen_close(&two);
    ck_assert_int_ne(stat(address + 5, &st), 0);
    rmdir(dir);
}
END_TEST

START_TEST(test_no_room_for_a_name_beside_it)
{
    char dir[] = "/tmp/ptlXXXXXX", address[128];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    int n = snprintf(address, sizeof(address), "unix:%s/", dir);
    memset(address + n, 's', 5 + 107 - (size_t)n);
    address[5 + 107] = '\0';
    struct listen_spec spec = {
        .address = address, .owner = "", .group = "", .backlog = 5};
    struct listener one, two;
    struct err_note why;
    ck_assert_int_eq(listen_open(&spec, &one, &why), ERR_OK);
    spec.over = true;
    ck_assert_int_eq(listen_open(&spec, &two, &why), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "more than 102 bytes"));
    listen_close(&one);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

Suite *listen_suite(void)
{
    Suite *s = suite_create("listen");
    TCase *t = tcase_create("listen");
    tcase_add_test(t, test_good_addresses);
    tcase_add_test(t, test_bad_addresses);
    tcase_add_test(t, test_path_of_a_successor_stays);
    tcase_add_test(t, test_one_takes_the_place_of_the_other);
    tcase_add_test(t, test_no_room_for_a_name_beside_it);
    suite_add_tcase(s, t);
    return s;
}
