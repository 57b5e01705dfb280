#include "jobs/jobs.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/limits.h"
#include "board.h"
#include "ready.h"
#include "trace.h"

enum {
    POLL_MS = 250,          /* nothing was due: look again */
    FAILED_MS = 1000,       /* the database is away: look again */
    SCHEDULE_MS = 60 * 1000 /* between looks at what is owed by the clock */
};

static volatile sig_atomic_t stop_asked, reopen_asked;

static void on_signal(int sig)
{
    if (sig == SIGUSR1)
        reopen_asked = 1;
    else
        stop_asked = 1;
}

struct jobs {
    struct job_env *env;
    const struct job_kind *const *tables;
    struct arena *arena; /* of one job */
    struct board *board;
    struct sender *sender;
    int64_t schedule_ms; /* when to look, by clock_ms() */
};

/* Its job was begun and will be again when the lease is over. */
static void out_of_memory(void *arg)
{
    const struct jobs *j = arg;
    log_error(j->env->log, "job.memory", "limit_bytes=%d", MAX_ARENA_BYTES);
    _exit(JOBS_NO_MEMORY);
}

/* They only set flags, so that a long job can look whether it must stop. */
static void install_signals(void)
{
    static const int taken[] = {SIGTERM, SIGQUIT, SIGINT, SIGUSR1};
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        sigaction(taken[i], &act, NULL);
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
    sigaction(SIGXFSZ, &act, NULL); /* the write fails instead */
    sigaction(SIGHUP, &act, NULL);
}

static enum err do_schedule(struct jobs *j)
{
    if (clock_ms() < j->schedule_ms)
        return ERR_OK;
    TRY(job_schedule(j->env, j->arena, j->tables));
    j->schedule_ms = clock_ms() + SCHEDULE_MS;
    return ERR_OK;
}

/* A job is an operation of its own, as a request is one. */
static void observe(const struct jobs *j, const struct job_run *run,
                    const char *kind, int64_t at_ms)
{
    const struct phases *p = &j->env->phases;
    bool put_off = run->wait_s > 0, failed = run->result != ERR_OK && !put_off;
    bool ours = failed && err_http(run->result) >= 500;
    int64_t sample = j->env->conf->telemetry.sample;
    if (kind == NULL || run->operation == NULL ||
        (!failed && !event_sampled(run->operation, sample)))
        return;
    struct event e = {
        .kind = EVENT_REQUEST,
        .failed = failed,
        .sample = failed ? 100 : (unsigned)sample,
        .at_ms = at_ms,
        .took_us = p->spent_us[PHASE_TOTAL],
        .number = {[EVENT_QUEUE_US] = -1,
                   [EVENT_DATABASE_US] = p->spent_us[PHASE_DATABASE],
                   [EVENT_CACHE_US] = p->spent_us[PHASE_CACHE],
                   [EVENT_STATEMENTS] = db_statements(j->env->db, true)},
        .text = {[EVENT_ID] = run->operation,
                 [EVENT_NAME] = "JOB",
                 [EVENT_ROUTE] = kind,
                 [EVENT_RESULT] = put_off  ? "later"
                                  : failed ? err_name(run->result)
                                           : "done",
                 [EVENT_ERROR] = ours ? err_name(run->result) : "",
                 [EVENT_DETAIL] = ours ? err_text(run->result) : ""}};
    event_add(j->env->telemetry, &e);
}

/* NOTFOUND when nothing is due. */
static enum err do_one(struct jobs *j)
{
    struct job_run run;
    TRY(do_schedule(j));
    TRY(job_claim(j->env, j->arena, &run));
    const char *kind = job_kind_name(&run, j->tables);
    board_begin(j->board, "", "JOB", run.kind);
    board_route(j->board, kind);
    int64_t at_ms = clock_wall_ms();
    (void)db_statements(j->env->db, true); /* those that looked for it */
    phase_begin(&j->env->phases, -1);
    enum err e = job_perform(&run, j->tables);
    phase_end(&j->env->phases);
    board_took(j->board, kind, &j->env->phases);
    board_end(j->board);
    observe(j, &run, kind, at_ms);
    if (e != ERR_OK)
        log_error(j->env->log, "job.unnoted", "id=%lld kind=%s why=\"%s\"",
                  (long long)run.id, run.kind, run.note.text);
    return e;
}

static void work(struct jobs *j)
{
    while (!stop_asked) {
        enum err e = do_one(j);
        if (e == ERR_NOTFOUND)
            poll(NULL, 0, POLL_MS);
        else if (e != ERR_OK)
            poll(NULL, 0, FAILED_MS);
        if (reopen_asked) {
            log_reopen(j->env->log);
            sender_reopen(j->sender);
        }
        reopen_asked = 0;
        sender_watch(j->sender);
        arena_reset(j->arena);
    }
}

int jobs_run(struct job_env *env, struct sender *sender,
             const struct job_kind *const *tables)
{
    struct jobs j = {.env = env, .sender = sender, .tables = tables};
    char host[64] = "", name[96];
    install_signals();
    gethostname(host, sizeof(host) - 1);
    snprintf(name, sizeof(name), "%s %d", host, (int)getpid());
    env->name = name;
    env->stop = &stop_asked;
    j.arena = arena_new(MAX_ARENA_BYTES, out_of_memory, &j);
    j.board = board_attach();
    board_show(j.board, &env->phases);
    (void)trace_install(j.board, __builtin_frame_address(0));
    ready_notify();
    work(&j);
    arena_free(j.arena);
    return JOBS_OK;
}
