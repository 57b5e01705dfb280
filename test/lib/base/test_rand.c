#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "test/support.h"

START_TEST(uuid7_has_its_form)
{
    static const char form[] = "xxxxxxxx-xxxx-7xxx-vxxx-xxxxxxxxxxxx";
    for (int round = 0; round < 1000; round++) {
        char id[37];
        rand_uuid7(id);
        ck_assert_uint_eq(strlen(id), 36);
        for (size_t i = 0; i < 36; i++) {
            const char *allowed = form[i] == 'x'   ? "0123456789abcdef"
                                  : form[i] == 'v' ? "89ab"
                                  : form[i] == '7' ? "7"
                                                   : "-";
            ck_assert_msg(strchr(allowed, id[i]) != NULL, "%s at %zu", id, i);
        }
    }
}
END_TEST

START_TEST(uuid7_carries_the_time_and_sorts_by_it)
{
    char first[37], second[37], digits[13] = "";
    int64_t before = clock_wall_ms();
    rand_uuid7(first);
    int64_t after = clock_wall_ms();
    snprintf(digits, sizeof(digits), "%.8s%.4s", first, first + 9);
    int64_t ms = strtoll(digits, NULL, 16);
    ck_assert_int_ge(ms, before);
    ck_assert_int_le(ms, after);
    for (int i = 0; i < 20; i++) {
        poll(NULL, 0, 2);
        rand_uuid7(second);
        ck_assert_int_lt(strcmp(first, second), 0);
        memcpy(first, second, sizeof(first));
    }
}
END_TEST

START_TEST(bytes_differ)
{
    char a[2 * 32 + 1], b[2 * 32 + 1];
    rand_hex(a, 32);
    rand_hex(b, 32);
    ck_assert_uint_eq(strlen(a), 64);
    ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 64);
    ck_assert_str_ne(a, b);
    unsigned char seen = 0, block[4096];
    rand_bytes(block, sizeof(block));
    for (size_t i = 0; i < sizeof(block); i++)
        seen |= block[i];
    ck_assert_uint_eq(seen, 0xff);
    rand_hex(a, 0);
    ck_assert_str_eq(a, "");
}
END_TEST

static void no_two_are_the_same(unsigned char (*masks)[16], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_int_ne(memcmp(masks[i], masks[k], 16), 0);
}

START_TEST(masks_differ)
{
    static unsigned char masks[300][16], most[5000];
    for (size_t i = 0; i < ARRAY_LEN(masks); i++)
        rand_mask(masks[i], 16);
    no_two_are_the_same(masks, ARRAY_LEN(masks));
    rand_mask(most, sizeof(most));
    ck_assert_int_ne(most[4999] | most[4998] | most[4997] | most[4996], 0);
}
END_TEST

/* A child that had the same stock would say what its parent says next. */
START_TEST(a_forked_child_has_masks_of_its_own)
{
    unsigned char masks[2][16];
    int pipe_of[2];
    rand_mask(masks[0], 16); /* fills the stock */
    ck_assert_int_eq(pipe(pipe_of), 0);
    pid_t pid = fork();
    if (pid == 0) {
        rand_mask(masks[0], 16);
        _exit(write(pipe_of[1], masks[0], 16) == 16 ? 0 : 1);
    }
    rand_mask(masks[1], 16);
    ck_assert_int_eq(read(pipe_of[0], masks[0], 16), 16);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    no_two_are_the_same(masks, 2);
    close(pipe_of[0]);
    close(pipe_of[1]);
}
END_TEST

Suite *rand_suite(void)
{
    Suite *s = suite_create("rand");
    TCase *tc = t_case(s, "rand");
    tcase_add_test(tc, uuid7_has_its_form);
    tcase_add_test(tc, uuid7_carries_the_time_and_sorts_by_it);
    tcase_add_test(tc, bytes_differ);
    tcase_add_test(tc, masks_differ);
    tcase_add_test(tc, a_forked_child_has_masks_of_its_own);
    return s;
}
