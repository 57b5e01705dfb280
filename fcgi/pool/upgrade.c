#include "pool/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "pool/counters.h"
#include "pool/inherit.h"
#include "pool/notify.h"
#include "pool/super.h"

enum { MAX_STATE_BYTES = 96 << 10 }; /* of one variable, MAX_ARG_STRLEN */

static void refuse(const struct super *s, const char *why)
{
    log_error(s->env.log, "upgrade.refused", "this program goes on; %s", why);
}

/* --- the trial --- */

/* -c must follow the program: the test needs the same file. */
static NORETURN void run_test(const struct super *s)
{
    const char *conf = s->env.home.conf_path;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (conf[0] != '\0')
        execl(s->env.home.program, "ptpool", "--test", "-c", conf, NULL);
    else
        execl(s->env.home.program, "ptpool", "--test", NULL);
    _exit(127);
}

void upgrade_request(struct super *s)
{
    struct err_note why;
    if (s->life != LIFE_SERVING || s->upgrade.tester > 0)
        return;
    if (s->reload.active || s->reload.again) {
        refuse(s, "a reload is under way; ask again after it");
        return;
    }
    if (reload_try(s, &why) != ERR_OK) {
        refuse(s, why.text);
        return;
    }
    s->upgrade.deadline_ms = clock_ms() + UPGRADE_TEST_MS;
    s->upgrade.tester = fork();
    if (s->upgrade.tester == 0)
        run_test(s);
    if (s->upgrade.tester < 0) {
        s->upgrade.tester = 0;
        refuse(s, "no process for its test");
    }
}

void upgrade_tick(struct super *s, int64_t now_ms)
{
    if (s->upgrade.tester > 0 && now_ms >= s->upgrade.deadline_ms)
        kill(s->upgrade.tester, SIGKILL);
}

/* --- the exec --- */

static void add_open(struct buf *state, const char *name, int fd)
{
    if (fd > STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0)
        buf_addf(state, " socket:%s=%d", name, fd);
}

static void add_listener(struct buf *state, const struct pool *p)
{
    const struct listener *l = pool_listener(p);
    if (!l->given)
        add_open(state, pool_name(p), l->fd);
    else if (l->fd == STDIN_FILENO || fcntl(l->fd, F_SETFD, 0) == 0)
        buf_addf(state, " given:%s=%d", pool_name(p), l->fd);
}

static void add_workers(struct super *s, struct buf *state,
                        const struct pool *p)
{
    struct worker_status w;
    size_t at = 0;
    while (pool_next_worker(p, &at, clock_ms(), &w)) {
        if (w.pid == 0)
            continue;
        buf_addf(state, " %s:%s=%d", w.state == ST_READY ? "ready" : "ending",
                 pool_name(p), (int)w.pid);
        output_keep(&s->env.outputs, w.pid, state);
    }
}

/* What inherit.c reads. All that is named here survives the exec. */
static void write_state(struct super *s, struct buf *state)
{
    buf_addf(state, "generation:=%" PRId64, s->last_generation);
    add_open(state, INHERIT_HEALTH, admin_door(s->admin, false));
    add_open(state, INHERIT_CONTROL, admin_door(s->admin, true));
    add_open(state, INHERIT_MEMORY, s->env.shm_fd);
    s->upgrade.counters = counters_save(s->pools, s->n_pools);
    add_open(state, INHERIT_COUNTERS, s->upgrade.counters);
    for (size_t i = 0; i < s->n_pools; i++) {
        add_listener(state, s->pools[i]);
        add_workers(s, state, s->pools[i]);
    }
    output_keep_orphans(&s->env.outputs, state);
}

/* It did not happen: what was to survive it shall not survive another one. */
static void take_back(struct super *s)
{
    output_take_back(&s->env.outputs);
    fd_done(&s->upgrade.counters);
    super_limit(s, true);
    unsetenv("PTPOOL_UPGRADE");
    notify_init();
    fcntl(admin_door(s->admin, false), F_SETFD, FD_CLOEXEC);
    fcntl(admin_door(s->admin, true), F_SETFD, FD_CLOEXEC);
    fcntl(s->env.shm_fd, F_SETFD, FD_CLOEXEC);
    for (size_t i = 0; i < s->n_pools; i++)
        if (pool_listener(s->pools[i])->fd > STDERR_FILENO)
            fcntl(pool_listener(s->pools[i])->fd, F_SETFD, FD_CLOEXEC);
}

static void execute(struct super *s)
{
    struct buf state;
    struct err_note why;
    const char *conf = s->env.home.conf_path;
    buf_init(&state, MAX_STATE_BYTES);
    write_state(s, &state);
    if (!buf_ok(&state)) {
        buf_done(&state);
        take_back(s);
        refuse(s, "too many workers to name");
        return;
    }
    setenv("PTPOOL_UPGRADE", buf_str(&state), 1);
    super_limit(s, false);
    notify_keep();
    buf_done(&state);
    log_info(s->env.log, "upgrade.exec", "program=%s", s->env.home.program);
    log_drain(s->env.log);
    if (conf[0] != '\0')
        execl(s->env.home.program, "ptpool", "-c", conf, NULL);
    else
        execl(s->env.home.program, "ptpool", NULL);
    err_errno(&why, ERR_SYSTEM, "%s", s->env.home.program);
    take_back(s);
    refuse(s, why.text);
}

bool upgrade_reap(struct super *s, pid_t pid, int status)
{
    struct err_note why;
    if (pid != s->upgrade.tester)
        return false;
    s->upgrade.tester = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (s->change.n_leaving > 0)
            refuse(s, "a reload came between; ask again");
        else if (s->life == LIFE_SERVING && !s->reload.active)
            execute(s);
        return true;
    }
    err_set(&why, ERR_CONFIG,
            "the test of %s %s %d; run it with --test to see why",
            s->env.home.program,
            WIFEXITED(status) ? "ended with status" : "was ended by signal",
            WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    refuse(s, why.text);
    return true;
}
