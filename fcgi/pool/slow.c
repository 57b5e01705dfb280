#include "pool/slow.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "pool/child.h"
#include "pool/frames.h"
#include "trace.h"

void slow_tell(struct child *ch)
{
    const struct pool *p = ch->pool;
    struct slow *s = &ch->slow;
    struct board_trace trace;
    char frames[FRAMES_TEXT] = "";
    if (!s->waits)
        return;
    s->waits = false;
    if (board_read_trace(p->board, ch->slot.index, s->of_ms, &trace))
        frames_text(ch->slot.pid, p->conf->command[0], &trace, frames);
    log_warn(p->env->log, "request.slow",
             "pool=%s slot=%zu pid=%d route=%s %s%s", p->name, ch->slot.index,
             (int)ch->slot.pid, s->route[0] != '\0' ? s->route : "-", s->text,
             frames);
}

static bool has_answered(const struct child *ch)
{
    struct board_trace trace;
    return board_read_trace(ch->pool->board, ch->slot.index, ch->slow.of_ms,
                            &trace);
}

static void ask(struct child *ch, const struct board_slot *at, int64_t now)
{
    struct slow *s = &ch->slow;
    slow_tell(ch);
    *s = (struct slow){.of_ms = at->since_ms, .asked_ms = now, .waits = true};
    snprintf(s->route, sizeof(s->route), "%s", at->route);
    child_request(at, s->text);
    ch->pool->slow++;
    if (at->traces)
        sigqueue(ch->slot.pid, TRACE_SIGNAL,
                 (union sigval){.sival_int = (int)(uint32_t)at->since_ms});
    else
        slow_tell(ch);
}

void slow_look(struct child *ch, const struct board_slot *at, int64_t now_ms)
{
    struct slow *s = &ch->slow;
    int64_t limit = ch->pool->conf->slow_request_ms;
    if (s->waits && (has_answered(ch) || now_ms - s->asked_ms >= SLOW_WAIT_MS))
        slow_tell(ch);
    /* Two that are slow are so far apart, unless somebody makes them up. */
    if (limit > 0 && ch->tells && at->busy && now_ms - at->since_ms >= limit &&
        at->since_ms != s->of_ms && now_ms - s->asked_ms >= limit)
        ask(ch, at, now_ms);
}
