#include "pool/manager.h"

static int64_t bound(int64_t n, const struct manager_rule *rule)
{
    if (n < rule->min)
        return rule->min;
    return n > rule->max ? rule->max : n;
}

int64_t manager_first(const struct manager_rule *rule)
{
    return rule->min == 0 ? 0 : bound(rule->spare, rule);
}

void manager_bound(struct manager *m, const struct manager_rule *rule)
{
    m->wanted = bound(m->wanted, rule);
}

void manager_step(struct manager *m, const struct manager_rule *rule,
                  const struct manager_load *load, int64_t now_ms)
{
    /* Nobody waits in reserve where none runs at rest. */
    int64_t spare = rule->min == 0 ? 0 : rule->spare;
    int64_t needed = bound(load->busy + load->queued + spare, rule);
    if (needed >= m->wanted) {
        *m = (struct manager){needed, 0, now_ms};
        return;
    }
    if (needed > m->peak)
        m->peak = needed;
    if (now_ms - m->since_ms >= rule->idle_ms)
        *m = (struct manager){m->peak, needed, now_ms};
}
