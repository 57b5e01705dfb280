#include "ctl/top.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/latency.h"

enum { POOL_LINES = 3 /* before its workers: empty, sums, heads */ };

/* One worker, as it is sorted and shown. */
struct row {
    struct json_object *worker, *request; /* NULL: idle */
    int64_t age_ms;                       /* of the request */
    int64_t served;                       /* since the frame before; -1 */
};

/* --- the frame before --- */

/* The element of a list whose number `name` is the same; NULL: none. */
static struct json_object *same_number(struct json_object *list,
                                       const char *name, int64_t number)
{
    size_t n = member_length(list);
    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);
        if (member_number(o, name) == number)
            return o;
    }
    return NULL;
}

static struct json_object *same_pool(struct json_object *state,
                                     const char *name)
{
    struct json_object *pools = member_get(state, "pools");
    size_t n = member_length(pools);
    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(pools, i);
        if (strcmp(member_text(o, "name"), name) == 0)
            return o;
    }
    return NULL;
}

/* How much a count has grown; -1 when that is not known. */
static int64_t grown(struct json_object *now, struct json_object *before,
                     const char *name)
{
    int64_t n = member_number(now, name) - member_number(before, name);
    return before != NULL && n >= 0 ? n : -1;
}

enum { RATE_TEXT = 24 };

/* "12.3"; "-" when it is not known */
static const char *rate_text(int64_t n, int64_t over_ms,
                             char ret_text[RATE_TEXT])
{
    snprintf(ret_text, RATE_TEXT, "-");
    if (n >= 0 && over_ms > 0)
        snprintf(ret_text, RATE_TEXT, "%.1f",
                 (double)n * 1000 / (double)over_ms);
    return ret_text;
}

/* --- workers --- */

static int compare(int64_t a, int64_t b)
{
    return (a < b) - (a > b);
}

/* At work first, the longest at it before the others; then who did most. */
static int by_work(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = compare(x->request != NULL, y->request != NULL);
    if (order == 0)
        order = compare(x->age_ms, y->age_ms);
    if (order == 0)
        order = compare(x->served, y->served);
    if (order == 0)
        order = compare(member_number(x->worker, "requests"),
                        member_number(y->worker, "requests"));
    return order != 0 ? order
                      : compare(member_number(y->worker, "slot"),
                                member_number(x->worker, "slot"));
}

static void add_worker(struct buf *out, const struct row *r, int64_t over_ms)
{
    char age[STATE_AGE_TEXT] = "-", rate[RATE_TEXT];
    const char *phase = member_text(r->request, "phase");
    if (r->request != NULL)
        state_age(r->age_ms, age);
    if (phase[0] == '\0')
        phase = r->request != NULL ? "busy" : "-";
    buf_addf(out, "  %7" PRId64 " %-9s %-9s %7s",
             member_number(r->worker, "pid"), member_text(r->worker, "state"),
             phase, age);
    buf_addf(out, " %8s %9" PRId64, rate_text(r->served, over_ms, rate),
             member_number(r->worker, "requests"));
    if (r->request != NULL)
        buf_addf(out, "  %s %s %s", member_text(r->request, "id"),
                 member_text(r->request, "method"),
                 member_text(r->request, "path"));
    buf_addc(out, '\n');
}

static void add_workers(struct buf *out, const struct top_view *v,
                        struct json_object *pool, struct json_object *before,
                        size_t most)
{
    struct json_object *list = member_get(pool, "list");
    size_t n = member_length(list);
    struct row *rows = calloc(n + 1, sizeof(*rows));
    buf_addf(out, "  %7s %-9s %-9s %7s %8s %9s  %s\n", "PID", "STATE", "PHASE",
             "AGE", "REQ/S", "REQUESTS", "REQUEST");
    for (size_t i = 0; rows != NULL && i < n; i++) {
        struct json_object *w = json_object_array_get_idx(list, i);
        struct json_object *r = member_get(w, "request");
        struct json_object *was = same_number(member_get(before, "list"), "pid",
                                              member_number(w, "pid"));
        rows[i] = (struct row){.worker = w,
                               .request = r,
                               .age_ms = member_number(r, "age_ms"),
                               .served = grown(w, was, "requests")};
    }
    if (rows != NULL)
        qsort(rows, n, sizeof(*rows), by_work);
    for (size_t i = 0; rows != NULL && i < n && i < most; i++)
        add_worker(out, &rows[i], v->over_ms);
    free(rows);
}

/* --- pools --- */

static void add_sums(struct buf *out, const struct top_view *v,
                     struct json_object *pool, struct json_object *before,
                     const struct ledger *l)
{
    struct json_object *n = member_get(pool, "workers");
    struct histogram total, queue;
    char text[3][LATENCY_TEXT], rate[RATE_TEXT];
    latency_all(l, PHASE_TOTAL, &total);
    latency_all(l, PHASE_QUEUE, &queue);
    buf_addf(out,
             "\n%s: %" PRId64 " of %" PRId64 " ready, %" PRId64
             " busy, %" PRId64 " waiting; ",
             member_text(pool, "name"), member_number(n, "ready"),
             member_number(n, "configured"), member_number(n, "busy"),
             member_number(pool, "queued"));
    buf_addf(out, "%s/s, p50 %s, p99 %s, queue p99 %s; ",
             rate_text(grown(pool, before, "requests"), v->over_ms, rate),
             latency_text(histogram_quantile_us(&total, 0.5), text[0]),
             latency_text(histogram_quantile_us(&total, 0.99), text[1]),
             latency_text(histogram_quantile_us(&queue, 0.99), text[2]));
    buf_addf(out,
             "shed %" PRId64 ", gone %" PRId64 ", late %" PRId64
             ", died %" PRId64 "\n",
             member_number(pool, "shed"), member_number(pool, "gone"),
             member_number(pool, "late"), member_number(pool, "deaths"));
}

/* Lines for the routes: as many as there are, but no more than half. */
static size_t lines_for_routes(const struct ledger *l, size_t lines)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        n += histogram_total(&l->route[i].phase[PHASE_TOTAL]) > 0;
    return n > 0 && n + 1 > lines / 2 ? lines / 2 : n + (n > 0);
}

static void add_pool(struct buf *out, const struct top_view *v,
                     struct json_object *pool, size_t lines)
{
    struct json_object *before =
        same_pool(v->before, member_text(pool, "name"));
    struct ledger *l = malloc(2 * sizeof(*l));
    if (l == NULL)
        return;
    latency_read(pool, &l[0]);
    if (before != NULL) {
        latency_read(before, &l[1]);
        latency_since(&l[0], &l[1]);
    }
    size_t rest = lines > POOL_LINES ? lines - POOL_LINES : 0;
    size_t routes = lines_for_routes(&l[0], rest);
    add_sums(out, v, pool, before, &l[0]);
    add_workers(out, v, pool, before, rest - routes);
    if (routes > 1)
        latency_table(&l[0], before != NULL ? v->over_ms : 0, routes - 1, out);
    free(l);
}

void top_render(const struct top_view *v, struct buf *out)
{
    char age[STATE_AGE_TEXT];
    struct json_object *pools = member_get(v->now, "pools");
    size_t n = member_length(pools);
    size_t lines = SIZE_MAX / 2;
    if (v->rows > 0 && n > 0)
        lines = (v->rows - 1) / n;
    buf_addf(out, "ptpool %" PRId64 ": %s, %s, up %s\n",
             member_number(v->now, "pid"), member_text(v->now, "status"),
             member_text(v->now, "life"),
             state_age(member_number(v->now, "age_ms"), age));
    for (size_t i = 0; i < n; i++)
        add_pool(out, v, json_object_array_get_idx(pools, i), lines);
}
