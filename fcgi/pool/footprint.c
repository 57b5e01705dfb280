#include "pool/footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number after `key` at the beginning of a line; 0: there is none. */
static int64_t number_in(const char *path, const char *key)
{
    char line[256];
    int64_t found = 0;
    size_t n = strlen(key);
    FILE *f = fopen(path, "re");
    while (f != NULL && found == 0 && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, key, n) == 0)
            found = strtoll(line + n, NULL, 10);
    if (f != NULL)
        fclose(f);
    return found;
}

int64_t footprint_read(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    return number_in(path, "Pss:") * 1024;
}

int64_t footprint_oom_kills(const char *path)
{
    return number_in(path, "oom_kill ");
}
