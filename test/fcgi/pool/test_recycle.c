#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pool/footprint.h"
#include "pool/recycle.h"
#include "test/suites.h"

suite_fn recycle_suite;

static const char *why(const struct pool_conf *c, uint64_t requests,
                       int64_t age_ms, int64_t memory)
{
    const struct recycle_look look = {
        .requests = requests, .age_ms = age_ms, .memory_bytes = memory};
    return recycle_reason(c, &look);
}

START_TEST(test_reasons)
{
    const struct pool_conf none = {0}, all = {.max_requests = 10,
                                              .max_age_ms = 3600000,
                                              .max_memory_bytes = 1000};
    ck_assert_ptr_null(why(&none, 1 << 30, INT64_MAX, INT64_MAX));
    ck_assert_ptr_null(why(&all, 9, 3599999, 999));
    ck_assert_str_eq(why(&all, 10, 0, 0), "max_requests");
    ck_assert_str_eq(why(&all, 0, 3600000, 0), "max_age");
    ck_assert_str_eq(why(&all, 0, RECYCLE_MEMORY_MS, 1000), "max_memory");
}
END_TEST

/* A limit below what a fresh worker takes would never end otherwise. */
START_TEST(test_young_ones_may_be_large)
{
    const struct pool_conf c = {.max_memory_bytes = 1000};
    struct recycle_look look = {.age_ms = RECYCLE_MEMORY_MS - 1,
                                .memory_bytes = 1000};
    ck_assert_ptr_null(recycle_reason(&c, &look));
    ck_assert(recycle_is_early(&c, &look));
    look.memory_bytes = 999;
    ck_assert(!recycle_is_early(&c, &look));
    look = (struct recycle_look){.age_ms = RECYCLE_MEMORY_MS,
                                 .memory_bytes = 1000};
    ck_assert_str_eq(recycle_reason(&c, &look), "max_memory");
    ck_assert(!recycle_is_early(&c, &look));
}
END_TEST

START_TEST(test_footprint)
{
    ck_assert_int_gt(footprint_read(getpid()), 64 << 10);
    ck_assert_int_eq(footprint_read(0), 0);
    char path[] = "/tmp/test-vmstat-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    fputs("nr_free_pages 7\noom_kill_x 9\noom_kill 42\nswap_ra 1\n", f);
    fclose(f);
    ck_assert_int_eq(footprint_oom_kills(path), 42);
    unlink(path);
    ck_assert_int_eq(footprint_oom_kills(path), 0);
}
END_TEST

Suite *recycle_suite(void)
{
    Suite *s = suite_create("recycle");
    TCase *t = tcase_create("recycle");
    tcase_add_test(t, test_reasons);
    tcase_add_test(t, test_young_ones_may_be_large);
    tcase_add_test(t, test_footprint);
    suite_add_tcase(s, t);
    return s;
}
