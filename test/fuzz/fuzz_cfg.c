/*
 * Configuration files: each is read or refused with a reason; what was read
 * can be shown.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/config.h"
#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory, used again by each input; its path. */
static const char *file_of(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[32];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 ||
        !fd_write_all(fd, data, size))
        abort();
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The files of this machine are no part of the input. */
    if (memmem(data, size, "include", strlen("include")) != NULL)
        return 0;
    struct arena *a = arena_new(64 << 20, NULL, NULL);
    struct config *conf = ARENA_NEW(a, struct config);
    struct err_note why = {""};
    struct buf b;
    buf_init(&b, 1 << 20);
    if (config_load(file_of(data, size), a, conf, &why) != ERR_OK) {
        if (why.text[0] == '\0')
            abort();
    } else {
        cfg_dump(config_sections, conf, &b);
        if (!buf_ok(&b) || conf->n_pools < 0 || conf->n_pools > MAX_POOLS)
            abort();
    }
    buf_done(&b);
    arena_free(a);
    return 0;
}
