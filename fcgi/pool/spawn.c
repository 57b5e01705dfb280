#include "pool/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "pool/account.h"
#include "pool/apparmor.h"
#include "pool/environment.h"
#include "ready.h"

enum { OWN_VARIABLES = 12 };

/* All a child needs, made before the fork: after it nothing is allocated. */
struct launch {
    char path[PATH_MAX];
    char *const *argv;
    struct environment env;
    char variable[OWN_VARIABLES][PATH_MAX + 32];
    size_t own; /* variables used */
    const struct pool_conf *conf;
    struct rlimit nofile; /* that we were started with */
    int nice;             /* the same */
    bool drop;            /* become this user, of this group */
    struct passwd user;
    gid_t group;
    int ready_fd, board_fd, shm_fd, listen_fd, out_fd, err_fd;
    bool tells; /* the worker writes the ready byte itself */
    pid_t parent;
};

/* --- names --- */

enum err spawn_home_init(struct spawn_home *ret, const char *path,
                         struct err_note *why)
{
    *ret = (struct spawn_home){0};
    ssize_t n =
        readlink("/proc/self/exe", ret->own_dir, sizeof(ret->own_dir) - 1);
    if (n < 0)
        return err_errno(why, ERR_SYSTEM, "/proc/self/exe");
    ret->own_dir[n] = '\0';
    memcpy(ret->program, ret->own_dir, (size_t)n + 1);
    *strrchr(ret->own_dir, '/') = '\0';
    ret->conf_path[0] = '\0';
    if (path == NULL)
        return ERR_OK;
    char cwd[PATH_MAX] = "";
    if (path[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
        return err_errno(why, ERR_SYSTEM, "working directory");
    /* No symbolic link is resolved: a mounted file may be swapped by one. */
    int len = snprintf(ret->conf_path, sizeof(ret->conf_path), "%s%s%s", cwd,
                       path[0] != '/' ? "/" : "", path);
    if (len >= (int)sizeof(ret->conf_path))
        return err_set(why, ERR_CONFIG, "path too long: %s", path);
    return ERR_OK;
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

/* ret_path = dir/name, if that is a program. An empty dir means ".". */
static bool try_dir(const char *dir, size_t n, const char *name,
                    char ret_path[PATH_MAX])
{
    int len = snprintf(ret_path, PATH_MAX, "%.*s/%s", n > 0 ? (int)n : 1,
                       n > 0 ? dir : ".", name);
    return len < PATH_MAX && is_program(ret_path);
}

enum err spawn_find(const char *command, const char *own_dir,
                    char ret_path[PATH_MAX], struct err_note *why)
{
    if (strchr(command, '/') != NULL) {
        if (strlen(command) >= PATH_MAX || !is_program(command))
            return err_set(why, ERR_CONFIG,
                           "%s is not an executable file; build it or correct "
                           "the path",
                           command);
        memcpy(ret_path, command, strlen(command) + 1);
        return ERR_OK;
    }
    if (try_dir(own_dir, strlen(own_dir), command, ret_path))
        return ERR_OK;
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        size_t n = strcspn(at, ":");
        if (try_dir(at, n, command, ret_path))
            return ERR_OK;
        at += n + (at[n] == ':');
    }
    return err_set(why, ERR_CONFIG,
                   "no program %s beside ptpool (%s) or in $PATH; install it "
                   "or write its full path",
                   command, own_dir);
}

static const struct passwd *user_find(const char *user)
{
    if (user[strspn(user, "0123456789")] != '\0')
        return getpwnam(user);
    return getpwuid((uid_t)strtoul(user, NULL, 10));
}

enum err spawn_check_user(const char *user, struct err_note *why)
{
    if (user[0] == '\0' || user_find(user) != NULL)
        return ERR_OK;
    return err_set(why, ERR_CONFIG,
                   "no user \"%s\"; create it (useradd -r %s) or name another",
                   user, user);
}

/* --- before the fork --- */

static void put(struct launch *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(struct launch *l, const char *fmt, ...)
{
    char *variable = l->variable[l->own++];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(variable, sizeof(l->variable[0]), fmt, ap);
    va_end(ap);
    environment_put(&l->env, variable);
}

static enum err make_environment(const struct spawn *sp, struct launch *l,
                                 struct err_note *why)
{
    const char *const *list = sp->conf->environment;
    TRY(environment_init(&l->env, list, OWN_VARIABLES, why));
    if (l->drop) {
        put(l, "HOME=%s", l->user.pw_dir);
        put(l, "USER=%s", l->user.pw_name);
        put(l, "LOGNAME=%s", l->user.pw_name);
    }
    environment_set(&l->env, list);
    put(l, "PTPOOL_BOARD_FD=%d", sp->board_fd);
    put(l, "PTPOOL_SHM_FD=%d", sp->shm_fd);
    put(l, "PTPOOL_SLOT=%zu", sp->slot);
    put(l, "PTPOOL_GENERATION=%" PRId64, sp->generation);
    put(l, "PTPOOL_REQUEST_MS=%" PRId64, sp->conf->request_timeout_ms);
    put(l, "PTPOOL_QUEUE_MS=%" PRId64, sp->conf->queue_timeout_ms);
    put(l, "PTPOOL_SLOW_MS=%" PRId64, sp->conf->slow_request_ms);
    if (l->tells)
        put(l, "PTPOOL_READY_FD=%d", l->ready_fd);
    if (sp->home->conf_path[0] != '\0')
        put(l, "PT_CONF=%s", sp->home->conf_path);
    return ERR_OK;
}

/* A relative path would mean another file after chdir. */
static enum err make_absolute(char path[PATH_MAX], struct err_note *why)
{
    char cwd[PATH_MAX], whole[PATH_MAX];
    if (path[0] == '/')
        return ERR_OK;
    if (getcwd(cwd, sizeof(cwd)) == NULL)
        return err_errno(why, ERR_SYSTEM, "working directory");
    int n = snprintf(whole, sizeof(whole), "%s/%s", cwd, path);
    if (n >= (int)sizeof(whole))
        return err_set(why, ERR_CONFIG, "path too long: %s", path);
    memcpy(path, whole, (size_t)n + 1);
    return ERR_OK;
}

static enum err choose_user(const struct pool_conf *conf, struct launch *l,
                            struct err_note *why)
{
    TRY(spawn_check_user(conf->user, why));
    l->drop = conf->user[0] != '\0' && geteuid() == 0;
    if (l->drop)
        l->user = *user_find(conf->user);
    return account_group(conf->group, &l->group, why);
}

static enum err prepare(const struct spawn *sp, struct launch *l,
                        struct err_note *why)
{
    TRY(spawn_find(sp->conf->command[0], sp->home->own_dir, l->path, why));
    if (sp->conf->chdir[0] != '\0')
        TRY(make_absolute(l->path, why));
    TRY(choose_user(sp->conf, l, why));
    l->conf = sp->conf;
    l->nofile = sp->home->nofile;
    l->nice = sp->home->nice;
    /* exec takes char *const[] and changes nothing; C cannot say so. */
    memcpy(&l->argv, &sp->conf->command, sizeof(l->argv));
    l->tells = sp->conf->ready == POOL_READY_BYTE;
    l->board_fd = sp->board_fd;
    l->shm_fd = sp->shm_fd;
    l->listen_fd = sp->listen_fd;
    l->out_fd = sp->out_fd;
    l->err_fd = sp->err_fd;
    l->parent = getpid();
    return make_environment(sp, l, why);
}

/* --- in the child --- */

static NORETURN void child_fail(const struct launch *l, const char *what,
                                const char *name)
{
    char text[PIPE_BUF];
    int saved = errno;
    text[0] = READY_FAILED;
    int n = snprintf(text + 1, sizeof(text) - 1, "%s%s%s: %s", what,
                     name[0] != '\0' ? " " : "", name, strerror(saved));
    size_t len = (size_t)n + 1;
    (void)fd_write_all(l->ready_fd, text,
                       len < sizeof(text) ? len : sizeof(text));
    _exit(127);
}

static void child_signals(const struct launch *l)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int sig = 1; sig < NSIG; sig++)
        sigaction(sig, &plain, NULL); /* KILL and STOP refuse: fine */
    /* The pipe has no reader when the supervisor was killed. */
    if (l->err_fd >= 0)
        sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_descriptors(const struct launch *l)
{
    int fd = l->listen_fd;
    if (fd < 0 && (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        child_fail(l, "open", "/dev/null");
    if (fd != STDIN_FILENO && dup2(fd, STDIN_FILENO) < 0)
        child_fail(l, "dup2", "listener");
    if ((l->out_fd >= 0 && dup2(l->out_fd, STDOUT_FILENO) < 0) ||
        (l->err_fd >= 0 && dup2(l->err_fd, STDERR_FILENO) < 0))
        child_fail(l, "dup2", "output");
    /* Ours are close-on-exec anyway; these may be a caller's. */
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (fcntl(l->board_fd, F_SETFD, 0) < 0 ||
        fcntl(l->shm_fd, F_SETFD, 0) < 0 ||
        (l->tells && fcntl(l->ready_fd, F_SETFD, 0) < 0))
        child_fail(l, "fcntl", "");
}

static void child_limits(const struct launch *l)
{
    const struct pool_conf *c = l->conf;
    const struct {
        const char *key;
        __rlimit_resource_t what;
        int64_t value;
    } limits[] = {{"limit_nofile", RLIMIT_NOFILE, c->limit_nofile},
                  {"limit_core", RLIMIT_CORE, c->limit_core},
                  {"limit_as", RLIMIT_AS, c->limit_as}};
    (void)setpriority(PRIO_PROCESS, 0, l->nice); /* later is never refused */
    /* We raised ours; a program may close every number below it. */
    if (l->nofile.rlim_max > 0 && setrlimit(RLIMIT_NOFILE, &l->nofile) != 0)
        child_fail(l, limits[0].key, "");
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        const rlim_t n = (rlim_t)limits[i].value;
        const struct rlimit limit = {.rlim_cur = n, .rlim_max = n};
        if (limits[i].value >= 0 && setrlimit(limits[i].what, &limit) != 0)
            child_fail(l, limits[i].key, "");
    }
}

static void child_user(const struct launch *l)
{
    bool grouped = l->group != (gid_t)-1;
    if (geteuid() != 0)
        return;
    if (l->drop &&
        initgroups(l->user.pw_name, grouped ? l->group : l->user.pw_gid) != 0)
        child_fail(l, "groups of user", l->user.pw_name);
    if (grouped && !l->drop && setgroups(1, &l->group) != 0)
        child_fail(l, "becoming group", l->conf->group);
    if ((grouped || l->drop) &&
        setgid(grouped ? l->group : l->user.pw_gid) != 0)
        child_fail(l, "becoming group", l->conf->group);
    if (l->drop && setuid(l->user.pw_uid) != 0)
        child_fail(l, "becoming user", l->user.pw_name);
}

/* As the user it will be: what it may do here it may do later. */
static void child_place(const struct launch *l)
{
    const struct pool_conf *c = l->conf;
    if (c->umask >= 0)
        umask((mode_t)c->umask);
    if (c->chdir[0] != '\0' && chdir(c->chdir) != 0)
        child_fail(l, "chdir", c->chdir);
    if (c->apparmor_profile[0] != '\0' && !apparmor_enter(c->apparmor_profile))
        child_fail(l, "apparmor_profile", c->apparmor_profile);
    if (c->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        child_fail(l, "no_new_privs", "");
}

static NORETURN void child(const struct launch *l)
{
    setpgid(0, 0); /* the terminal's ^C is for the supervisor */
    child_signals(l);
    child_descriptors(l);
    child_limits(l);
    child_user(l);
    child_place(l);
    /* After the change of user, which would clear it. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        child_fail(l, "parent death signal", "");
    if (getppid() != l->parent)
        _exit(0); /* the supervisor died before the line above */
    execve(l->path, l->argv, l->env.vars);
    child_fail(l, "exec", l->path);
}

/* --- the whole --- */

/* fork() with every signal blocked in the child until it is reset. */
static pid_t fork_blocked(const struct launch *l)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        child(l);
    int saved = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return pid;
}

static enum err launch(const struct spawn *sp, struct launch *l, pid_t *ret_pid,
                       struct err_note *why)
{
    enum err e = prepare(sp, l, why);
    if (e != ERR_OK) {
        environment_done(&l->env);
        return e;
    }
    pid_t pid = fork_blocked(l);
    int saved = errno;
    environment_done(&l->env);
    errno = saved;
    if (pid < 0)
        return err_errno(why, ERR_SYSTEM, "fork");
    *ret_pid = pid;
    return ERR_OK;
}

enum err spawn_worker(const struct spawn *sp, pid_t *ret_pid, int *ret_ready_fd,
                      struct err_note *why)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(why, ERR_SYSTEM, "ready pipe");
    struct launch l = {.ready_fd = ends[1]};
    enum err e = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0
                     ? launch(sp, &l, ret_pid, why)
                     : err_errno(why, ERR_SYSTEM, "ready pipe");
    close(ends[1]);
    if (e == ERR_OK)
        *ret_ready_fd = ends[0];
    else
        close(ends[0]);
    return e;
}
