#include "test/allocations.h"

#include <stdatomic.h>

static atomic_size_t count;

size_t allocations(void)
{
    return count;
}

/* NOLINTBEGIN(bugprone-reserved-identifier): the names that --wrap gives */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
    count++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    count++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    count++;
    return __real_realloc(p, n);
}
/* NOLINTEND(bugprone-reserved-identifier) */
