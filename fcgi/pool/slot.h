/*
 * slot - the life of one worker process, as a table of state × event.
 *
 * A slot holds one process at a time. The table decides what an event means
 * in a state; what touches the world (processes, signals, log, the pool's
 * wishes) is behind struct slot_ops, so the table is tested without one.
 *
 * Ownership  Open struct; the pool owns the array it lies in.
 * Units      Times are milliseconds of clock_ms(); 0 means none.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_SLOT_H
#define PT_FCGI_POOL_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* state, name in /status */
#define SLOT_STATES(X)                                                         \
    X(EMPTY, "empty")       /* no process */                                   \
    X(STARTING, "starting") /* forked; not ready yet */                        \
    X(SETTLING, "settling") /* exec'd, says nothing; must live a moment */     \
    X(READY, "ready")       /* serves */                                       \
    X(STOPPING, "stopping") /* got TERM; finishes its request */               \
    X(FAILING, "failing")   /* start took too long; got TERM, KILL */          \
    X(KILLED, "killed")     /* did not stop in time; got KILL */               \
    X(BACKOFF, "backoff")   /* no process; starts again later */

enum slot_state {
#define X(name, text) ST_##name,
    SLOT_STATES(X)
#undef X
        ST__MAX
};

enum slot_event {
    EV_START,   /* the pool wants a worker here */
    EV_EXEC,    /* the program runs (only where it writes no ready byte) */
    EV_READY,   /* the ready byte came */
    EV_EXIT,    /* the process ended; slot.status says how */
    EV_TIMEOUT, /* slot.deadline_ms has passed */
    EV_STOP,    /* drain */
    EV_HURRY,   /* stop without waiting for the request */
    EV__MAX
};

enum {
    SETTLE_MS = 200,     /* to live after exec, to count as ready */
    HURRY_MS = 500,      /* TERM to KILL: fast stop, failed start */
    KILL_AGAIN_MS = 5000 /* a process may be stuck in the kernel */
};

struct slot;

struct slot_ops {
    /* Makes a process: sets pid, start_ms, stop_ms. False: none was made. */
    bool (*spawn)(struct slot *s);
    void (*send)(struct slot *s, int sig);
    void (*ready)(struct slot *s);
    /* The process ended in state s->state; logs, forgets the process. */
    void (*ended)(struct slot *s);
    /* True if a worker that ended is to be replaced at once. */
    bool (*respawns)(struct slot *s);
    /* A start failed: time of the next try, 0 to give the slot up. */
    int64_t (*retry_at)(struct slot *s, int64_t now_ms);
};

struct slot {
    const struct slot_ops *ops;
    void *owner; /* of the ops */
    size_t index;
    enum slot_state state;
    pid_t pid;  /* 0: no process */
    int status; /* as waitpid() gave it */
    int64_t generation;
    int64_t since_ms;   /* in this state */
    int64_t started_ms; /* process made */
    int64_t deadline_ms;
    int64_t start_ms, stop_ms; /* durations: may take to start, to drain */
    bool reopen;               /* SIGUSR1 is due when it is ready */
};

/* Puts the event to the table. An event without meaning changes nothing. */
void slot_event(struct slot *s, enum slot_event ev, int64_t now_ms);

/* Sends EV_TIMEOUT if the deadline has passed. */
void slot_tick(struct slot *s, int64_t now_ms);

/* True while the slot is meant to serve, now or soon. */
bool slot_active(const struct slot *s);

const char *slot_state_name(enum slot_state state);

#endif
