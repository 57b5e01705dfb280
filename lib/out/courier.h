/*
 * courier - takes events out of the spool to Application Insights.
 *
 * Of all couriers of a folder one is at work, by a lock. It gathers a batch,
 * sends it, and notes in the spool that it is gone when the server has taken
 * it, or refused it for good (that is counted and logged); what the server
 * took only in part is sent again in part. So each item arrives at least once,
 * whatever ends in between; twice come those of one batch at most, each time
 * that the courier, or the connection, ends before the answer is read.
 *
 * While the server is away it waits a little longer after each try, up to a
 * minute, or as long as the server says (Retry-After).
 *
 * Between two batches it asks the site's public address whether it answers.
 *
 * Errors     courier_new(): CONFIG, SYSTEM.
 * Layer      out.
 */
#ifndef PT_OUT_COURIER_H
#define PT_OUT_COURIER_H

#include <signal.h>

#include "base/config.h"
#include "base/log.h"

enum {
    COURIER_FIRST_WAIT_MS = 1000,
    COURIER_MAX_WAIT_MS = 60 * 1000,
    /* An item that the server alone refuses so often, taking others. */
    COURIER_ITEM_TRIES = 10
};

struct courier;

struct courier_conf {
    const struct config *conf;
    struct log *log;
    const char *version;
    const volatile sig_atomic_t *stop;
    volatile sig_atomic_t *reopen; /* the log; then it is 0 again */
};

enum err courier_new(const struct courier_conf *conf,
                     struct courier **ret_courier,
                     struct err_note *why) MUST_USE;
struct courier *courier_free(struct courier *c);

/* Until told to stop. */
void courier_run(struct courier *c);

#endif
