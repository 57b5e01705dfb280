/*
 * Making a backup, and reading one to its last byte.
 */
#include "out/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/rand.h"
#include "out/backup_impl.h"
#include "out/manifest.h"

enum {
    FOLDER_MODE = 0700, /* nobody else need see them, sealed as they are */
    FILE_MODE = 0600,
    LEFT_AGE_S = 24 * 3600, /* what a killed program left goes after so long */
    MAX_FILES = 1 << 20,
    PIECE = 64 << 10
};

const char *const backup_databases[] = {
    [DB_PG] = "database.pgdump", [DB_SQLITE] = "database.sqlite"};

enum err backup_env_init(struct backup_env *env, const struct config *conf,
                         struct arena *a, struct err_note *why)
{
    *env = (struct backup_env){.conf = conf, .arena = a};
    return archive_keys_init(&env->keys, conf->backup.key,
                             conf->backup.old_keys, why);
}

void backup_alive(const struct backup_env *env)
{
    if (env->alive != NULL)
        env->alive(env->arg);
}

/* --- the folder --- */

enum err backup_folder(const struct config *conf, int *ret_fd,
                       struct err_note *why)
{
    const char *path = conf->backup.folder;
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST)
        return err_errno(why, ERR_CONFIG, "backup.folder: %s", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || faccessat(fd, ".", W_OK | X_OK, 0) != 0) {
        err_errno(why, ERR_CONFIG, "backup.folder: %s", path);
        fd_done(&fd);
        return ERR_CONFIG;
    }
    *ret_fd = fd;
    return ERR_OK;
}

static void sweep(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct stat st;
    if (d == NULL) {
        fd_done(&fd);
        return;
    }
    for (const struct dirent *f; (f = readdir(d)) != NULL;)
        if (strncmp(f->d_name, ".backup-", 8) == 0 &&
            fstatat(folder, f->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_mtime < clock_now() - LEFT_AGE_S)
            unlinkat(folder, f->d_name, 0);
    closedir(d);
}

/* In milliseconds: the order of the names is that of the backups. */
static const char *new_name(struct arena *a, int64_t at_ms)
{
    char stamp[32], random[5];
    time_t t = (time_t)(at_ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
    rand_hex(random, 2);
    return arena_fmt(a, BACKUP_PREFIX "%s.%03dZ-%s" BACKUP_SUFFIX, stamp,
                     (int)(at_ms % 1000), random);
}

int64_t backup_name_time(const char *name)
{
    static const char form[] = ".000Z-xxxx" BACKUP_SUFFIX;
    struct tm tm = {0};
    size_t n = strlen(BACKUP_PREFIX);
    if (strncmp(name, BACKUP_PREFIX, n) != 0)
        return 0;
    const char *end = strptime(name + n, "%Y%m%dT%H%M%S", &tm);
    if (end == NULL || strlen(end) != strlen(form) || end[0] != '.' ||
        strspn(end + 1, "0123456789") != 3 || strncmp(end + 4, "Z-", 2) != 0 ||
        strspn(end + 6, "0123456789abcdef") != 4 ||
        strcmp(end + 10, BACKUP_SUFFIX) != 0)
        return 0;
    return (int64_t)timegm(&tm);
}

/* --- making --- */

struct making {
    struct backup_env *env;
    struct archive_writer *w;
    struct filestore *files;
    struct backup_info *info;
    struct err_note *why;
};

static enum err put(void *arg, const void *p, size_t n)
{
    struct making *m = arg;
    backup_alive(m->env);
    return archive_write(m->w, p, n, m->why);
}

static enum err add_database(struct making *m)
{
    const struct config *conf = m->env->conf;
    const struct dump_place place = {.url = conf->database.url,
                                     .work = conf->backup.folder};
    struct backup_info *info = m->info;
    info->database = backup_databases[dump_kind(place.url)];
    TRY(archive_file(m->w, info->database, m->why));
    TRY(dump_write(&place, m->env->arena, put, m, &info->facts, m->why));
    for (size_t i = 0; i < info->facts.n; i++)
        info->rows += info->facts.tables[i].rows;
    return ERR_OK;
}

static enum err copy_file(struct making *m, int fd, const char *name)
{
    struct backup_hash hash;
    backup_hash_begin(&hash);
    for (;;) {
        unsigned char piece[PIECE];
        ssize_t n = read(fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(m->why, ERR_SYSTEM, "files: %s", name);
        if (n == 0)
            break;
        crypto_hash_sha256_update(&hash.state, piece, (size_t)n);
        TRY(put(m, piece, (size_t)n));
    }
    m->info->files++;
    m->info->damaged += !backup_hash_is(&hash, name);
    return ERR_OK;
}

/* One that went since the folder was read belongs to nobody any more. */
static enum err add_file(void *arg, const char *name)
{
    struct making *m = arg;
    CLEANUP(fd_done) int fd = -1;
    char entry[sizeof(BACKUP_FILES) + ARCHIVE_HASH_SIZE];
    enum err e = filestore_open(m->files, name, &fd, m->why);
    if (e == ERR_NOTFOUND)
        return ERR_OK;
    TRY(e);
    snprintf(entry, sizeof(entry), BACKUP_FILES "%s", name);
    TRY(archive_file(m->w, entry, m->why));
    return copy_file(m, fd, name);
}

static enum err add_manifest(struct making *m)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, MAX_MANIFEST_BYTES);
    manifest_write(m->info, &b);
    TRY(archive_file(m->w, BACKUP_MANIFEST, m->why));
    return archive_write(m->w, buf_str(&b), b.n, m->why);
}

/* The database first: a file is on the disk before a row speaks of it. */
static enum err fill(struct making *m, int fd)
{
    char hash[ARCHIVE_HASH_SIZE];
    TRY(archive_begin(m->w, fd, &m->env->keys.key[0], m->why));
    TRY(add_database(m));
    TRY(filestore_each(m->files, add_file, m, m->why));
    TRY(add_manifest(m));
    TRY(archive_end(m->w, hash, m->why));
    m->info->sha256 = arena_strdup(m->env->arena, hash);
    m->info->bytes = m->w->bytes;
    return ERR_OK;
}

/* Does what lies on the disk say the same? */
static enum err check(struct making *m, int fd)
{
    struct backup_info read;
    TRY(backup_read(m->env, fd, &read, m->why));
    if (strcmp(read.sha256, m->info->sha256) != 0 ||
        read.rows != m->info->rows || read.files != m->info->files)
        return err_set(m->why, ERR_SYSTEM,
                       "the disk gave back something else than was written");
    return ERR_OK;
}

static enum err make_at(struct making *m, int folder, const char *temp)
{
    int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    CLEANUP(fd_done) int fd = openat(folder, temp, flags, FILE_MODE);
    if (fd < 0)
        return err_errno(m->why, errno == ENOSPC ? ERR_NOSPACE : ERR_SYSTEM,
                         "backup.folder");
    TRY(fill(m, fd));
    TRY(check(m, fd));
    if (renameat(folder, temp, folder, m->info->file) != 0 ||
        fsync(folder) != 0)
        return err_errno(m->why, ERR_SYSTEM, "backup.folder");
    return ERR_OK;
}

static enum err make(struct making *m, int folder)
{
    char random[17];
    struct arena *a = m->env->arena;
    int64_t start = clock_ms();
    sweep(folder);
    rand_hex(random, 8);
    const char *temp = arena_fmt(a, ".backup-%s", random);
    m->w = ARENA_NEW(a, struct archive_writer);
    int64_t now_ms = clock_wall_ms();
    m->info->made_at = now_ms / 1000;
    m->info->file = new_name(a, now_ms);
    enum err e = make_at(m, folder, temp);
    if (e != ERR_OK)
        unlinkat(folder, temp, 0);
    m->info->took_ms = clock_ms() - start;
    return e;
}

enum err backup_make(struct backup_env *env, struct backup_info *ret,
                     struct err_note *why)
{
    CLEANUP(fd_done) int folder = -1;
    struct backup_info info = {0};
    struct making m = {.env = env, .info = &info, .why = why};
    TRY(backup_folder(env->conf, &folder, why));
    TRY(filestore_new(env->conf->files.dir, &m.files, why));
    enum err e = make(&m, folder);
    filestore_free(m.files);
    if (e == ERR_OK)
        *ret = info;
    return e;
}

/* --- reading --- */

void backup_hash_begin(struct backup_hash *h)
{
    crypto_hash_sha256_init(&h->state);
}

bool backup_hash_is(const struct backup_hash *h, const char *hex)
{
    unsigned char bytes[crypto_hash_sha256_BYTES];
    char text[ARCHIVE_HASH_SIZE];
    crypto_hash_sha256_state state = h->state;
    crypto_hash_sha256_final(&state, bytes);
    sodium_bin2hex(text, sizeof(text), bytes, sizeof(bytes));
    return strcmp(text, hex) == 0;
}

/* What reading has found so far. */
struct reading {
    struct backup_env *env;
    struct archive_reader *r;
    struct err_note *why;
    struct backup_hash hash; /* of the present file */
    struct buf manifest;
    const char *database; /* name of its entry */
    const char **hashes;
    size_t n, room, damaged;
};

/* Reads the present file to its end, into b if that is not NULL. */
static enum err drain(struct reading *x, struct buf *b)
{
    const unsigned char *p = NULL;
    size_t n = 0;
    backup_hash_begin(&x->hash);
    do {
        TRY(archive_read(x->r, &p, &n, x->why));
        if (n == 0)
            return ERR_OK;
        crypto_hash_sha256_update(&x->hash.state, p, n);
        if (b != NULL)
            buf_add(b, p, n);
        backup_alive(x->env);
    } while (true);
}

static enum err note_hash(struct reading *x, const char *hash)
{
    struct arena *a = x->env->arena;
    if (x->n == MAX_FILES)
        return err_set(x->why, ERR_TOOLARGE, "more than %d files", MAX_FILES);
    if (x->n == x->room) {
        size_t room = x->room > 0 ? 2 * x->room : 256;
        const char **more = ARENA_ARRAY(a, const char *, room);
        if (x->n > 0)
            memcpy(more, x->hashes, x->n * sizeof(*more));
        x->hashes = more;
        x->room = room;
    }
    x->hashes[x->n++] = arena_strdup(a, hash);
    return ERR_OK;
}

static enum err read_file(struct reading *x, const char *name)
{
    size_t n = strlen(BACKUP_FILES);
    if (strcmp(name, BACKUP_MANIFEST) == 0)
        return drain(x, &x->manifest);
    if (strncmp(name, BACKUP_FILES, n) != 0) {
        x->database = arena_strdup(x->env->arena, name);
        return drain(x, NULL);
    }
    TRY(note_hash(x, name + n));
    TRY(drain(x, NULL));
    x->damaged += !backup_hash_is(&x->hash, x->hashes[x->n - 1]);
    return ERR_OK;
}

static enum err read_all(struct reading *x, int fd)
{
    const char *name;
    enum err e;
    TRY(archive_open(x->r, fd, &x->env->keys, x->why));
    while ((e = archive_next(x->r, &name, x->why)) == ERR_OK)
        TRY(read_file(x, name));
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is in it what it says is in it? */
static enum err compare(struct reading *x, int fd, struct backup_info *ret)
{
    char hash[ARCHIVE_HASH_SIZE];
    struct arena *a = x->env->arena;
    struct stat st;
    TRY(manifest_read(buf_str(&x->manifest), a, ret, x->why));
    if (x->database == NULL || strcmp(x->database, ret->database) != 0 ||
        ret->files != (int64_t)x->n || ret->damaged != (int64_t)x->damaged)
        return err_set(x->why, ERR_INVALID,
                       "the backup does not hold what it says it does");
    if (fstat(fd, &st) != 0)
        return err_errno(x->why, ERR_SYSTEM, "the backup cannot be read");
    archive_hash(x->r, hash);
    if (x->n > 0)
        qsort(x->hashes, x->n, sizeof(x->hashes[0]), compare_texts);
    ret->hashes = x->hashes;
    ret->sha256 = arena_strdup(a, hash);
    ret->bytes = (int64_t)st.st_size;
    return ERR_OK;
}

enum err backup_read(struct backup_env *env, int fd, struct backup_info *ret,
                     struct err_note *why)
{
    struct reading x = {.env = env, .why = why};
    struct backup_info info;
    x.r = ARENA_NEW(env->arena, struct archive_reader);
    buf_init(&x.manifest, MAX_MANIFEST_BYTES);
    enum err e = read_all(&x, fd);
    if (e == ERR_OK)
        e = compare(&x, fd, &info);
    buf_done(&x.manifest);
    if (e == ERR_OK)
        *ret = info;
    return e;
}
