#include "pool/acl.h"

#include <stdbool.h>
#include <string.h>
#include <sys/acl.h>

#include "pool/account.h"

/* Who an entry names. */
struct entry {
    acl_tag_t tag;
    id_t id;
};

static enum err parse(const char *text, struct entry *ret, struct err_note *why)
{
    static const char user[] = "user:", group[] = "group:";
    const char *name = strchr(text, ':');
    if (name != NULL && name[1] != '\0' &&
        strncmp(text, user, sizeof(user) - 1) == 0) {
        ret->tag = ACL_USER;
        return account_user(name + 1, &ret->id, why);
    }
    if (name != NULL && name[1] != '\0' &&
        strncmp(text, group, sizeof(group) - 1) == 0) {
        ret->tag = ACL_GROUP;
        return account_group(name + 1, &ret->id, why);
    }
    return err_set(why, ERR_CONFIG, "\"%s\" is not user:NAME or group:NAME",
                   text);
}

enum err acl_check(const char *const *list, struct err_note *why)
{
    struct entry entry = {0};
    for (; list != NULL && *list != NULL; list++)
        TRY(parse(*list, &entry, why));
    return ERR_OK;
}

static bool add(acl_t *acl, const struct entry *entry)
{
    acl_entry_t at;
    acl_permset_t may;
    return acl_create_entry(acl, &at) == 0 &&
           acl_set_tag_type(at, entry->tag) == 0 &&
           acl_set_qualifier(at, &entry->id) == 0 &&
           acl_get_permset(at, &may) == 0 && acl_clear_perms(may) == 0 &&
           acl_add_perm(may, ACL_READ) == 0 &&
           acl_add_perm(may, ACL_WRITE) == 0;
}

static enum err fill(acl_t *acl, const char *path, const char *const *list,
                     struct err_note *why)
{
    struct entry entry = {0};
    for (; *list != NULL; list++) {
        TRY(parse(*list, &entry, why));
        if (!add(acl, &entry))
            return err_errno(why, ERR_SYSTEM, "listen_acl: %s", *list);
    }
    if (acl_calc_mask(acl) != 0 ||
        acl_set_file(path, ACL_TYPE_ACCESS, *acl) != 0)
        return err_errno(why, ERR_SYSTEM,
                         "listen_acl: cannot set it for %s (has its file "
                         "system ACLs?)",
                         path);
    return ERR_OK;
}

enum err acl_set(const char *path, const char *const *list,
                 struct err_note *why)
{
    if (list == NULL || *list == NULL)
        return ERR_OK;
    acl_t acl = acl_get_file(path, ACL_TYPE_ACCESS);
    if (acl == NULL)
        return err_errno(why, ERR_SYSTEM, "listen_acl: %s", path);
    enum err e = fill(&acl, path, list, why);
    acl_free(acl);
    return e;
}
