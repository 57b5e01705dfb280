/*
 * environment - the variables a worker gets: few, and each for a reason.
 *
 * From the environment of ptpool come PATH, HOME, USER, LOGNAME, LANG, LC_…,
 * TZ and TMPDIR, and what the pool's configuration lists:
 *
 *   NAME         its value, if it is set
 *   PREFIX*      each whose name begins so; * alone is all
 *   NAME=value   set to this value
 *
 * HOME, USER and LOGNAME are those of the user that the worker becomes. What
 * belongs to ptpool (PTPOOL_…, PT_CONF) is never passed on nor listed.
 *
 * Ownership  An environment points to environ, to the list and to what was
 *            put into it; all stay until environment_done().
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_ENVIRONMENT_H
#define PT_FCGI_POOL_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct environment {
    char **vars; /* "NAME=value", ends with NULL */
    size_t n, room;
};

/* ERR_CONFIG names the entry that is wrong. list ends with NULL. */
enum err environment_check(const char *const *list,
                           struct err_note *why) MUST_USE;

/* What comes from environ; room for what else list has, and for extra more. */
enum err environment_init(struct environment *env, const char *const *list,
                          size_t extra, struct err_note *why) MUST_USE;
void environment_done(struct environment *env);

/* Adds what list sets. */
void environment_set(struct environment *env, const char *const *list);

/* Adds "NAME=value", in the place of an earlier one of that name. */
void environment_put(struct environment *env, char *entry);

/* True if the list passes on the variable of this name. */
bool environment_passes(const char *const *list, const char *name);

#endif
