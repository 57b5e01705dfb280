#include "pool/inherit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LISTEN_FDS_START = 3 }; /* SD_LISTEN_FDS_START of systemd */

static void add(struct inherit *in, const char *name, size_t n, int fd)
{
    if (in->n == MAX_INHERITED || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return; /* more than we have names for, or not there */
    snprintf(in->open[in->n].name, sizeof(in->open[0].name), "%.*s", (int)n,
             name);
    in->open[in->n++].fd = fd;
}

static void add_worker(struct inherit *in, const char *name, size_t n,
                       pid_t pid, bool ready)
{
    /* One that has ended meanwhile is buried by this. */
    if (in->n_workers == MAX_INHERITED_WORKERS ||
        waitpid(pid, NULL, WNOHANG) != 0)
        return;
    snprintf(in->workers[in->n_workers].pool, MAX_INHERITED_NAME, "%.*s",
             (int)n, name);
    in->workers[in->n_workers].ready = ready;
    in->workers[in->n_workers++].pid = pid;
}

/* "socket:web=7", "ready:web=1234", "ending:web=1235", "generation:=3" */
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
    else if (strncmp(entry, "generation", kind) == 0)
        in->generation = number;
    else
        add_worker(in, name, n, (pid_t)number,
                   strncmp(entry, "ready", kind) == 0);
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

static int take(struct inherit *in, size_t i)
{
    int fd = in->open[i].fd;
    in->open[i].fd = -1;
    return fd;
}

int inherit_take(struct inherit *in, const char *name)
{
    for (size_t i = 0; i < in->n; i++)
        if (strcmp(in->open[i].name, name) == 0 && in->open[i].fd >= 0)
            return take(in, i);
    return -1;
}

int inherit_take_only(struct inherit *in)
{
    return !in->upgraded && in->n == 1 ? take(in, 0) : -1;
}

size_t inherit_done(struct inherit *in)
{
    size_t closed = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->open[i].fd < 0)
            continue;
        close(take(in, i));
        closed++;
    }
    return closed;
}
