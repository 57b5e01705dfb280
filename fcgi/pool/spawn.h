/*
 * spawn - one worker process: fork and exec, with the listener on fd 0.
 *
 * The worker gets a clean signal state (but SIGPIPE is ignored where its
 * output is a pipe, which ends with the supervisor), its own process group, no
 * descriptor but 0 (the listener), 1, 2, its board, its ready pipe and the
 * memory that all workers share, and in its environment PTPOOL_READY_FD,
 * PTPOOL_BOARD_FD, PTPOOL_SHM_FD, PTPOOL_SLOT, PTPOOL_GENERATION,
 * PTPOOL_REQUEST_MS, PTPOOL_QUEUE_MS and PT_CONF beside what environment.h
 * lists. Limits, user, group, umask and working directory are those of the
 * pool. It gets SIGTERM when the supervisor dies.
 *
 * Errors     ERR_CONFIG (program or user not found), ERR_SYSTEM.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_SPAWN_H
#define PT_FCGI_POOL_SPAWN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/config.h"
#include "base/err.h"

/* What is the same for all workers of one supervisor. */
struct spawn_home {
    char program[PATH_MAX];   /* of the supervisor, as it was started */
    char own_dir[PATH_MAX];   /* its directory */
    char conf_path[PATH_MAX]; /* absolute; "" without a file */
    struct rlimit nofile;     /* to be given back to workers; 0 none */
    int nice;                 /* the same */
};

struct spawn {
    const struct spawn_home *home;
    const struct pool_conf *conf;
    int listen_fd; /* -1: /dev/null */
    int board_fd, shm_fd;
    size_t slot;
    int64_t generation;
    int out_fd, err_fd; /* its standard output and error; -1: those we have */
};

/* Fills ret for the configuration at path, which may be NULL. */
enum err spawn_home_init(struct spawn_home *ret, const char *path,
                         struct err_note *why) MUST_USE;

/*
 * The program a command names: as it is if it holds a slash, else looked up
 * beside the supervisor's own program, then in $PATH.
 */
enum err spawn_find(const char *command, const char *own_dir,
                    char ret_path[PATH_MAX], struct err_note *why) MUST_USE;

/* ERR_CONFIG if user (a name or a number) does not exist. "" is allowed. */
enum err spawn_check_user(const char *user, struct err_note *why) MUST_USE;

/*
 * ret_ready_fd, non-blocking, gives what ready.h says; its end without a byte
 * means, for ready: exec, that the program runs.
 */
enum err spawn_worker(const struct spawn *sp, pid_t *ret_pid, int *ret_ready_fd,
                      struct err_note *why) MUST_USE;

#endif
