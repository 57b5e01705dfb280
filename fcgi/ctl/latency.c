#include "ctl/latency.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading --- */

static uint64_t natural(struct json_object *o)
{
    int64_t n = json_object_get_int64(o);
    return n > 0 ? (uint64_t)n : 0;
}

static void read_histogram(struct json_object *o, struct histogram *ret)
{
    struct json_object *buckets = member_get(o, "buckets");
    ret->sum_us = natural(member_get(o, "sum_us"));
    if (!json_object_is_type(buckets, json_type_array))
        return;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        ret->count[i] = natural(json_object_array_get_idx(buckets, i));
}

void latency_read(struct json_object *pool, struct ledger *ret)
{
    struct json_object *all = member_get(pool, "latency");
    ret->n = 0;
    if (!json_object_is_type(all, json_type_object))
        return;
    json_object_object_foreach(all, name, phases)
    {
        if (ret->n == LEDGER_ROUTES || strlen(name) >= LEDGER_NAME)
            continue;
        struct ledger_route *r = &ret->route[ret->n++];
        *r = (struct ledger_route){0};
        memcpy(r->name, name, strlen(name));
        for (size_t p = 0; p < PHASE__MAX; p++)
            read_histogram(member_get(phases, phase_name((enum phase)p)),
                           &r->phase[p]);
    }
}

/* --- counting --- */

void latency_since(struct ledger *l, const struct ledger *before)
{
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < before->n; k++)
            if (strcmp(l->route[i].name, before->route[k].name) == 0)
                for (size_t p = 0; p < PHASE__MAX; p++)
                    histogram_since(&l->route[i].phase[p],
                                    &before->route[k].phase[p]);
}

void latency_all(const struct ledger *l, enum phase phase,
                 struct histogram *ret)
{
    *ret = (struct histogram){0};
    for (size_t i = 0; i < l->n; i++)
        histogram_add(ret, &l->route[i].phase[phase]);
}

/* --- showing --- */

const char *latency_text(int64_t us, char ret_text[LATENCY_TEXT])
{
    if (us < 0)
        snprintf(ret_text, LATENCY_TEXT, "-");
    else if (us < 10000)
        snprintf(ret_text, LATENCY_TEXT, "%.2fms", (double)us / 1000);
    else if (us < 1000000)
        snprintf(ret_text, LATENCY_TEXT, "%.0fms", (double)us / 1000);
    else
        snprintf(ret_text, LATENCY_TEXT, "%.1fs", (double)us / 1e6);
    return ret_text;
}

static int by_time(const void *a, const void *b)
{
    const struct ledger_route *const *x = a, *const *y = b;
    uint64_t at_x = (*x)->phase[PHASE_TOTAL].sum_us;
    uint64_t at_y = (*y)->phase[PHASE_TOTAL].sum_us;
    return (at_x < at_y) - (at_x > at_y);
}

static void add_route(struct buf *out, const struct ledger_route *r,
                      int64_t over_ms)
{
    const struct histogram *total = &r->phase[PHASE_TOTAL];
    uint64_t n = histogram_total(total);
    char p50[LATENCY_TEXT], p99[LATENCY_TEXT];
    buf_addf(out, "  %-24s", r->name);
    if (over_ms > 0)
        buf_addf(out, " %9.1f", (double)n * 1000 / (double)over_ms);
    else
        buf_addf(out, " %9" PRIu64, n);
    buf_addf(out, " %8s %8s",
             latency_text(histogram_quantile_us(total, 0.5), p50),
             latency_text(histogram_quantile_us(total, 0.99), p99));
    for (size_t p = 0; p < PHASE_TOTAL; p++)
        buf_addf(out, " %8s",
                 latency_text(histogram_quantile_us(&r->phase[p], 0.99), p99));
    buf_addc(out, '\n');
}

void latency_table(const struct ledger *l, int64_t over_ms, size_t max_rows,
                   struct buf *out)
{
    const struct ledger_route *rows[LEDGER_ROUTES];
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (histogram_total(&l->route[i].phase[PHASE_TOTAL]) > 0)
            rows[n++] = &l->route[i];
    if (n == 0 || max_rows == 0)
        return;
    qsort(rows, n, sizeof(rows[0]), by_time);
    buf_addf(out, "  %-24s %9s %8s %8s", "ROUTE",
             over_ms > 0 ? "REQ/S" : "REQUESTS", "P50", "P99");
    for (size_t p = 0; p < PHASE_TOTAL; p++)
        buf_addf(out, " %8s", phase_name((enum phase)p));
    buf_adds(out, "   (P99 of each phase)\n");
    for (size_t i = 0; i < n && i < max_rows; i++)
        add_route(out, rows[i], over_ms);
}
