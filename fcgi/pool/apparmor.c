#include "pool/apparmor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fd.h"

enum { MAX_PROFILE_BYTES = 256 };

/* "Y" where it is on, and for everybody to read. */
static bool is_there(void)
{
    char on = 'N';
    CLEANUP(fd_done)
    int fd =
        open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &on, 1) == 1 && on == 'Y';
}

enum err apparmor_check(const char *profile, struct err_note *why)
{
    if (strlen(profile) >= MAX_PROFILE_BYTES ||
        strpbrk(profile, " \t\r\n") != NULL)
        return err_set(why, ERR_CONFIG, "\"%.60s\" is no name of a profile",
                       profile);
    if (!is_there())
        return err_set(why, ERR_CONFIG,
                       "this kernel has no AppArmor, or it is off; remove it");
    return ERR_OK;
}

bool apparmor_enter(const char *profile)
{
    /* The second is where older kernels have it, shared with other modules. */
    static const char *const places[] = {"/proc/self/attr/apparmor/exec",
                                         "/proc/self/attr/exec"};
    char order[MAX_PROFILE_BYTES + 8];
    int n = snprintf(order, sizeof(order), "exec %s", profile), fd = -1;
    for (size_t i = 0; i < ARRAY_LEN(places) && fd < 0; i++)
        fd = open(places[i], O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool taken = write(fd, order, (size_t)n) == n; /* a part is no order */
    int saved = errno;
    close(fd);
    errno = saved;
    return taken;
}
