/*
 * What a worker does for telemetry after each answer, timed alone: prints the
 * median nanoseconds of it, first with nothing of it in the processor's caches,
 * as after a page, and then again and again.
 *
 *   bench-observe FOLDER
 */
#include "worker/observe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "web/route.h"

enum {
    TIMES = 4000,
    PER_BATCH = 50,        /* then they are taken, as ptjobs does it */
    CACHES_BYTES = 2 << 20 /* more than a page touches */
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* All that waits is taken. */
static void take(int folder)
{
    struct buf names;
    struct spool_segment s = {.at = 0};
    struct err_note why;
    const char *record;
    size_t n;
    buf_init(&names, MAX_SPOOL_NAMES_BYTES);
    buf_init(&s.text, SPOOL_READ_BYTES);
    if (spool_list(folder, &names, &why) == ERR_OK &&
        spool_read(folder, buf_str(&names), &s, &why) == ERR_OK) {
        while (spool_next(&s, &record, &n))
            continue;
        if (spool_take(folder, s.name, s.at, s.n_read, &why) != ERR_OK)
            exit(1);
    }
    buf_done(&s.text);
    buf_done(&names);
}

static int64_t median_ns(struct spool *spool, const struct ctx *c, int folder,
                         size_t caches)
{
    static int64_t took[TIMES];
    static volatile char much[CACHES_BYTES];
    for (int i = 0; i < TIMES; i++) {
        for (size_t at = 0; at < caches; at += 64)
            much[at]++;
        int64_t start = now_ns();
        observe_page(spool, c, false);
        took[i] = now_ns() - start;
        if (i % PER_BATCH == 0)
            take(folder);
    }
    qsort(took, TIMES, sizeof(took[0]), by_value);
    return took[TIMES / 2];
}

int main(int argc, char **argv)
{
    static struct app app;
    static const struct route route = {.name = "clients.list",
                                       .path = "/clientes/"};
    struct err_note why = {""};
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    struct resp resp = {.status = 200};
    struct ctx c = {.app = &app,
                    .resp = &resp,
                    .route = &route,
                    .req = {.method = METHOD_GET,
                            .method_name = "GET",
                            .path = "/clientes/",
                            .query = "por=100",
                            .remote_addr = "127.0.0.1",
                            .request_id = "0123456789abcdef0123456789abcdef",
                            .start_ms = 1700000000000}};
    if (argc != 2 || config_load(NULL, a, &app.conf, &why) != ERR_OK)
        return 64;
    app.conf.telemetry.connection = "InstrumentationKey=1";
    app.conf.telemetry.folder = argv[1];
    struct spool *spool = telemetry_open(&app.conf, NULL, "bench", "");
    int folder = open(argv[1], O_RDONLY | O_DIRECTORY);
    if (spool == NULL || folder < 0)
        return 1;
    phase_begin(&app.phases, 100);
    phase_end(&app.phases);
    printf("%lld %lld\n", (long long)median_ns(spool, &c, folder, CACHES_BYTES),
           (long long)median_ns(spool, &c, folder, 0));
    spool_free(spool);
    arena_free(a);
    return 0;
}
