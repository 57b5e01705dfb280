/*
 * reload - a new configuration and program, all or nothing.
 *
 * The configuration is read and checked; then each pool starts one worker of
 * the new generation, new ones too (change.h); when all of these are ready,
 * the others are replaced one by one. A failure at any point goes back to what
 * was before, and is told to whoever asked.
 *
 * Ownership  Open struct inside struct super.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_RELOAD_H
#define PT_FCGI_POOL_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/log.h"

struct super;

struct reload {
    bool active;
    bool again;          /* asked for once more meanwhile */
    uint64_t serial;     /* of the active or last one; ticket of clients */
    struct arena *arena; /* of conf */
    const struct config *conf; /* to come */
    struct log *log;           /* to come */
    int64_t ended_ms;          /* of the last one; 0 none yet */
    bool ok;                   /* it succeeded … */
    struct err_note why;       /* … or failed because of this */
};

/*
 * Is what the configuration says now one that another program could go on
 * with in this process, with the pools and sockets that are there?
 */
enum err reload_try(const struct super *s, struct err_note *why) MUST_USE;

/* Starts a reload, or another one after the present; returns its ticket. */
uint64_t reload_request(struct super *s);

/* Moves on; true when it changed what the pools want. */
bool reload_step(struct super *s);

/* Gives the present one up. */
void reload_cancel(struct super *s, const char *reason);

#endif
