/*
 * watch - the regular look at a pool: how much there is to do, which workers
 * have done enough, which requests take too long.
 */
#include <inttypes.h>
#include <signal.h>

#include "base/clock.h"
#include "pool/child.h"
#include "pool/footprint.h"
#include "pool/queue.h"
#include "pool/recycle.h"
#include "pool/taken.h"

enum {
    GRACE_MS = 2000,  /* a request so much over its time ends with its worker */
    COUNT_SHARE = 100 /* counting takes at most this part of the time */
};

static void tell_blind(struct pool *p)
{
    if (!p->told_blind)
        log_warn(p->env->log, "pool.blind",
                 "pool=%s: the kernel does not tell which workers have a "
                 "request (no sock_diag); there will be more of them, never "
                 "fewer; give a number as pools.%s.workers",
                 p->name, p->name);
    p->told_blind = true;
}

/* Seldom enough, however many sockets the kernel has to look at. */
static void count_taken(struct pool *p)
{
    struct taken taken;
    int64_t begin = clock_us();
    p->taken = taken_read(p->listener.fd, &taken) ? (int64_t)taken.n : -1;
    int64_t end = clock_us();
    p->count_ms = end / 1000 + (end - begin) * COUNT_SHARE / 1000;
}

/*
 * Workers at work where these do not tell. While somebody waits all of them
 * are; what the kernel does not tell changes nothing.
 */
static int64_t busy_mute(struct pool *p, int64_t queued, int64_t now)
{
    struct census c = pool_census(p);
    int64_t serving = c.ready + c.old_ready;
    if (now >= p->count_ms)
        count_taken(p);
    if (p->taken < 0)
        tell_blind(p);
    if (queued > 0 && p->taken < serving)
        return serving;
    int64_t spare = p->rule.min == 0 ? 0 : p->rule.spare;
    return p->taken >= 0 ? p->taken : p->manager.wanted - spare;
}

static void manage(struct pool *p, int64_t busy, int64_t now)
{
    int64_t before = p->manager.wanted, queued = queue_length(p->listener.fd);
    if (pool_is_mute(p))
        busy = busy_mute(p, queued, now);
    const struct manager_load load = {.busy = busy,
                                      .queued = queued > 0 ? queued : 0};
    manager_step(&p->manager, &p->rule, &load, now);
    if (p->manager.wanted != before)
        log_debug(p->env->log, "pool.wants",
                  "pool=%s workers=%" PRId64 " before=%" PRId64 " busy=%" PRId64
                  " queued=%" PRId64,
                  p->name, p->manager.wanted, before, busy, queued);
}

/* Once for each configuration, or the log would be full of it. */
static void tell_early(struct pool *p, const struct child *ch,
                       const struct recycle_look *look)
{
    if (p->told_memory)
        return;
    p->told_memory = true;
    log_warn(p->env->log, "pool.memory",
             "pools.%s.max_memory: %" PRId64 " bytes are less than a worker "
             "takes %" PRId64
             " ms after its start (pid=%d memory_bytes=%" PRId64
             " requests=%" PRIu64 "); none is replaced for it within its first "
             "minute; raise it",
             p->name, p->conf->max_memory_bytes, look->age_ms,
             (int)ch->slot.pid, look->memory_bytes, look->requests);
}

static void look_at_age(struct child *ch, const struct board_slot *at,
                        int64_t now)
{
    struct pool *p = ch->pool;
    const struct recycle_look look = {.requests = at->requests,
                                      .age_ms = now - ch->slot.started_ms,
                                      .memory_bytes = ch->memory_bytes};
    if (ch->due != NULL)
        return;
    if (recycle_is_early(p->conf, &look))
        tell_early(p, ch, &look);
    ch->due = recycle_reason(p->conf, &look);
    if (ch->due != NULL)
        log_info(p->env->log, "worker.due",
                 "pool=%s slot=%zu pid=%d reason=%s requests=%" PRIu64
                 " age_ms=%" PRId64 " memory_bytes=%" PRId64,
                 p->name, ch->slot.index, (int)ch->slot.pid, ch->due,
                 at->requests, look.age_ms, ch->memory_bytes);
}

static void tell_late(const struct child *ch, const char *event,
                      const struct board_slot *at)
{
    char on[CHILD_REQUEST_TEXT];
    child_request(at, on);
    log_warn(ch->pool->env->log, event,
             "pool=%s slot=%zu pid=%d %s memory_bytes=%" PRId64, ch->pool->name,
             ch->slot.index, (int)ch->slot.pid, on,
             footprint_read(ch->slot.pid));
}

/*
 * First the worker is told, and answers that request itself; if it is still
 * at it after GRACE_MS, the worker is ended.
 */
static void look_at_request(struct child *ch, const struct board_slot *at,
                            int64_t now)
{
    int64_t limit = ch->pool->conf->request_timeout_ms;
    int64_t age = now - at->since_ms;
    if (limit == 0 || !at->busy || !ch->tells || age < limit)
        return;
    if (ch->late_ms != at->since_ms) {
        ch->late_ms = at->since_ms;
        tell_late(ch, "request.timeout", at);
        kill(ch->slot.pid, SIGUSR2);
    } else if (age >= limit + GRACE_MS) {
        tell_late(ch, "request.killed", at);
        slot_event(&ch->slot, EV_HURRY, now);
    }
}

/* Of one worker each time: the kernel walks through all its pages. */
static void look_at_memory(struct pool *p)
{
    if (p->conf->max_memory_bytes == 0 || p->n_children == 0)
        return;
    p->watched = (p->watched + 1) % p->n_children;
    struct child *ch = &p->children[p->watched];
    if (ch->slot.state == ST_READY)
        ch->memory_bytes = footprint_read(ch->slot.pid);
}

/* True when something may change without an event that tells of it. */
static bool has_to_watch(const struct pool *p)
{
    const struct pool_conf *c = p->conf;
    return p->rule.min < p->rule.max || c->max_requests > 0 ||
           c->max_age_ms > 0 || c->max_memory_bytes > 0 ||
           c->request_timeout_ms > 0 || c->slow_request_ms > 0;
}

void pool_watch(struct pool *p, int64_t now_ms)
{
    int64_t busy = 0;
    p->watch_ms = has_to_watch(p) ? now_ms + WATCH_MS : 0;
    if (p->watch_ms == 0)
        return;
    look_at_memory(p);
    for (size_t i = 0; i < p->n_children; i++) {
        struct child *ch = &p->children[i];
        struct board_slot at;
        if (ch->slot.state != ST_READY)
            continue;
        board_read(p->board, i, &at);
        busy += at.busy;
        look_at_age(ch, &at, now_ms);
        slow_look(ch, &at, now_ms);
        look_at_request(ch, &at, now_ms);
    }
    /* At rest nothing is asked: the first connection says so itself. */
    if (p->rule.min < p->rule.max && p->wake.fd < 0)
        manage(p, busy, now_ms);
}
