/*
 * sender - the process beside ptjobs that sends telemetry (out/courier.h).
 *
 * A child, so that a server that is slow or away holds up no job, and a job
 * that takes long holds up no telemetry. It ends with its parent however that
 * ends. When it ends before, another one is begun, a second at least after it
 * was; each time twice as long, up to a minute, until one has lived for ten
 * seconds: where its folder is no use, the log hears of it no more often.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_JOBS_SENDER_H
#define PT_FCGI_JOBS_SENDER_H

#include <sys/types.h>

#include "base/config.h"
#include "base/log.h"

enum {
    SENDER_FIRST_WAIT_MS = 1000,
    SENDER_MAX_WAIT_MS = 60 * 1000,
    SENDER_STEADY_MS = 10 * 1000
};

struct sender {
    const struct config *conf;
    const char *path; /* conf is of; NULL: none */
    struct log *log;
    pid_t pid;        /* 0: none */
    int64_t begun_ms; /* the last one, by clock_ms() */
    int64_t wait_ms;  /* from then on: no other before */
};

/*
 * Checks the configuration and starts it, as `ptjobs --telemetry`; without a
 * connection string there is nothing to do. path must live as long.
 * ERR_CONFIG: telemetry.… cannot be used.
 */
enum err sender_start(struct sender *s, const struct config *conf,
                      const char *path, struct log *log,
                      struct err_note *why) MUST_USE;

/* Between two jobs: has it ended? */
void sender_watch(struct sender *s);

/* It opens the log again. */
void sender_reopen(const struct sender *s);

/* Ends it, after a moment for what is on its way. */
void sender_stop(struct sender *s);

/* In the child: sends until told to stop. ERR_CONFIG, ERR_SYSTEM. */
enum err sender_serve(const struct config *conf, struct log *log,
                      struct err_note *why) MUST_USE;

#endif
