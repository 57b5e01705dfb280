#include "pool/account.h"

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* True for "" (-1) and a number. */
static bool is_number(const char *name, unsigned *ret_id)
{
    *ret_id = (unsigned)-1;
    if (name[strspn(name, "0123456789")] != '\0')
        return false;
    if (name[0] != '\0')
        *ret_id = (unsigned)strtoul(name, NULL, 10);
    return true;
}

enum err account_user(const char *name, uid_t *ret_uid, struct err_note *why)
{
    if (is_number(name, ret_uid))
        return ERR_OK;
    const struct passwd *user = getpwnam(name);
    if (user == NULL)
        return err_set(why, ERR_CONFIG,
                       "no user \"%s\"; create it (useradd -r %s) or name "
                       "another",
                       name, name);
    *ret_uid = user->pw_uid;
    return ERR_OK;
}

enum err account_group(const char *name, gid_t *ret_gid, struct err_note *why)
{
    if (is_number(name, ret_gid))
        return ERR_OK;
    const struct group *group = getgrnam(name);
    if (group == NULL)
        return err_set(why, ERR_CONFIG,
                       "no group \"%s\"; create it (groupadd -r %s) or name "
                       "another",
                       name, name);
    *ret_gid = group->gr_gid;
    return ERR_OK;
}
