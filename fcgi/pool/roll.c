/*
 * roll - a pool goes to another generation, or back.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "pool/child.h"
#include "pool/sizing.h"

static bool same_words(const char *const *a, const char *const *b)
{
    for (; *a != NULL && *b != NULL; a++, b++)
        if (strcmp(*a, *b) != 0)
            return false;
    return *a == *b;
}

/* What a unix socket has besides its path. */
static bool same_access(const struct pool_conf *a, const struct pool_conf *b)
{
    return a->listen_mode == b->listen_mode &&
           strcmp(a->listen_owner, b->listen_owner) == 0 &&
           strcmp(a->listen_group, b->listen_group) == 0 &&
           same_words(a->listen_acl, b->listen_acl) &&
           a->own_accept == b->own_accept;
}

bool pool_keeps_socket(const struct pool *p, const struct pool_conf *next)
{
    const struct pool_conf *c = p->conf;
    if (p->listener.given)
        return next->listen[0] != '\0';
    return strcmp(c->listen, next->listen) == 0 &&
           (p->listener.path[0] == '\0' || same_access(c, next));
}

/* The flag belongs to the socket, which old and new workers share. */
enum err pool_accepts(const struct pool *p, const struct pool_conf *next,
                      struct err_note *why)
{
    if (p->listener.fd < 0 || p->conf->own_accept == next->own_accept)
        return ERR_OK;
    return err_set(why, ERR_CONFIG,
                   "pools.%s.own_accept: a reload cannot change it for this "
                   "kind of socket; restart ptpool",
                   p->name);
}

enum err pool_settle(struct pool *p, struct err_note *why)
{
    return listen_settle(&p->listener, why);
}

bool pool_is_rolling(const struct pool *p)
{
    return p->rolling;
}

void pool_roll(struct pool *p, const struct pool_conf *next, int64_t generation)
{
    struct census c = pool_census(p);
    p->floor = c.ready + c.old_ready;
    p->prev = p->conf;
    p->prev_rule = p->rule;
    p->prev_generation = p->generation;
    p->conf = next;
    pool_set_rule(p, sizing_rule(next));
    p->generation = generation;
    p->rolling = p->holding = true;
    p->start_ms = 0; /* what failed before may be mended */
    p->roll_error.text[0] = '\0';
}

void pool_release(struct pool *p)
{
    p->holding = false;
}

enum pool_rolling pool_rolling(const struct pool *p)
{
    struct census c = pool_census(p);
    if (p->roll_error.text[0] != '\0')
        return ROLL_FAILED;
    if (p->holding)
        return c.ready > 0 ? ROLL_HOLDING : ROLL_TRYING;
    return c.old == 0 && c.ready >= p->manager.wanted ? ROLL_DONE : ROLL_GOING;
}

const char *pool_roll_error(const struct pool *p)
{
    return p->roll_error.text;
}

static void end_roll(struct pool *p)
{
    p->rolling = p->holding = false;
    p->prev = NULL;
    p->roll_error.text[0] = '\0';
}

static void tell_kept(const struct pool *p)
{
    if (p->listener.given && p->prev != NULL &&
        strcmp(p->prev->listen, p->conf->listen) != 0)
        log_info(p->env->log, "pool.inherited",
                 "pool=%s keeps the socket it was given, not %s", p->name,
                 p->conf->listen);
}

void pool_commit(struct pool *p)
{
    tell_kept(p);
    /* A second listen() on the same socket changes its queue only. */
    if (p->listener.fd > STDIN_FILENO && p->prev != NULL &&
        p->conf->backlog != p->prev->backlog)
        (void)listen(p->listener.fd, (int)p->conf->backlog);
    end_roll(p);
    p->scaled = p->told_memory = p->told_blind = false;
    p->last_error.text[0] = '\0';
    p->brake = (struct brake){0};
    pool_notices(p);
}

void pool_abort(struct pool *p)
{
    p->conf = p->prev;
    p->generation = p->prev_generation;
    pool_set_rule(p, p->prev_rule);
    p->floor = p->manager.wanted;
    end_roll(p);
}
