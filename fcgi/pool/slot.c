#include "pool/slot.h"

#include <signal.h>

static const char *const names[] = {
#define X(name, text) [ST_##name] = (text),
    SLOT_STATES(X)
#undef X
};

typedef void action_fn(struct slot *s, int64_t now);

static void enter(struct slot *s, enum slot_state state, int64_t now,
                  int64_t deadline)
{
    s->state = state;
    s->since_ms = now;
    s->deadline_ms = deadline;
}

static void retry(struct slot *s, int64_t now)
{
    int64_t at = s->ops->retry_at(s, now);
    enter(s, at > 0 ? ST_BACKOFF : ST_EMPTY, now, at);
}

static void start(struct slot *s, int64_t now)
{
    s->reopen = false;
    if (!s->ops->spawn(s)) {
        retry(s, now);
        return;
    }
    s->started_ms = now;
    enter(s, ST_STARTING, now, now + s->start_ms);
}

static void settle(struct slot *s, int64_t now)
{
    enter(s, ST_SETTLING, now, now + SETTLE_MS);
}

static void up(struct slot *s, int64_t now)
{
    enter(s, ST_READY, now, 0);
    s->ops->ready(s);
    if (s->reopen)
        s->ops->send(s, SIGUSR1);
    s->reopen = false;
}

/* Ended before it was ready. */
static void failed(struct slot *s, int64_t now)
{
    s->ops->ended(s);
    retry(s, now);
}

/* Ended though it was serving. */
static void died(struct slot *s, int64_t now)
{
    s->ops->ended(s);
    if (s->ops->respawns(s))
        start(s, now);
    else
        retry(s, now);
}

/* Ended because it was told to. */
static void gone(struct slot *s, int64_t now)
{
    s->ops->ended(s);
    enter(s, ST_EMPTY, now, 0);
}

static void empty(struct slot *s, int64_t now)
{
    enter(s, ST_EMPTY, now, 0);
}

static void drain(struct slot *s, int64_t now)
{
    enter(s, ST_STOPPING, now, now + s->stop_ms);
    s->ops->send(s, SIGTERM);
}

static void hurry(struct slot *s, int64_t now)
{
    enter(s, ST_STOPPING, now, now + HURRY_MS);
    s->ops->send(s, SIGTERM);
}

/* Told first: it may have taken a request though it did not say ready. */
static void too_slow(struct slot *s, int64_t now)
{
    enter(s, ST_FAILING, now, now + HURRY_MS);
    s->ops->send(s, SIGTERM);
}

static void kill_slow(struct slot *s, int64_t now)
{
    enter(s, ST_FAILING, now, now + KILL_AGAIN_MS);
    s->ops->send(s, SIGKILL);
}

static void kill_hard(struct slot *s, int64_t now)
{
    enter(s, ST_KILLED, now, now + KILL_AGAIN_MS);
    s->ops->send(s, SIGKILL);
}

/* The process is as good as gone, and no longer wanted. */
static void give_up(struct slot *s, int64_t now)
{
    enter(s, ST_KILLED, now, s->deadline_ms);
}

/* clang-format off */
static action_fn *const table[ST__MAX][EV__MAX] = {
    /*               START  EXEC    READY  EXIT    TIMEOUT    STOP     HURRY */
    [ST_EMPTY]    = {start, NULL,   NULL,  NULL,   NULL,      NULL,    NULL},
    [ST_STARTING] = {NULL,  settle, up,    failed, too_slow,  drain,   hurry},
    [ST_SETTLING] = {NULL,  NULL,   up,    failed, up,        drain,   hurry},
    [ST_READY]    = {NULL,  NULL,   NULL,  died,   NULL,      drain,   hurry},
    [ST_STOPPING] = {NULL,  NULL,   NULL,  gone,   kill_hard, NULL,    hurry},
    [ST_FAILING]  = {NULL,  NULL,   NULL,  failed, kill_slow, give_up, give_up},
    [ST_KILLED]   = {NULL,  NULL,   NULL,  gone,   kill_hard, NULL,    NULL},
    [ST_BACKOFF]  = {NULL,  NULL,   NULL,  NULL,   start,     empty,   empty},
};
/* clang-format on */

void slot_event(struct slot *s, enum slot_event ev, int64_t now_ms)
{
    action_fn *action = table[s->state][ev];
    if (action != NULL)
        action(s, now_ms);
}

void slot_tick(struct slot *s, int64_t now_ms)
{
    if (s->deadline_ms > 0 && now_ms >= s->deadline_ms)
        slot_event(s, EV_TIMEOUT, now_ms);
}

bool slot_active(const struct slot *s)
{
    return s->state == ST_STARTING || s->state == ST_SETTLING ||
           s->state == ST_READY || s->state == ST_FAILING ||
           s->state == ST_BACKOFF;
}

const char *slot_state_name(enum slot_state state)
{
    return state < ST__MAX ? names[state] : "?";
}
