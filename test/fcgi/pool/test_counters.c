#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "pool/child.h"
#include "pool/counters.h"
#include "test/suites.h"

suite_fn counters_suite;

static struct pool *new_pool(void)
{
    static const struct pool_conf conf = {.name = "web"};
    struct pool *p = calloc(1, sizeof(*p));
    ck_assert_ptr_nonnull(p);
    p->conf = &conf;
    p->name = strdup("web");
    p->listener.fd = -1;
    return p;
}

static void free_pool(struct pool *p)
{
    free(p->name);
    free(p);
}

static int memory(const char *text)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    ck_assert(fd_write_all(fd, text, strlen(text)));
    return fd;
}

static const struct histogram some = {.count = {[0] = 3, [18] = 1},
                                      .sum_us = 1234567};

START_TEST(what_was_saved_comes_back)
{
    struct pool *before = new_pool(), *after = new_pool();
    struct pool_status at;
    before->past.requests = 12;
    before->past.counts[BOARD_SHED] = 1;
    before->past.counts[BOARD_GONE] = 2;
    before->past.counts[BOARD_LATE] = 3;
    before->slow = 4;
    before->deaths = 5;
    before->start_failures = 6;
    ck_assert(ledger_put(&before->ledger, "page.a", PHASE_TOTAL, &some));
    ck_assert(ledger_put(&before->ledger, "page.a", PHASE_CACHE, &some));
    int fd = counters_save(&before, 1);
    ck_assert_int_ge(fd, 0);
    for (uint64_t round = 1; round <= 2; round++) { /* it is added */
        ck_assert(counters_restore(fd, after));
        pool_status(after, 0, &at);
        ck_assert_uint_eq(at.requests, 12 * round);
        ck_assert_uint_eq(at.shed, round);
        ck_assert_uint_eq(at.gone, 2 * round);
        ck_assert_uint_eq(at.late, 3 * round);
        ck_assert_int_eq(at.slow, 4 * (int64_t)round);
        ck_assert_int_eq(at.deaths, 5 * (int64_t)round);
        ck_assert_int_eq(at.start_failures, 6 * (int64_t)round);
        ck_assert_uint_eq(after->ledger.n, 2);
        const struct ledger_route *r = &after->ledger.route[1];
        ck_assert_str_eq(r->name, "page.a");
        ck_assert_uint_eq(r->phase[PHASE_CACHE].count[0], 3 * round);
        ck_assert_uint_eq(r->phase[PHASE_TOTAL].count[18], round);
        ck_assert_uint_eq(r->phase[PHASE_TOTAL].sum_us, 1234567 * round);
        ck_assert_uint_eq(histogram_total(&r->phase[PHASE_WRITE]), 0);
    }
    close(fd);
    free_pool(before);
    free_pool(after);
}
END_TEST

/* Each bad line is left out, the good ones around it are not. */
START_TEST(nonsense_is_left_out)
{
    static const char *const bad[] = {
        "pool",
        "pool web",
        "pool web 1 2 3 4 5 6",
        "pool web 1 2 3 4 5 6 7 8",
        "pool web 1 2 3 4 5 6 -7",
        "pool web 1 2 3 4 5 6 7x",
        "pool web 1099511627777 2 3 4 5 6 7",
        "pool web 99999999999999999999999 2 3 4 5 6 7",
        "other web 1 2 3 4 5 6 7",
        "time web page.a",
        "time web page.a nowhere 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "time web page.a total 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "time web PAGE/A total 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        ("time web page.a total 1 1099511627777 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
         "1 1 1"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct pool *p = new_pool();
        struct pool_status at;
        char text[1024];
        snprintf(text, sizeof(text),
                 "pool web 5 0 0 0 0 0 0\n%s\npool jobs 9 0 0 0 0 0 0\n"
                 "pool web 1 0 0 0 0 0 0\n",
                 bad[i]);
        int fd = memory(text);
        ck_assert_msg(!counters_restore(fd, p), "%s", bad[i]);
        pool_status(p, 0, &at);
        ck_assert_uint_eq(at.requests, 6);
        ck_assert_int_eq(at.start_failures, 0);
        for (size_t r = 0; r < p->ledger.n; r++)
            ck_assert_uint_eq(
                histogram_total(&p->ledger.route[r].phase[PHASE_TOTAL]), 0);
        close(fd);
        free_pool(p);
    }
    struct pool *p = new_pool();
    ck_assert(!counters_restore(-1, p));
    free_pool(p);
}
END_TEST

Suite *counters_suite(void)
{
    Suite *s = suite_create("counters");
    TCase *t = tcase_create("counters");
    tcase_add_test(t, what_was_saved_comes_back);
    tcase_add_test(t, nonsense_is_left_out);
    suite_add_tcase(s, t);
    return s;
}
