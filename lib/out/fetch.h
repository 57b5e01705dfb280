/*
 * fetch - one short request to another server, over libcurl.
 *
 * For what a page has to wait for: no redirects, certificates always
 * verified, an end to time and size. libcurl is loaded by the first call, so
 * that a worker that never asks anybody does not carry it.
 *
 * Only https, and http to this machine itself (127.0.0.1, [::1], localhost),
 * where nobody is in between.
 *
 * Ownership  The answer lives in the arena of the call.
 * Errors     CONFIG (no such address, or no libcurl), UNAVAIL (no answer in
 *            time, or too large a one); the note has libcurl's words.
 * Layer      out.
 */
#ifndef PT_OUT_FETCH_H
#define PT_OUT_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct fetch {
    const char *url;
    const char *form;            /* a POST of this; NULL: a GET */
    const char *user, *password; /* HTTP Basic; NULL: without */
    const char *ca_file;         /* PEM; "": the system's */
    int64_t timeout_ms;          /* for all of it */
};

struct fetch_answer {
    int status;
    const char *body;
    size_t n;
};

/* Is it an address that may be asked? */
bool fetch_allowed(const char *url);

/* scheme://host:port of an allowed address; NULL for another. */
const char *fetch_origin(struct arena *a, const char *url);

enum err fetch_perform(struct arena *a, const struct fetch *f,
                       struct fetch_answer *ret, struct err_note *why) MUST_USE;

#endif
