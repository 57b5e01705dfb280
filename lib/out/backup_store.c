#include "out/backup_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/rand.h"
#include "out/azure.h"

enum { MAX_KEPT = 10000, DAY_S = 24 * 3600, THIN_S = 2 * DAY_S };

static void close_azure(struct azure **az)
{
    azure_free(*az);
}

static bool is_offsite(const struct backup_env *env)
{
    return env->conf->backup.azure[0] != '\0';
}

static enum err open_azure(const struct backup_env *env, struct azure **ret,
                           struct err_note *why)
{
    const struct azure_conf conf = {.connection = env->conf->backup.azure,
                                    .container = env->conf->backup.container,
                                    .ca_file = env->conf->backup.ca_file,
                                    .telemetry = env->telemetry,
                                    .operation = env->operation,
                                    .alive = env->alive,
                                    .arg = env->arg};
    return azure_new(&conf, ret, why);
}

/* --- what is kept --- */

struct list {
    struct backup_kept *items;
    size_t n;
};

static struct backup_kept *find(const struct list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->items[i].name, name) == 0)
            return &l->items[i];
    return NULL;
}

/* The one called name, new if it is not in the list; NULL for other names. */
static struct backup_kept *note(struct list *l, struct arena *a,
                                const char *name)
{
    int64_t at = backup_name_time(name);
    struct backup_kept *k = find(l, name);
    if (at == 0 || k != NULL || l->n == MAX_KEPT)
        return k;
    k = &l->items[l->n++];
    *k = (struct backup_kept){.name = arena_strdup(a, name), .at = at};
    return k;
}

static enum err list_folder(struct backup_env *env, struct list *l,
                            struct err_note *why)
{
    int fd = -1;
    TRY(backup_folder(env->conf, &fd, why));
    DIR *d = fdopendir(fd);
    if (d == NULL) {
        fd_done(&fd);
        return err_errno(why, ERR_SYSTEM, "backup.folder");
    }
    for (const struct dirent *f; (f = readdir(d)) != NULL;) {
        struct stat st;
        struct backup_kept *k = note(l, env->arena, f->d_name);
        if (k == NULL || fstatat(fd, f->d_name, &st, 0) != 0)
            continue;
        k->here = true;
        k->bytes = (int64_t)st.st_size;
    }
    closedir(d);
    return ERR_OK;
}

static enum err list_azure(struct backup_env *env, struct list *l,
                           struct err_note *why)
{
    CLEANUP(close_azure) struct azure *az = NULL;
    const struct azure_blob *b;
    TRY(open_azure(env, &az, why));
    TRY(azure_list(az, env->arena, BACKUP_PREFIX, &b, why));
    for (; b != NULL; b = b->next) {
        struct backup_kept *k = note(l, env->arena, b->name);
        if (k == NULL)
            continue;
        k->offsite = true;
        k->bytes = b->bytes;
    }
    return ERR_OK;
}

static int newest_first(const void *a, const void *b)
{
    const struct backup_kept *x = a, *y = b;
    return strcmp(y->name, x->name);
}

enum err backup_kept_list(struct backup_env *env, struct backup_kept **ret,
                          size_t *ret_n, struct err_note *why)
{
    struct list l = {.items =
                         ARENA_ARRAY(env->arena, struct backup_kept, MAX_KEPT)};
    TRY(list_folder(env, &l, why));
    if (is_offsite(env))
        TRY(list_azure(env, &l, why));
    qsort(l.items, l.n, sizeof(l.items[0]), newest_first);
    *ret = l.items;
    *ret_n = l.n;
    return ERR_OK;
}

/* --- opening one --- */

static enum err open_path(const char *path, int *ret_fd, struct err_note *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(why, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, "%s",
                         path);
    *ret_fd = fd;
    return ERR_OK;
}

/* A file that has no name any more. */
static enum err open_nameless(struct backup_env *env, int *ret_fd,
                              struct err_note *why)
{
    CLEANUP(fd_done) int folder = -1;
    char random[17];
    TRY(backup_folder(env->conf, &folder, why));
    rand_hex(random, 8);
    const char *temp = arena_fmt(env->arena, ".backup-%s", random);
    *ret_fd = openat(folder, temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*ret_fd < 0 || unlinkat(folder, temp, 0) != 0)
        return err_errno(why, errno == ENOSPC ? ERR_NOSPACE : ERR_SYSTEM,
                         "backup.folder");
    return ERR_OK;
}

static enum err fetch(struct backup_env *env, const char *name, int *ret_fd,
                      struct err_note *why)
{
    CLEANUP(close_azure) struct azure *az = NULL;
    int fd = -1;
    if (backup_name_time(name) == 0) /* it becomes a part of an address */
        return err_set(why, ERR_NOTFOUND, "%s: no name of a backup", name);
    TRY(open_azure(env, &az, why));
    enum err e = open_nameless(env, &fd, why);
    if (e == ERR_OK) {
        char hash[ARCHIVE_HASH_SIZE];
        e = azure_get(az, env->arena, name, fd, hash, why);
    }
    if (e == ERR_OK)
        *ret_fd = fd;
    else
        fd_done(&fd);
    return e;
}

static enum err open_named(struct backup_env *env, const char *name, bool far,
                           int *ret_fd, struct err_note *why)
{
    CLEANUP(fd_done) int folder = -1;
    TRY(backup_folder(env->conf, &folder, why));
    if (far && is_offsite(env)) {
        enum err e = fetch(env, name, ret_fd, why);
        if (e != ERR_NOTFOUND)
            return e;
    }
    *ret_fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*ret_fd >= 0)
        return ERR_OK;
    if (errno == ENOENT && !far && is_offsite(env))
        return fetch(env, name, ret_fd, why);
    return err_errno(why, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, "%s/%s",
                     env->conf->backup.folder, name);
}

enum err backup_kept_open(struct backup_env *env, const char *name, bool far,
                          int *ret_fd, const char **ret_name,
                          struct err_note *why)
{
    struct backup_kept *all;
    size_t n;
    if (name != NULL && strchr(name, '/') != NULL) {
        *ret_name = strrchr(name, '/') + 1;
        return open_path(name, ret_fd, why);
    }
    if (name == NULL || strcmp(name, "latest") == 0) {
        TRY(backup_kept_list(env, &all, &n, why));
        if (n == 0)
            return err_set(why, ERR_NOTFOUND, "there is no backup in %s",
                           env->conf->backup.folder);
        name = all[0].name;
    }
    *ret_name = name;
    return open_named(env, name, far, ret_fd, why);
}

/* --- storing elsewhere --- */

static enum err hash_of(int fd, char ret[ARCHIVE_HASH_SIZE],
                        struct err_note *why)
{
    unsigned char piece[64 << 10], bytes[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    ssize_t n;
    for (off_t at = 0; (n = pread(fd, piece, sizeof(piece), at)) > 0; at += n)
        crypto_hash_sha256_update(&state, piece, (size_t)n);
    if (n < 0)
        return err_errno(why, ERR_SYSTEM, "the backup cannot be read");
    crypto_hash_sha256_final(&state, bytes);
    sodium_bin2hex(ret, ARCHIVE_HASH_SIZE, bytes, sizeof(bytes));
    return ERR_OK;
}

enum err backup_kept_send(struct backup_env *env, const char *name,
                          struct err_note *why)
{
    CLEANUP(close_azure) struct azure *az = NULL;
    CLEANUP(fd_done) int fd = -1;
    char here[ARCHIVE_HASH_SIZE], there[ARCHIVE_HASH_SIZE];
    TRY(open_path(
        arena_fmt(env->arena, "%s/%s", env->conf->backup.folder, name), &fd,
        why));
    TRY(hash_of(fd, here, why));
    TRY(open_azure(env, &az, why));
    TRY(azure_put(az, env->arena, name, fd, why));
    TRY(azure_get(az, env->arena, name, -1, there, why));
    if (strcmp(here, there) == 0)
        return ERR_OK;
    TRY(azure_delete(az, env->arena, name, why));
    return err_set(why, ERR_UNAVAIL,
                   "what came to lie there is not what was sent");
}

/* --- removing --- */

static enum err remove_kept(struct backup_env *env, struct azure *az,
                            const struct backup_kept *k, struct err_note *why)
{
    CLEANUP(fd_done) int folder = -1;
    TRY(backup_folder(env->conf, &folder, why));
    if (unlinkat(folder, k->name, 0) != 0 && errno != ENOENT)
        return err_errno(why, ERR_SYSTEM, "%s", k->name);
    return k->offsite ? azure_delete(az, env->arena, k->name, why) : ERR_OK;
}

/* The list is newest first: the first one of a day is the one to keep. */
static bool must_go(const struct backup_env *env, const struct backup_kept *k,
                    const struct backup_row *good, int64_t *day)
{
    int64_t age = clock_now() - k->at;
    int64_t keep_s = env->conf->backup.keep_ms / 1000;
    bool is_last = k->at / DAY_S != *day;
    *day = k->at / DAY_S;
    if (k->at >= good->created_at || strcmp(k->name, good->file) == 0)
        return false;
    return age > keep_s || (age > THIN_S && !is_last);
}

static enum err prune(struct backup_env *env, struct db *db, struct actor *by,
                      const struct backup_row *good, size_t *ret_removed,
                      struct err_note *why)
{
    CLEANUP(close_azure) struct azure *az = NULL;
    struct backup_kept *all;
    size_t n;
    int64_t day = -1;
    if (is_offsite(env))
        TRY(open_azure(env, &az, why));
    TRY(backup_kept_list(env, &all, &n, why));
    for (size_t i = 0; i < n; i++) {
        if (!must_go(env, &all[i], good, &day))
            continue;
        TRY(remove_kept(env, az, &all[i], why));
        enum err e = backup_row_gone(db, by, all[i].name);
        if (e != ERR_OK)
            return err_set(why, e, "%s", db_error(db));
        ++*ret_removed;
    }
    return ERR_OK;
}

enum err backup_kept_prune(struct backup_env *env, struct db *db,
                           struct actor *by, size_t *ret_removed,
                           struct err_note *why)
{
    struct backup_row good;
    *ret_removed = 0;
    enum err e = backup_row_newest(db, env->arena, &good);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    if (e != ERR_OK)
        return err_set(why, e, "%s", db_error(db));
    return prune(env, db, by, &good, ret_removed, why);
}
