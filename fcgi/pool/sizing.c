#include "pool/sizing.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/limits.h"

/* --- the files of the kernel --- */

static FILE *open_file(const char *root, const char *dir, const char *file)
{
    char name[2 * PATH_MAX];
    int n = snprintf(name, sizeof(name), "%s%s/%s", root, dir, file);
    return n < (int)sizeof(name) ? fopen(name, "re") : NULL;
}

/* Is name one of the words of "cpu,cpuacct"? */
static bool names(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return true;
    }
    return false;
}

/*
 * The group of this process, from lines such as "4:memory:/web" (version 1)
 * and "0::/web" (version 2, of which the controller is ""). "" is none.
 */
static void find_group(const char *root, const char *controller,
                       char ret_path[PATH_MAX])
{
    char line[PATH_MAX];
    FILE *f = open_file(root, "/proc/self", "cgroup");
    ret_path[0] = '\0';
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *list = strchr(line, ':');
        char *path = list != NULL ? strchr(list + 1, ':') : NULL;
        if (path == NULL)
            continue;
        *path++ = '\0';
        if (names(list + 1, controller))
            snprintf(ret_path, PATH_MAX, "%s", path);
    }
    if (f != NULL)
        fclose(f);
}

/*
 * The first line of a file of the group; in a container, which sees its group
 * as the top, of that there.
 */
static bool read_limit(const char *root, const char *controller,
                       const char *file, char *ret_text, size_t size)
{
    char group[PATH_MAX], dir[PATH_MAX + 64];
    find_group(root, controller, group);
    snprintf(dir, sizeof(dir), "/sys/fs/cgroup/%s%s", controller, group);
    FILE *f = open_file(root, dir, file);
    if (f == NULL) {
        snprintf(dir, sizeof(dir), "/sys/fs/cgroup/%s", controller);
        f = open_file(root, dir, file);
    }
    if (f == NULL)
        return false;
    bool ok = fgets(ret_text, (int)size, f) != NULL;
    fclose(f);
    return ok;
}

/* --- processors --- */

static double affinity(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
    return n > 0 ? n : 1;
}

/* "150000 100000", or "max 100000"; 0 is no limit. */
static double quota_2(const char *root)
{
    char text[64], *rest;
    if (!read_limit(root, "", "cpu.max", text, sizeof(text)))
        return 0;
    double quota = strtod(text, &rest), period = strtod(rest, NULL);
    return rest != text && period > 0 ? quota / period : 0;
}

/* Two files, of which the quota may be -1. */
static double quota_1(const char *root)
{
    char quota[32], period[32];
    if (!read_limit(root, "cpu", "cpu.cfs_quota_us", quota, sizeof(quota)) ||
        !read_limit(root, "cpu", "cpu.cfs_period_us", period, sizeof(period)))
        return 0;
    double q = strtod(quota, NULL), p = strtod(period, NULL);
    return q > 0 && p > 0 ? q / p : 0;
}

/* --- memory --- */

/* "max", and what is more than there is, are no limit. */
static void lower(int64_t *bytes, const char *text)
{
    int64_t v = strtoll(text, NULL, 10);
    if (v > 0 && v < *bytes)
        *bytes = v;
}

static int64_t memory(const char *root)
{
    char text[32];
    int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    if (read_limit(root, "", "memory.max", text, sizeof(text)))
        lower(&bytes, text);
    if (read_limit(root, "memory", "memory.limit_in_bytes", text, sizeof(text)))
        lower(&bytes, text);
    return bytes;
}

struct sizing sizing_read(const char *root)
{
    struct sizing s = {.cpus = affinity(), .memory_bytes = memory(root)};
    const double quotas[] = {quota_2(root), quota_1(root)};
    for (size_t i = 0; i < ARRAY_LEN(quotas); i++)
        if (quotas[i] > 0 && quotas[i] < s.cpus)
            s.cpus = quotas[i];
    return s;
}

void sizing_workers(const struct sizing *s, int64_t *ret_min, int64_t *ret_max)
{
    int64_t cpus = (int64_t)s->cpus;
    int64_t room = s->memory_bytes / 2 / WORKER_ROOM_BYTES;
    if ((double)cpus < s->cpus)
        cpus++; /* a part of one is one */
    *ret_max = WORKERS_PER_CPU * cpus;
    if (*ret_max > room)
        *ret_max = room > 1 ? room : 1;
    if (*ret_max > MAX_WORKERS)
        *ret_max = MAX_WORKERS;
    *ret_min = cpus < *ret_max ? cpus : *ret_max;
}

struct manager_rule sizing_rule(const struct pool_conf *c)
{
    struct manager_rule rule = {.min = c->workers.min,
                                .max = c->workers.max,
                                .spare = c->spare,
                                .idle_ms = c->idle_timeout_ms};
    if (c->workers.automatic) {
        struct sizing s = sizing_read("");
        sizing_workers(&s, &rule.min, &rule.max);
    }
    return rule;
}
