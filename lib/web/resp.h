/*
 * resp - the response under construction: status, headers, body.
 *
 * Nothing is sent before the request is finished, so an error found late
 * still becomes a whole error page.
 *
 * Ownership  Buffers are kept from one request to the next (resp_reset).
 * Layer      web.
 */
#ifndef PT_WEB_RESP_H
#define PT_WEB_RESP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct resp {
    int status;
    struct buf headers; /* "Name: value\r\n" lines, without Status */
    struct buf body;
};

void resp_init(struct resp *r);
void resp_done(struct resp *r);
void resp_reset(struct resp *r);

/* Takes back what the headers have got since they had n bytes. */
void resp_cut_headers(struct resp *r, size_t n);

/* The words of a status line: "OK", "Not Found"; "" for an unknown one. */
const char *resp_reason(int status);

/* Adds a header; a value with a line break is a fault and is left out. */
void resp_header(struct resp *r, const char *name, const char *value);

/*
 * Adds a Set-Cookie: HttpOnly, SameSite=Lax, Path=/, Secure with https.
 * max_age in seconds: 0 deletes the cookie, negative makes it end with the
 * browser.
 */
void resp_cookie(struct resp *r, const char *name, const char *value,
                 int64_t max_age, bool https);

/* 303 to a local address: the answer to a POST that worked. */
void resp_redirect(struct resp *r, const char *location);

#endif
