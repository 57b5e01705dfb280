/*
 * super - the supervisor: its pools, signals, admin sockets and life.
 *
 *   TERM QUIT  finish requests, then end; a second one, or INT: hurry
 *   HUP        read the configuration again (reload.h)
 *   USR1       open the log files again, here and in the workers
 *   USR2       execute the supervisor's program again (upgrade.h)
 *   TTIN TTOU  one worker more, one fewer, of the first pool with a socket
 *
 * Ownership  Opaque but to the files of fcgi/pool.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_SUPER_H
#define PT_FCGI_POOL_SUPER_H

#include "pool/admin.h"
#include "pool/change.h"
#include "pool/conf.h"
#include "pool/inherit.h"
#include "pool/pool.h"
#include "pool/reload.h"
#include "pool/upgrade.h"

enum super_life {
    LIFE_SERVING,
    LIFE_DRAINING, /* told to stop; requests are finished */
    LIFE_HURRYING  /* told so twice */
};

struct super {
    struct pool_env env;
    const char *conf_path;         /* NULL: defaults and environment */
    struct arena *arena;           /* of conf */
    const struct config *conf;     /* in force */
    struct pool *pools[MAX_POOLS]; /* in force */
    size_t n_pools;
    struct change change;    /* others, that come and go */
    int64_t last_generation; /* given to anyone, also to a failed reload */
    struct source signals;
    struct admin *admin;
    struct reload reload;
    struct upgrade upgrade;
    struct inherit inherit;
    enum super_life life;
    bool told_ready; /* the log has said so */
    bool waits_for_console;
    int64_t started_ms;
};

/*
 * Opens log and sockets, blocks the signals. conf_path and home are those
 * conf was read with. On success its arena is the supervisor's.
 */
enum err super_new(const char *conf_path, const struct spawn_home *home,
                   struct arena *arena, const struct config *conf,
                   struct super **ret_super, struct err_note *why) MUST_USE;
struct super *super_free(struct super *s);

/*
 * As many open files, and as early a turn on a processor, as may be; or what
 * we were started with.
 */
void super_limit(struct super *s, bool raised);

/* Runs the workers until told to stop. */
void super_run(struct super *s);

/*
 * Wants n workers in pool i until the next reload. ERR_INVALID when there
 * cannot be so many, or when they were more than supervisor.worker_limit.
 */
enum err super_scale(struct super *s, size_t i, int64_t n,
                     struct err_note *why) MUST_USE;

/* As the signals TERM and INT do. */
void super_stop(struct super *s, bool hurry);

#endif
