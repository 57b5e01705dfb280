#include "pool/footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t footprint_read(pid_t pid)
{
    char path[64], line[256];
    int64_t bytes = 0;
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    FILE *f = fopen(path, "re");
    while (f != NULL && bytes == 0 && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, "Pss:", 4) == 0)
            bytes = strtoll(line + 4, NULL, 10) * 1024;
    if (f != NULL)
        fclose(f);
    return bytes;
}
