/*
 * cfg_include - which files a configuration names besides itself.
 */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cfg_impl.h"

enum err cfg_enter(struct cfg_files *files, const char *path,
                   const struct place *at)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return cfg_refuse(at, "%s: %s", path, strerror(errno));
    if (at->line > 0 && !S_ISREG(st.st_mode))
        return cfg_refuse(at, "%s is not a file", path);
    for (size_t i = 0; i < files->n; i++)
        if (files->seen[i].dev == st.st_dev && files->seen[i].ino == st.st_ino)
            return cfg_refuse(at,
                              "%s is read already: it is named twice, or "
                              "includes itself",
                              path);
    if (files->n == MAX_CONF_FILES)
        return cfg_refuse(at, "more than %d files", MAX_CONF_FILES);
    files->seen[files->n].dev = st.st_dev;
    files->seen[files->n++].ino = st.st_ino;
    return ERR_OK;
}

/* In the folder of the file that names it. */
static const char *whole_pattern(struct arena *a, const char *file,
                                 const char *pattern)
{
    const char *slash = strrchr(file, '/');
    if (pattern[0] == '/' || slash == NULL)
        return pattern;
    return arena_fmt(a, "%.*s/%s", (int)(slash - file), file, pattern);
}

static const char *const *copy_paths(struct arena *a, const glob_t *found)
{
    const char **paths = ARENA_ARRAY(a, const char *, found->gl_pathc + 1);
    for (size_t i = 0; i < found->gl_pathc; i++)
        paths[i] = arena_strdup(a, found->gl_pathv[i]);
    return paths;
}

enum err cfg_match(struct arena *a, const char *pattern, const struct place *at,
                   const char *const **ret_paths)
{
    glob_t found = {0};
    const char *whole = whole_pattern(a, at->file, pattern);
    int rc = glob(whole, GLOB_ERR, NULL, &found); /* in alphabetical order */
    bool none = rc == GLOB_NOMATCH && strpbrk(pattern, "*?[") != NULL;
    if (rc == 0 || none)
        *ret_paths = copy_paths(a, &found);
    globfree(&found);
    if (rc == 0 || none)
        return ERR_OK;
    return cfg_refuse(at,
                      rc == GLOB_NOMATCH
                          ? "no file %s; create it, or remove the line"
                          : "%s: its folder cannot be read; create it, or "
                            "remove the line",
                      whole);
}
