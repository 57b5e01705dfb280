/*
 * access - roles as sets of permissions.
 *
 * A route names the one permission it needs; each feature lists its own in
 * views/X/permissions.def as PERM(name, roles that hold it). Deny by default:
 * a route that forgets to say is PERM_UNSET, which nobody holds.
 *
 * Layer      web.
 */
#ifndef PT_WEB_ACCESS_H
#define PT_WEB_ACCESS_H

#include <stdbool.h>

#include "text/msg.h"

enum role {
    ROLE_none,
    ROLE_admin,
    ROLE_office,
    ROLE_technician,
    ROLE_client,
    ROLE__MAX
};

/* Sets of roles, for permissions.def. */
enum {
    R_ADMIN = 1 << ROLE_admin,
    R_OFFICE = 1 << ROLE_office,
    R_TECHNICIAN = 1 << ROLE_technician,
    R_CLIENT = 1 << ROLE_client
};

enum perm {
    PERM_UNSET,  /* nobody: a row that forgot to say */
    PERM_public, /* everybody, logged in or not */
    PERM_own,    /* everybody who is logged in, for what is theirs */
#define PERM(name, roles) PERM_##name,
#include "gen/permissions.def"
#undef PERM
    PERM__MAX
};

/* May role do what perm names? ROLE_none is a person not logged in. */
bool access_allows(enum role role, enum perm perm);

/* "admin" as in the database; ROLE_none for anything unknown. */
enum role role_parse(const char *code);
const char *role_code(enum role role);

/* The role as people see it. */
enum msg role_label(enum role role);

/* The name of perm, for `ptworker --routes`. */
const char *perm_name(enum perm perm);

#endif
