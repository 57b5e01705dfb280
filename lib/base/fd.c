#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void fd_done(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

bool fd_write_all(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t w = write(fd, at, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        at += w;
        n -= (size_t)w;
    }
    return true;
}

enum err fd_read_file(const char *path, struct buf *b, struct err_note *why)
{
    CLEANUP(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(why, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, "%s",
                         path);
    for (;;) {
        char block[8192];
        ssize_t n = read(fd, block, sizeof(block));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(why, ERR_SYSTEM, "%s", path);
        if (n == 0)
            return ERR_OK;
        buf_add(b, block, (size_t)n);
        if (!buf_ok(b))
            return err_set(why, ERR_TOOLARGE, "%s: larger than %zu bytes", path,
                           b->max);
    }
}
