/*
 * pool - N workers of one kind behind one listening socket.
 *
 * pool_balance() compares what is with what the configuration wants and
 * starts or stops workers; it is called after every event and does nothing
 * when all is well. A reload is a "roll": a new generation is started make
 * before break, one worker at a time, and can be given up at any point.
 *
 * Ownership  The pool owns its listener, board and processes; configurations
 *            belong to the caller and outlive their generation.
 * Units      Times are milliseconds of clock_ms(), ages milliseconds.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_POOL_H
#define PT_FCGI_POOL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "board.h"
#include "pool/inherit.h"
#include "pool/listen.h"
#include "pool/loop.h"
#include "pool/manager.h"
#include "pool/output.h"
#include "pool/slot.h"
#include "pool/spawn.h"

/* What all pools of one supervisor share. */
struct pool_env {
    struct log *log;
    struct loop loop;
    struct spawn_home home;
    struct output_set outputs;
    int shm_fd;        /* memory for the workers of all pools, all our life */
    int64_t oom_kills; /* of the kernel, when last looked at */
    struct inherit *inherit; /* until all is open */
    pid_t predecessor;       /* a supervisor that died and left workers; 0 */

    const struct config *conf; /* of the application, for fault.h … */
    struct spool *telemetry;   /* … once something died; NULL: nothing yet */
};

struct pool;

/* Where and how a pool begins. */
struct pool_place {
    const char *address; /* conf->listen, or "fd:0" in its place */
    int64_t generation;
    bool trial; /* one worker, as pool_roll(), until pool_release() */
    bool over;  /* the path is another pool's, until pool_settle() */
};

/* ret_pool has its socket open and no worker yet. */
enum err pool_new(struct pool_env *env, const struct pool_conf *conf,
                  const struct pool_place *place, struct pool **ret_pool,
                  struct err_note *why) MUST_USE;

/* All processes must have ended (pool_idle()). NULL is allowed. */
struct pool *pool_free(struct pool *p);

const char *pool_name(const struct pool *p);

/* What its configuration says of its socket. */
const char *pool_address(const struct pool *p);

/* Its socket; fd -1 without one. */
const struct listener *pool_listener(const struct pool *p);

/*
 * A child of this process that a supervisor before us started: it counts as a
 * worker of an older generation. Only before the first pool_balance().
 */
void pool_adopt(struct pool *p, const struct inherit_worker *w, int64_t now_ms);

void pool_tick(struct pool *p, int64_t now_ms);
void pool_balance(struct pool *p, int64_t now_ms);

/* The earliest time at which pool_tick() has something to do; 0 never. */
int64_t pool_next_ms(const struct pool *p);

/* How a child of this process ended, as wait4() tells. */
struct ending {
    pid_t pid;
    int status;
    int64_t peak_bytes; /* the most memory it ever had in use */
};

/* True if it was a worker of this pool. */
bool pool_reap(struct pool *p, const struct ending *end, int64_t now_ms);

/* Workers open their log file again. */
void pool_reopen(struct pool *p);

/* Workers finish what has come (leave.h), or hurry; the socket is closed. */
void pool_stop(struct pool *p, bool hurry, int64_t now_ms);

/*
 * Wants n workers, whatever the configuration says, until the next reload.
 * ERR_INVALID when there cannot be so many.
 */
enum err pool_scale(struct pool *p, int64_t n, struct err_note *why) MUST_USE;

/* Replaces the worker with this pid, make before break: true if it is one. */
bool pool_recycle(struct pool *p, pid_t pid);

/* True when no process is left. */
bool pool_idle(const struct pool *p);

/* --- a roll --- */

/*
 * True if the socket is as next wants it, so that the pool can go there. One
 * that was given to us (fd:0, systemd) is always.
 */
bool pool_keeps_socket(const struct pool *p, const struct pool_conf *next);

/* ERR_CONFIG when next changes what that socket, kept, cannot. */
enum err pool_accepts(const struct pool *p, const struct pool_conf *next,
                      struct err_note *why) MUST_USE;

/* A pool made with `over` takes the path from the one that had it. */
enum err pool_settle(struct pool *p, struct err_note *why) MUST_USE;

/* Is it in a roll, or on trial? */
bool pool_is_rolling(const struct pool *p);

/* Starts one worker of the new generation and waits for pool_release(). */
void pool_roll(struct pool *p, const struct pool_conf *next,
               int64_t generation);
void pool_release(struct pool *p);

enum pool_rolling {
    ROLL_TRYING,  /* the first new worker is not ready yet */
    ROLL_HOLDING, /* it is; waits for pool_release() */
    ROLL_GOING,   /* the others are being replaced */
    ROLL_DONE,    /* all new are ready, all old were told to stop */
    ROLL_FAILED   /* a new worker failed to start */
};
enum pool_rolling pool_rolling(const struct pool *p);
const char *pool_roll_error(const struct pool *p);

/* Ends the roll: for good, or back to the generation before. */
void pool_commit(struct pool *p);
void pool_abort(struct pool *p);

/* --- looking at it --- */

struct pool_status {
    int64_t min, max;   /* that the configuration, or pool_scale(), allows */
    int64_t configured; /* of these, what is wanted now */
    int64_t ready, starting, stopping, busy;
    int64_t queued; /* connections that wait; -1 not known */
    bool scaled;    /* by pool_scale() */
    int64_t generation;
    int64_t deaths;                      /* workers that ended unasked */
    int64_t start_failures;              /* workers that were never ready */
    int64_t slow;                        /* requests older than slow_request */
    uint64_t requests, shed, gone, late; /* since the supervisor started */
    const char *last_error;              /* "" when all is well */
    bool listens;
};

struct worker_status {
    pid_t pid; /* 0: waits for its next try */
    enum slot_state state;
    int64_t generation;
    int64_t age_ms;       /* of the process */
    int64_t state_age_ms; /* in this state */
    struct board_slot board;
};

void pool_status(const struct pool *p, int64_t now_ms, struct pool_status *ret);

/* How long requests took since the supervisor started, by route. */
void pool_ledger(const struct pool *p, struct ledger *ret);

/* The first worker in slot *at or later; false at the end. *at moves on. */
bool pool_next_worker(const struct pool *p, size_t *at, int64_t now_ms,
                      struct worker_status *ret);

#endif
