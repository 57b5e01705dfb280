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

#include "pool/pool.h"

enum {
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
    struct source ready;   /* the pipe; fd -1 once it has said all */
    bool tells;            /* writes a ready byte */
    bool served;           /* had a request, when it ended */
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
    bool rolling, holding; /* see pool_roll() */
    int64_t floor;         /* serving workers a roll must not go below */
    bool stopping;
    struct listener listener;
    struct board *board;
    struct child children[POOL_SLOTS];
    size_t n_children; /* slots ever used */
    struct brake brake;
    struct err_note last_error, roll_error;
    int64_t deaths, start_failures;
};

/* Prepares slot i of p. */
void child_init(struct pool *p, size_t i);

/* What waitpid() said about the worker's process. */
void child_ended(struct child *ch, int status, int64_t now_ms);

#endif
