/*
 * child - a slot of a pool with its process: the slot_ops of the supervisor.
 *
 * Internal to the pool: pool.c decides how many workers there shall be,
 * child.c starts, hears and buries each.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_CHILD_H
#define PT_FCGI_POOL_CHILD_H

#include "pool/leave.h"
#include "pool/pool.h"
#include "pool/slow.h"

enum {
    WATCH_MS = 100, /* between two looks of pool_watch() */
    /* A roll needs new workers beside draining ones. */
    POOL_SLOTS = 2 * MAX_WORKERS,
    /* A worker that ends sooner, without a request, counts as never ready. */
    SHORT_LIFE_MS = 1000,
    BRAKE_FIRST_MS = 100, /* wait after the first failed start, doubles … */
    BRAKE_MAX_MS = 30000  /* … up to this */
};

struct child {
    struct slot slot;
    struct pool *pool;
    struct output *output; /* of its process; NULL: not captured */
    struct source ready;   /* the pipe; fd -1 once it has said all */
    bool tells;            /* writes a ready byte */
    bool served;           /* had a request, when it ended */
    const char *due;       /* why it is to be replaced; NULL: it is not */
    int64_t late_ms;       /* start of the request that was told to hurry */
    struct slow slow;      /* the last request that took long */
    int64_t memory_bytes;  /* its footprint, when last looked at; 0 unknown */
    int64_t peak_bytes;    /* the most it had, once it has ended */
    struct err_note cause; /* why the start failed; "" not known */
};

/* Holds back starts that keep failing. */
struct brake {
    int64_t delay_ms; /* 0: not on */
    int64_t until_ms; /* all who wait start then */
};

struct pool {
    struct pool_env *env;
    char *name;
    const struct pool_conf *conf; /* what is wanted */
    const struct pool_conf *prev; /* in a roll: what was before; else NULL */
    int64_t generation, prev_generation;
    struct manager_rule rule, prev_rule; /* of conf or pool_scale(); of prev */
    bool scaled;                         /* rule is that of pool_scale() */
    struct manager manager;
    struct source wake;    /* the socket, while no worker runs; else fd -1 */
    int64_t watch_ms;      /* when pool_watch() is due; 0 never */
    int64_t count_ms;      /* not before: what workers have taken is counted */
    int64_t taken;         /* that many, then; -1 the kernel does not say */
    size_t watched;        /* the slot whose memory was looked at last */
    bool rolling, holding; /* see pool_roll() */
    int64_t floor;         /* serving workers a roll must not go below */
    bool stopping;
    struct leave leave; /* while it stops */
    struct listener listener;
    struct board *board;
    struct child children[POOL_SLOTS];
    size_t n_children; /* slots ever used */
    struct brake brake;
    int64_t start_ms; /* start_rate lets nobody start before that … */
    bool start_waits; /* … and somebody would */
    struct err_note last_error, roll_error;
    int64_t deaths, start_failures, slow;
    struct board_slot past; /* the counts of workers that have ended, … */
    struct ledger ledger;   /* … and how long their requests took */
    bool told_memory;       /* that max_memory is too small */
    bool told_blind;        /* that nobody knows who is at work */
};

struct census {
    int64_t ready, current; /* of the present generation */
    int64_t due;            /* of the ready ones: to be replaced */
    int64_t old;            /* meant to serve, of any other */
    int64_t old_ready;
};
struct census pool_census(const struct pool *p);

/* Goes by another rule; what is wanted stays within it. */
void pool_set_rule(struct pool *p, struct manager_rule rule);

/* Looks at load, age, memory and requests that take too long. */
void pool_watch(struct pool *p, int64_t now_ms);

/* Its workers say nothing of their requests: see taken.h. */
bool pool_is_mute(const struct pool *p);

/* Says in the log what is ignored, capped or kept back. */
void pool_notices(const struct pool *p);

/* Prepares slot i of p. */
void child_init(struct pool *p, size_t i);

/* It holds a ready worker of the generation before, whose board is not ours. */
void child_adopt(struct child *ch, const struct inherit_worker *w,
                 int64_t now_ms);

/* The pipes of a worker of the program before; NULL when there are none. */
struct output *child_adopt_output(struct pool *p,
                                  const struct inherit_worker *w);

/* What the kernel said about the worker's process. */
void child_ended(struct child *ch, const struct ending *end, int64_t now_ms);

/* The request a worker is on, for the log; "idle" if there is none. */
void child_request(const struct board_slot *at,
                   char ret_text[CHILD_REQUEST_TEXT]);

#endif
