#include "pool/leave.h"

#include "pool/child.h"
#include "pool/queue.h"

enum {
    LOOK_MS = 10,
    QUIET_MS = 30 /* a connection that had begun comes within this time */
};

int64_t leave_limit_ms(int64_t stop_timeout_ms)
{
    return stop_timeout_ms / 3;
}

/* Or is about to, as the first worker of a pool that was at rest. */
static bool somebody_serves(const struct pool *p)
{
    for (size_t i = 0; i < p->n_children; i++)
        if (p->children[i].slot.state == ST_READY ||
            p->children[i].slot.state == ST_STARTING)
            return true;
    return false;
}

static void dismiss(struct pool *p, bool hurry, int64_t now_ms)
{
    p->leave = (struct leave){0};
    listen_close(&p->listener);
    for (size_t i = 0; i < p->n_children; i++)
        slot_event(&p->children[i].slot, hurry ? EV_HURRY : EV_STOP, now_ms);
}

void leave_begin(struct pool *p, bool hurry, int64_t now_ms)
{
    if (hurry || !somebody_serves(p) || !listen_shut(&p->listener)) {
        dismiss(p, hurry, now_ms);
        return;
    }
    p->leave.until_ms = now_ms + leave_limit_ms(p->conf->stop_timeout_ms);
    leave_tick(p, now_ms);
}

void leave_tick(struct pool *p, int64_t now_ms)
{
    struct leave *l = &p->leave;
    if (l->until_ms == 0 || now_ms < l->look_ms)
        return;
    if (queue_length(p->listener.fd) > 0)
        l->empty_ms = 0;
    else if (l->empty_ms == 0)
        l->empty_ms = now_ms;
    bool empty = l->empty_ms != 0 && now_ms - l->empty_ms >= QUIET_MS;
    if (empty || now_ms >= l->until_ms || !somebody_serves(p))
        dismiss(p, false, now_ms);
    else
        l->look_ms = now_ms + LOOK_MS;
}
