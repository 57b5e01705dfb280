/*
 * The unit tests: every X_suite() under test/, or those named on the command
 * line. CK_FORK=no runs them in one process (for valgrind and debuggers).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "test/suites.h"
#include "test/support.h"

int main(int argc, char **argv)
{
    t_begin();
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; suites[i] != NULL; i++)
        srunner_add_suite(runner, suites[i]());
    if (argc > 1)
        srunner_run(runner, argv[1], NULL, CK_NORMAL);
    else
        srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    printf("unit: %d passed, %d failed\n", srunner_ntests_run(runner) - failed,
           failed);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
