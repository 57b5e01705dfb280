#include "base/phase.h"

#include "base/clock.h"

static void show(struct phases *p, enum phase now, int64_t us)
{
    p->now = now;
    p->since_us = us;
    if (p->shown != NULL)
        atomic_store_explicit(p->shown, (uint64_t)us << 8 | now,
                              memory_order_relaxed);
}

static void spend(struct phases *p, enum phase phase, int64_t us)
{
    p->seen[phase] = true;
    p->spent_us[phase] += us;
}

void phase_begin(struct phases *p, int64_t queued_us)
{
    int64_t now = clock_us();
    *p = (struct phases){.shown = p->shown, .begun_us = now};
    if (queued_us >= 0)
        spend(p, PHASE_QUEUE, queued_us);
    show(p, PHASE_HANDLER, now);
}

enum phase phase_enter(struct phases *p, enum phase next)
{
    if (p == NULL || p->now == PHASE_QUEUE)
        return PHASE_QUEUE;
    enum phase before = p->now;
    /* nobody waits any more: all that it does now is one */
    if (before == PHASE_AFTER && next != PHASE_QUEUE)
        return before;
    int64_t now = clock_us();
    spend(p, before, now - p->since_us);
    show(p, next, now);
    return before;
}

void phase_end(struct phases *p)
{
    if (p->now == PHASE_QUEUE)
        return;
    phase_enter(p, PHASE_QUEUE);
    spend(p, PHASE_TOTAL, p->since_us - p->begun_us - p->spent_us[PHASE_AFTER]);
}

const char *phase_name(enum phase phase)
{
    static const char *const names[] = {
#define X(name, text) text,
        PHASE_LIST(X)
#undef X
    };
    return phase < PHASE__MAX ? names[phase] : "";
}
