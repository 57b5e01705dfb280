/*
 * The unit tests: every X_suite() under test/, or the one named on the
 * command line. CK_FORK=no runs them in one process (for valgrind and
 * debuggers). A run of all of them also tells which SQL was never prepared.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/sql_coverage.h"
#include "test/suites.h"
#include "test/support.h"

/* Did the command line, or Check's own variables, choose some? */
static bool is_whole(int argc)
{
    return argc == 1 && getenv("CK_RUN_SUITE") == NULL &&
           getenv("CK_RUN_CASE") == NULL && getenv("CK_INCLUDE_TAGS") == NULL &&
           getenv("CK_EXCLUDE_TAGS") == NULL;
}

int main(int argc, char **argv)
{
    t_begin();
    sql_coverage_begin();
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; suites[i] != NULL; i++)
        srunner_add_suite(runner, suites[i]());
    /* once: a test may change the environment */
    srunner_set_fork_status(runner, srunner_fork_status(runner));
    srunner_run(runner, argc > 1 ? argv[1] : NULL, NULL, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int passed = srunner_ntests_run(runner) - failed;
    srunner_free(runner);
    if (is_whole(argc)) {
        int missing = (int)sql_coverage_report();
        failed += missing;
        passed += missing == 0; /* it is one test more */
    }
    printf("unit: %d passed, %d failed\n", passed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
