#include "pool/child.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "pool/fault.h"
#include "pool/footprint.h"
#include "ready.h"

static struct child *child_of(struct slot *s)
{
    return s->owner;
}

/* --- the ready pipe --- */

static void close_pipe(struct child *ch)
{
    loop_remove(&ch->pool->env->loop, &ch->ready);
    fd_done(&ch->ready.fd);
}

static void on_pipe(void *arg, uint32_t events UNUSED)
{
    struct child *ch = arg;
    char text[ERR_NOTE_MAX];
    ssize_t n = read(ch->ready.fd, text, sizeof(text) - 1);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    close_pipe(ch);
    if (n > 0 && text[0] == READY_FAILED) {
        text[n] = '\0';
        err_set(&ch->cause, ERR_SYSTEM, "%s", text + 1);
    } else if (n > 0) {
        slot_event(&ch->slot, EV_READY, clock_ms());
    } else if (!ch->tells) {
        slot_event(&ch->slot, EV_EXEC, clock_ms());
    }
}

/* --- starting --- */

static const struct pool_conf *conf_of(const struct child *ch)
{
    const struct pool *p = ch->pool;
    bool before = p->prev != NULL && ch->slot.generation == p->prev_generation;
    return before ? p->prev : p->conf;
}

/* Pipes for what the worker will write, if somebody reads it. */
static enum err open_output(struct child *ch, const struct pool_conf *conf,
                            int ret_ends[2])
{
    struct pool *p = ch->pool;
    if (conf->output == POOL_OUTPUT_INHERIT)
        return ERR_OK;
    return output_open(&p->env->outputs, p->name, conf, &ch->output, ret_ends,
                       &ch->cause);
}

static void start_process(struct child *ch, const struct pool_conf *conf)
{
    struct pool *p = ch->pool;
    int ends[2] = {-1, -1};
    if (open_output(ch, conf, ends) != ERR_OK)
        return;
    struct spawn sp = {.home = &p->env->home,
                       .conf = conf,
                       .listen_fd = p->listener.fd,
                       .board_fd = board_fd(p->board),
                       .shm_fd = p->env->shm_fd,
                       .slot = ch->slot.index,
                       .generation = ch->slot.generation,
                       .out_fd = ends[0],
                       .err_fd = ends[1]};
    enum err e = spawn_worker(&sp, &ch->slot.pid, &ch->ready.fd, &ch->cause);
    fd_done(&ends[0]);
    fd_done(&ends[1]);
    if (e != ERR_OK) {
        ch->output = output_end(ch->output);
        return;
    }
    if (ch->output != NULL)
        output_started(ch->output, ch->slot.pid);
    if (loop_add(&p->env->loop, &ch->ready, EPOLLIN, &ch->cause) == ERR_OK)
        return;
    /* Without its pipe it would time out; end it as a failed start. */
    fd_done(&ch->ready.fd);
    kill(ch->slot.pid, SIGKILL);
}

static bool do_spawn(struct slot *s)
{
    struct child *ch = child_of(s);
    const struct pool_conf *conf = conf_of(ch);
    ch->cause.text[0] = '\0';
    ch->due = NULL;
    ch->late_ms = ch->memory_bytes = 0;
    ch->slow = (struct slow){0};
    ch->tells = conf->ready == POOL_READY_BYTE;
    s->start_ms = conf->start_timeout_ms;
    s->stop_ms = conf->stop_timeout_ms;
    board_clear(ch->pool->board, s->index);
    start_process(ch, conf);
    if (s->pid == 0)
        return false;
    log_debug(ch->pool->env->log, "worker.start",
              "pool=%s slot=%zu pid=%d generation=%" PRId64, ch->pool->name,
              s->index, (int)s->pid, s->generation);
    return true;
}

static void do_ready(struct slot *s)
{
    struct child *ch = child_of(s);
    log_info(ch->pool->env->log, "worker.ready",
             "pool=%s slot=%zu pid=%d generation=%" PRId64 " start_ms=%" PRId64,
             ch->pool->name, s->index, (int)s->pid, s->generation,
             s->since_ms - s->started_ms);
}

static void do_send(struct slot *s, int sig)
{
    struct child *ch = child_of(s);
    if (sig == SIGKILL && s->state == ST_KILLED)
        log_warn(ch->pool->env->log, "worker.kill",
                 "pool=%s slot=%zu pid=%d did not stop when told to; killed",
                 ch->pool->name, s->index, (int)s->pid);
    /* At the last, its own children too: they may hold the socket. */
    if (sig == SIGKILL && kill(-s->pid, sig) == 0)
        return;
    kill(s->pid, sig);
}

/* --- ending --- */

/* "exited with status 3", "killed by signal 11 (Segmentation fault)" */
static void describe_end(int status, char *ret_text, size_t size)
{
    if (!WIFSIGNALED(status)) {
        snprintf(ret_text, size, "exited with status %d", WEXITSTATUS(status));
        return;
    }
    const char *name = sigdescr_np(WTERMSIG(status));
    snprintf(ret_text, size, "killed by signal %d (%s)%s", WTERMSIG(status),
             name != NULL ? name : "unknown",
             WCOREDUMP(status) ? ", core dumped" : "");
}

/* A KILL that we have not sent: the kernel does not tell whose it was. */
static const char *describe_kill(struct child *ch)
{
    struct pool_env *env = ch->pool->env;
    const struct slot *s = &ch->slot;
    if (s->state != ST_READY || !WIFSIGNALED(s->status) ||
        WTERMSIG(s->status) != SIGKILL)
        return "";
    int64_t before = env->oom_kills;
    env->oom_kills = footprint_oom_kills(OOM_KILLS_PATH);
    return env->oom_kills > before
               ? ", by the kernel for want of memory as it seems"
               : ", not by ptpool";
}

void child_request(const struct board_slot *at,
                   char ret_text[CHILD_REQUEST_TEXT])
{
    const char *id = at->request_id[0] != '\0' ? at->request_id : "-";
    char phase[64] = "";
    if (at->phase != PHASE_QUEUE)
        snprintf(phase, sizeof(phase), " phase=%s phase_ms=%" PRId64,
                 phase_name(at->phase), (clock_us() - at->phase_us) / 1000);
    snprintf(ret_text, CHILD_REQUEST_TEXT, "idle");
    if (at->busy)
        snprintf(ret_text, CHILD_REQUEST_TEXT,
                 "request=%s method=%s path=%s%s age_ms=%" PRId64, id,
                 at->method, at->path, phase, clock_ms() - at->since_ms);
}

/* One line names the process, its end, and the request it was on. */
static void report_end(struct child *ch, enum log_level level,
                       const char *event, const struct board_slot *at)
{
    const struct slot *s = &ch->slot;
    char end[128], on[CHILD_REQUEST_TEXT];
    describe_end(s->status, end, sizeof(end));
    child_request(at, on);
    log_event(ch->pool->env->log, level, event,
              "pool=%s slot=%zu pid=%d generation=%" PRId64
              " end=\"%s%s\" requests=%" PRIu64
              " %s peak_memory_bytes=%" PRId64,
              ch->pool->name, s->index, (int)s->pid, s->generation, end,
              describe_kill(ch), at->requests, on, ch->peak_bytes);
    if (level >= LOG_WARNING)
        fault_tell(ch->pool->env, event, ch->pool->name, at, end);
}

/* Says why a worker that was not ready ended, unless its child told. */
static void note_cause(struct child *ch)
{
    const struct slot *s = &ch->slot;
    char end[128];
    describe_end(s->status, end, sizeof(end));
    if (s->state == ST_FAILING)
        err_set(&ch->cause, ERR_UNAVAIL,
                "not ready within start_timeout (%" PRId64 " ms)", s->start_ms);
    else if (s->state == ST_READY)
        err_set(&ch->cause, ERR_UNAVAIL, "%s right after its start", end);
    else if (ch->cause.text[0] == '\0')
        err_set(&ch->cause, ERR_UNAVAIL, "%s before it was ready", end);
}

/* What it counted outlives it, as far as it makes sense. */
static void keep_counts(const struct child *ch, const struct board_slot *at)
{
    struct pool *p = ch->pool;
    size_t slot = ch->slot.index;
    bool sane = board_add_ledger(p->board, slot, at, &p->ledger);
    if (!sane || at->nonsense)
        log_warn(p->env->log, "worker.scribbled",
                 "pool=%s slot=%zu pid=%d wrote nonsense into its slot of the "
                 "scoreboard; what made no sense was not counted",
                 p->name, slot, (int)ch->slot.pid);
    p->past.requests += at->requests;
    for (size_t i = 0; i < BOARD_COUNTS; i++)
        p->past.counts[i] += at->counts[i];
    board_clear(p->board, slot);
}

static void do_ended(struct slot *s)
{
    struct child *ch = child_of(s);
    struct board_slot at;
    board_read(ch->pool->board, s->index, &at);
    slow_tell(ch);
    ch->served = at.busy || at.requests > 0;
    note_cause(ch);
    bool clean = WIFEXITED(s->status) && WEXITSTATUS(s->status) == 0;
    bool told =
        clean || (WIFSIGNALED(s->status) && WTERMSIG(s->status) == SIGTERM);
    if (s->state == ST_READY) {
        ch->pool->deaths++;
        if (clean && !at.busy)
            report_end(ch, LOG_INFO, "worker.exited", &at);
        else
            report_end(ch, LOG_ERROR, "worker.died", &at);
    } else if (s->state == ST_STOPPING || s->state == ST_KILLED) {
        report_end(ch, told && !at.busy ? LOG_INFO : LOG_WARNING,
                   "worker.stopped", &at);
    }
    keep_counts(ch, &at);
    if (ch->ready.fd >= 0)
        close_pipe(ch);
    s->pid = 0;
}

/* --- the next try --- */

static bool is_wanted(const struct child *ch)
{
    const struct pool *p = ch->pool;
    bool before = p->prev != NULL && ch->slot.generation == p->prev_generation;
    return !p->stopping && (before || ch->slot.generation == p->generation);
}

/* It served, and so its end is no failed start. */
static bool was_up(const struct child *ch)
{
    bool short_lived = clock_ms() - ch->slot.since_ms < SHORT_LIFE_MS;
    return ch->slot.state == ST_READY && (ch->served || !short_lived);
}

static bool do_respawns(struct slot *s)
{
    const struct child *ch = child_of(s);
    return is_wanted(ch) && was_up(ch) && ch->pool->conf->start_rate == 0;
}

/*
 * All failures of one round share one wait and one log line. A failure long
 * after the last wait is not its sequel: the wait starts small again.
 */
static int64_t brake_until(struct child *ch, int64_t now)
{
    struct brake *b = &ch->pool->brake;
    if (now < b->until_ms)
        return b->until_ms;
    if (now > b->until_ms + ch->slot.start_ms + SHORT_LIFE_MS)
        b->delay_ms = 0;
    b->delay_ms = b->delay_ms == 0 ? BRAKE_FIRST_MS : 2 * b->delay_ms;
    if (b->delay_ms > BRAKE_MAX_MS)
        b->delay_ms = BRAKE_MAX_MS;
    b->until_ms = now + b->delay_ms;
    log_error(ch->pool->env->log, "worker.start_failed",
              "pool=%s generation=%" PRId64 " retry_ms=%" PRId64 " cause: %s",
              ch->pool->name, ch->slot.generation, b->delay_ms, ch->cause.text);
    return b->until_ms;
}

static int64_t do_retry_at(struct slot *s, int64_t now)
{
    struct child *ch = child_of(s);
    struct pool *p = ch->pool;
    if (!is_wanted(ch) || was_up(ch))
        return 0;
    p->start_failures++;
    if (p->rolling && s->generation == p->generation) {
        p->roll_error = ch->cause;
        return 0;
    }
    p->last_error = ch->cause;
    int64_t until = brake_until(ch, now);
    if (p->conf->start_rate == 0)
        return until;
    /* Nor do all of them start at once when the wait is over. */
    if (until > p->start_ms)
        p->start_ms = until;
    return 0;
}

static const struct slot_ops child_ops = {
    .spawn = do_spawn,
    .send = do_send,
    .ready = do_ready,
    .ended = do_ended,
    .respawns = do_respawns,
    .retry_at = do_retry_at,
};

void child_init(struct pool *p, size_t i)
{
    struct child *ch = &p->children[i];
    ch->pool = p;
    ch->ready = (struct source){.fd = -1, .fn = on_pipe, .arg = ch};
    ch->slot = (struct slot){.ops = &child_ops, .owner = ch, .index = i};
}

void child_adopt(struct child *ch, const struct inherit_worker *w,
                 int64_t now_ms)
{
    const struct pool_conf *conf = ch->pool->conf;
    struct slot *s = &ch->slot;
    s->pid = w->pid;
    s->state = ST_READY;
    s->generation = ch->pool->generation - 1;
    s->since_ms = s->started_ms = now_ms;
    s->stop_ms = conf->stop_timeout_ms;
    ch->tells = conf->ready == POOL_READY_BYTE;
    ch->output = child_adopt_output(ch->pool, w);
}

struct output *child_adopt_output(struct pool *p,
                                  const struct inherit_worker *w)
{
    struct output *output = NULL;
    struct err_note why;
    if ((w->fds[0] >= 0 || w->fds[1] >= 0) &&
        output_adopt(&p->env->outputs, w, p->conf->command[0], &output, &why) !=
            ERR_OK)
        log_error(p->env->log, "worker.output", "pool=%s pid=%d lost: %s",
                  p->name, (int)w->pid, why.text);
    return output;
}

void child_ended(struct child *ch, const struct ending *end, int64_t now_ms)
{
    /* What it said before it ended comes first. */
    if (ch->ready.fd >= 0)
        on_pipe(ch, EPOLLIN);
    ch->output = output_end(ch->output);
    ch->slot.status = end->status;
    ch->peak_bytes = end->peak_bytes;
    slot_event(&ch->slot, EV_EXIT, now_ms);
}
