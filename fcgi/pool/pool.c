#include "pool/pool.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "pool/child.h"
#include "pool/queue.h"
#include "pool/sizing.h"
#include "pool/taken.h"

static void sleep_on(struct pool *p, bool yes);

/* --- making and ending --- */

/* What the process before us left for this pool; 0 nothing. */
static int inherited_socket(const struct pool *p, bool *ret_given)
{
    int fd = inherit_take(p->env->inherit, p->name, ret_given);
    if (fd < 0 && p->conf->listen[0] != '\0')
        fd = inherit_take_only(p->env->inherit, ret_given);
    return fd > 0 ? fd : 0;
}

static enum err open_all(struct pool *p, const struct pool_place *place,
                         struct err_note *why)
{
    const struct pool_conf *c = p->conf;
    bool given = false;
    int inherited = inherited_socket(p, &given);
    const struct listen_spec spec = {.address = place->address,
                                     .over = place->over,
                                     .inherited = inherited,
                                     .ours = !given,
                                     .predecessor = p->env->predecessor,
                                     .wait_ms = c->stop_timeout_ms + WATCH_MS,
                                     .mode = c->listen_mode,
                                     .owner = c->listen_owner,
                                     .group = c->listen_group,
                                     .acl = c->listen_acl,
                                     .backlog = c->backlog,
                                     .nonblocking = c->own_accept};
    struct err_note what;
    enum err e = listen_open(&spec, &p->listener, &what);
    if (e != ERR_OK)
        return err_set(why, e, "pools.%s.listen: %s", c->name, what.text);
    return board_new(POOL_SLOTS, &p->board, why);
}

enum err pool_new(struct pool_env *env, const struct pool_conf *conf,
                  const struct pool_place *place, struct pool **ret_pool,
                  struct err_note *why)
{
    struct pool *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return err_errno(why, ERR_SYSTEM, "pool %s", conf->name);
    p->env = env;
    p->conf = conf;
    p->wake.fd = -1;
    p->rule = sizing_rule(conf);
    p->manager.wanted = manager_first(&p->rule);
    p->generation = place->generation;
    p->rolling = p->holding = place->trial;
    p->listener.fd = -1;
    p->name = strdup(conf->name);
    enum err e = p->name != NULL ? open_all(p, place, why)
                                 : err_errno(why, ERR_SYSTEM, "pool");
    if (e != ERR_OK) {
        pool_free(p);
        return e;
    }
    if (!place->trial)
        pool_notices(p);
    *ret_pool = p;
    return ERR_OK;
}

struct pool *pool_free(struct pool *p)
{
    if (p == NULL)
        return NULL;
    sleep_on(p, false);
    listen_close(&p->listener);
    board_free(p->board);
    free(p->name);
    free(p);
    return NULL;
}

const char *pool_name(const struct pool *p)
{
    return p->name;
}

const char *pool_address(const struct pool *p)
{
    return p->conf->listen;
}

const struct listener *pool_listener(const struct pool *p)
{
    return &p->listener;
}

void pool_adopt(struct pool *p, const struct inherit_worker *w, int64_t now_ms)
{
    if (w->ended) { /* what it said is still in the pipe */
        output_end(child_adopt_output(p, w));
        return;
    }
    if (p->n_children == POOL_SLOTS)
        return;
    struct child *ch = &p->children[p->n_children];
    child_init(p, p->n_children++);
    child_adopt(ch, w, now_ms);
    if (w->ready)
        p->floor++;
    else
        slot_event(&ch->slot, EV_STOP, now_ms);
}

/* --- counting --- */

struct census pool_census(const struct pool *p)
{
    struct census c = {0};
    for (size_t i = 0; i < p->n_children; i++) {
        const struct slot *s = &p->children[i].slot;
        if (!slot_active(s))
            continue;
        bool ready = s->state == ST_READY;
        if (s->generation == p->generation) {
            c.current++;
            c.ready += ready;
            c.due += ready && p->children[i].due != NULL;
        } else {
            c.old++;
            c.old_ready += ready;
        }
    }
    return c;
}

bool pool_is_mute(const struct pool *p)
{
    return p->conf->ready == POOL_READY_EXEC && p->listener.fd >= 0;
}

/* taken: of a pool whose workers do not tell */
static bool is_busy(const struct pool *p, size_t i, const struct taken *taken)
{
    struct board_slot at;
    if (taken->n > 0)
        return taken_by(taken, p->children[i].slot.pid);
    board_read(p->board, i, &at);
    return at.busy;
}

/* --- balance --- */

/* In which order workers are given up: lower goes first. */
static int retire_rank(const struct pool *p, size_t i,
                       const struct taken *taken)
{
    const struct child *ch = &p->children[i];
    if (ch->slot.state != ST_READY)
        return ch->slot.pid > 0 ? 1 : 0;
    return (is_busy(p, i, taken) ? 4 : 2) + (ch->due == NULL);
}

enum retired { OLD, CURRENT, DUE };

static bool belongs(const struct pool *p, size_t i, enum retired who)
{
    const struct child *ch = &p->children[i];
    bool current = ch->slot.generation == p->generation;
    if (!slot_active(&ch->slot) || current != (who != OLD))
        return false;
    return who != DUE || (ch->due != NULL && ch->slot.state == ST_READY);
}

/* Stops the worker of these that is missed least; among equals the last. */
static void retire(struct pool *p, enum retired who, int64_t now)
{
    struct slot *best = NULL;
    struct taken taken;
    int rank = 0;
    if (!pool_is_mute(p) || !taken_read(p->listener.fd, &taken))
        taken.n = 0;
    for (size_t i = 0; i < p->n_children; i++) {
        if (!belongs(p, i, who))
            continue;
        int r = retire_rank(p, i, &taken);
        if (best == NULL || r <= rank) {
            best = &p->children[i].slot;
            rank = r;
        }
    }
    if (best != NULL)
        slot_event(best, EV_STOP, now);
}

/* False when every slot is taken: draining workers free some. */
static bool start_one(struct pool *p, int64_t now)
{
    for (size_t i = 0; i < POOL_SLOTS; i++) {
        struct slot *s = &p->children[i].slot;
        if (s->state != ST_EMPTY)
            continue;
        if (i == p->n_children)
            child_init(p, p->n_children++);
        s->generation = p->generation;
        slot_event(s, EV_START, now);
        return true;
    }
    return false;
}

/* Workers of other generations that are still to serve. */
static int64_t old_to_keep(const struct pool *p, const struct census *c)
{
    if (c->ready >= p->manager.wanted || c->ready >= p->floor)
        return 0;
    return p->floor - c->ready;
}

static void retire_old(struct pool *p, int64_t now)
{
    struct census c = pool_census(p);
    int64_t keep = old_to_keep(p, &c);
    for (; c.old > keep; c.old--)
        retire(p, OLD, now);
}

/* Replacements beside those that are due: a tenth at a time, at least one. */
static int64_t replacements(const struct pool *p, const struct census *c)
{
    int64_t most = p->manager.wanted / 10;
    if (most < 1)
        most = 1;
    return c->due < most ? c->due : most;
}

/* By start_rate, which goes for those that replace others, too. */
static bool may_start(struct pool *p, int64_t now)
{
    int64_t rate = p->conf->start_rate;
    p->start_waits = rate > 0 && now < p->start_ms;
    if (p->start_waits)
        return false;
    if (rate > 0)
        p->start_ms = now + 1000 / rate;
    return true;
}

static void start_missing(struct pool *p, int64_t now)
{
    p->start_waits = false;
    for (;;) {
        struct census c = pool_census(p);
        int64_t want = p->holding ? 1 : p->manager.wanted + replacements(p, &c);
        int64_t at_once = c.old > 0 ? 1 : want;
        if (p->roll_error.text[0] != '\0' || c.current >= want ||
            c.current - c.ready >= at_once || !may_start(p, now) ||
            !start_one(p, now))
            return;
    }
}

static void retire_surplus(struct pool *p, int64_t now)
{
    struct census c = pool_census(p);
    int64_t want = p->manager.wanted;
    for (int64_t n = c.current - want - replacements(p, &c); n > 0; n--)
        retire(p, CURRENT, now);
    c = pool_census(p);
    for (; c.due > 0 && c.ready > want; c.due--, c.ready--)
        retire(p, DUE, now);
}

/* --- a pool at rest --- */

static void on_connection(void *arg, uint32_t events UNUSED)
{
    struct pool *p = arg;
    sleep_on(p, false);
    p->manager.wanted = 1;
    p->manager.since_ms = clock_ms();
}

/* Without a worker the supervisor waits for the first connection itself. */
static void sleep_on(struct pool *p, bool yes)
{
    if (yes == (p->wake.fd >= 0) || (yes && p->listener.fd < 0))
        return;
    if (!yes) {
        loop_remove(&p->env->loop, &p->wake);
        p->wake.fd = -1;
        return;
    }
    p->wake =
        (struct source){.fd = p->listener.fd, .fn = on_connection, .arg = p};
    struct err_note why;
    if (loop_add(&p->env->loop, &p->wake, EPOLLIN, &why) != ERR_OK) {
        log_error(p->env->log, "pool.wake", "pool=%s %s", p->name, why.text);
        p->wake.fd = -1;
        p->manager.wanted = 1; /* rather one too many than none */
    }
}

void pool_balance(struct pool *p, int64_t now_ms)
{
    if (p->stopping)
        return;
    if (!p->holding)
        retire_old(p, now_ms);
    start_missing(p, now_ms);
    if (!p->holding) /* else it would be the one on trial */
        retire_surplus(p, now_ms);
    sleep_on(p, p->manager.wanted == 0);
}

/* --- events --- */

void pool_tick(struct pool *p, int64_t now_ms)
{
    for (size_t i = 0; i < p->n_children; i++)
        slot_tick(&p->children[i].slot, now_ms);
    if (p->stopping)
        leave_tick(p, now_ms);
    else if (now_ms >= p->watch_ms)
        pool_watch(p, now_ms);
}

int64_t pool_next_ms(const struct pool *p)
{
    int64_t next = p->stopping ? p->leave.look_ms : p->watch_ms;
    if (p->start_waits && !p->stopping && (next == 0 || p->start_ms < next))
        next = p->start_ms;
    for (size_t i = 0; i < p->n_children; i++) {
        int64_t at = p->children[i].slot.deadline_ms;
        if (at > 0 && (next == 0 || at < next))
            next = at;
    }
    return next;
}

bool pool_reap(struct pool *p, const struct ending *end, int64_t now_ms)
{
    for (size_t i = 0; i < p->n_children; i++) {
        if (p->children[i].slot.pid == end->pid) {
            child_ended(&p->children[i], end, now_ms);
            return true;
        }
    }
    return false;
}

/* A program that says nothing when ready may not know the signal either. */
void pool_reopen(struct pool *p)
{
    for (size_t i = 0; i < p->n_children; i++) {
        struct child *ch = &p->children[i];
        if (!ch->tells)
            continue;
        if (ch->slot.state == ST_READY)
            ch->slot.ops->send(&ch->slot, SIGUSR1);
        else if (ch->slot.state == ST_STARTING)
            ch->slot.reopen = true;
    }
}

void pool_stop(struct pool *p, bool hurry, int64_t now_ms)
{
    p->stopping = true;
    sleep_on(p, false);
    leave_begin(p, hurry, now_ms);
}

bool pool_idle(const struct pool *p)
{
    for (size_t i = 0; i < p->n_children; i++)
        if (p->children[i].slot.state != ST_EMPTY)
            return false;
    return true;
}

/* --- by hand --- */

void pool_set_rule(struct pool *p, struct manager_rule rule)
{
    p->rule = rule;
    p->watch_ms = clock_ms();
    manager_bound(&p->manager, &rule);
}

enum err pool_scale(struct pool *p, int64_t n, struct err_note *why)
{
    if (n < 1 || n > MAX_WORKERS)
        return err_set(why, ERR_INVALID, "%s: 1 to %d workers, not %" PRId64,
                       p->name, MAX_WORKERS, n);
    if (p->rolling)
        return err_set(why, ERR_INVALID,
                       "%s: a reload is under way; ask again after it",
                       p->name);
    log_info(p->env->log, "pool.scaled", "pool=%s workers=%" PRId64, p->name,
             n);
    p->scaled = true;
    pool_set_rule(p, (struct manager_rule){.min = n, .max = n});
    return ERR_OK;
}

bool pool_recycle(struct pool *p, pid_t pid)
{
    for (size_t i = 0; i < p->n_children; i++) {
        struct child *ch = &p->children[i];
        if (ch->slot.pid != pid || ch->slot.state != ST_READY)
            continue;
        if (ch->due == NULL)
            ch->due = "asked for";
        return true;
    }
    return false;
}

/* --- looking at it --- */

static void add_counts(struct pool_status *to, const struct board_slot *at)
{
    to->requests += at->requests;
    to->shed += at->counts[BOARD_SHED];
    to->gone += at->counts[BOARD_GONE];
    to->late += at->counts[BOARD_LATE];
}

static void count_worker(const struct pool *p, const struct slot *s,
                         struct pool_status *ret)
{
    struct board_slot at;
    ret->ready += s->state == ST_READY;
    ret->starting += s->state != ST_READY && slot_active(s);
    ret->stopping += s->state == ST_STOPPING || s->state == ST_KILLED;
    if (s->pid == 0)
        return;
    board_read(p->board, s->index, &at);
    ret->busy += at.busy;
    add_counts(ret, &at);
}

void pool_status(const struct pool *p, int64_t now_ms, struct pool_status *ret)
{
    /* A roll that may still be given up does not change what is due. */
    bool before = p->prev != NULL;
    const struct manager_rule *rule = before ? &p->prev_rule : &p->rule;
    struct manager due = p->manager;
    manager_bound(&due, rule);
    *ret = (struct pool_status){
        .min = rule->min,
        .max = rule->max,
        .configured = due.wanted,
        .scaled = p->scaled,
        .queued = queue_length(p->listener.fd),
        .generation = before ? p->prev_generation : p->generation,
        .deaths = p->deaths,
        .start_failures = p->start_failures,
        .slow = p->slow,
        .listens = p->listener.fd >= 0,
        .last_error = p->last_error.text,
    };
    struct taken taken;
    if (pool_is_mute(p) && taken_read(p->listener.fd, &taken))
        ret->busy = (int64_t)taken.n;
    add_counts(ret, &p->past);
    for (size_t i = 0; i < p->n_children; i++)
        count_worker(p, &p->children[i].slot, ret);
    /* Whole again, and for long enough to be believed. */
    if (ret->ready >= ret->configured &&
        now_ms >= p->brake.until_ms + SHORT_LIFE_MS)
        ret->last_error = "";
}

void pool_ledger(const struct pool *p, struct ledger *ret)
{
    struct board_slot at;
    ledger_copy(ret, &p->ledger);
    for (size_t i = 0; i < p->n_children; i++) {
        if (p->children[i].slot.pid == 0)
            continue;
        board_read(p->board, i, &at);
        (void)board_add_ledger(p->board, i, &at, ret);
    }
}

bool pool_next_worker(const struct pool *p, size_t *at, int64_t now_ms,
                      struct worker_status *ret)
{
    for (; *at < p->n_children; ++*at) {
        const struct slot *s = &p->children[*at].slot;
        if (s->state == ST_EMPTY)
            continue;
        *ret = (struct worker_status){
            .pid = s->pid,
            .state = s->state,
            .generation = s->generation,
            .age_ms = s->pid > 0 ? now_ms - s->started_ms : 0,
            .state_age_ms = now_ms - s->since_ms,
        };
        board_read(p->board, *at, &ret->board);
        ++*at;
        return true;
    }
    return false;
}
