#include "pool/inherit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

enum { LISTEN_FDS_START = 3 }; /* SD_LISTEN_FDS_START of systemd */

static void add(struct inherit *in, const char *name, size_t n, int fd)
{
    if (in->n == MAX_INHERITED || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return; /* more than we have names for, or not there */
    snprintf(in->open[in->n].name, sizeof(in->open[0].name), "%.*s", (int)n,
             name);
    in->open[in->n].given = !in->upgraded;
    in->open[in->n++].fd = fd;
}

/* "given:web=5", of an upgrade; descriptor 0 stays what it is. */
static void add_given(struct inherit *in, const char *name, size_t n, int fd)
{
    size_t i = in->n;
    if (fd == STDIN_FILENO)
        snprintf(in->on_stdin, sizeof(in->on_stdin), "%.*s", (int)n, name);
    else
        add(in, name, n, fd);
    if (in->n > i)
        in->open[i].given = true;
}

/* ",FD,FD" */
static void read_pipes(const char *text, int ret_fds[2])
{
    for (size_t i = 0; i < 2; i++) {
        char *end;
        ret_fds[i] = -1;
        if (*text != ',')
            continue;
        int fd = (int)strtol(text + 1, &end, 10);
        if (fd > STDERR_FILENO && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            ret_fds[i] = fd;
        text = end;
    }
}

/* "KIND:POOL=1234" or "KIND:POOL=1234,FD,FD"; kind and value: where they end */
static void add_worker(struct inherit *in, const char *entry, size_t kind,
                       const char *value)
{
    char *end;
    if (in->n_workers == MAX_INHERITED_WORKERS)
        return;
    struct inherit_worker *w = &in->workers[in->n_workers];
    snprintf(w->pool, sizeof(w->pool), "%.*s", (int)(value - entry - kind - 1),
             entry + kind + 1);
    w->pid = (pid_t)strtol(value + 1, &end, 10);
    read_pipes(end, w->fds);
    /* One that has ended meanwhile is buried by this. */
    w->ended = strncmp(entry, "ended", kind) == 0 ||
               waitpid(w->pid, NULL, WNOHANG) != 0;
    w->ready = strncmp(entry, "ready", kind) == 0 && !w->ended;
    if (!w->ended || w->fds[0] >= 0 || w->fds[1] >= 0)
        in->n_workers++;
}

/*
 * "socket:web=7", "given:web=0", "generation:=3", "ready:web=1234,8,9",
 * "ending:web=1235"; "ended:web=1236,10,-1": only its output is left.
 */
static void read_entry(struct inherit *in, const char *entry)
{
    const char *name = strchr(entry, ':');
    const char *value = name != NULL ? strchr(name, '=') : NULL;
    if (value == NULL)
        return;
    size_t kind = (size_t)(name++ - entry), n = (size_t)(value - name);
    long number = strtol(value + 1, NULL, 10);
    if (strncmp(entry, "socket", kind) == 0)
        add(in, name, n, (int)number);
    else if (strncmp(entry, "given", kind) == 0)
        add_given(in, name, n, (int)number);
    else if (strncmp(entry, "generation", kind) == 0)
        in->generation = number;
    else
        add_worker(in, entry, kind, value);
}

static void read_upgrade(struct inherit *in, const char *text)
{
    char *copy = strdup(text), *rest = NULL;
    if (copy == NULL)
        abort();
    in->upgraded = true;
    for (char *entry = strtok_r(copy, " ", &rest); entry != NULL;
         entry = strtok_r(NULL, " ", &rest))
        read_entry(in, entry);
    free(copy);
}

static long number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text != NULL ? strtol(text, NULL, 10) : 0;
}

static void read_systemd(struct inherit *in)
{
    const char *name = getenv("LISTEN_FDNAMES");
    long count = number_of("LISTEN_FDS");
    if (number_of("LISTEN_PID") != getpid())
        return; /* meant for another process */
    for (int fd = LISTEN_FDS_START; fd < LISTEN_FDS_START + count; fd++) {
        size_t n = name != NULL ? strcspn(name, ":") : 0;
        add(in, name != NULL ? name : "", n, fd);
        if (name != NULL)
            name += n + (name[n] == ':');
    }
}

void inherit_read(struct inherit *ret)
{
    static const char *const variables[] = {"PTPOOL_UPGRADE", "LISTEN_PID",
                                            "LISTEN_FDS", "LISTEN_FDNAMES"};
    const char *upgrade = getenv("PTPOOL_UPGRADE");
    memset(ret, 0, sizeof(*ret));
    if (upgrade != NULL)
        read_upgrade(ret, upgrade);
    else
        read_systemd(ret);
    for (size_t i = 0; i < ARRAY_LEN(variables); i++)
        unsetenv(variables[i]);
}

static int take(struct inherit *in, size_t i, bool *ret_given)
{
    int fd = in->open[i].fd;
    in->open[i].fd = -1;
    if (ret_given != NULL)
        *ret_given = in->open[i].given;
    return fd;
}

int inherit_take(struct inherit *in, const char *name, bool *ret_given)
{
    for (size_t i = 0; i < in->n; i++)
        if (strcmp(in->open[i].name, name) == 0 && in->open[i].fd >= 0)
            return take(in, i, ret_given);
    return -1;
}

int inherit_take_only(struct inherit *in, bool *ret_given)
{
    return !in->upgraded && in->n == 1 ? take(in, 0, ret_given) : -1;
}

bool inherit_is_stdin(const struct inherit *in, const char *name)
{
    return in->on_stdin[0] != '\0' && strcmp(in->on_stdin, name) == 0;
}

size_t inherit_done(struct inherit *in)
{
    size_t closed = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->open[i].fd < 0)
            continue;
        fd_done(&in->open[i].fd);
        closed++;
    }
    return closed;
}
