#include "store/filestore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/rand.h"

enum {
    HASH_BYTES = crypto_hash_sha256_BYTES,
    HASH_CHARS = 2 * HASH_BYTES,
    NAME_BYTES = 16, /* random, of a temporary file */
    NAME_CHARS = 32,
    TEMP_PATH = sizeof("tmp/") + NAME_CHARS,
    FOLDER_MODE = 0750, /* a set-group-ID bit above is inherited */
    FILE_MODE = 0640
};

struct filestore {
    int dir;
};

struct filestore_temp {
    struct filestore *store;
    struct arena *arena;
    int fd;               /* -1: closed */
    char path[TEMP_PATH]; /* below the store; "" when it is not there */
    crypto_hash_sha256_state hash;
};

static enum err failed(struct err_note *why, const char *what)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return err_errno(why, full ? ERR_NOSPACE : ERR_SYSTEM, "files: %s", what);
}

/* --- the store --- */

/* mkdir -p */
static bool make_folders(const char *dir)
{
    char *path = strdup(dir);
    if (path == NULL)
        abort();
    bool ok = true;
    for (char *at = path + 1; ok && at[-1] != '\0'; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char after = *at;
        *at = '\0';
        ok = mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST;
        *at = after;
    }
    free(path);
    return ok;
}

static bool is_temp_name(const char *name)
{
    return strlen(name) == NAME_CHARS &&
           strspn(name, "0123456789abcdef") == NAME_CHARS;
}

/* One that nobody holds locked is nobody's any more. */
static void remove_if_left(int folder, const char *name)
{
    CLEANUP(fd_done)
    int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
}

static bool sweep(const struct filestore *s)
{
    int folder = openat(s->dir, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = folder >= 0 ? fdopendir(folder) : NULL;
    if (d == NULL) {
        fd_done(&folder);
        return false;
    }
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (is_temp_name(e->d_name))
            remove_if_left(folder, e->d_name);
    closedir(d);
    return true;
}

enum err filestore_new(const char *dir, struct filestore **ret_store,
                       struct err_note *why)
{
    struct filestore *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    s->dir = -1;
    if (make_folders(dir))
        s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0 ||
        (mkdirat(s->dir, "tmp", FOLDER_MODE) != 0 && errno != EEXIST) ||
        faccessat(s->dir, "tmp", W_OK | X_OK, 0) != 0 || !sweep(s)) {
        enum err e = err_errno(why, ERR_CONFIG, "files.dir: %s", dir);
        filestore_free(s);
        return e;
    }
    *ret_store = s;
    return ERR_OK;
}

struct filestore *filestore_free(struct filestore *s)
{
    if (s == NULL)
        return NULL;
    fd_done(&s->dir);
    free(s);
    return NULL;
}

/* --- a file that arrives --- */

/*
 * False with errno when it cannot be made. Whoever sweeps may have met the
 * new file before it was locked, and removed it: then another one.
 */
static bool make_temp(struct filestore_temp *t)
{
    for (int tries = 0; tries < 8; tries++) {
        struct stat st;
        memcpy(t->path, "tmp/", sizeof("tmp/"));
        rand_hex(t->path + 4, NAME_BYTES);
        t->fd = openat(t->store->dir, t->path,
                       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
        if (t->fd < 0)
            break;
        if (flock(t->fd, LOCK_EX | LOCK_NB) == 0 && fstat(t->fd, &st) == 0 &&
            st.st_nlink > 0)
            return fchmod(t->fd, FILE_MODE) == 0;
        fd_done(&t->fd);
    }
    t->path[0] = '\0';
    return false;
}

void filestore_drop(struct filestore_temp *t)
{
    if (t->path[0] != '\0')
        unlinkat(t->store->dir, t->path, 0);
    t->path[0] = '\0';
    fd_done(&t->fd);
}

static void drop(void *t)
{
    filestore_drop(t);
}

enum err filestore_begin(struct filestore *s, struct arena *a,
                         struct filestore_temp **ret_temp, struct err_note *why)
{
    struct filestore_temp *t = ARENA_NEW(a, struct filestore_temp);
    t->store = s;
    t->arena = a;
    t->fd = -1;
    crypto_hash_sha256_init(&t->hash);
    arena_defer(a, drop, t);
    if (!make_temp(t))
        return failed(why, "a temporary file");
    *ret_temp = t;
    return ERR_OK;
}

enum err filestore_write(struct filestore_temp *t, const void *p, size_t n,
                         struct err_note *why)
{
    if (!fd_write_all(t->fd, p, n))
        return failed(why, "writing");
    crypto_hash_sha256_update(&t->hash, p, n);
    return ERR_OK;
}

int filestore_fd(const struct filestore_temp *t)
{
    return t->fd;
}

/* --- its place --- */

static bool is_hash(const char *hash)
{
    return strlen(hash) == HASH_CHARS &&
           strspn(hash, "0123456789abcdef") == HASH_CHARS;
}

const char *filestore_path(struct arena *a, const char *hash)
{
    return is_hash(hash) ? arena_fmt(a, "%.2s/%.2s/%s", hash, hash + 2, hash)
                         : NULL;
}

/* What a folder holds is on the disk only when the folder is. */
static bool sync_folder(int dir, const char *path)
{
    CLEANUP(fd_done)
    int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

static bool move(struct filestore_temp *t, const char *path)
{
    int dir = t->store->dir;
    const char *inner = arena_dup(t->arena, path, strlen("ab/cd"));
    const char *outer = arena_dup(t->arena, path, strlen("ab"));
    if ((mkdirat(dir, outer, FOLDER_MODE) != 0 && errno != EEXIST) ||
        (mkdirat(dir, inner, FOLDER_MODE) != 0 && errno != EEXIST) ||
        renameat(dir, t->path, dir, path) != 0)
        return false;
    t->path[0] = '\0';
    return sync_folder(dir, inner) && sync_folder(dir, outer) &&
           fsync(dir) == 0;
}

enum err filestore_keep(struct filestore_temp *t, const char **ret_hash,
                        struct err_note *why)
{
    unsigned char bytes[HASH_BYTES];
    char *hash = arena_alloc(t->arena, HASH_CHARS + 1);
    crypto_hash_sha256_state state = t->hash;
    crypto_hash_sha256_final(&state, bytes);
    sodium_bin2hex(hash, HASH_CHARS + 1, bytes, sizeof(bytes));
    if (fsync(t->fd) != 0 || !move(t, filestore_path(t->arena, hash)))
        return failed(why, "keeping");
    *ret_hash = hash;
    return ERR_OK;
}

enum err filestore_open(struct filestore *s, const char *hash, int *ret_fd,
                        struct err_note *why)
{
    char path[sizeof("ab/cd/") + HASH_CHARS];
    if (!is_hash(hash))
        return err_set(why, ERR_NOTFOUND, "files: no hash: %.80s", hash);
    snprintf(path, sizeof(path), "%.2s/%.2s/%s", hash, hash + 2, hash);
    int fd = openat(s->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_errno(why, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM,
                         "files: %s", path);
    *ret_fd = fd;
    return ERR_OK;
}

/* --- all of them --- */

/* ab/ and cd/ have two digits, the files all 64. */
enum { FOLDER_CHARS = 2, FOLDER_DEPTH = 2 };

static bool is_hex(const char *name, size_t n)
{
    return strlen(name) == n && strspn(name, "0123456789abcdef") == n;
}

static enum err walk(int parent, const char *path, int depth, filestore_fn *fn,
                     void *arg, struct err_note *why)
{
    int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    enum err e = ERR_OK;
    if (d == NULL) {
        fd_done(&fd);
        return failed(why, path);
    }
    for (const struct dirent *f; e == ERR_OK && (f = readdir(d)) != NULL;) {
        bool folder = depth < FOLDER_DEPTH;
        if (!is_hex(f->d_name, folder ? FOLDER_CHARS : HASH_CHARS))
            continue;
        e = folder ? walk(fd, f->d_name, depth + 1, fn, arg, why)
                   : fn(arg, f->d_name);
    }
    closedir(d);
    return e;
}

enum err filestore_each(struct filestore *s, filestore_fn *fn, void *arg,
                        struct err_note *why)
{
    return walk(s->dir, ".", 0, fn, arg, why);
}

/* --- and away --- */

/* The file at path, if it is still the one that st tells of. */
static bool remove_same(const struct filestore *s, const char *path,
                        const struct stat *st)
{
    char temp[TEMP_PATH] = "tmp/";
    struct stat moved;
    rand_hex(temp + strlen(temp), NAME_BYTES);
    if (renameat(s->dir, path, s->dir, temp) != 0 ||
        fstatat(s->dir, temp, &moved, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    if (moved.st_ino != st->st_ino) /* a new one took its place meanwhile */
        return renameat(s->dir, temp, s->dir, path) == 0;
    return unlinkat(s->dir, temp, 0) == 0;
}

enum err filestore_remove(struct filestore *s, const char *hash, int64_t age_s,
                          struct err_note *why)
{
    struct stat st;
    char path[sizeof("ab/cd/") + HASH_CHARS];
    if (!is_hash(hash))
        return err_set(why, ERR_NOTFOUND, "files: no hash: %.80s", hash);
    snprintf(path, sizeof(path), "%.2s/%.2s/%s", hash, hash + 2, hash);
    CLEANUP(fd_done)
    int fd = openat(s->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? ERR_OK : failed(why, "removing");
    /* who brought it has it locked until the request ends; we do so that
     * nobody's sweep of tmp/ takes it from under us */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? ERR_OK : failed(why, "removing");
    if (fstat(fd, &st) != 0)
        return failed(why, "removing");
    if (st.st_mtime > clock_now() - age_s)
        return ERR_OK;
    return remove_same(s, path, &st) ? ERR_OK : failed(why, "removing");
}
