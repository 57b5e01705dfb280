/*
 * fd - small helpers for file descriptors and whole files.
 *
 * Layer      base.
 */
#ifndef PT_BASE_FD_H
#define PT_BASE_FD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* For CLEANUP(fd_done): closes *fd unless it is negative. */
void fd_done(int *fd);

/* Writes all n bytes, through EINTR and short writes. */
bool fd_write_all(int fd, const void *p, size_t n);

/*
 * Appends the whole file at path to b. ERR_NOTFOUND, ERR_SYSTEM, or
 * ERR_TOOLARGE past the maximum of b; why names the file.
 */
enum err fd_read_file(const char *path, struct buf *b,
                      struct err_note *why) MUST_USE;

#endif
