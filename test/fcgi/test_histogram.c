#include <check.h>

#include "histogram.h"
#include "test/suites.h"

suite_fn histogram_suite;

/* Each limit belongs to its bucket, what is above it to the next. */
START_TEST(test_buckets)
{
    ck_assert_int_eq(histogram_limit_us(0), 128);
    ck_assert_int_eq(histogram_limit_us(HISTOGRAM_BUCKETS - 2), 1 << 24);
    ck_assert_int_eq(histogram_limit_us(HISTOGRAM_BUCKETS - 1), INT64_MAX);
    ck_assert_uint_eq(histogram_bucket(-5), 0);
    ck_assert_uint_eq(histogram_bucket(0), 0);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
        ck_assert_uint_eq(histogram_bucket(histogram_limit_us(i)), i);
        ck_assert_uint_eq(histogram_bucket(histogram_limit_us(i) + 1), i + 1);
    }
    ck_assert_uint_eq(histogram_bucket(INT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(test_quantiles)
{
    struct histogram h = {0};
    ck_assert_int_eq(histogram_quantile_us(&h, 0.5), -1);
    h.count[3] = 100; /* 512 … 1024 µs */
    ck_assert_int_eq(histogram_quantile_us(&h, 0.5), 768);
    ck_assert_int_eq(histogram_quantile_us(&h, 1), 1024);
    h.count[7] = 1; /* 8192 … 16384 µs */
    ck_assert_int_le(histogram_quantile_us(&h, 0.5), 1024);
    ck_assert_int_eq(histogram_quantile_us(&h, 1), 16384);
    h = (struct histogram){0};
    h.count[0] = 1;
    ck_assert_int_eq(histogram_quantile_us(&h, 0.5), 64);
    h.count[HISTOGRAM_BUCKETS - 1] = 99; /* more than can be told */
    ck_assert_int_eq(histogram_quantile_us(&h, 0.99), 1 << 24);
}
END_TEST

START_TEST(test_sums)
{
    struct histogram a = {.count = {1, 2}, .sum_us = 10},
                     b = {.count = {3, UINT64_MAX}, .sum_us = UINT64_MAX};
    ck_assert_uint_eq(histogram_total(&a), 3);
    histogram_add(&b, &a);
    ck_assert_uint_eq(b.count[0], 4);
    ck_assert_uint_eq(b.count[1], UINT64_MAX);
    ck_assert_uint_eq(b.sum_us, UINT64_MAX);
    ck_assert_uint_eq(histogram_total(&b), UINT64_MAX);
    struct histogram later = {.count = {5, 1}, .sum_us = 12};
    histogram_since(&later, &a);
    ck_assert_uint_eq(later.count[0], 4);
    ck_assert_uint_eq(later.count[1], 0); /* began anew */
    ck_assert_uint_eq(later.sum_us, 2);
}
END_TEST

Suite *histogram_suite(void)
{
    Suite *s = suite_create("histogram");
    TCase *t = tcase_create("histogram");
    tcase_add_test(t, test_buckets);
    tcase_add_test(t, test_quantiles);
    tcase_add_test(t, test_sums);
    suite_add_tcase(s, t);
    return s;
}
