/*
 * listen - the listening sockets of the supervisor.
 *
 * A unix socket left behind by a dead program is replaced; one on which
 * somebody accepts is refused, unless these are workers whose supervisor is
 * dead: they finish and leave. All are close-on-exec but fd 0.
 *
 * A socket at the path of another one of ours (`over`) first has a name beside
 * it; listen_settle() puts it in its place. Who was connecting to the one gets
 * there, who comes later gets to the other; nobody finds no socket.
 *
 * Errors     ERR_CONFIG, ERR_SYSTEM; the note names the address and what
 *            to do.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_LISTEN_H
#define PT_FCGI_POOL_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/err.h"

#define UNIX_PATH_BYTES sizeof(((struct sockaddr_un *)0)->sun_path)

struct listen_spec {
    /* unix:PATH, HOST:PORT, [HOST]:PORT, PORT (everywhere), fd:0, "" none */
    const char *address;
    int64_t mode; /* of a unix socket */
    /* of a unix socket; "" leaves it, as does the owner unless we are root */
    const char *owner, *group;
    const char *const *acl; /* who else may connect, see acl.h; NULL none */
    int64_t backlog;
    bool nonblocking;
    bool over;         /* another one of ours has the path */
    int inherited;     /* this descriptor, instead of a new one; 0 none */
    bool ours;         /* it was made by a supervisor before us */
    pid_t predecessor; /* a supervisor that is dead: its socket is free; 0 */
    int64_t wait_ms;   /* for the end of what its workers have open */
};

struct listener {
    int fd;     /* -1: none */
    bool given; /* made by somebody else: fd 0, or a socket of systemd */
    /* of a unix socket made here, to be removed at the end; "" else */
    char path[UNIX_PATH_BYTES];
    /* where it shall be; "" it is there */
    char over[UNIX_PATH_BYTES];
    dev_t dev;
    ino_t ino;
    bool lent; /* somebody else, such as systemd, goes on listening on it */
};

/* Checks the form of the address, owner, group and ACL, opens nothing. */
enum err listen_check(const struct listen_spec *spec,
                      struct err_note *why) MUST_USE;

enum err listen_open(const struct listen_spec *spec, struct listener *ret,
                     struct err_note *why) MUST_USE;

/* Is it the unix socket that has this address now? */
bool listen_is_at(const struct listener *l, const char *address);

/* One that was opened `over` takes the place of the other. */
enum err listen_settle(struct listener *l, struct err_note *why) MUST_USE;

/*
 * Lets nobody new in, while those in its queue stay to be accepted. The path of
 * a unix socket is removed; TCP drops the first packet of a connection, so that
 * the peer tries again, here or at another address, or, where only root may do
 * that, refuses who comes over a network. False when that cannot be, or
 * somebody else goes on listening on it.
 */
bool listen_shut(struct listener *l) MUST_USE;

/* Removes its path, if that is still ours, and closes it; fd 0 is /dev/null
 * from then on. */
void listen_close(struct listener *l);

/* True if fd is a socket somebody has called listen() on. */
bool listen_is_listener(int fd);

/* Most connections the kernel queues, net.core.somaxconn; 0 unknown. */
int64_t listen_backlog_limit(void);

#endif
