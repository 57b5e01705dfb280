/*
 * ingestion - hands items to the server of Application Insights.
 *
 * The connection string names it: InstrumentationKey=…;IngestionEndpoint=URL,
 * or EndpointSuffix= and perhaps Location=; names in any case, others are
 * not looked at. Items are lines of JSON, sent compressed. A redirect (307,
 * 308) is followed to https only, and remembered until nobody answers there.
 *
 * Source     Azure Monitor, "Connection strings"; endpoint v2.1 "track", as
 *            Microsoft's exporters use it.
 * Ownership  An answer lives until the next call.
 * Errors     ingestion_new(): CONFIG.
 * Layer      out.
 */
#ifndef PT_OUT_INGESTION_H
#define PT_OUT_INGESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct ingestion;

struct ingestion_conf {
    const char *connection; /* the connection string */
    const char *ca_file;    /* PEM; "": the system's */
    int64_t timeout_ms;     /* for the whole answer */
    /* called now and then: shall it be given up? NULL allowed */
    bool (*give_up)(void *arg);
    void *arg;
};

enum err ingestion_new(const struct ingestion_conf *conf,
                       struct ingestion **ret_in,
                       struct err_note *why) MUST_USE;
struct ingestion *ingestion_free(struct ingestion *in);

/* The instrumentation key; and where it sends to. */
const char *ingestion_key(const struct ingestion *in);
const char *ingestion_url(const struct ingestion *in);

/* What shall become of an item. */
enum ingestion_fate {
    ITEM_TAKEN,
    ITEM_LATER,  /* send it again */
    ITEM_REFUSED /* it will never be taken */
};

struct ingestion_answer {
    enum ingestion_fate all; /* of those that are not among the errors */
    bool too_large;          /* all: send fewer at once */
    bool partial;            /* the server has looked at each */
    long status;             /* 0: no answer */
    int64_t wait_s;          /* it wants so long not to be asked; 0: nothing */
    size_t n_errors;
    struct ingestion_error {
        size_t index; /* of the line */
        enum ingestion_fate fate;
    } * errors;
    struct err_note why; /* "" when all are taken */
};

/* The answer's errors lie in a. */
void ingestion_send(struct ingestion *in, struct arena *a, const char *lines,
                    size_t n_bytes, struct ingestion_answer *ret);

/* For the tests: what a server's answer means. now: seconds since 1970. */
void ingestion_judge(struct arena *a, long status, const char *body,
                     const char *retry_after, int64_t now,
                     struct ingestion_answer *ret);

/*
 * Asks for a page, as a visitor would. OK: it was answered by 200; else the
 * note says what happened. *ret_took_us is written in both cases.
 */
enum err ingestion_visit(struct ingestion *in, const char *url,
                         int64_t *ret_took_us, struct err_note *why) MUST_USE;

#endif
