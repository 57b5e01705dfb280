/*
 * err - the one error type of the whole project.
 *
 * A function that can fail returns enum err and writes its results through
 * last parameters called ret_x, only on success. A value exists only where
 * it means something different to the person who made the request: each has
 * its HTTP status. Detail for the log goes into a struct err_note.
 *
 * Ownership  A note is plain memory of the caller; a NULL note is allowed.
 * Layer      base.
 */
#ifndef PT_BASE_ERR_H
#define PT_BASE_ERR_H

#include "base/compiler.h"

/* name, HTTP status, text for the log */
#define ERR_LIST(X)                                                            \
    X(OK, 200, "ok")                                                           \
    X(BADREQ, 400, "malformed request")                                        \
    X(FORBIDDEN, 403, "not allowed")                                           \
    X(CSRF, 403, "CSRF token missing or wrong")                                \
    X(NOTFOUND, 404, "no such thing")                                          \
    X(METHOD, 405, "method not allowed")                                       \
    X(CONFLICT, 409, "changed by someone else")                                \
    X(DUPLICATE, 409, "already exists")                                        \
    X(TOOLARGE, 413, "larger than the limit")                                  \
    X(INVALID, 422, "input refused")                                           \
    X(THROTTLED, 429, "too many attempts")                                     \
    X(BUG, 500, "internal error")                                              \
    X(SYSTEM, 500, "system call failed")                                       \
    X(CONFIG, 500, "wrong configuration")                                      \
    X(UNAVAIL, 503, "temporarily unavailable")                                 \
    X(NOSPACE, 507, "no room on the disk")

enum err {
#define X(name, http, text) ERR_##name,
    ERR_LIST(X)
#undef X
        ERR__MAX
};

enum { ERR_NOTE_MAX = 512 }; /* bytes of detail text, with its NUL */

struct err_note {
    char text[ERR_NOTE_MAX];
};

/* HTTP status of e. */
int err_http(enum err e);

/* "NOTFOUND", static. */
const char *err_name(enum err e);

/* Text of e for the log, English, static. */
const char *err_text(enum err e);

/*
 * Writes the formatted detail to note (may be NULL) and returns e, so that a
 * failure is one statement: return err_set(why, ERR_CONFIG, "...", ...).
 */
enum err err_set(struct err_note *note, enum err e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The same for a failed system call: appends ": " and strerror(errno). */
enum err err_errno(struct err_note *note, enum err e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Returns the error of expr to the caller, if it is one. */
#define TRY(expr)                                                              \
    do {                                                                       \
        enum err try_err_ = (expr);                                            \
        if (try_err_ != ERR_OK)                                                \
            return try_err_;                                                   \
    } while (0)

#endif
