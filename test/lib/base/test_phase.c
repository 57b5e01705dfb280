#include <check.h>
#include <time.h>

#include "base/clock.h"
#include "base/phase.h"
#include "test/suites.h"

suite_fn phase_suite;

static void spend_ms(int ms)
{
    for (int64_t end = clock_us() + ms * 1000; clock_us() < end;)
        ;
}

START_TEST(test_times_add_up)
{
    struct phases p = {0};
    phase_begin(&p, 5000);
    spend_ms(2);
    enum phase before = phase_enter(&p, PHASE_CACHE);
    ck_assert_int_eq(before, PHASE_HANDLER);
    spend_ms(3);
    enum phase inner = phase_enter(&p, PHASE_DATABASE);
    ck_assert_int_eq(inner, PHASE_CACHE);
    spend_ms(4);
    phase_enter(&p, inner);
    phase_enter(&p, before);
    phase_end(&p);
    ck_assert_int_eq(p.spent_us[PHASE_QUEUE], 5000);
    ck_assert_int_ge(p.spent_us[PHASE_HANDLER], 2000);
    ck_assert_int_ge(p.spent_us[PHASE_CACHE], 3000);
    ck_assert_int_ge(p.spent_us[PHASE_DATABASE], 4000);
    ck_assert_int_eq(p.spent_us[PHASE_HANDLER] + p.spent_us[PHASE_CACHE] +
                         p.spent_us[PHASE_DATABASE],
                     p.spent_us[PHASE_TOTAL]);
    ck_assert(!p.seen[PHASE_WRITE]);
    ck_assert(p.seen[PHASE_TOTAL] && p.seen[PHASE_QUEUE]);
}
END_TEST

START_TEST(test_begins_anew)
{
    struct phases p = {0};
    phase_begin(&p, 1);
    phase_enter(&p, PHASE_WRITE);
    phase_end(&p);
    phase_begin(&p, -1);
    phase_end(&p);
    ck_assert(!p.seen[PHASE_QUEUE] && !p.seen[PHASE_WRITE]);
    ck_assert(p.seen[PHASE_HANDLER]);
    phase_end(&p); /* a second end changes nothing */
    ck_assert_int_eq(p.spent_us[PHASE_HANDLER], p.spent_us[PHASE_TOTAL]);
    /* what goes on after the answer is one phase, and not of the whole */
    phase_begin(&p, -1);
    phase_enter(&p, PHASE_AFTER);
    ck_assert_int_eq(phase_enter(&p, PHASE_DATABASE), PHASE_AFTER);
    ck_assert_int_eq(p.now, PHASE_AFTER);
    spend_ms(3);
    phase_end(&p);
    ck_assert_int_ge(p.spent_us[PHASE_AFTER], 3000);
    ck_assert(!p.seen[PHASE_DATABASE]);
    ck_assert_int_eq(p.spent_us[PHASE_HANDLER], p.spent_us[PHASE_TOTAL]);
}
END_TEST

START_TEST(test_without_a_request)
{
    struct phases p = {0};
    ck_assert_int_eq(phase_enter(NULL, PHASE_CACHE), PHASE_QUEUE);
    ck_assert_int_eq(phase_enter(&p, PHASE_CACHE), PHASE_QUEUE);
    ck_assert_int_eq(p.now, PHASE_QUEUE);
    ck_assert(!p.seen[PHASE_CACHE]);
}
END_TEST

START_TEST(test_is_shown)
{
    phase_shown word = 0;
    struct phases p = {.shown = &word};
    int64_t before = clock_us();
    phase_begin(&p, -1);
    phase_enter(&p, PHASE_DATABASE);
    ck_assert_uint_eq(word & 0xff, PHASE_DATABASE);
    ck_assert_int_ge((int64_t)(word >> 8), before);
    ck_assert_int_le((int64_t)(word >> 8), clock_us());
    phase_end(&p);
    ck_assert_uint_eq(word & 0xff, PHASE_QUEUE);
    ck_assert_str_eq(phase_name(PHASE_DATABASE), "database");
    ck_assert_str_eq(phase_name(PHASE__MAX), "");
}
END_TEST

Suite *phase_suite(void)
{
    Suite *s = suite_create("phase");
    TCase *t = tcase_create("phase");
    tcase_add_test(t, test_times_add_up);
    tcase_add_test(t, test_begins_anew);
    tcase_add_test(t, test_without_a_request);
    tcase_add_test(t, test_is_shown);
    suite_add_tcase(s, t);
    return s;
}
