#include "base/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

enum {
    MAX_WORDS_BYTES = 2048, /* of what it said that are looked at */
    CANNOT_RUN = 127
};

enum err tool_pipe(int ret_ends[2], struct err_note *why)
{
    if (pipe2(ret_ends, O_CLOEXEC) != 0)
        return err_errno(why, ERR_SYSTEM, "pipe");
    return ERR_OK;
}

static int set_stream(posix_spawn_file_actions_t *actions, int fd, int at)
{
    if (fd < 0)
        return posix_spawn_file_actions_addopen(actions, at, "/dev/null",
                                                O_RDWR, 0);
    return posix_spawn_file_actions_adddup2(actions, fd, at);
}

/* Signals that we ignore are not to be ignored by it. */
static int spawn(struct tool *c, const char *const *argv,
                 const char *const *env, int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t usual;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    sigfillset(&usual);
    posix_spawnattr_setsigdefault(&attr, &usual);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int rc = set_stream(&actions, in, STDIN_FILENO);
    if (rc == 0)
        rc = set_stream(&actions, out, STDOUT_FILENO);
    if (rc == 0)
        rc = set_stream(&actions, c->errors, STDERR_FILENO);
    if (rc == 0) /* it takes char *const *, and changes nothing */
        rc = posix_spawnp(&c->pid, argv[0], &actions, &attr,
                          (char *const *)(uintptr_t)argv,
                          (char *const *)(uintptr_t)env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

enum err tool_start(struct tool *c, const char *const *argv,
                    const char *const *env, int in, int out,
                    struct err_note *why)
{
    *c = (struct tool){.name = argv[0], .errors = -1};
    c->errors = memfd_create("errors", MFD_CLOEXEC);
    if (c->errors < 0)
        return err_errno(why, ERR_SYSTEM, "memfd_create");
    int rc = spawn(c, argv, env, in, out);
    if (rc == 0)
        return ERR_OK;
    fd_done(&c->errors);
    errno = rc;
    return err_errno(why, ERR_SYSTEM, "%s cannot be run", argv[0]);
}

static pid_t wait_for(pid_t pid, int *ret_status)
{
    pid_t got;
    do {
        got = waitpid(pid, ret_status, 0);
    } while (got < 0 && errno == EINTR);
    return got;
}

void tool_kill(struct tool *c)
{
    kill(-c->pid, SIGKILL);
    wait_for(c->pid, NULL);
    fd_done(&c->errors);
}

/* The line that tells of the error, or else the first one; text has room. */
static const char *words_of(int fd, char *text, size_t room)
{
    ssize_t n = pread(fd, text, room - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    char *line = text;
    for (char *at = text; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
        at += *at == '\n';
        size_t end = strcspn(at, "\n");
        if (memmem(at, end, "error", 5) != NULL ||
            memmem(at, end, "ERROR", 5) != NULL) {
            line = at;
            break;
        }
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

enum err tool_wait(struct tool *c, struct err_note *why)
{
    char text[MAX_WORDS_BYTES];
    int status = 0;
    pid_t got = wait_for(c->pid, &status);
    const char *words = words_of(c->errors, text, sizeof(text));
    fd_done(&c->errors);
    if (got < 0)
        return err_errno(why, ERR_SYSTEM, "waiting for %s", c->name);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return ERR_OK;
    if (words[0] != '\0')
        return err_set(why, ERR_UNAVAIL, "%s", words);
    /* where posix_spawn() cannot tell by itself: POSIX, exit status */
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN)
        return err_set(why, ERR_SYSTEM, "%s cannot be run", c->name);
    if (WIFSIGNALED(status))
        return err_set(why, ERR_UNAVAIL, "%s was ended by signal %d", c->name,
                       WTERMSIG(status));
    return err_set(why, ERR_UNAVAIL, "%s ended with status %d", c->name,
                   WEXITSTATUS(status));
}
