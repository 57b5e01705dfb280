#include <check.h>
#include <string.h>

#include "ctl/connections.h"
#include "test/suites.h"

suite_fn connections_suite;

static const char *const worker[] = {"ptworker", NULL};
static const char *const jobs[] = {"/app/bin/ptjobs", "-v", NULL};
static const char *const php[] = {"php-cgi", NULL};

static struct config conf;
static struct err_note why;

static void add(const char *const *command, int64_t min, int64_t max)
{
    conf.pools[conf.n_pools++] = (struct pool_conf){
        .command = command, .workers = {.min = min, .max = max}};
}

static void setup(void)
{
    conf = (struct config){
        .database = {.url = "postgresql://u@db/x", .instances = 10}};
    add(worker, 2, 4);
    add(jobs, 1, 1);
    add(php, 8, 8);
}

START_TEST(test_most_of_each_and_replacements)
{
    ck_assert_int_eq(connections_of_instance(&conf), (4 + 1) + (1 + 1));
    conf.pools[0].workers.max = 40;
    ck_assert_int_eq(connections_of_instance(&conf), (40 + 4) + (1 + 1));
}
END_TEST

START_TEST(test_auto_is_counted_here)
{
    conf.n_pools = 0;
    add(worker, 0, 0);
    conf.pools[0].workers.automatic = true;
    ck_assert_int_gt(connections_of_instance(&conf), 1);
}
END_TEST

START_TEST(test_no_more_than_there_are)
{
    conf.database.connections = 70;
    ck_assert_int_eq(connections_check(&conf, &why), ERR_OK);
    conf.database.connections = 69;
    ck_assert_int_eq(connections_check(&conf, &why), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "10 instances of 7 "));
    ck_assert_ptr_nonnull(strstr(why.text, "are 70, the database has 69"));
    conf.database.instances = 9;
    ck_assert_int_eq(connections_check(&conf, &why), ERR_OK);
}
END_TEST

START_TEST(test_nothing_to_compare)
{
    ck_assert_int_eq(connections_check(&conf, &why), ERR_OK);
    conf.database.connections = 1;
    conf.database.url = "sqlite:x.db";
    ck_assert_int_eq(connections_check(&conf, &why), ERR_OK);
}
END_TEST

Suite *connections_suite(void)
{
    Suite *s = suite_create("connections");
    TCase *t = tcase_create("connections");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, test_most_of_each_and_replacements);
    tcase_add_test(t, test_auto_is_counted_here);
    tcase_add_test(t, test_no_more_than_there_are);
    tcase_add_test(t, test_nothing_to_compare);
    suite_add_tcase(s, t);
    return s;
}
