#include "pool/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What programs need to find files and to speak the language of the place. */
static const char *const always[] = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_*", "TZ", "TMPDIR", NULL};
/* What is between us and the worker, or was between us and ours. */
static const char *const ours[] = {"PTPOOL_*", "PT_CONF", NULL};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz_0123456789";

/* Is name, of n bytes, what entry (NAME or PREFIX*) means? */
static bool fits(const char *entry, const char *name, size_t n)
{
    size_t len = strlen(entry);
    if (len > 0 && entry[len - 1] == '*')
        return n >= len - 1 && strncmp(entry, name, len - 1) == 0;
    return len == n && strncmp(entry, name, n) == 0;
}

static bool any_fits(const char *const *list, const char *name, size_t n)
{
    for (; *list != NULL; list++)
        if (strchr(*list, '=') == NULL && fits(*list, name, n))
            return true;
    return false;
}

bool environment_passes(const char *const *list, const char *name)
{
    size_t n = strlen(name);
    return any_fits(always, name, n) || any_fits(list, name, n);
}

enum err environment_check(const char *const *list, struct err_note *why)
{
    for (; *list != NULL; list++) {
        const char *entry = *list;
        size_t n = strspn(entry, letters);
        bool named = n > 0 && (entry[0] < '0' || entry[0] > '9');
        bool pattern = entry[n] == '*' && entry[n + 1] == '\0';
        if (!pattern && (!named || (entry[n] != '\0' && entry[n] != '=')))
            return err_set(why, ERR_CONFIG,
                           "\"%s\" is not NAME, PREFIX* or NAME=value", entry);
        if (!pattern && any_fits(ours, entry, n))
            return err_set(why, ERR_CONFIG, "%.*s belongs to ptpool", (int)n,
                           entry);
    }
    return ERR_OK;
}

enum err environment_init(struct environment *env, const char *const *list,
                          size_t extra, struct err_note *why)
{
    size_t room = extra + 1;
    for (char **v = environ; *v != NULL; v++)
        room++;
    for (const char *const *v = list; *v != NULL; v++)
        room++;
    *env = (struct environment){.room = room};
    env->vars = calloc(room, sizeof(*env->vars));
    if (env->vars == NULL)
        return err_errno(why, ERR_SYSTEM, "environment");
    for (char **v = environ; *v != NULL; v++) {
        size_t n = strcspn(*v, "=");
        if (!any_fits(ours, *v, n) &&
            (any_fits(always, *v, n) || any_fits(list, *v, n)))
            environment_put(env, *v);
    }
    return ERR_OK;
}

void environment_set(struct environment *env, const char *const *list)
{
    for (; *list != NULL; list++) {
        char *entry;
        if (strchr(*list, '=') == NULL)
            continue;
        /* exec takes char *const[] and changes nothing; C cannot say so. */
        memcpy(&entry, list, sizeof(entry));
        environment_put(env, entry);
    }
}

void environment_done(struct environment *env)
{
    free(env->vars);
    *env = (struct environment){0};
}

void environment_put(struct environment *env, char *entry)
{
    size_t i = 0, n = strcspn(entry, "=") + 1;
    while (i < env->n && strncmp(env->vars[i], entry, n) != 0)
        i++;
    if (i + 1 >= env->room)
        return; /* nobody has asked for so much */
    if (i == env->n)
        env->n++;
    env->vars[i] = entry;
}
