#include "web/access.h"

#include <string.h>

#include "base/compiler.h"

static const struct {
    const char *name;
    unsigned roles;
} perms[] = {
    [PERM_UNSET] = {"(unset)", 0},
    [PERM_public] = {"public", 0},
    [PERM_own] = {"own", R_ADMIN | R_OFFICE | R_TECHNICIAN | R_CLIENT},
#define PERM(name, roles) [PERM_##name] = {#name, roles},
#include "gen/permissions.def"
#undef PERM
};

static const struct {
    const char *code;
    enum msg label;
} roles[] = {
    [ROLE_none] = {"", MSG_none},
    [ROLE_admin] = {"admin", MSG_role_admin},
    [ROLE_office] = {"office", MSG_role_office},
    [ROLE_technician] = {"technician", MSG_role_technician},
    [ROLE_client] = {"client", MSG_role_client},
};

bool access_allows(enum role role, enum perm perm)
{
    if (perm == PERM_public)
        return true;
    return role != ROLE_none && perm < PERM__MAX &&
           (perms[perm].roles & 1U << role) != 0;
}

enum role role_parse(const char *code)
{
    for (size_t i = 1; i < ARRAY_LEN(roles); i++)
        if (strcmp(roles[i].code, code) == 0)
            return (enum role)i;
    return ROLE_none;
}

const char *role_code(enum role role)
{
    return role < ROLE__MAX ? roles[role].code : "";
}

enum msg role_label(enum role role)
{
    return role < ROLE__MAX ? roles[role].label : MSG_none;
}

const char *perm_name(enum perm perm)
{
    return perm < PERM__MAX ? perms[perm].name : "?";
}
