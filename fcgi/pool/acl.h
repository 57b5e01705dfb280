/*
 * acl - users and groups besides owner and group that may use a socket.
 *
 * A list has entries user:NAME and group:NAME, names or numbers; each of them
 * may read and write, which is what connecting needs. Root is not needed.
 *
 * Errors     ERR_CONFIG (form, no such name), ERR_SYSTEM (a file system
 *            without ACLs).
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_ACL_H
#define PT_FCGI_POOL_ACL_H

#include "base/err.h"

/* list ends with NULL and may be NULL. */
enum err acl_check(const char *const *list, struct err_note *why) MUST_USE;

/* Adds the entries of list to what the mode of the file at path says. */
enum err acl_set(const char *path, const char *const *list,
                 struct err_note *why) MUST_USE;

#endif
