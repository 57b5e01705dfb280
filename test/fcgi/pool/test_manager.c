#include <check.h>

#include "pool/manager.h"
#include "test/suites.h"

suite_fn manager_suite;

static const struct manager_rule dynamic = {
    .min = 2, .max = 8, .spare = 1, .idle_ms = 1000};
static const struct manager_rule on_demand = {
    .min = 0, .max = 8, .spare = 3, .idle_ms = 1000};

static int64_t step(struct manager *m, const struct manager_rule *rule,
                    int64_t busy, int64_t queued, int64_t now)
{
    const struct manager_load load = {.busy = busy, .queued = queued};
    manager_step(m, rule, &load, now);
    return m->wanted;
}

START_TEST(test_first)
{
    const struct manager_rule fixed = {.min = 4, .max = 4, .spare = 1};
    const struct manager_rule spare = {.min = 1, .max = 8, .spare = 3};
    ck_assert_int_eq(manager_first(&fixed), 4);
    ck_assert_int_eq(manager_first(&dynamic), 2);
    ck_assert_int_eq(manager_first(&spare), 3);
    ck_assert_int_eq(manager_first(&on_demand), 0);
}
END_TEST

START_TEST(test_grows_at_once)
{
    struct manager m = {.wanted = 2};
    ck_assert_int_eq(step(&m, &dynamic, 1, 0, 10), 2);
    ck_assert_int_eq(step(&m, &dynamic, 2, 0, 20), 3);
    ck_assert_int_eq(step(&m, &dynamic, 3, 2, 30), 6);
    ck_assert_int_eq(step(&m, &dynamic, 6, 50, 40), 8);
}
END_TEST

START_TEST(test_shrinks_late_to_what_was_needed)
{
    struct manager m = {.wanted = 8, .since_ms = 0};
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 100), 8);
    ck_assert_int_eq(step(&m, &dynamic, 4, 0, 500), 8);
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 999), 8);
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 1000), 5);
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 1999), 5);
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 2000), 2);
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 9000), 2);
}
END_TEST

START_TEST(test_a_need_in_between_starts_the_wait_anew)
{
    struct manager m = {.wanted = 4, .since_ms = 0};
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 900), 4);
    ck_assert_int_eq(step(&m, &dynamic, 3, 0, 950), 4);
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 1800), 4);
    ck_assert_int_eq(step(&m, &dynamic, 0, 0, 1950), 2);
}
END_TEST

START_TEST(test_on_demand_goes_to_nothing)
{
    struct manager m = {.wanted = 0};
    ck_assert_int_eq(step(&m, &on_demand, 0, 1, 100), 1);
    ck_assert_int_eq(step(&m, &on_demand, 1, 2, 200), 3);
    ck_assert_int_eq(step(&m, &on_demand, 0, 0, 1199), 3);
    ck_assert_int_eq(step(&m, &on_demand, 0, 0, 1200), 0);
}
END_TEST

START_TEST(test_another_rule)
{
    struct manager m = {.wanted = 6};
    manager_bound(&m, &dynamic);
    ck_assert_int_eq(m.wanted, 6);
    manager_bound(&m, &(struct manager_rule){.min = 3, .max = 3});
    ck_assert_int_eq(m.wanted, 3);
    manager_bound(&m, &(struct manager_rule){.min = 5, .max = 9});
    ck_assert_int_eq(m.wanted, 5);
}
END_TEST

Suite *manager_suite(void)
{
    Suite *s = suite_create("manager");
    TCase *t = tcase_create("manager");
    tcase_add_test(t, test_first);
    tcase_add_test(t, test_grows_at_once);
    tcase_add_test(t, test_shrinks_late_to_what_was_needed);
    tcase_add_test(t, test_a_need_in_between_starts_the_wait_anew);
    tcase_add_test(t, test_on_demand_goes_to_nothing);
    tcase_add_test(t, test_another_rule);
    suite_add_tcase(s, t);
    return s;
}
