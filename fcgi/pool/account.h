/*
 * account - users and groups by name or number.
 *
 * Errors     ERR_CONFIG when there is no such name; the note says what to do.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_ACCOUNT_H
#define PT_FCGI_POOL_ACCOUNT_H

#include <sys/types.h>

#include "base/err.h"

/* -1 for "". A number that has no name is allowed. */
enum err account_user(const char *name, uid_t *ret_uid,
                      struct err_note *why) MUST_USE;
enum err account_group(const char *name, gid_t *ret_gid,
                       struct err_note *why) MUST_USE;

#endif
