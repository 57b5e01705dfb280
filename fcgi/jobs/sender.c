#include "jobs/sender.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/telemetry.h"
#include "out/courier.h"
#include "out/ingestion.h"

enum {
    LEAVE_MS = 4000, /* it has so long to end, then KILL; see GRACE_MS there */
    LOOK_MS = 20,
    NICE = 10,
    JOBS_NOT_EXECUTED = 71 /* EX_OSERR */
};

static volatile sig_atomic_t stop_asked, reopen_asked;

static void on_signal(int sig)
{
    if (sig == SIGUSR1)
        reopen_asked = 1;
    else
        stop_asked = 1;
}

/* --- in the child --- */

static void install_signals(void)
{
    static const int taken[] = {SIGTERM, SIGQUIT, SIGINT, SIGUSR1};
    struct sigaction act = {.sa_handler = on_signal};
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        sigaction(taken[i], &act, NULL);
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
    sigaction(SIGXFSZ, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
}

enum err sender_serve(const struct config *conf, struct log *log,
                      struct err_note *why)
{
    struct courier *courier = NULL;
    const struct courier_conf cc = {.conf = conf,
                                    .log = log,
                                    .version = PT_COMMIT,
                                    .stop = &stop_asked,
                                    .reopen = &reopen_asked};
    install_signals();
    prctl(PR_SET_NAME, "pttelemetry");
    (void)setpriority(PRIO_PROCESS, 0, NICE); /* pages come first */
    TRY(courier_new(&cc, &courier, why));
    courier_run(courier);
    courier_free(courier);
    return ERR_OK;
}

/* --- in ptjobs --- */

/* Nothing that ptjobs has open is for it. */
static NORETURN void be_the_child(const struct sender *s, pid_t parent)
{
    char name[] = "ptjobs", mode[] = "--telemetry", option[] = "-c";
    char *words[] = {name, mode, NULL, NULL, NULL};
    char *path = s->path != NULL ? strdup(s->path) : NULL;
    if (path != NULL) {
        words[2] = option;
        words[3] = path;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent &&
        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        execv("/proc/self/exe", words);
    _exit(JOBS_NOT_EXECUTED);
}

static void start(struct sender *s)
{
    pid_t self = getpid(), pid = fork();
    if (pid == 0)
        be_the_child(s, self);
    s->begun_ms = clock_ms();
    if (pid < 0)
        log_error(s->log, "telemetry.off", "fork: %s", strerror(errno));
    s->pid = pid > 0 ? pid : 0;
}

enum err sender_start(struct sender *s, const struct config *conf,
                      const char *path, struct log *log, struct err_note *why)
{
    struct ingestion *in = NULL;
    struct ingestion_conf ic = {.connection = conf->telemetry.connection,
                                .ca_file = conf->telemetry.ca_file,
                                .timeout_ms = conf->telemetry.timeout_ms};
    *s = (struct sender){.conf = conf,
                         .path = path,
                         .log = log,
                         .wait_ms = SENDER_FIRST_WAIT_MS};
    if (!telemetry_is_on(conf))
        return ERR_OK;
    TRY(ingestion_new(&ic, &in, why));
    ingestion_free(in);
    start(s);
    return ERR_OK;
}

/* True when the child is there no more. */
static bool has_ended(struct sender *s)
{
    int status = 0;
    if (s->pid == 0)
        return true;
    if (waitpid(s->pid, &status, WNOHANG) == 0)
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        log_warn(s->log, "telemetry.ended", "pid=%d %s %d", (int)s->pid,
                 WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    s->pid = 0;
    if (clock_ms() - s->begun_ms >= SENDER_STEADY_MS)
        s->wait_ms = SENDER_FIRST_WAIT_MS;
    return true;
}

void sender_watch(struct sender *s)
{
    int64_t lived_ms = clock_ms() - s->begun_ms;
    if (!telemetry_is_on(s->conf) || !has_ended(s) || lived_ms < s->wait_ms)
        return;
    s->wait_ms *= 2;
    if (s->wait_ms > SENDER_MAX_WAIT_MS)
        s->wait_ms = SENDER_MAX_WAIT_MS;
    start(s);
}

void sender_reopen(const struct sender *s)
{
    if (s->pid > 0)
        kill(s->pid, SIGUSR1);
}

void sender_stop(struct sender *s)
{
    int64_t until_ms = clock_ms() + LEAVE_MS;
    if (s->pid == 0)
        return;
    kill(s->pid, SIGTERM);
    while (!has_ended(s) && clock_ms() < until_ms)
        poll(NULL, 0, LOOK_MS);
    if (s->pid == 0)
        return;
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    s->pid = 0;
}
