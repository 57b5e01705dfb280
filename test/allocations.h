/*
 * allocations - how often the program asked for memory.
 *
 * The unit tests are linked so that malloc(), calloc() and realloc() of our own
 * code are counted here first.
 */
#ifndef PT_TEST_ALLOCATIONS_H
#define PT_TEST_ALLOCATIONS_H

#include <stddef.h>

/* Since the program began, in all threads. */
size_t allocations(void);

#endif
