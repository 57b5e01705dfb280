#include "pool/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

static const char variable[] = "NOTIFY_SOCKET";
static struct sockaddr_un manager; /* path "" : nobody listens */

void notify_init(void)
{
    const char *path = getenv(variable);
    manager.sun_family = AF_UNIX;
    manager.sun_path[0] = '\0';
    if (path != NULL && strlen(path) < sizeof(manager.sun_path))
        memcpy(manager.sun_path, path, strlen(path) + 1);
    unsetenv(variable);
}

void notify_keep(void)
{
    if (manager.sun_path[0] != '\0')
        setenv(variable, manager.sun_path, 1);
}

void notify_send(const char *fmt, ...)
{
    char text[512];
    struct sockaddr_un to = manager;
    size_t len = strlen(to.sun_path);
    if (len == 0)
        return;
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0'; /* an abstract name */
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (n < 0 || n >= (int)sizeof(text))
        return;
    CLEANUP(fd_done)
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)sendto(fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&to,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}
