/*
 * telemetry - what each program does to take part in it.
 *
 * Who serves, works or supervises opens the spool and adds events (event.h);
 * ptjobs sends them (out/courier.h). Without a connection string there is no
 * spool, and event_add() does nothing.
 *
 * Layer      base.
 */
#ifndef PT_BASE_TELEMETRY_H
#define PT_BASE_TELEMETRY_H

#include "base/config.h"
#include "base/event.h"
#include "base/log.h"

/*
 * The spool of this process; NULL when telemetry is off, or when there can be
 * none (telemetry.off in the log: no page suffers from it). Not before a
 * fork() whose child shall live on.
 */
struct spool *telemetry_open(const struct config *conf, struct log *log,
                             const char *program, const char *version);

/* How sending goes on: a file in the folder, for /metrics. */
struct telemetry_state {
    uint64_t sent, refused, lost; /* items, items, records; of this courier */
    uint64_t waiting;             /* records */
    int64_t oldest_ms;            /* of those that are being sent; 0: none */
};

/* Replaces the file in that folder; what goes wrong is of no consequence. */
void telemetry_state_write(int folder, const struct telemetry_state *state);

/* False when telemetry is off, or nothing has been sent yet. */
bool telemetry_state_read(const struct config *conf,
                          struct telemetry_state *ret);

static inline bool telemetry_is_on(const struct config *conf)
{
    return conf->telemetry.connection[0] != '\0';
}

#endif
