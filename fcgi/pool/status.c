#include "pool/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "pool/super.h"
#include "text/json.h"

static void add_text(struct buf *b, const char *s)
{
    json_string(b, s, strlen(s));
}

static void add_text_or_null(struct buf *b, const char *s)
{
    if (s[0] != '\0')
        add_text(b, s);
    else
        buf_adds(b, "null");
}

/*
 * down: a pool with a socket serves nobody, or the end has begun. degraded:
 * fewer workers than there should be at least, or starts that fail.
 */
const char *status_word(const struct super *s, int64_t now_ms)
{
    const char *status = "ok";
    if (s->life != LIFE_SERVING)
        return "down";
    for (size_t i = 0; i < s->n_pools; i++) {
        struct pool_status p;
        pool_status(s->pools[i], now_ms, &p);
        bool fails = p.last_error[0] != '\0';
        if (p.listens && p.ready == 0 && (p.min > 0 || fails))
            return "down";
        if (p.ready < p.min || fails)
            status = "degraded";
    }
    return status;
}

static void add_pool(struct buf *b, const struct pool *pool, int64_t now)
{
    struct pool_status p;
    pool_status(pool, now, &p);
    buf_adds(b, "{\"name\":");
    add_text(b, pool_name(pool));
    buf_addf(b,
             ",\"workers\":{\"configured\":%" PRId64 ",\"min\":%" PRId64
             ",\"max\":%" PRId64 ",\"scaled\":%s,\"ready\":%" PRId64
             ",\"starting\":%" PRId64 ",\"stopping\":%" PRId64
             ",\"busy\":%" PRId64 "},\"queued\":",
             p.configured, p.min, p.max, p.scaled ? "true" : "false", p.ready,
             p.starting, p.stopping, p.busy);
    if (p.queued >= 0)
        buf_add_int(b, p.queued);
    else
        buf_adds(b, "null");
    buf_addf(b,
             ",\"generation\":%" PRId64 ",\"requests\":%" PRIu64
             ",\"shed\":%" PRIu64 ",\"gone\":%" PRIu64 ",\"late\":%" PRIu64
             ",\"slow\":%" PRId64 ",\"deaths\":%" PRId64
             ",\"start_failures\":%" PRId64 ",\"last_error\":",
             p.generation, p.requests, p.shed, p.gone, p.late, p.slow, p.deaths,
             p.start_failures);
    add_text_or_null(b, p.last_error);
}

static int64_t since(int64_t now, int64_t then)
{
    return now > then ? now - then : 0;
}

static void add_request(struct buf *b, const struct board_slot *at, int64_t now)
{
    buf_adds(b, "{\"id\":");
    add_text(b, at->request_id);
    buf_adds(b, ",\"method\":");
    add_text(b, at->method);
    buf_adds(b, ",\"path\":");
    add_text(b, at->path);
    buf_addf(b, ",\"age_ms\":%" PRId64 ",\"phase\":", since(now, at->since_ms));
    if (at->phase != PHASE_QUEUE)
        buf_addf(b, "\"%s\",\"phase_age_ms\":%" PRId64 "}",
                 phase_name(at->phase), since(now, at->phase_us / 1000));
    else
        buf_adds(b, "null,\"phase_age_ms\":null}");
}

static void add_worker(struct buf *b, size_t slot,
                       const struct worker_status *w, int64_t now)
{
    const struct board_slot *at = &w->board;
    buf_addf(b, "{\"slot\":%zu,\"pid\":%d,\"state\":\"%s\"", slot, (int)w->pid,
             slot_state_name(w->state));
    buf_addf(b,
             ",\"generation\":%" PRId64 ",\"age_ms\":%" PRId64
             ",\"state_age_ms\":%" PRId64 ",\"requests\":%" PRIu64
             ",\"busy\":%s,\"request\":",
             w->generation, w->age_ms, w->state_age_ms, at->requests,
             at->busy ? "true" : "false");
    if (at->busy)
        add_request(b, at, now);
    else
        buf_adds(b, "null");
    buf_addc(b, '}');
}

static void add_workers(struct buf *b, const struct pool *pool, int64_t now)
{
    struct worker_status w;
    size_t at = 0;
    const char *comma = "";
    buf_adds(b, ",\"list\":[");
    while (pool_next_worker(pool, &at, now, &w)) {
        buf_adds(b, comma);
        add_worker(b, at - 1, &w, now);
        comma = ",";
    }
    buf_addc(b, ']');
}

static void add_histogram(struct buf *b, const struct histogram *h)
{
    buf_addf(b,
             "{\"sum_us\":%" PRIu64 ",\"p50_us\":%" PRId64
             ",\"p99_us\":%" PRId64 ",\"buckets\":[",
             h->sum_us, histogram_quantile_us(h, 0.5),
             histogram_quantile_us(h, 0.99));
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        buf_addf(b, "%s%" PRIu64, i > 0 ? "," : "", h->count[i]);
    buf_adds(b, "]}");
}

/* {"clients.list":{"handler":{…},…},…}: only what was counted */
static void add_latency(struct buf *b, const struct pool *pool)
{
    struct ledger *l = malloc(sizeof(*l));
    buf_adds(b, ",\"latency\":{");
    if (l != NULL)
        pool_ledger(pool, l);
    for (size_t r = 0; l != NULL && r < l->n; r++) {
        const char *comma = "";
        buf_addf(b, "%s\"%s\":{", r > 0 ? "," : "", l->route[r].name);
        for (size_t i = 0; i < PHASE__MAX; i++) {
            if (histogram_total(&l->route[r].phase[i]) == 0)
                continue;
            buf_addf(b, "%s\"%s\":", comma, phase_name((enum phase)i));
            add_histogram(b, &l->route[r].phase[i]);
            comma = ",";
        }
        buf_addc(b, '}');
    }
    buf_addc(b, '}');
    free(l);
}

static void add_pools(const struct super *s, struct buf *b, int64_t now,
                      bool full)
{
    buf_adds(b, "\"pools\":[");
    for (size_t i = 0; i < s->n_pools; i++) {
        if (i > 0)
            buf_addc(b, ',');
        add_pool(b, s->pools[i], now);
        if (full) {
            add_workers(b, s->pools[i], now);
            add_latency(b, s->pools[i]);
        }
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

static void add_last_reload(const struct super *s, struct buf *b, int64_t now)
{
    const struct reload *r = &s->reload;
    buf_adds(b, ",\"last_reload\":");
    if (r->ended_ms == 0) {
        buf_adds(b, "null");
        return;
    }
    buf_addf(b, "{\"ok\":%s,\"age_ms\":%" PRId64 ",\"reason\":",
             r->ok ? "true" : "false", now - r->ended_ms);
    add_text_or_null(b, r->ok ? "" : r->why.text);
    buf_addc(b, '}');
}

int status_health(const struct super *s, struct buf *body)
{
    int64_t now = clock_ms();
    const char *status = status_word(s, now);
    /* the commit, so that a release knows whether it is the one that answers */
    buf_addf(body, "{\"status\":\"%s\",\"commit\":\"" PT_COMMIT "\",", status);
    add_pools(s, body, now, false);
    add_last_reload(s, body, now);
    buf_adds(body, "}\n");
    return strcmp(status, "down") == 0 ? 503 : 200;
}

void status_full(const struct super *s, struct buf *body)
{
    static const char *const lives[] = {[LIFE_SERVING] = "serving",
                                        [LIFE_DRAINING] = "draining",
                                        [LIFE_HURRYING] = "hurrying"};
    int64_t now = clock_ms();
    buf_addf(body, "{\"status\":\"%s\",\"life\":\"%s\",\"pid\":%d",
             status_word(s, now), lives[s->life], (int)getpid());
    /* where a program of the same user finds what the workers share */
    buf_addf(body, ",\"memory\":\"/proc/%d/fd/%d\"", (int)getpid(),
             s->env.shm_fd);
    buf_addf(body, ",\"age_ms\":%" PRId64 ",\"reloading\":%s,",
             now - s->started_ms, s->reload.active ? "true" : "false");
    add_pools(s, body, now, true);
    add_last_reload(s, body, now);
    buf_adds(body, "}\n");
}

void status_answer(struct buf *body, bool ok, const char *reason)
{
    buf_adds(body, ok ? "{\"ok\":true" : "{\"ok\":false,\"reason\":");
    if (!ok)
        add_text(body, reason);
    buf_adds(body, "}\n");
}

void status_reload(const struct super *s, struct buf *body)
{
    const struct reload *r = &s->reload;
    if (r->ok) {
        buf_addf(body, "{\"ok\":true,\"generation\":%" PRId64 "}\n",
                 s->last_generation);
        return;
    }
    status_answer(body, false, r->why.text);
}
