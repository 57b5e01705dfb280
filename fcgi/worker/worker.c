#include "worker/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "board.h"
#include "ready.h"
#include "trace.h"
#include "web/after.h"
#include "web/dispatch.h"
#include "web/fcgi.h"
#include "web/route.h"
#include "worker/observe.h"

enum {
    MAX_WAIT_MS = 3600 * 1000,
    PATIENT_MS = 100, /* who waits for less has not left */
    UNKNOWN = -1
};

/* Milliseconds; 0 none. Of the supervisor: it knows the pool. */
struct limits {
    int64_t request_ms; /* from the first byte to the answer */
    int64_t queue_ms;   /* from nginx to a worker */
    int64_t slow_ms;    /* when the supervisor asks where it is */
};

struct worker {
    struct app *app;
    struct limits limits;
    struct arena *arena;
    struct fcgi *fcgi;
    struct board *board;
    sigset_t inside; /* signals that a page at work may get; else blocked */
    bool gets_some;
    struct spool *telemetry; /* NULL: none */
    struct resp resp;
};

static volatile sig_atomic_t stop_asked, reopen_asked, refused_late;
static struct worker *present; /* for the handler of SIGUSR2 */

static void on_signal(int sig)
{
    if (sig == SIGUSR1)
        reopen_asked = 1;
    else
        stop_asked = 1;
}

/* The supervisor finds that the present request takes too long. The page goes
 * on; what it changes is changed, only its answer is not waited for. */
static void on_late(int sig UNUSED)
{
    const struct worker *w = present;
    if (fcgi_refuse_late(w->fcgi, w->limits.request_ms))
        refused_late = 1;
}

/* The value of NAME in "NAME=value" strings; "" when it is not there. */
static const char *variable(char *const *env, const char *name)
{
    size_t n = strlen(name);
    for (; *env != NULL; env++)
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
            return *env + n + 1;
    return "";
}

/* The present request got its answer from no page. */
static void observe(const struct worker *w, struct observe_other o)
{
    char *const *env = fcgi_environment(w->fcgi);
    o.id = variable(env, "REQUEST_ID");
    o.method = variable(env, "REQUEST_METHOD");
    o.client = variable(env, "REMOTE_ADDR");
    observe_other(w->telemetry, &o);
}

/*
 * A request wanted more memory than it may have: its client gets a 500, and
 * this process, whose state nobody vouches for any more, ends; the
 * supervisor starts another.
 */
static void out_of_memory(void *arg)
{
    static const char body[] =
        "Error 500. La solicitud pidió demasiada memoria.\n";
    struct worker *w = arg;
    struct resp *r = &w->resp;
    log_error(w->app->log, "request.memory", "limit_bytes=%d", MAX_ARENA_BYTES);
    resp_reset(r);
    r->status = 500;
    resp_header(r, "Content-Type", "text/plain; charset=utf-8");
    buf_adds(&r->body, body);
    fcgi_send(w->fcgi, r);
    observe(w, (struct observe_other){.status = 500,
                                      .queue_us = UNKNOWN,
                                      .error = "MEMORY",
                                      .detail = "more than it may have"});
    fcgi_finish(w->fcgi);
    _exit(WORKER_NO_MEMORY);
}

/* Installed before libfcgi is: it would set its own, without SA_RESTART. */
static void install_signals(sigset_t *ret_waiting)
{
    static const int taken[] = {SIGTERM, SIGQUIT, SIGINT, SIGUSR1};
    struct sigaction act = {.sa_handler = on_signal};
    sigset_t blocked;
    sigemptyset(&act.sa_mask);
    sigemptyset(&blocked);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        sigaction(taken[i], &act, NULL);
        sigaddset(&blocked, taken[i]);
    }
    /* These come only while pages are served, see let_in(). */
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, TRACE_SIGNAL);
    act.sa_handler = on_late;
    act.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &act, NULL);
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
    sigaction(SIGXFSZ, &act, NULL); /* the write fails instead */
    sigaction(SIGHUP, &act, NULL);
    sigprocmask(SIG_BLOCK, &blocked, ret_waiting);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        sigdelset(ret_waiting, taken[i]);
    sigaddset(ret_waiting, SIGUSR2);
    sigaddset(ret_waiting, TRACE_SIGNAL);
}

/* Once for all pages: between two of them these handlers do nothing. */
static void let_in(const struct worker *w, bool yes)
{
    if (w->gets_some)
        sigprocmask(yes ? SIG_UNBLOCK : SIG_BLOCK, &w->inside, NULL);
}

/* What the scoreboard shows of a request: no query string, it may be secret. */
static void announce(struct worker *w, char *const *env)
{
    const char *uri = variable(env, "REQUEST_URI");
    board_begin(w->board, variable(env, "REQUEST_ID"),
                variable(env, "REQUEST_METHOD"),
                arena_dup(w->arena, uri, strcspn(uri, "?")));
}

/* How long it took from nginx to here, by "REQUEST_START=1700000000.123". */
static int64_t waited_ms(char *const *env)
{
    const char *start = variable(env, "REQUEST_START");
    double waited = (double)clock_wall_ms() - strtod(start, NULL) * 1000;
    /* Clocks may be set: what makes no sense says nothing. */
    return start[0] != '\0' && waited >= 0 && waited < MAX_WAIT_MS
               ? (int64_t)waited
               : UNKNOWN;
}

static int64_t to_us(int64_t ms)
{
    return ms != UNKNOWN ? ms * 1000 : UNKNOWN;
}

static void shed(const struct worker *w, char *const *env, int64_t waited)
{
    const struct phases took = {.seen = {[PHASE_QUEUE] = true},
                                .spent_us = {[PHASE_QUEUE] = to_us(waited)}};
    log_set_request(w->app->log, variable(env, "REQUEST_ID"));
    log_warn(w->app->log, "request.shed", "waited_ms=%" PRId64, waited);
    log_set_request(w->app->log, NULL);
    board_took(w->board, NULL, &took);
    board_count(w->board, BOARD_SHED);
    observe(w, (struct observe_other){.status = 503,
                                      .queue_us = to_us(waited),
                                      .detail = "waited too long"});
}

/* Nobody works for a client who waited too long, or waits no more. */
static bool is_in_vain(const struct worker *w, char *const *env, int64_t waited)
{
    if (w->limits.queue_ms > 0 && waited > w->limits.queue_ms) {
        shed(w, env, waited);
        return true;
    }
    if ((waited == UNKNOWN || waited > PATIENT_MS) &&
        fcgi_client_left(w->fcgi)) {
        board_count(w->board, BOARD_GONE);
        return true;
    }
    return false;
}

/* Makes the page and sends it; the name of its route. */
static const char *answer_page(struct worker *w, char *const *env)
{
    struct ctx *c =
        dispatch(w->app, w->arena, env, fcgi_read_body, w->fcgi, &w->resp);
    phase_enter(&w->app->phases, PHASE_WRITE);
    if (!fcgi_send(w->fcgi, &w->resp))
        log_info(w->app->log, "client.gone", "before the response was sent");
    fcgi_hang_up(w->fcgi); /* nobody waits, its environment stays */
    if (c->after != NULL) {
        phase_enter(&w->app->phases, PHASE_AFTER);
        after_run(c);
    }
    phase_end(&w->app->phases);
    observe_page(w->telemetry, c, refused_late != 0);
    fcgi_finish(w->fcgi);
    return c->route != NULL ? c->route->name : NULL;
}

static void answer(struct worker *w)
{
    char *const *env = fcgi_environment(w->fcgi);
    struct phases *phases = &w->app->phases;
    int64_t waited = waited_ms(env);
    if (is_in_vain(w, env, waited)) {
        fcgi_refuse(w->fcgi);
        return;
    }
    announce(w, env);
    phase_begin(phases, to_us(waited));
    const char *route = answer_page(w, env);
    board_took(w->board, route, phases);
    board_end(w->board);
    if (refused_late) {
        board_count(w->board, BOARD_LATE);
        refused_late = 0;
    }
    resp_reset(&w->resp);
    arena_reset(w->arena);
}

static int serve(struct worker *w, const sigset_t *waiting)
{
    while (!stop_asked) {
        switch (fcgi_next(w->fcgi, waiting)) {
        case FCGI_REQUEST:
            answer(w);
            break;
        case FCGI_SIGNAL:
            if (reopen_asked)
                log_reopen(w->app->log);
            reopen_asked = 0;
            break;
        case FCGI_FAILED:
            log_error(w->app->log, "listener.failed", "%s", strerror(errno));
            return WORKER_NO_LISTENER;
        case FCGI_NOTHING:
            break;
        }
    }
    return WORKER_OK;
}

static int prepare(struct worker *w)
{
    const struct config *conf = &w->app->conf;
    struct arena *lasting = arena_new(64 << 10, NULL, NULL);
    struct fcgi_conf fc = {.listener = STDIN_FILENO,
                           .read_timeout_ms = conf->http.read_timeout_ms,
                           .write_timeout_ms = conf->http.write_timeout_ms,
                           .drain_bytes = conf->files.request_bytes,
                           .log = w->app->log};
    struct err_note why = {""};
    int code = WORKER_OK;
    if (peer_list_new(lasting, conf->http.allow, conf->http.allow_users,
                      &fc.peers, &why) != ERR_OK)
        code = WORKER_CONFIG;
    else if (fcgi_new(&fc, &w->fcgi, &why) != ERR_OK)
        code = WORKER_NO_LISTENER;
    if (code != WORKER_OK)
        log_error(w->app->log, "worker.start", "%s", why.text);
    return code;
}

/* A number of the environment; 0 when the supervisor gives none. */
static int64_t limit_of(const char *name)
{
    const char *text = getenv(name);
    long long v = text != NULL ? strtoll(text, NULL, 10) : 0;
    return v > 0 ? v : 0;
}

static void on_route(void *arg, const char *route)
{
    const struct worker *w = arg;
    board_route(w->board, route);
}

/* What the supervisor shall see, and may ask. */
static void prepare_board(struct worker *w, const void *top)
{
    struct app *app = w->app;
    w->board = board_attach();
    board_show(w->board, &app->phases);
    app->on_route = on_route;
    app->on_route_arg = w;
    sigemptyset(&w->inside);
    w->gets_some = w->limits.request_ms > 0;
    if (w->gets_some)
        sigaddset(&w->inside, SIGUSR2);
    if (w->limits.slow_ms > 0 && trace_install(w->board, top)) {
        sigaddset(&w->inside, TRACE_SIGNAL);
        w->gets_some = true;
    }
}

/*
 * A connection that wakes a worker shall not interrupt nginx, which has more to
 * hand out: SCHED_BATCH lets it finish its turn, and the worker then answers
 * them one after the other. Where a processor is idle nothing changes.
 */
static void leave_nginx_its_turn(void)
{
    const struct sched_param none = {0};
    (void)sched_setscheduler(0, SCHED_BATCH, &none); /* only speed is lost */
}

int worker_run(struct app *app)
{
    struct worker w = {.app = app,
                       .limits = {.request_ms = limit_of("PTPOOL_REQUEST_MS"),
                                  .queue_ms = limit_of("PTPOOL_QUEUE_MS"),
                                  .slow_ms = limit_of("PTPOOL_SLOW_MS")}};
    sigset_t waiting;
    present = &w;
    leave_nginx_its_turn();
    install_signals(&waiting);
    int code = prepare(&w);
    if (code != WORKER_OK)
        return code;
    w.arena = arena_new(MAX_ARENA_BYTES, out_of_memory, &w);
    prepare_board(&w, __builtin_frame_address(0));
    w.telemetry = telemetry_open(&app->conf, app->log, "ptworker", PT_COMMIT);
    resp_init(&w.resp);
    ready_notify();
    log_debug(app->log, "worker.ready", "generation=%lld",
              (long long)app->generation);
    let_in(&w, true);
    code = serve(&w, &waiting);
    let_in(&w, false);
    spool_free(w.telemetry);
    fcgi_free(w.fcgi);
    resp_done(&w.resp);
    arena_free(w.arena);
    return code;
}
