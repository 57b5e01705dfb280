#include "pool/super.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/spool.h"
#include "pool/control.h"
#include "pool/counters.h"
#include "pool/footprint.h"
#include "pool/notify.h"

enum { EARLIER_TURN = 10 }; /* of nice(2): before workers, not before all */

/* --- signals --- */

static void on_term(struct super *s)
{
    super_stop(s, s->life != LIFE_SERVING);
}

static void on_int(struct super *s)
{
    super_stop(s, true);
}

static void on_hup(struct super *s)
{
    if (s->life == LIFE_SERVING)
        (void)reload_request(s);
}

static void on_usr1(struct super *s)
{
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    log_reopen(s->env.log);
    for (size_t i = 0; i < n; i++)
        pool_reopen(all[i]);
    log_info(s->env.log, "log.reopened", "file=%s", s->conf->log.file);
}

static void on_usr2(struct super *s)
{
    upgrade_request(s);
}

enum err super_scale(struct super *s, size_t i, int64_t n, struct err_note *why)
{
    int64_t most = s->conf->supervisor.worker_limit, others = 0;
    for (size_t k = 0; k < s->n_pools; k++) {
        struct pool_status at;
        pool_status(s->pools[k], clock_ms(), &at);
        others += k != i ? at.max : 0;
    }
    if (most > 0 && others + n > most)
        return err_set(why, ERR_INVALID,
                       "%s: %" PRId64 " workers and up to %" PRId64
                       " of other pools are more than supervisor.worker_limit, "
                       "%" PRId64,
                       pool_name(s->pools[i]), n, others, most);
    return pool_scale(s->pools[i], n, why);
}

static void scale_by(struct super *s, int more)
{
    struct pool_status at;
    struct err_note why;
    for (size_t i = 0; i < s->n_pools; i++) {
        pool_status(s->pools[i], clock_ms(), &at);
        if (!at.listens)
            continue;
        if (super_scale(s, i, at.configured + more, &why) != ERR_OK)
            log_warn(s->env.log, "pool.scaled", "refused: %s", why.text);
        return;
    }
}

static void on_ttin(struct super *s)
{
    scale_by(s, 1);
}

static void on_ttou(struct super *s)
{
    scale_by(s, -1);
}

/* As process 1 it buries everybody's children, not only its own. */
static void on_chld(struct super *s)
{
    struct ending end;
    struct rusage used;
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    while ((end.pid = wait4(-1, &end.status, WNOHANG, &used)) > 0) {
        if (upgrade_reap(s, end.pid, end.status))
            continue;
        size_t i = 0;
        end.peak_bytes = (int64_t)used.ru_maxrss * 1024;
        while (i < n && !pool_reap(all[i], &end, clock_ms()))
            i++;
        if (i == n)
            log_debug(s->env.log, "stranger.reaped", "pid=%d", (int)end.pid);
    }
}

static const struct {
    int sig;
    void (*fn)(struct super *s); /* NULL: ignored */
} signal_table[] = {{SIGTERM, on_term}, {SIGQUIT, on_term}, {SIGINT, on_int},
                    {SIGHUP, on_hup},   {SIGUSR1, on_usr1}, {SIGCHLD, on_chld},
                    {SIGUSR2, on_usr2}, {SIGTTIN, on_ttin}, {SIGTTOU, on_ttou},
                    {SIGPIPE, NULL}};

static void on_signal(void *arg, uint32_t events UNUSED)
{
    struct super *s = arg;
    struct signalfd_siginfo info;
    if (read(s->signals.fd, &info, sizeof(info)) != sizeof(info))
        return;
    for (size_t i = 0; i < ARRAY_LEN(signal_table); i++)
        if (signal_table[i].sig == (int)info.ssi_signo &&
            signal_table[i].fn != NULL)
            signal_table[i].fn(s);
}

static enum err open_signals(struct super *s, struct err_note *why)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(signal_table); i++) {
        /* An inherited SIG_IGN would keep a signal from the descriptor. */
        sigaction(signal_table[i].sig,
                  &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
        sigaddset(&set, signal_table[i].sig);
    }
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return err_errno(why, ERR_SYSTEM, "blocking signals");
    s->signals = (struct source){
        .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
        .fn = on_signal,
        .arg = s,
    };
    if (s->signals.fd < 0)
        return err_errno(why, ERR_SYSTEM, "signalfd");
    return loop_add(&s->env.loop, &s->signals, EPOLLIN, why);
}

/* --- the admin sockets --- */

static enum err open_door(struct super *s, const char *key, const char *path,
                          bool control, struct err_note *why)
{
    char address[MAX_CONF_VALUE_BYTES + 8];
    struct err_note what;
    if (path[0] == '\0')
        return ERR_OK;
    bool given = false;
    int inherited = inherit_take(
        &s->inherit, control ? INHERIT_CONTROL : INHERIT_HEALTH, &given);
    snprintf(address, sizeof(address), "%s%s",
             conf_is_path(path) ? "unix:" : "", path);
    const struct listen_spec spec = {
        .address = address,
        .owner = "",
        .mode = control ? 0600 : s->conf->supervisor.health_mode,
        .group = control ? "" : s->conf->supervisor.health_group,
        .backlog = ADMIN_BACKLOG,
        .nonblocking = true,
        .inherited = inherited > 0 ? inherited : 0,
        .ours = !given};
    enum err e = admin_listen(s->admin, &spec, control, &what);
    if (e != ERR_OK)
        return err_set(why, e, "supervisor.%s: %s", key, what.text);
    return ERR_OK;
}

static enum err open_admin(struct super *s, struct err_note *why)
{
    TRY(admin_new(&s->env.loop, control_routes, s, &s->admin, why));
    TRY(open_door(s, "health_socket", s->conf->supervisor.health_socket, false,
                  why));
    return open_door(s, "control_socket", s->conf->supervisor.control_socket,
                     true, why);
}

/* --- the pid file --- */

static enum err write_pid_file(const struct super *s, struct err_note *why)
{
    const char *path = s->conf->supervisor.pid_file;
    if (path[0] == '\0')
        return ERR_OK;
    char text[32];
    CLEANUP(fd_done)
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    if (fd < 0 || !fd_write_all(fd, text, (size_t)n))
        return err_errno(why, ERR_SYSTEM,
                         "supervisor.pid_file: cannot write %s", path);
    return ERR_OK;
}

/* Whom the file names; 0 nobody. */
static pid_t read_pid_file(const struct super *s)
{
    const char *path = s->conf->supervisor.pid_file;
    struct buf text;
    pid_t pid = 0;
    buf_init(&text, 64);
    if (path[0] != '\0' && fd_read_file(path, &text, NULL) == ERR_OK)
        pid = (pid_t)strtol(buf_str(&text), NULL, 10);
    buf_done(&text);
    return pid > 0 ? pid : 0;
}

/* Only the file that names us: a successor may have written its own. */
static void remove_pid_file(const struct super *s)
{
    if (read_pid_file(s) == getpid())
        unlink(s->conf->supervisor.pid_file);
}

/* Ended, though its parent may not have buried it yet. */
static bool has_ended(pid_t pid)
{
    char path[64];
    struct buf text;
    if (kill(pid, 0) != 0)
        return errno == ESRCH;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    buf_init(&text, 1024);
    bool read = fd_read_file(path, &text, NULL) == ERR_OK;
    const char *state = read ? strrchr(buf_str(&text), ')') : NULL;
    bool zombie = state != NULL && strlen(state) > 2 && state[2] == 'Z';
    buf_done(&text);
    return zombie;
}

/* One that was killed: its workers finish their requests and leave. */
static void find_predecessor(struct super *s)
{
    pid_t pid = read_pid_file(s);
    if (pid == 0 || pid == getpid() || !has_ended(pid))
        return;
    s->env.predecessor = pid;
    log_info(s->env.log, "pool.follows",
             "the supervisor before (pid %d) did not end in order; its workers "
             "finish and leave",
             (int)pid);
}

/* --- making and ending --- */

/*
 * The container form: spawn-fcgi made the socket, and the file names the
 * address it would have without it. Returns the address to use.
 */
static const char *address_of(const struct super *s, const struct pool_conf *c)
{
    if (inherit_is_stdin(&s->inherit, c->name))
        return "fd:0";
    if (s->conf->n_pools != 1 || c->listen[0] == '\0' ||
        !listen_is_listener(STDIN_FILENO) || strcmp(c->listen, "fd:0") == 0)
        return c->listen;
    log_info(s->env.log, "pool.inherited",
             "pool=%s takes the listening socket on fd 0 instead of %s",
             c->name, c->listen);
    return "fd:0";
}

/* Workers that a supervisor before us, in this process, has left to us. */
static void adopt_workers(struct super *s, struct pool *p)
{
    const struct inherit *in = &s->inherit;
    for (size_t i = 0; i < in->n_workers; i++)
        if (strcmp(in->workers[i].pool, pool_name(p)) == 0)
            pool_adopt(p, &in->workers[i], clock_ms());
}

static enum err open_pools(struct super *s, struct err_note *why)
{
    for (int64_t i = 0; i < s->conf->n_pools; i++) {
        const struct pool_conf *c = &s->conf->pools[i];
        const struct pool_place place = {.address = address_of(s, c),
                                         .generation = s->last_generation};
        TRY(pool_new(&s->env, c, &place, &s->pools[s->n_pools], why));
        adopt_workers(s, s->pools[s->n_pools++]);
    }
    return ERR_OK;
}

/* What the program before has counted; what it says is looked at. */
static void restore_counters(struct super *s)
{
    CLEANUP(fd_done)
    int fd = inherit_take(&s->inherit, INHERIT_COUNTERS, NULL);
    bool all = true;
    for (size_t i = 0; fd >= 0 && i < s->n_pools; i++)
        all = counters_restore(fd, s->pools[i]) && all;
    if (!all)
        log_warn(s->env.log, "upgrade.counters",
                 "some of what was counted before made no sense, and begins "
                 "anew");
}

/* Empty: what the workers do with it, and its size, is their business. */
static enum err open_memory(struct super *s, struct err_note *why)
{
    s->env.oom_kills = footprint_oom_kills(OOM_KILLS_PATH);
    s->env.shm_fd = inherit_take(&s->inherit, INHERIT_MEMORY, NULL);
    if (s->env.shm_fd >= 0)
        return ERR_OK;
    s->env.shm_fd =
        memfd_create("ptpool-workers", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (s->env.shm_fd < 0)
        return err_errno(why, ERR_SYSTEM, "memory for the workers");
    return ERR_OK;
}

/*
 * Each worker takes three descriptors here; it gets back our first limit. And
 * who asks how the workers are shall not wait for all of them: we do little,
 * and that before they go on. Without the right to it we take our turn.
 */
void super_limit(struct super *s, bool raised)
{
    struct rlimit limit = s->env.home.nofile;
    if (raised)
        limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max > 0)
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* it is enough for most */
    int nice = s->env.home.nice - (raised ? EARLIER_TURN : 0);
    (void)setpriority(PRIO_PROCESS, 0, nice);
}

static enum err open_all(struct super *s, struct err_note *why)
{
    struct log_conf lc = conf_log(s->conf);
    TRY(loop_init(&s->env.loop, why));
    TRY(log_new(&lc, &s->env.log, why));
    find_predecessor(s);
    s->env.outputs =
        (struct output_set){.loop = &s->env.loop, .log = &s->env.log};
    TRY(open_memory(s, why));
    TRY(open_signals(s, why));
    TRY(open_pools(s, why));
    restore_counters(s);
    TRY(open_admin(s, why));
    s->env.predecessor = 0; /* what a reload opens was never its */
    size_t closed = inherit_done(&s->inherit);
    if (closed > 0)
        log_warn(s->env.log, "pool.inherited",
                 "%zu inherited sockets closed: none of the pools has their "
                 "name",
                 closed);
    return write_pid_file(s, why);
}

enum err super_new(const char *conf_path, const struct spawn_home *home,
                   struct arena *arena, const struct config *conf,
                   struct super **ret_super, struct err_note *why)
{
    struct super *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return err_errno(why, ERR_SYSTEM, "supervisor");
    s->env.home = *home;
    if (getrlimit(RLIMIT_NOFILE, &s->env.home.nofile) != 0)
        s->env.home.nofile = (struct rlimit){0};
    s->env.home.nice = getpriority(PRIO_PROCESS, 0);
    super_limit(s, true);
    s->env.loop.epoll_fd = s->env.shm_fd = -1;
    s->signals.fd = -1;
    s->conf_path = conf_path;
    s->conf = s->env.conf = conf;
    inherit_read(&s->inherit);
    s->env.inherit = &s->inherit;
    notify_init();
    s->last_generation = s->inherit.generation + 1;
    s->started_ms = clock_ms();
    enum err e = open_all(s, why);
    if (e != ERR_OK) {
        super_free(s); /* the arena stays the caller's */
        return e;
    }
    s->arena = arena;
    *ret_super = s;
    return ERR_OK;
}

struct super *super_free(struct super *s)
{
    if (s == NULL)
        return NULL;
    s->admin = admin_free(s->admin);
    output_set_done(&s->env.outputs);
    change_done(s);
    for (size_t i = 0; i < s->n_pools; i++)
        pool_free(s->pools[i]);
    remove_pid_file(s);
    loop_remove(&s->env.loop, &s->signals);
    fd_done(&s->signals.fd);
    fd_done(&s->env.shm_fd);
    loop_done(&s->env.loop);
    spool_free(s->env.telemetry);
    log_free(s->env.log);
    arena_free(s->arena);
    free(s);
    return NULL;
}

/* --- running --- */

void super_stop(struct super *s, bool hurry)
{
    if (s->life == LIFE_HURRYING || (s->life == LIFE_DRAINING && !hurry))
        return;
    s->life = hurry ? LIFE_HURRYING : LIFE_DRAINING;
    notify_send("STOPPING=1");
    log_info(s->env.log, "pool.stopping", "%s",
             hurry ? "at once" : "requests are finished first");
    reload_cancel(s, "ptpool is stopping");
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    for (size_t i = 0; i < n; i++)
        pool_stop(all[i], hurry, clock_ms());
}

static bool is_over(const struct super *s)
{
    if (s->life == LIFE_SERVING)
        return false;
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    for (size_t i = 0; i < n; i++)
        if (!pool_idle(all[i]))
            return false;
    return true;
}

static void settle(struct super *s)
{
    int64_t now = clock_ms();
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    for (size_t i = 0; i < n; i++)
        pool_tick(all[i], now);
    admin_tick(s->admin, now);
    upgrade_tick(s, now);
    do {
        n = change_all(s, all);
        for (size_t i = 0; i < n; i++)
            pool_balance(all[i], now);
    } while (reload_step(s));
    change_tick(s);
    s->waits_for_console = output_set_tick(&s->env.outputs);
}

/* Milliseconds until something is due; -1 nothing is. */
static int64_t until_next(const struct super *s)
{
    int64_t next = admin_next_ms(s->admin), now = clock_ms();
    if (s->upgrade.tester > 0 && (next == 0 || s->upgrade.deadline_ms < next))
        next = s->upgrade.deadline_ms;
    if (s->waits_for_console && (next == 0 || now + OUTPUT_PAUSE_MS < next))
        next = now + OUTPUT_PAUSE_MS;
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    for (size_t i = 0; i < n; i++) {
        int64_t at = pool_next_ms(all[i]);
        if (at > 0 && (next == 0 || at < next))
            next = at;
    }
    if (next == 0)
        return -1;
    return next > now ? next - now : 0;
}

/* Once, when every pool has all its workers, and none of a program before. */
static void tell_ready(struct super *s)
{
    for (size_t i = 0; i < s->n_pools; i++)
        if (pool_rolling(s->pools[i]) != ROLL_DONE)
            return;
    s->told_ready = true;
    notify_send("READY=1\nSTATUS=all workers are ready");
    log_info(s->env.log, "pool.ready", "start_ms=%" PRId64,
             clock_ms() - s->started_ms);
}

void super_run(struct super *s)
{
    log_info(s->env.log, "pool.running", "pid=%d pools=%zu file=%s",
             (int)getpid(), s->n_pools,
             s->conf_path != NULL ? s->conf_path : "none");
    for (;;) {
        settle(s);
        if (is_over(s))
            break;
        if (!s->told_ready)
            tell_ready(s);
        loop_once(&s->env.loop, until_next(s));
    }
    log_info(s->env.log, "pool.stopped", "all workers have ended");
}
