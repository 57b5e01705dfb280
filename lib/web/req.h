/*
 * req - one request, as the web server handed it over.
 *
 * Everything is checked here, once: the path is decoded, valid UTF-8 and
 * free of "..", the lengths are within base/limits.h. What is not listed
 * below never reaches a handler (HTTP_PROXY among it: httpoxy).
 *
 * Ownership  Texts live in the arena of the request or in the FastCGI
 *            environment; both until the request ends.
 * Errors     BADREQ, TOOLARGE, METHOD.
 * Layer      web.
 */
#ifndef PT_WEB_REQ_H
#define PT_WEB_REQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum method { METHOD_GET = 1, METHOD_HEAD = 2, METHOD_POST = 4 };

struct req {
    enum method method;
    const char *method_name;
    const char *path;  /* decoded; begins with "/" */
    const char *query; /* raw, without "?" */
    const char *host, *cookie, *content_type;
    const char *remote_addr, *user_agent, *request_id;
    bool https;
    size_t content_length; /* bytes announced */
    int64_t start_ms;      /* when the web server got it; 0 unknown */
};

/* Reads up to n bytes of a request's body; 0 at its end. */
typedef size_t body_fn(void *source, char *p, size_t n);

/* Reads the FastCGI environment ("NAME=value", ends with NULL). */
enum err req_parse(struct arena *a, char *const *env, struct req *ret,
                   struct err_note *why) MUST_USE;

/* The value of a cookie, copied into a; NULL when it is not there. */
const char *req_cookie(const struct req *r, struct arena *a, const char *name);

#endif
