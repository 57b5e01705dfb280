#include "ready.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"

void ready_notify(void)
{
    const char *text = getenv("PTPOOL_READY_FD");
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return;
    int fd = (int)strtol(text, NULL, 10);
    const char byte = READY_BYTE;
    /* A supervisor that is gone cannot be told; SIGTERM follows anyway. */
    (void)fd_write_all(fd, &byte, 1);
    close(fd);
    unsetenv("PTPOOL_READY_FD");
}
