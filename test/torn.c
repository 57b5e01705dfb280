#include "test/torn.h"

#include <unistd.h>

static size_t first;
static void (*between)(void);

/* NOLINTBEGIN(bugprone-reserved-identifier): the names that --wrap gives */
ssize_t __real_pread64(int fd, void *p, size_t n, off64_t at);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off64_t at);

ssize_t __wrap_pread64(int fd, void *p, size_t n, off64_t at)
{
    void (*fn)(void) = between;
    between = NULL;
    if (fn == NULL || n <= first)
        return __real_pread64(fd, p, n, at);
    ssize_t got = __real_pread64(fd, p, first, at);
    fn();
    if (got != (ssize_t)first)
        return got;
    ssize_t rest = __real_pread64(fd, (char *)p + first, n - first, at + got);
    return rest < 0 ? rest : got + rest;
}
/* NOLINTEND(bugprone-reserved-identifier) */

void torn_read(size_t n, void (*fn)(void))
{
    first = n;
    between = fn;
}
