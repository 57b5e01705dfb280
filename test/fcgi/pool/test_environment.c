#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pool/environment.h"
#include "test/suites.h"
#include "test/support.h"

suite_fn environment_suite;

static struct environment env;
static char **own; /* the tests' environment: later suites want it back */

static void setup(void)
{
    static char text[][16] = {"PATH=/bin",     "LC_TIME=C",    "APP_A=1",
                              "APP_B=2",       "APPLE=3",      "PTPOOL_SLOT=4",
                              "PT_CONF=/conf", "SECRET_KEY=5", "ODD"};
    static char *given[ARRAY_LEN(text) + 1];
    for (size_t i = 0; i < ARRAY_LEN(text); i++)
        given[i] = text[i];
    own = environ;
    environ = given;
}

static void teardown(void)
{
    environment_done(&env);
    environ = own;
}

/* All of it, with blanks between. */
static const char *all(void)
{
    const char *text = "";
    ck_assert_ptr_null(env.vars[env.n]);
    for (size_t i = 0; i < env.n; i++)
        text =
            arena_fmt(t_arena, "%s%s%s", text, i > 0 ? " " : "", env.vars[i]);
    return text;
}

static const char *of(const char *const *list)
{
    t_ok(environment_init(&env, list, 2, NULL));
    environment_set(&env, list);
    const char *text = all();
    environment_done(&env);
    return text;
}

START_TEST(only_what_is_listed)
{
    ck_assert_str_eq(of((const char *const[]){NULL}), "PATH=/bin LC_TIME=C");
    ck_assert_str_eq(of((const char *const[]){"APP_*", "NONE", NULL}),
                     "PATH=/bin LC_TIME=C APP_A=1 APP_B=2");
    ck_assert_str_eq(of((const char *const[]){"APP_B", "APP_", "C=7", NULL}),
                     "PATH=/bin LC_TIME=C APP_B=2 C=7");
    ck_assert_str_eq(of((const char *const[]){"PATH=/else", "P*", NULL}),
                     "PATH=/else LC_TIME=C");
    ck_assert_str_eq(of((const char *const[]){"*", NULL}),
                     "PATH=/bin LC_TIME=C APP_A=1 APP_B=2 APPLE=3 "
                     "SECRET_KEY=5 ODD");
}
END_TEST

START_TEST(the_last_one_of_a_name_counts)
{
    t_ok(environment_init(&env, (const char *const[]){NULL}, 2, NULL));
    environment_put(&env, (char[]){"A=1"});
    environment_put(&env, (char[]){"A=2"});
    environment_put(&env, (char[]){"AB=3"});
    ck_assert_str_eq(all(), "PATH=/bin LC_TIME=C A=2 AB=3");
}
END_TEST

START_TEST(never_more_than_there_is_room_for)
{
    static char many[40][8];
    t_ok(environment_init(&env, (const char *const[]){NULL}, 2, NULL));
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        snprintf(many[i], sizeof(many[i]), "V%zu=x", i);
        environment_put(&env, many[i]);
    }
    ck_assert_uint_lt(env.n, env.room);
    ck_assert_ptr_null(env.vars[env.n]);
}
END_TEST

START_TEST(what_a_list_may_say)
{
    static const char *const bad[] = {
        "",      "a-b", "=x",      "1A",          "A*B",
        "A B=c", "**",  "PT_CONF", "PTPOOL_SLOT", "PTPOOL_X=1"};
    static const char *const good[] = {"A",  "_a1",     "A*",        "*",
                                       "A=", "A=b=c *", "PT_CONFIG", NULL};
    struct err_note why;
    t_ok(environment_check(good, &why));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *const list[] = {bad[i], NULL};
        ck_assert_msg(environment_check(list, &why) == ERR_CONFIG, "%s",
                      bad[i]);
    }
    ck_assert(environment_passes(good, "Abc"));
    ck_assert(!environment_passes((const char *const[]){"A=b", NULL}, "A"));
    ck_assert(environment_passes((const char *const[]){NULL}, "LC_ALL"));
}
END_TEST

Suite *environment_suite(void)
{
    Suite *s = suite_create("environment");
    TCase *t = t_case(s, "environment");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, only_what_is_listed);
    tcase_add_test(t, the_last_one_of_a_name_counts);
    tcase_add_test(t, never_more_than_there_is_room_for);
    tcase_add_test(t, what_a_list_may_say);
    return s;
}
