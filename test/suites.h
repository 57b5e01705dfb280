/*
 * suites - the generated list of all unit-test suites.
 */
#ifndef PT_TEST_SUITES_H
#define PT_TEST_SUITES_H

#include <check.h>

typedef Suite *suite_fn(void);

/* Ends with NULL. */
extern suite_fn *const suites[];

#endif
