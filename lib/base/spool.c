#include "base/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/rand.h"

#define MAGIC  "PTSPOOL1"
#define SUFFIX ".spool"
#define BEGUN  ".begun" /* not a segment yet */

enum {
    AGAIN_MS = 1000,         /* after a segment could not be made */
    BEGUN_S = 60,            /* nobody takes so long to make one */
    REWIND_BYTES = 16 << 10, /* so few need not be written over */
    HEAD_TRIES = 8,          /* to read it twice the same */
    MAX_SEGMENTS = 8192      /* in a folder */
};

/* Before each record. */
struct mark {
    uint32_t n, check;
};

struct spool {
    int folder;
    char *program, *instance, *version;
    int64_t most_bytes;
    int fd;                  /* of the segment; -1: none */
    struct spool_head *head; /* its memory; NULL: none */
    uint32_t end;            /* head->end */
    int64_t again_ms;        /* not before: another try to make one */
    uint64_t lost;           /* no segment tells of these yet */
};

/* Not against malice: against a disk that was cut off in the middle. */
static uint32_t check_of(const void *p, size_t n)
{
    const char *at = p;
    uint64_t h = n, word;
    for (; n > 0; at += sizeof(word)) {
        size_t part = n < sizeof(word) ? n : sizeof(word);
        word = 0;
        if (part == sizeof(word))
            memcpy(&word, at, sizeof(word));
        else
            memcpy(&word, at, part);
        h = (h << 7 | h >> 57) + word;
        n -= part;
    }
    return (uint32_t)(h ^ h >> 32);
}

static uint32_t aligned(size_t n)
{
    return (uint32_t)(n + 7) & ~UINT32_C(7);
}

/* --- the folder --- */

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), end = strlen(suffix);
    return n > end && strcmp(name + n - end, suffix) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Appends names[0..n) in their order. */
static void add_sorted(struct buf *names, char **each, size_t n)
{
    qsort(each, n, sizeof(each[0]), by_name);
    for (size_t i = 0; i < n; i++) {
        buf_add(names, each[i], strlen(each[i]) + 1);
        free(each[i]);
    }
}

/* Left by somebody who was ended while he made one. */
static void remove_begun(int folder, const char *name)
{
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        clock_now() - (int64_t)st.st_mtime > BEGUN_S)
        unlinkat(folder, name, 0);
}

enum err spool_list(int folder, struct buf *ret_names, struct err_note *why)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    size_t n = 0;
    if (d == NULL) {
        fd_done(&fd);
        return err_errno(why, ERR_SYSTEM, "the folder of the spool");
    }
    char **each = calloc(MAX_SEGMENTS, sizeof(each[0]));
    if (each == NULL)
        abort();
    for (const struct dirent *f; (f = readdir(d)) != NULL;) {
        if (ends_with(f->d_name, BEGUN))
            remove_begun(folder, f->d_name);
        if (!ends_with(f->d_name, SUFFIX) || strlen(f->d_name) >= SPOOL_NAME ||
            n == MAX_SEGMENTS)
            continue;
        each[n] = strdup(f->d_name);
        if (each[n++] == NULL)
            abort();
    }
    closedir(d);
    add_sorted(ret_names, each, n);
    free(each);
    return ERR_OK;
}

/* Each byte as it is at some moment. */
static bool read_once(int fd, char *ret, size_t n)
{
    bool whole = pread(fd, ret, n, 0) == (ssize_t)n;
    atomic_thread_fence(memory_order_acquire); /* what follows is read later */
    return whole;
}

static bool makes_sense(const struct spool_head *h)
{
    return memcmp(h->magic, MAGIC, sizeof(h->magic)) == 0 &&
           h->size == SPOOL_SEGMENT_BYTES && h->end <= h->size &&
           h->end >= sizeof(*h) && h->taken >= sizeof(*h) && h->taken <= h->end;
}

/*
 * As it was at one moment, though its writer may be at work: two reads in a row
 * that are the same. That will do, since between two takings it is begun anew
 * once at most (rewind_if_taken()), the end first and taken last. If the first
 * read has any of the new, the second has the new end; if it has the new taken,
 * too, it has all of the new. With the old taken it makes no sense, for the end
 * is before that; one that was moved past it again brings the new taken along.
 */
static bool read_head(int fd, struct spool_head *ret)
{
    char first[sizeof(*ret)], second[sizeof(*ret)];
    for (int i = 0; i < HEAD_TRIES; i++) {
        if (!read_once(fd, first, sizeof(first)) ||
            !read_once(fd, second, sizeof(second)))
            return false;
        if (memcmp(first, second, sizeof(first)) == 0) {
            memcpy(ret, first, sizeof(first));
            return makes_sense(ret);
        }
    }
    return false;
}

/* --- room for one more --- */

/* Removes one that nobody holds; true when it is gone. */
static bool drop(struct spool *s, const char *name)
{
    struct spool_head head;
    CLEANUP(fd_done) int fd = openat(s->folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return false;
    bool known = read_head(fd, &head);
    if (unlinkat(s->folder, name, 0) != 0)
        return errno == ENOENT; /* somebody else counts it */
    if (known && head.n > head.n_taken)
        s->lost += head.n - head.n_taken;
    return true;
}

static void make_room(struct spool *s)
{
    struct buf names;
    int64_t most = s->most_bytes / SPOOL_SEGMENT_BYTES;
    buf_init(&names, MAX_SPOOL_NAMES_BYTES);
    if (spool_list(s->folder, &names, NULL) == ERR_OK && buf_ok(&names)) {
        const char *end = buf_str(&names) + names.n, *at;
        int64_t n = 0;
        for (at = buf_str(&names); at < end; at += strlen(at) + 1)
            n++;
        for (at = buf_str(&names); at < end && n >= most; at += strlen(at) + 1)
            n -= drop(s, at);
    }
    buf_done(&names);
}

/* --- a segment --- */

static void let_go(struct spool *s)
{
    if (s->head != NULL)
        munmap(s->head, SPOOL_SEGMENT_BYTES);
    s->head = NULL;
    fd_done(&s->fd); /* with its lock */
    s->fd = -1;
}

static void fill_head(struct spool *s)
{
    struct spool_head *h = s->head;
    *h = (struct spool_head){.size = SPOOL_SEGMENT_BYTES,
                             .end = sizeof(*h),
                             .taken = sizeof(*h),
                             .lost = s->lost};
    memcpy(h->magic, MAGIC, sizeof(h->magic));
    snprintf(h->program, sizeof(h->program), "%s", s->program);
    snprintf(h->instance, sizeof(h->instance), "%s", s->instance);
    snprintf(h->version, sizeof(h->version), "%s", s->version);
    s->end = sizeof(*h);
}

/* Root's segments too are for who owns the folder. */
static void give_away(const struct spool *s)
{
    struct stat st;
    if (geteuid() == 0 && fstat(s->folder, &st) == 0 &&
        fchown(s->fd, st.st_uid, st.st_gid) != 0)
        errno = 0; /* then whoever takes it must be root too */
}

/* Memory of a file whose blocks are there: no write to it can fail. */
static bool map_file(struct spool *s, const char *name)
{
    s->fd =
        openat(s->folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
    if (s->fd < 0 || flock(s->fd, LOCK_EX | LOCK_NB) != 0 ||
        posix_fallocate(s->fd, 0, SPOOL_SEGMENT_BYTES) != 0)
        return false;
    give_away(s);
    void *p = mmap(NULL, SPOOL_SEGMENT_BYTES, PROT_READ | PROT_WRITE,
                   MAP_SHARED, s->fd, 0);
    if (p == MAP_FAILED)
        return false;
    s->head = p;
    fill_head(s);
    return true;
}

/* It has its name when it is whole and held. */
static bool begin_segment(struct spool *s)
{
    char begun[SPOOL_NAME], name[SPOOL_NAME];
    uint64_t random;
    make_room(s);
    rand_bytes(&random, sizeof(random));
    snprintf(name, sizeof(name), "%013" PRId64 "-%016" PRIx64 SUFFIX,
             clock_wall_ms(), random);
    snprintf(begun, sizeof(begun), "%016" PRIx64 BEGUN, random);
    if (map_file(s, begun) &&
        renameat(s->folder, begun, s->folder, name) == 0) {
        s->lost = 0;
        return true;
    }
    unlinkat(s->folder, begun, 0);
    let_go(s);
    s->again_ms = clock_ms() + AGAIN_MS;
    return false;
}

/* --- who writes --- */

static char *copy(const char *text)
{
    char *p = strdup(text);
    if (p == NULL)
        abort();
    return p;
}

enum err spool_new(const struct spool_conf *conf, struct spool **ret_spool,
                   struct err_note *why)
{
    int folder = -1;
    if (mkdir(conf->folder, 0770) != 0 && errno != EEXIST)
        return err_errno(why, ERR_SYSTEM, "%s", conf->folder);
    folder = open(conf->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        enum err e = err_errno(why, ERR_SYSTEM, "%s", conf->folder);
        fd_done(&folder);
        return e;
    }
    struct spool *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    *s = (struct spool){.folder = folder,
                        .program = copy(conf->program),
                        .instance = copy(conf->instance),
                        .version = copy(conf->version),
                        .most_bytes = conf->most_bytes,
                        .fd = -1};
    *ret_spool = s;
    return ERR_OK;
}

struct spool *spool_free(struct spool *s)
{
    if (s == NULL)
        return NULL;
    let_go(s);
    fd_done(&s->folder);
    free(s->program);
    free(s->instance);
    free(s->version);
    free(s);
    return NULL;
}

static bool has_room(struct spool *s, uint32_t n)
{
    if (s->head != NULL && SPOOL_SEGMENT_BYTES - s->end >= n)
        return true;
    let_go(s);
    return clock_ms() >= s->again_ms && begin_segment(s);
}

/*
 * From the start again, once there is nothing to read: while what is written is
 * taken in time no file is made, and the same few pages stay in the cache. Who
 * reads meanwhile finds a head that makes no sense, and comes again.
 */
static void rewind_if_taken(struct spool *s)
{
    struct spool_head *h = s->head;
    if (h == NULL || s->end < REWIND_BYTES ||
        atomic_load_explicit(&h->taken, memory_order_acquire) != s->end)
        return;
    s->end = sizeof(*h);
    atomic_store_explicit(&h->end, s->end, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* as read_head() needs it */
    atomic_store_explicit(&h->n, 0, memory_order_relaxed);
    atomic_store_explicit(&h->n_taken, 0, memory_order_relaxed);
    atomic_store_explicit(&h->lost, s->lost, memory_order_relaxed);
    s->lost = 0;
    atomic_store_explicit(&h->taken, s->end, memory_order_release);
}

void spool_add(struct spool *s, const void *record, size_t n)
{
    struct mark mark = {.n = (uint32_t)n};
    uint32_t whole = aligned(sizeof(mark) + n);
    if (s == NULL)
        return;
    rewind_if_taken(s);
    if (n == 0 || n > MAX_SPOOL_RECORD_BYTES || !has_room(s, whole)) {
        s->lost++;
        return;
    }
    char *to = (char *)s->head + s->end;
    mark.check = check_of(record, n);
    memcpy(to, &mark, sizeof(mark));
    memcpy(to + sizeof(mark), record, n);
    s->end += whole;
    /* nobody else writes these two; who reads them finds the bytes there */
    uint32_t count = atomic_load_explicit(&s->head->n, memory_order_relaxed);
    atomic_store_explicit(&s->head->n, count + 1, memory_order_relaxed);
    atomic_store_explicit(&s->head->end, s->end, memory_order_release);
}

/* --- who takes away --- */

/* Is it held? If not, nobody adds to it while fd is open. */
static bool is_held(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) != 0;
}

/* The bytes from the first record that is not taken, as many as there may be.
 */
static enum err read_text(int fd, struct spool_segment *s, struct err_note *why)
{
    size_t n = s->head.end - s->head.taken;
    if (n > SPOOL_READ_BYTES)
        n = SPOOL_READ_BYTES;
    buf_reset(&s->text);
    if (!buf_reserve(&s->text, n))
        return err_set(why, ERR_SYSTEM, "no memory for %s", s->name);
    ssize_t got = pread(fd, s->text.p, n, (off_t)s->head.taken);
    if (got < 0)
        return err_errno(why, ERR_SYSTEM, "%s", s->name);
    s->text.n = (size_t)got;
    s->at = s->head.taken;
    s->n_read = s->head.n_taken;
    s->damaged = 0;
    return ERR_OK;
}

enum err spool_read(int folder, const char *name, struct spool_segment *s,
                    struct err_note *why)
{
    CLEANUP(fd_done) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOTFOUND
                               : err_errno(why, ERR_SYSTEM, "%s", name);
    snprintf(s->name, sizeof(s->name), "%s", name);
    s->held = is_held(fd);
    if (!read_head(fd, &s->head)) {
        if (!s->held)
            unlinkat(folder, name, 0);
        return err_set(why, s->held ? ERR_NOTFOUND : ERR_INVALID,
                       "%s is no segment", name);
    }
    if (s->head.taken < s->head.end)
        return read_text(fd, s, why);
    if (!s->held)
        unlinkat(folder, name, 0);
    return ERR_NOTFOUND;
}

/* Where the next record begins nobody knows. */
static void give_up_rest(struct spool_segment *s)
{
    s->damaged += s->head.n > s->n_read ? s->head.n - s->n_read : 1;
    s->at = s->head.end;
    s->n_read = s->head.n;
}

/* The next record is not here as a whole: later, or lost with the file's end.
 */
static bool cut_off(struct spool_segment *s)
{
    if (s->text.n < SPOOL_READ_BYTES)
        give_up_rest(s);
    return false;
}

bool spool_next(struct spool_segment *s, const char **ret_record, size_t *ret_n)
{
    struct mark mark;
    uint32_t end = s->head.end, from = s->head.taken;
    while (s->at - from + sizeof(mark) <= s->text.n) {
        size_t left = s->text.n - (s->at - from) - sizeof(mark);
        const char *record = s->text.p + (s->at - from) + sizeof(mark);
        memcpy(&mark, record - sizeof(mark), sizeof(mark));
        if (mark.n == 0 || mark.n > MAX_SPOOL_RECORD_BYTES ||
            aligned(sizeof(mark) + mark.n) > end - s->at)
            break;
        if (mark.n > left)
            return cut_off(s);
        s->at += aligned(sizeof(mark) + mark.n);
        s->n_read++;
        if (check_of(record, mark.n) == mark.check) {
            *ret_record = record;
            *ret_n = mark.n;
            return true;
        }
        s->damaged++;
    }
    if (s->text.n == SPOOL_READ_BYTES &&
        s->at - from + sizeof(mark) > s->text.n)
        return false; /* of the next one there is only the beginning here */
    if (s->at < end)
        give_up_rest(s);
    return false;
}

/*
 * By memory, for a write() may go byte by byte: the writer begins anew as soon
 * as it sees that the end is taken. So it must see no half of a number, nor may
 * n_taken come after that into what was begun anew.
 */
static bool set_taken(int fd, uint32_t at, uint32_t n)
{
    struct spool_head *h =
        mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (h == MAP_FAILED)
        return false;
    atomic_store_explicit(&h->n_taken, n, memory_order_relaxed);
    atomic_store_explicit(&h->taken, at, memory_order_release);
    munmap(h, sizeof(*h));
    return true;
}

enum err spool_take(int folder, const char *name, uint32_t at, uint32_t n,
                    struct err_note *why)
{
    struct spool_head head;
    CLEANUP(fd_done) int fd = openat(folder, name, O_RDWR | O_CLOEXEC);
    if (fd < 0) /* it was dropped for want of room */
        return errno == ENOENT ? ERR_OK
                               : err_errno(why, ERR_SYSTEM, "%s", name);
    bool held = is_held(fd);
    if (!set_taken(fd, at, n))
        return err_errno(why, ERR_SYSTEM, "%s", name);
    if (!held && read_head(fd, &head) && head.taken == head.end)
        unlinkat(folder, name, 0);
    return ERR_OK;
}

uint64_t spool_waiting(int folder)
{
    struct buf names;
    uint64_t n = 0;
    buf_init(&names, MAX_SPOOL_NAMES_BYTES);
    if (spool_list(folder, &names, NULL) == ERR_OK && buf_ok(&names)) {
        const char *end = buf_str(&names) + names.n;
        for (const char *at = buf_str(&names); at < end; at += strlen(at) + 1) {
            struct spool_head head;
            CLEANUP(fd_done) int fd = openat(folder, at, O_RDONLY | O_CLOEXEC);
            if (fd >= 0 && read_head(fd, &head) && head.n > head.n_taken)
                n += head.n - head.n_taken;
        }
    }
    buf_done(&names);
    return n;
}
