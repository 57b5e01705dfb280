#include "memory.h"

#include <stddef.h>
#include <stdlib.h>

int memory_take(void)
{
    const char *text = getenv("PTPOOL_SHM_FD");
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return -1;
    int fd = (int)strtol(text, NULL, 10);
    unsetenv("PTPOOL_SHM_FD");
    return fd;
}
