#include "pool/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/telemetry.h"
#include "pool/status.h"
#include "pool/super.h"

enum { MAX_LABELS = 1024 };

#define OPENMETRICS "application/openmetrics-text"

static const char type_open[] = OPENMETRICS "; version=1.0.0; charset=utf-8";
static const char type_text[] = "text/plain; version=0.0.4; charset=utf-8";

/* name, kind, suffix of its samples, help, value from a struct pool_status */
#define POOL_METRICS(X)                                                        \
    X("workers_wanted", "gauge", "", "Workers that are wanted now.",           \
      configured)                                                              \
    X("workers_min", "gauge", "", "Least workers.", min)                       \
    X("workers_max", "gauge", "", "Most workers.", max)                        \
    X("workers_ready", "gauge", "", "Workers that serve.", ready)              \
    X("workers_starting", "gauge", "", "Workers not ready yet.", starting)     \
    X("workers_stopping", "gauge", "", "Workers told to stop.", stopping)      \
    X("workers_busy", "gauge", "", "Workers with a request.", busy)            \
    X("generation", "gauge", "", "Generation that serves.", generation)        \
    X("requests", "counter", "_total", "Requests answered.", requests)         \
    X("requests_shed", "counter", "_total",                                    \
      "Requests refused because they had waited too long.", shed)              \
    X("requests_gone", "counter", "_total",                                    \
      "Requests dropped because the client had left.", gone)                   \
    X("requests_late", "counter", "_total",                                    \
      "Requests that took longer than request_timeout.", late)                 \
    X("requests_slow", "counter", "_total",                                    \
      "Requests that took longer than slow_request.", slow)                    \
    X("worker_deaths", "counter", "_total", "Workers that ended unasked.",     \
      deaths)                                                                  \
    X("worker_start_failures", "counter", "_total",                            \
      "Workers that were never ready.", start_failures)

/* OpenMetrics calls a family by its name without the suffix of its samples. */
static void head_of(struct buf *b, bool open, const char *name,
                    const char *suffix, const char *kind, const char *help)
{
    const char *end = open ? "" : suffix;
    buf_addf(b, "# TYPE ptpool_%s%s %s\n# HELP ptpool_%s%s %s\n", name, end,
             kind, name, end, help);
}

static void head(struct buf *b, const char *name, const char *kind,
                 const char *help)
{
    head_of(b, true, name, "", kind, help);
}

/* A label's value: backslash, quote and line feed are escaped. */
static void add_label(struct buf *b, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"')
            buf_addc(b, '\\');
        if (*value == '\n')
            buf_adds(b, "\\n");
        else
            buf_addc(b, *value);
    }
}

static void sample(struct buf *b, const char *name, const char *suffix,
                   const struct pool *p, int64_t value)
{
    buf_addf(b, "ptpool_%s%s{pool=\"", name, suffix);
    add_label(b, pool_name(p));
    buf_addf(b, "\"} %" PRId64 "\n", value);
}

static void write_queues(const struct super *s, const struct pool_status *at,
                         struct buf *b)
{
    head(b, "queue_length", "gauge",
         "Connections that no worker has taken yet.");
    for (size_t i = 0; i < s->n_pools; i++)
        if (at[i].queued >= 0)
            sample(b, "queue_length", "", s->pools[i], at[i].queued);
}

/* One series: its labels without the braces, and its buckets added up. */
static void write_histogram(struct buf *b, const char *name, const char *labels,
                            const struct histogram *h)
{
    uint64_t n = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        n += h->count[i];
        if (i < HISTOGRAM_BUCKETS - 1)
            buf_addf(b, "ptpool_%s_bucket{%s,le=\"%.6f\"} %" PRIu64 "\n", name,
                     labels, (double)histogram_limit_us(i) / 1e6, n);
        else
            buf_addf(b, "ptpool_%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name,
                     labels, n);
    }
    buf_addf(b, "ptpool_%s_sum{%s} %.6f\nptpool_%s_count{%s} %" PRIu64 "\n",
             name, labels, (double)h->sum_us / 1e6, name, labels, n);
}

/* What no request has come to is left out. */
static void write_route(struct buf *b, const struct pool *p,
                        const struct ledger_route *r, bool phases)
{
    struct buf labels;
    for (size_t i = 0; i < PHASE__MAX; i++) {
        if (histogram_total(&r->phase[i]) == 0 || phases != (i != PHASE_TOTAL))
            continue;
        buf_init(&labels, MAX_LABELS);
        buf_adds(&labels, "pool=\"");
        add_label(&labels, pool_name(p));
        buf_addf(&labels, "\",route=\"%s\"", r->name);
        if (phases)
            buf_addf(&labels, ",phase=\"%s\"", phase_name((enum phase)i));
        write_histogram(b, phases ? "request_phase_seconds" : "request_seconds",
                        buf_str(&labels), &r->phase[i]);
        buf_done(&labels);
    }
}

/* A family's lines stand together: all pools with one, then with the other. */
static void write_latencies(const struct super *s, struct buf *b)
{
    struct ledger *l = malloc(sizeof(*l));
    for (int phases = 0; l != NULL && phases < 2; phases++) {
        if (phases)
            head(b, "request_phase_seconds", "histogram",
                 "Time of requests in each phase.");
        else
            head(b, "request_seconds", "histogram",
                 "Time of requests from a worker's taking them to the answer.");
        for (size_t i = 0; i < s->n_pools; i++) {
            pool_ledger(s->pools[i], l);
            for (size_t r = 0; r < l->n; r++)
                write_route(b, s->pools[i], &l->route[r], phases);
        }
    }
    free(l);
}

static void write_count(struct buf *b, bool open, const char *name,
                        const char *help, uint64_t value)
{
    head_of(b, open, name, "_total", "counter", help);
    buf_addf(b, "ptpool_%s_total %" PRIu64 "\n", name, value);
}

/* What ptjobs says of the telemetry that it sends. */
static void write_telemetry(const struct super *s, bool open, struct buf *b)
{
    struct telemetry_state t;
    if (!telemetry_state_read(s->conf, &t))
        return;
    head(b, "telemetry_waiting", "gauge", "Records of telemetry that wait.");
    buf_addf(b, "ptpool_telemetry_waiting %" PRIu64 "\n", t.waiting);
    head(b, "telemetry_oldest_seconds", "gauge",
         "Age of the oldest record that is being sent.");
    buf_addf(b, "ptpool_telemetry_oldest_seconds %.3f\n",
             t.oldest_ms > 0 ? (double)(clock_wall_ms() - t.oldest_ms) / 1000
                             : 0.0);
    write_count(b, open, "telemetry_sent", "Items that were taken.", t.sent);
    write_count(b, open, "telemetry_refused", "Items that were refused.",
                t.refused);
    write_count(b, open, "telemetry_lost",
                "Records dropped for want of room, or damaged.", t.lost);
}

static const char *up(const char *status)
{
    if (strcmp(status, "ok") == 0)
        return "1";
    return strcmp(status, "degraded") == 0 ? "0.5" : "0";
}

const char *metrics_write(const struct super *s, const char *accept,
                          struct buf *b)
{
    bool open = strstr(accept, OPENMETRICS) != NULL;
    struct pool_status at[MAX_POOLS];
    int64_t now = clock_ms();
    for (size_t i = 0; i < s->n_pools; i++)
        pool_status(s->pools[i], now, &at[i]);
    head(b, "up", "gauge", "1: ok, 0.5: degraded, 0: down.");
    buf_addf(b, "ptpool_up %s\n", up(status_word(s, now)));
    head(b, "uptime_seconds", "gauge", "Age of the supervisor.");
    buf_addf(b, "ptpool_uptime_seconds %.3f\n",
             (double)(now - s->started_ms) / 1000);
#define X(name, kind, suffix, help, member)                                    \
    head_of(b, open, name, suffix, kind, help);                                \
    for (size_t i = 0; i < s->n_pools; i++)                                    \
        sample(b, name, suffix, s->pools[i], (int64_t)at[i].member);
    POOL_METRICS(X)
#undef X
    write_queues(s, at, b);
    write_latencies(s, b);
    write_telemetry(s, open, b);
    if (open)
        buf_adds(b, "# EOF\n");
    return open ? type_open : type_text;
}
