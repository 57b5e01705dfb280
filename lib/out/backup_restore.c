/*
 * backup_restore - the way back: first everything is read and compared, then
 * the files come, then the database in one transaction. If that fails, the
 * files that had not been there go again.
 */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "out/backup_impl.h"

struct restoring {
    struct backup_env *env;
    struct archive_reader *r;
    struct filestore *files;
    struct err_note *why;
    const char **added; /* hashes of files that had not been there */
    size_t n_added;
};

/* Begins to read again, up to the entry called name. */
static enum err go_to(struct restoring *x, int fd, const char *wanted)
{
    const char *name = "";
    TRY(archive_open(x->r, fd, &x->env->keys, x->why));
    while (strcmp(name, wanted) != 0)
        TRY(archive_next(x->r, &name, x->why));
    return ERR_OK;
}

/* --- the database --- */

static enum err get(void *arg, const unsigned char **ret_p, size_t *ret_n)
{
    struct restoring *x = arg;
    backup_alive(x->env);
    return archive_read(x->r, ret_p, ret_n, x->why);
}

static enum err put_database(struct restoring *x, int fd,
                             const struct dump_place *place, bool replace)
{
    TRY(go_to(x, fd, backup_databases[dump_kind(place->url)]));
    return dump_restore(place, replace, get, x, x->why);
}

enum err backup_restore_database(struct backup_env *env, int fd,
                                 const struct dump_place *place, bool replace,
                                 struct err_note *why)
{
    struct restoring x = {.env = env, .why = why};
    x.r = ARENA_NEW(env->arena, struct archive_reader);
    return put_database(&x, fd, place, replace);
}

/* --- the files --- */

static bool is_there(struct restoring *x, const char *hash)
{
    CLEANUP(fd_done) int fd = -1;
    struct err_note ignored;
    return filestore_open(x->files, hash, &fd, &ignored) == ERR_OK;
}

static enum err put_file(struct restoring *x, const char *hash, struct arena *a)
{
    struct filestore_temp *t;
    const unsigned char *p = NULL;
    const char *kept;
    size_t n = 0;
    if (is_there(x, hash))
        return ERR_OK;
    TRY(filestore_begin(x->files, a, &t, x->why));
    for (;;) {
        TRY(get(x, &p, &n));
        if (n == 0)
            break;
        TRY(filestore_write(t, p, n, x->why));
    }
    TRY(filestore_keep(t, &kept, x->why));
    x->added[x->n_added++] = arena_strdup(x->env->arena, kept);
    return ERR_OK;
}

static enum err put_files(struct restoring *x, int fd)
{
    size_t n = strlen(BACKUP_FILES);
    const char *name;
    enum err e;
    struct arena *a = arena_new(1 << 20, NULL, NULL); /* of one file */
    e = archive_open(x->r, fd, &x->env->keys, x->why);
    while (e == ERR_OK && (e = archive_next(x->r, &name, x->why)) == ERR_OK) {
        if (strncmp(name, BACKUP_FILES, n) == 0)
            e = put_file(x, arena_strdup(a, name + n), a);
        arena_reset(a);
    }
    arena_free(a);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static void take_files_back(struct restoring *x)
{
    struct err_note ignored;
    for (size_t i = 0; i < x->n_added; i++)
        if (filestore_remove(x->files, x->added[i], 0, &ignored) != ERR_OK)
            return; /* one without a row does no harm */
}

/* --- all of it --- */

static enum err any_file(void *arg UNUSED, const char *hash UNUSED)
{
    return ERR_CONFLICT;
}

/* What must not be lost is looked for before anything is written. */
static enum err check_empty(struct restoring *x)
{
    const struct config *conf = x->env->conf;
    bool empty = false;
    TRY(dump_is_empty(conf->database.url, &empty, x->why));
    if (!empty)
        return err_set(x->why, ERR_CONFLICT,
                       "the database is not empty; with --replace, what it "
                       "holds goes");
    if (filestore_each(x->files, any_file, NULL, x->why) == ERR_CONFLICT)
        return err_set(x->why, ERR_CONFLICT,
                       "there are files in %s already; with --replace, those "
                       "of the backup come to them",
                       conf->files.dir);
    return ERR_OK;
}

static enum err check_kind(const struct restoring *x,
                           const struct backup_info *info)
{
    enum db_kind kind = dump_kind(x->env->conf->database.url);
    if (strcmp(info->database, backup_databases[kind]) == 0)
        return ERR_OK;
    return err_set(x->why, ERR_CONFIG,
                   "it holds %s, and database.url names the other kind of "
                   "database",
                   info->database);
}

static enum err restore(struct restoring *x, int fd, bool replace,
                        const struct backup_info *info)
{
    const struct config *conf = x->env->conf;
    const struct dump_place place = {.url = conf->database.url,
                                     .work = conf->backup.folder};
    TRY(check_kind(x, info));
    if (!replace)
        TRY(check_empty(x));
    x->added =
        ARENA_ARRAY(x->env->arena, const char *, (size_t)info->files + 1);
    enum err e = put_files(x, fd);
    if (e == ERR_OK)
        e = put_database(x, fd, &place, replace);
    if (e != ERR_OK)
        take_files_back(x);
    return e;
}

enum err backup_restore(struct backup_env *env, int fd, bool replace,
                        struct backup_info *ret, struct err_note *why)
{
    struct restoring x = {.env = env, .why = why};
    struct backup_info info;
    x.r = ARENA_NEW(env->arena, struct archive_reader);
    TRY(backup_read(env, fd, &info, why));
    TRY(filestore_new(env->conf->files.dir, &x.files, why));
    enum err e = restore(&x, fd, replace, &info);
    filestore_free(x.files);
    if (e == ERR_OK)
        *ret = info;
    return e;
}
