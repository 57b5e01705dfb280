#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "ledger.h"
#include "test/suites.h"

suite_fn ledger_suite;

static struct ledger_shared shared;
static struct ledger_writer writer;
static struct ledger sum;

static void setup(void)
{
    memset(&shared, 0, sizeof(shared));
    memset(&sum, 0, sizeof(sum));
    writer = (struct ledger_writer){.at = &shared};
}

static struct phases took(enum phase phase, int64_t us)
{
    struct phases p = {0};
    p.seen[phase] = true;
    p.spent_us[phase] = us;
    return p;
}

static const struct ledger_route *route(const char *name)
{
    for (size_t i = 0; i < sum.n; i++)
        if (strcmp(sum.route[i].name, name) == 0)
            return &sum.route[i];
    return NULL;
}

static uint64_t count(const char *name, enum phase phase)
{
    const struct ledger_route *r = route(name);
    ck_assert_ptr_nonnull(r);
    return histogram_total(&r->phase[phase]);
}

START_TEST(test_two_workers)
{
    memset(&shared, 0x55, sizeof(shared)); /* of another before them */
    static const char list[] = "clients.list";
    char again[] = "clients.list"; /* the same at another address */
    struct phases fast = took(PHASE_HANDLER, 100),
                  slow = took(PHASE_DATABASE, 5000);
    ledger_write(&writer, list, &fast);
    ledger_write(&writer, list, &slow);
    ledger_write(&writer, again, &fast);
    ledger_write(&writer, NULL, &fast);
    ck_assert_uint_eq(writer.n, 2);
    ck_assert(ledger_add(&sum, &shared, writer.n));
    ck_assert(ledger_add(&sum, &shared, writer.n));
    ck_assert_uint_eq(sum.n, 2);
    ck_assert_uint_eq(count(list, PHASE_HANDLER), 4);
    ck_assert_uint_eq(count(list, PHASE_DATABASE), 2);
    ck_assert_uint_eq(count(list, PHASE_CACHE), 0);
    ck_assert_uint_eq(count(LEDGER_OTHER, PHASE_HANDLER), 2);
    const struct histogram *h = &route(list)->phase[PHASE_DATABASE];
    ck_assert_uint_eq(h->sum_us, 10000);
    ck_assert_uint_eq(h->count[histogram_bucket(5000)], 2);
}
END_TEST

/* However many names, or whatever they are, there are no more rows. */
START_TEST(test_names_are_bounded)
{
    static char name[3 * LEDGER_ROUTES][32];
    struct phases p = took(PHASE_HANDLER, 1);
    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        snprintf(name[i], sizeof(name[i]), "route.%zu", i);
        ledger_write(&writer, name[i], &p);
        ledger_write(&writer, name[i], &p);
    }
    ck_assert_uint_eq(writer.n, LEDGER_ROUTES);
    ck_assert(ledger_add(&sum, &shared, writer.n));
    ck_assert_uint_eq(sum.n, LEDGER_ROUTES);
    ck_assert_uint_eq(count("route.0", PHASE_HANDLER), 2);
    ck_assert_uint_eq(count(LEDGER_OTHER, PHASE_HANDLER),
                      2 * (2 * LEDGER_ROUTES + 1));
    /* another worker with other names: the sum is full too */
    setup();
    sum.n = 0;
    for (size_t i = 0; i < ARRAY_LEN(name); i++)
        ledger_write(&writer, name[ARRAY_LEN(name) - 1 - i], &p);
    ck_assert(ledger_add(&sum, &shared, writer.n));
    ck_assert_uint_eq(sum.n, LEDGER_ROUTES);
}
END_TEST

START_TEST(test_bad_names_are_other)
{
    static const char *const bad[] = {"", "a\"b", "Ñ", "a\nb", "{}"};
    char longer[200];
    struct phases p = took(PHASE_HANDLER, 1);
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ledger_write(&writer, bad[i], &p);
    ledger_write(&writer, longer, &p);
    ck_assert_uint_eq(writer.n, 1);
    ck_assert(ledger_add(&sum, &shared, 1));
    ck_assert_uint_eq(count(LEDGER_OTHER, PHASE_HANDLER), ARRAY_LEN(bad) + 1);
}
END_TEST

/* Random bytes: nothing of it is believed, nothing is read outside. */
START_TEST(test_scribbled)
{
    unsigned char *raw = (unsigned char *)&shared;
    struct phases p = took(PHASE_HANDLER, 1);
    ledger_write(&writer, NULL, &p);
    ck_assert(ledger_add(&sum, &shared, 1));
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof(shared); i++)
            raw[i] = (unsigned char)(round < 3 ? 0xff - round : rand());
        ck_assert(!ledger_add(&sum, &shared, LEDGER_ROUTES));
        ck_assert(!ledger_add(&sum, &shared, SIZE_MAX));
    }
    ck_assert_uint_eq(sum.n, 1);
    ck_assert_uint_eq(count(LEDGER_OTHER, PHASE_HANDLER), 1);
}
END_TEST

Suite *ledger_suite(void)
{
    Suite *s = suite_create("ledger");
    TCase *t = tcase_create("ledger");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, test_two_workers);
    tcase_add_test(t, test_names_are_bounded);
    tcase_add_test(t, test_bad_names_are_other);
    tcase_add_test(t, test_scribbled);
    suite_add_tcase(s, t);
    return s;
}
