#include "pool/reload.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "pool/notify.h"
#include "pool/status.h"
#include "pool/super.h"

/* --- is the new configuration one we can go to? --- */

static enum err compare_supervisor(const struct super *s,
                                   const struct config *next,
                                   struct err_note *why)
{
    const struct config *c = s->conf;
    const struct {
        const char *key, *now, *next;
    } fixed[] = {
        {"health_socket", c->supervisor.health_socket,
         next->supervisor.health_socket},
        {"health_group", c->supervisor.health_group,
         next->supervisor.health_group},
        {"control_socket", c->supervisor.control_socket,
         next->supervisor.control_socket},
        {"pid_file", c->supervisor.pid_file, next->supervisor.pid_file},
    };
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (strcmp(fixed[i].now, fixed[i].next) != 0)
            return err_set(why, ERR_CONFIG,
                           "supervisor.%s: a reload cannot change it; restart "
                           "ptpool",
                           fixed[i].key);
    return ERR_OK;
}

static enum err open_log(struct reload *r, struct err_note *why)
{
    struct log_conf conf = conf_log(r->conf);
    return log_new(&conf, &r->log, why);
}

static enum err compare(const struct super *s, const struct config *next,
                        struct err_note *why)
{
    TRY(change_check(s, next, why));
    return compare_supervisor(s, next, why);
}

enum err reload_try(const struct super *s, struct err_note *why)
{
    struct arena *arena;
    const struct config *next;
    TRY(conf_read(s->conf_path, &s->env.home, &arena, &next, why));
    enum err e = change_is_none(s, next, why);
    if (e == ERR_OK)
        e = compare_supervisor(s, next, why);
    arena_free(arena);
    return e;
}

static enum err prepare(struct super *s, struct err_note *why)
{
    struct reload *r = &s->reload;
    TRY(conf_read(s->conf_path, &s->env.home, &r->arena, &r->conf, why));
    enum err e = compare(s, r->conf, why);
    if (e == ERR_OK)
        e = open_log(r, why);
    if (e == ERR_OK) {
        s->last_generation++;
        e = change_begin(s, r->conf, why);
    }
    if (e != ERR_OK) {
        r->arena = arena_free(r->arena);
        r->log = log_free(r->log);
    }
    return e;
}

/* --- the steps --- */

static void finish(struct super *s, bool ok, const char *reason)
{
    struct reload *r = &s->reload;
    struct buf body;
    r->active = false;
    r->ok = ok;
    r->ended_ms = clock_ms();
    err_set(&r->why, ERR_CONFIG, "%s", reason);
    if (ok)
        log_info(s->env.log, "reload.done", "generation=%" PRId64,
                 s->last_generation);
    else
        log_error(s->env.log, "reload.failed",
                  "the old generation keeps serving; %s", reason);
    notify_send("READY=1\nSTATUS=%s",
                ok ? "reloaded" : "the last reload failed");
    buf_init(&body, 4096);
    status_reload(s, &body);
    admin_answer(s->admin, r->serial, ok ? 200 : 422, &body);
    buf_done(&body);
}

static void begin(struct super *s)
{
    struct reload *r = &s->reload;
    struct err_note why;
    r->serial++;
    r->again = false;
    notify_send("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_ms() * 1000);
    log_info(s->env.log, "reload.begin", "file=%s",
             s->conf_path != NULL ? s->conf_path : "none");
    if (prepare(s, &why) != ERR_OK) {
        finish(s, false, why.text);
        return;
    }
    r->active = true;
}

static void go_back(struct super *s, const char *reason)
{
    struct reload *r = &s->reload;
    change_abort(s, r->arena);
    r->arena = NULL;
    r->log = log_free(r->log);
    finish(s, false, reason);
}

static void go_on(struct super *s)
{
    struct reload *r = &s->reload;
    struct err_note why;
    if (change_commit(s, r->conf, r->arena, &why) != ERR_OK) {
        go_back(s, why.text);
        return;
    }
    r->arena = NULL;
    log_hand_over(s->env.log, r->log);
    log_free(s->env.log);
    s->env.log = r->log;
    r->log = NULL;
    finish(s, true, "");
}

/* The pool that lags most decides; *ret_failed is one that failed. */
static enum pool_rolling slowest(const struct super *s,
                                 const struct pool **ret_failed)
{
    enum pool_rolling least = ROLL_DONE;
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    for (size_t i = 0; i < n; i++) {
        if (!pool_is_rolling(all[i]))
            continue;
        enum pool_rolling r = pool_rolling(all[i]);
        if (r == ROLL_FAILED) {
            *ret_failed = all[i];
            return r;
        }
        if (r < least)
            least = r;
    }
    return least;
}

static void fail_with(struct super *s, const struct pool *p)
{
    struct err_note why;
    err_set(&why, ERR_CONFIG, "pools.%s: a new worker did not start: %s",
            pool_name(p), pool_roll_error(p));
    go_back(s, why.text);
}

static void release(struct super *s)
{
    struct pool *all[MAX_ALL_POOLS];
    size_t n = change_all(s, all);
    for (size_t i = 0; i < n; i++)
        pool_release(all[i]);
}

bool reload_step(struct super *s)
{
    const struct pool *failed = NULL;
    if (!s->reload.active) {
        if (!s->reload.again)
            return false;
        begin(s);
        return true;
    }
    switch (slowest(s, &failed)) {
    case ROLL_TRYING:
    case ROLL_GOING:
        return false;
    case ROLL_HOLDING:
        release(s);
        return true;
    case ROLL_DONE:
        go_on(s);
        return true;
    case ROLL_FAILED:
        fail_with(s, failed);
        return true;
    }
    return false;
}

uint64_t reload_request(struct super *s)
{
    s->reload.again = true; /* begun by the next step, after the present */
    return s->reload.serial + 1;
}

void reload_cancel(struct super *s, const char *reason)
{
    if (s->reload.active)
        go_back(s, reason);
    if (s->reload.again) {
        s->reload.again = false;
        s->reload.serial++;
        finish(s, false, reason);
    }
}
