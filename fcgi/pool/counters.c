#include "pool/counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "pool/child.h"

enum { MAX_COUNTERS_BYTES = 4 << 20, MAX_LINE_BYTES = 1024, COUNTERS = 7 };

/* More than there is time for: sums of such never overflow. */
static const uint64_t most_count = UINT64_C(1) << 40;

/* --- writing --- */

static void save_pool(const struct pool *p, struct buf *b)
{
    struct pool_status at;
    pool_status(p, 0, &at);
    buf_addf(b,
             "pool %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64
             " %" PRId64 " %" PRId64 "\n",
             pool_name(p), at.requests, at.shed, at.gone, at.late, at.slow,
             at.deaths, at.start_failures);
}

static void save_histogram(const char *pool, const char *route,
                           enum phase phase, const struct histogram *h,
                           struct buf *b)
{
    buf_addf(b, "time %s %s %s %" PRIu64, pool, route, phase_name(phase),
             h->sum_us);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        buf_addf(b, " %" PRIu64, h->count[i]);
    buf_addc(b, '\n');
}

static void save_times(const struct pool *p, struct buf *b)
{
    struct ledger *l = malloc(sizeof(*l));
    if (l == NULL)
        return;
    pool_ledger(p, l);
    for (size_t r = 0; r < l->n; r++)
        for (size_t i = 0; i < PHASE__MAX; i++)
            if (histogram_total(&l->route[r].phase[i]) > 0)
                save_histogram(pool_name(p), l->route[r].name, (enum phase)i,
                               &l->route[r].phase[i], b);
    free(l);
}

int counters_save(struct pool *const *pools, size_t n)
{
    struct buf b;
    buf_init(&b, MAX_COUNTERS_BYTES);
    for (size_t i = 0; i < n; i++) {
        save_pool(pools[i], &b);
        save_times(pools[i], &b);
    }
    int fd = memfd_create("ptpool-counters", MFD_CLOEXEC);
    if (fd >= 0 && (!buf_ok(&b) || !fd_write_all(fd, buf_str(&b), b.n)))
        fd_done(&fd);
    buf_done(&b);
    return fd;
}

/* --- reading --- */

/* The next words of a line, all of them numbers, and no other. */
static bool read_numbers(char *rest, uint64_t *ret, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *word = strtok_r(NULL, " \n", &rest), *end;
        if (word == NULL || word[0] < '0' || word[0] > '9')
            return false;
        ret[i] = strtoull(word, &end, 10);
        if (*end != '\0')
            return false;
    }
    return strtok_r(NULL, " \n", &rest) == NULL;
}

static bool restore_pool(struct pool *p, char *rest)
{
    uint64_t n[COUNTERS];
    if (!read_numbers(rest, n, COUNTERS))
        return false;
    for (size_t i = 0; i < COUNTERS; i++)
        if (n[i] > most_count)
            return false;
    p->past.requests += n[0];
    p->past.counts[BOARD_SHED] += n[1];
    p->past.counts[BOARD_GONE] += n[2];
    p->past.counts[BOARD_LATE] += n[3];
    p->slow += (int64_t)n[4];
    p->deaths += (int64_t)n[5];
    p->start_failures += (int64_t)n[6];
    return true;
}

static bool restore_time(struct pool *p, char *rest)
{
    uint64_t n[1 + HISTOGRAM_BUCKETS];
    struct histogram h;
    const char *route = strtok_r(NULL, " \n", &rest);
    const char *phase = strtok_r(NULL, " \n", &rest);
    if (phase == NULL || !read_numbers(rest, n, ARRAY_LEN(n)))
        return false;
    h.sum_us = n[0];
    memcpy(h.count, n + 1, sizeof(h.count));
    for (size_t i = 0; i < PHASE__MAX; i++)
        if (strcmp(phase_name((enum phase)i), phase) == 0)
            return ledger_put(&p->ledger, route, (enum phase)i, &h);
    return false;
}

/* True also for a line about another pool. */
static bool restore_line(struct pool *p, char *line)
{
    char *rest;
    const char *kind = strtok_r(line, " \n", &rest);
    const char *name = strtok_r(NULL, " \n", &rest);
    if (kind == NULL || name == NULL)
        return false;
    if (strcmp(name, p->name) != 0)
        return true;
    if (strcmp(kind, "pool") == 0)
        return restore_pool(p, rest);
    return strcmp(kind, "time") == 0 && restore_time(p, rest);
}

bool counters_restore(int fd, struct pool *p)
{
    char line[MAX_LINE_BYTES];
    bool all = true;
    int copy = dup(fd);
    FILE *f = copy >= 0 ? fdopen(copy, "r") : NULL;
    if (f == NULL) {
        fd_done(&copy);
        return false;
    }
    rewind(f); /* the place is that of all copies */
    while (fgets(line, sizeof(line), f) != NULL)
        all = restore_line(p, line) && all;
    fclose(f);
    return all;
}
