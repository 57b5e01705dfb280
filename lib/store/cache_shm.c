/*
 * The cache in memory that the workers of a site share.
 *
 * Where things lie follows from the size alone, which each process measures
 * itself: nothing read from the memory is used as an address before it was
 * compared with that. Readers take no lock. Who keeps a value tries for the
 * lock of a shard and gives up when it is taken; it is a record lock of the
 * kernel, which ends with its process and cannot be overwritten. Whichever
 * instruction a process dies at, the memory says what it said before or what
 * it says after:
 *
 *   tags    one cell per table (by hash; a collision makes needless misses):
 *           its version, and a mark with a deadline for each write under way
 *   leases  who computes what: key and deadline in one word
 *   shards  a ring of entries, written one after the other and over the
 *           oldest, and an index of their positions. Positions only grow; an
 *           entry is whole as long as the ring's head is less than one ring
 *           ahead of it. The index is written after the entry.
 *
 * Source: Boehm, "Can seqlocks get along with programming language memory
 * models?", 2012, for readers beside a writer.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "store/cache_impl.h"

enum {
    TAG_CELLS = 256,
    MARKS = 6, /* writes of one table at the same time; more share `crowd` */
    LEASES = 1024,
    SHARDS = 8,
    WAYS = 4, /* places in the index for one key */
    MIN_SHM_MIB = 8,
    MAX_SHM_MIB = 64 << 10,
    DEFAULT_SHM_MIB = 64,
    INDEX_PART = 64,          /* one index set per so many words of ring */
    MAX_MARK_MS = 3 * 3600000 /* a deadline further away is damage */
};

typedef _Atomic uint64_t word_t;

struct tag_cell {
    _Alignas(64) word_t version;
    word_t crowd; /* deadline of the writes that found no mark */
    word_t mark[MARKS];
};

/* "pt cache" and the layout's number: other programs' memory is not ours. */
static const uint64_t shm_magic = UINT64_C(0x7074636163686501);

struct head {
    word_t magic; /* written last */
    word_t epoch;
    struct tag_cell tags[TAG_CELLS];
    word_t lease[LEASES];
    struct shard {
        _Alignas(64) word_t reserved; /* position up to which entries are or
                                       * will be */
    } shards[SHARDS];
};

/* An entry in words, its value behind it. */
struct entry {
    unsigned char key[CACHE_KEY_BYTES];
    int64_t expires_ms;
    uint64_t n; /* bytes of the value */
    struct cache_stamp stamp;
};

enum { ENTRY_WORDS = sizeof(struct entry) / sizeof(uint64_t) };
_Static_assert(sizeof(struct entry) % sizeof(uint64_t) == 0, "whole words");

struct cache_shm {
    struct cache cache; /* first: the backend's struct begins with the head */
    struct head *head;
    size_t bytes;
    int fd; /* of memory shared with every process of the site; -1: our own */
    size_t ring, n_sets; /* of one shard, in words and in sets of the index */
    word_t *words;       /* index, then ring, shard after shard */
};

static struct cache_shm *self(struct cache *c)
{
    return (struct cache_shm *)c;
}

/* --- entries --- */

/* What a reader takes is checked afterwards: see is_whole(). */
static void copy_out(void *to, const word_t *from, size_t n_words)
{
    char *p = to;
#pragma GCC unroll 4 /* a page is six thousand words */
    for (size_t i = 0; i < n_words; i++) {
        uint64_t w = atomic_load_explicit(&from[i], memory_order_relaxed);
        memcpy(p + i * sizeof(w), &w, sizeof(w));
    }
}

static void copy_in(word_t *to, const void *from, size_t n)
{
    const char *p = from;
    for (; n > 0; to++) {
        uint64_t w = 0;
        size_t part = n < sizeof(w) ? n : sizeof(w);
        memcpy(&w, p, part);
        atomic_store_explicit(to, w, memory_order_relaxed);
        p += part;
        n -= part;
    }
}

static size_t words_of(size_t bytes)
{
    return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

/* A key is a hash already: its bytes are as good as any. */
static uint64_t key_word(const struct cache_key *key)
{
    uint64_t w;
    memcpy(&w, key->b, sizeof(w));
    return w;
}

struct place {
    size_t no; /* of the shard */
    struct shard *shard;
    word_t *set;  /* WAYS words of the index: position + 1, or 0 */
    word_t *ring; /* words of the shard */
};

static struct place place_of(struct cache_shm *s, const struct cache_key *key)
{
    uint64_t h = key_word(key);
    size_t per_shard = s->n_sets * WAYS + s->ring;
    word_t *words = s->words + h % SHARDS * per_shard;
    return (struct place){.no = h % SHARDS,
                          .shard = &s->head->shards[h % SHARDS],
                          .set = words + h / SHARDS % s->n_sets * WAYS,
                          .ring = words + s->n_sets * WAYS};
}

/* Has nothing been written over the entry at pos, up to this moment? */
static bool is_whole(const struct cache_shm *s, struct shard *shard,
                     uint64_t pos)
{
    atomic_thread_fence(memory_order_acquire);
    uint64_t head =
        atomic_load_explicit(&shard->reserved, memory_order_relaxed);
    return head > pos && head - pos <= s->ring;
}

/* Copies the head of the entry at pos; false when there can be none. */
static bool read_entry(const struct cache_shm *s, const struct place *p,
                       uint64_t pos, struct entry *ret)
{
    size_t at = pos % s->ring;
    if (at + ENTRY_WORDS > s->ring)
        return false;
    copy_out(ret, p->ring + at, ENTRY_WORDS);
    return ret->n <= MAX_CACHE_VALUE &&
           at + ENTRY_WORDS + words_of(ret->n) <= s->ring;
}

static bool take(const struct cache_shm *s, const struct place *p, uint64_t pos,
                 struct arena *a, struct cache_item *item)
{
    struct entry e;
    if (!read_entry(s, p, pos, &e) ||
        memcmp(e.key, item->key.b, sizeof(e.key)) != 0 ||
        !cache_stamp_equal(&e.stamp, &item->stamp) ||
        e.expires_ms <= clock_ms() || !is_whole(s, p->shard, pos))
        return false;
    size_t n = words_of(e.n);
    char *value = arena_alloc(a, (n + 1) * sizeof(uint64_t));
    copy_out(value, p->ring + pos % s->ring + ENTRY_WORDS, n);
    if (!is_whole(s, p->shard, pos))
        return false;
    value[e.n] = '\0';
    item->value = value;
    item->n = e.n;
    item->state = CACHE_HIT;
    return true;
}

static void find(struct cache_shm *s, struct arena *a, struct cache_item *item)
{
    struct place p = place_of(s, &item->key);
    item->state = CACHE_MISS;
    for (size_t i = 0; i < WAYS; i++) {
        uint64_t at = atomic_load_explicit(&p.set[i], memory_order_acquire);
        if (at > 0 && take(s, &p, at - 1, a, item))
            return;
    }
}

/* Where in the set the new position goes: over its elder, or the oldest. */
static word_t *choose_way(const struct cache_shm *s, const struct place *p,
                          const struct cache_key *key)
{
    word_t *best = p->set;
    for (size_t i = 0; i < WAYS; i++) {
        struct entry e;
        uint64_t at = atomic_load_explicit(&p->set[i], memory_order_relaxed);
        if (at == 0)
            return &p->set[i];
        if (read_entry(s, p, at - 1, &e) &&
            memcmp(e.key, key->b, sizeof(e.key)) == 0)
            return &p->set[i];
        if (at < atomic_load_explicit(best, memory_order_relaxed))
            best = &p->set[i];
    }
    return best;
}

/* Under the lock of the shard. */
static void append(const struct cache_shm *s, const struct place *p,
                   const struct entry *e, const char *value)
{
    size_t n = ENTRY_WORDS + words_of(e->n);
    uint64_t pos =
        atomic_load_explicit(&p->shard->reserved, memory_order_relaxed);
    if (pos % s->ring + n > s->ring)
        pos += s->ring - pos % s->ring; /* an entry is never cut in two */
    word_t *at = p->ring + pos % s->ring;
    if (pos % s->ring + n > s->ring)
        return; /* the number was damaged and has just wrapped */
    atomic_store_explicit(&p->shard->reserved, pos + n, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    copy_in(at, e, sizeof(*e));
    copy_in(at + ENTRY_WORDS, value, e->n);
    word_t *way = choose_way(s, p, (const struct cache_key *)e->key);
    atomic_store_explicit(way, pos + 1, memory_order_release);
}

/* One byte of the file for each shard. Processes exclude each other. */
static bool lock_shard(const struct cache_shm *s, size_t no, short type)
{
    struct flock lock = {.l_type = type,
                         .l_whence = SEEK_SET,
                         .l_start = 1 + (off_t)no,
                         .l_len = 1};
    return s->fd < 0 || fcntl(s->fd, F_SETLK, &lock) == 0;
}

/* --- leases --- */

static word_t *lease_of(struct cache_shm *s, const struct cache_key *key)
{
    return &s->head->lease[key_word(key) / SHARDS % LEASES];
}

/* Deadline in the upper bits, 16 bits of the key below. */
static uint64_t lease_word(const struct cache_key *key, int64_t until_ms)
{
    return (uint64_t)until_ms << 16 |
           (uint64_t)(key->b[CACHE_KEY_BYTES - 2] << 8) |
           key->b[CACHE_KEY_BYTES - 1];
}

static bool claim(struct cache *c, const struct cache_item *item)
{
    int64_t now = clock_ms();
    word_t *lease = lease_of(self(c), &item->key);
    uint64_t held = atomic_load(lease);
    int64_t left = (int64_t)(held >> 16) - now;
    uint64_t mine = lease_word(&item->key, now + CACHE_LEASE_MS);
    if (left <= 0 || left > CACHE_LEASE_MS) /* over, or damaged */
        return atomic_compare_exchange_strong(lease, &held, mine) ||
               (held ^ mine) % (1 << 16) != 0;
    return (held ^ mine) % (1 << 16) != 0; /* another value's: no matter */
}

static void disclaim(struct cache *c, const struct cache_item *item)
{
    word_t *lease = lease_of(self(c), &item->key);
    uint64_t held = atomic_load(lease);
    if ((held ^ lease_word(&item->key, 0)) % (1 << 16) == 0)
        atomic_compare_exchange_strong(lease, &held, 0);
}

/* --- versions --- */

/* FNV-1a of the name in lower case. */
static uint32_t cell_of(const struct table_name *name)
{
    uint32_t h = UINT32_C(2166136261);
    for (size_t i = 0; i < name->n; i++)
        h = (h ^ (uint32_t)(name->p[i] | 0x20)) * UINT32_C(16777619);
    return h % TAG_CELLS;
}

static bool stands(uint64_t until, int64_t now)
{
    return (int64_t)until > now && (int64_t)until - now <= MAX_MARK_MS;
}

/* The version first: a write that begins in between is then seen. */
static bool read_cell(struct tag_cell *cell, int64_t now, uint64_t *ret_version)
{
    bool open = true;
    *ret_version = atomic_load(&cell->version);
    for (size_t i = 0; i < MARKS; i++)
        open &= !stands(atomic_load(&cell->mark[i]), now);
    return open && !stands(atomic_load(&cell->crowd), now);
}

static bool read_stamp(struct cache_shm *s, const struct tables *tags,
                       struct cache_stamp *ret)
{
    bool open = true;
    int64_t now = clock_ms();
    *ret = (struct cache_stamp){.n = 1 + tags->n};
    ret->word[0] = atomic_load(&s->head->epoch);
    for (size_t i = 0; i < tags->n; i++)
        open &= read_cell(&s->head->tags[cell_of(&tags->name[i])], now,
                          &ret->word[1 + i]);
    return open;
}

/* Sets a mark that no other write uses; MARKS when all are taken. */
static uint32_t set_mark(struct tag_cell *cell, uint64_t until, int64_t now)
{
    for (uint32_t i = 0; i < MARKS; i++) {
        uint64_t old = atomic_load(&cell->mark[i]);
        if (!stands(old, now) &&
            atomic_compare_exchange_strong(&cell->mark[i], &old, until))
            return i;
    }
    uint64_t old = atomic_load(&cell->crowd);
    while ((!stands(old, now) || old < until) &&
           !atomic_compare_exchange_weak(&cell->crowd, &old, until)) {
    }
    return MARKS;
}

static bool write_begin(struct cache *c, const struct tables *tags,
                        struct cache_write *ret)
{
    struct cache_shm *s = self(c);
    int64_t now = clock_ms();
    uint64_t until = (uint64_t)(now + c->write_ms);
    if (s->fd < 0)
        return false; /* only the database tells the others */
    for (size_t i = 0; i < tags->n; i++) {
        uint32_t at = cell_of(&tags->name[i]);
        struct tag_cell *cell = &s->head->tags[at];
        ret->marks[i].cell = at;
        ret->marks[i].mark = set_mark(cell, until, now);
        ret->marks[i].until = until;
        atomic_fetch_add(&cell->version, 1);
    }
    ret->n = tags->n;
    return true;
}

static void write_end(struct cache *c, const struct cache_write *w)
{
    struct head *head = self(c)->head;
    for (size_t i = 0; i < w->n; i++) {
        struct tag_cell *cell = &head->tags[w->marks[i].cell];
        uint64_t until = w->marks[i].until;
        atomic_fetch_add(&cell->version, 1);
        if (w->marks[i].mark < MARKS)
            atomic_compare_exchange_strong(&cell->mark[w->marks[i].mark],
                                           &until, 0);
    }
}

static bool raise_epoch(struct cache *c)
{
    uint64_t epoch, site;
    struct head *head = self(c)->head;
    if (!c->epoch_fn(c->epoch_arg, &epoch, &site))
        return false;
    uint64_t old = atomic_load(&head->epoch);
    while (old < epoch &&
           !atomic_compare_exchange_weak(&head->epoch, &old, epoch)) {
    }
    return true;
}

/* --- the calls --- */

static void get(struct cache *c, struct arena *a, struct cache_item *items,
                size_t n)
{
    struct cache_shm *s = self(c);
    if (s->fd < 0 && !raise_epoch(c))
        return; /* other processes tell the database only */
    for (size_t i = 0; i < n; i++)
        if (read_stamp(s, items[i].tags, &items[i].stamp))
            find(s, a, &items[i]);
}

static void put(struct cache *c, const struct cache_item *item, const char *p,
                size_t n)
{
    struct cache_shm *s = self(c);
    struct place place = place_of(s, &item->key);
    struct entry e = {
        .expires_ms = clock_ms() + CACHE_TTL_MS, .n = n, .stamp = item->stamp};
    memcpy(e.key, item->key.b, sizeof(e.key));
    if (lock_shard(s, place.no, F_WRLCK)) {
        append(s, &place, &e, p);
        (void)lock_shard(s, place.no, F_UNLCK);
    }
    disclaim(c, item);
}

static void raise(struct cache *c)
{
    (void)raise_epoch(c); /* the next look tries again, or it is shared */
}

static void close_shm(struct cache *c)
{
    struct cache_shm *s = self(c);
    if (s->head != NULL)
        munmap(s->head, s->bytes);
    fd_done(&s->fd);
    free(s);
}

static const struct cache_ops shm_ops = {
    .get = get,
    .put = put,
    .claim = claim,
    .disclaim = disclaim,
    .write_begin = write_begin,
    .write_end = write_end,
    .raise = raise,
    .close = close_shm,
};

/* --- opening --- */

static bool map(struct cache_shm *s)
{
    int flags = s->fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void *p = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, flags, s->fd, 0);
    if (p == MAP_FAILED)
        return false;
    s->head = p;
    uint64_t magic = 0; /* as in new memory: empty is how everything begins */
    return atomic_compare_exchange_strong(&s->head->magic, &magic, shm_magic) ||
           magic == shm_magic;
}

/*
 * The first process gives the file its size, for good; the others find it
 * sealed. Locks of processes, not of open files: the workers have inherited
 * one and the same.
 */
static bool map_shared(struct cache_shm *s, int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    struct stat st;
    s->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    while (fcntl(s->fd, F_SETLKW, &lock) != 0)
        if (errno != EINTR)
            return false;
    bool ok = fstat(s->fd, &st) == 0;
    if (ok && st.st_size == 0)
        ok = ftruncate(s->fd, (off_t)s->bytes) == 0 &&
             fcntl(s->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0;
    else
        s->bytes = (size_t)st.st_size;
    lock.l_type = F_UNLCK;
    (void)fcntl(s->fd, F_SETLK, &lock);
    return ok && s->bytes >= (size_t)MIN_SHM_MIB << 20 && map(s);
}

static void lay_out(struct cache_shm *s)
{
    size_t words = (s->bytes - sizeof(struct head)) / sizeof(uint64_t);
    size_t per_shard = words / SHARDS;
    s->n_sets = per_shard / INDEX_PART / WAYS;
    s->ring = per_shard - s->n_sets * WAYS;
    s->words = (word_t *)(void *)(s->head + 1);
}

/* "shm" or "shm:64MiB" */
static enum err parse_size(const char *url, size_t *ret_bytes,
                           struct err_note *why)
{
    long long mib = DEFAULT_SHM_MIB;
    char *end = NULL;
    if (strcmp(url, "shm") != 0) {
        mib = strtoll(url + 4, &end, 10);
        bool gib = end != url + 4 && strcmp(end, "GiB") == 0;
        if (!gib && (end == url + 4 || strcmp(end, "MiB") != 0))
            mib = -1;
        if (gib)
            mib = mib <= MAX_SHM_MIB / 1024 ? mib * 1024 : -1;
    }
    if (mib < MIN_SHM_MIB || mib > MAX_SHM_MIB)
        return err_set(why, ERR_CONFIG,
                       "cache.url: %s: write shm:64MiB; %d MiB to %d GiB", url,
                       MIN_SHM_MIB, MAX_SHM_MIB / 1024);
    *ret_bytes = (size_t)mib << 20;
    return ERR_OK;
}

enum err cache_shm_open(const struct cache_conf *conf, struct cache **ret_cache,
                        struct err_note *why)
{
    size_t bytes = 0;
    TRY(parse_size(conf->url, &bytes, why));
    struct cache_shm *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    s->cache.ops = &shm_ops;
    s->cache.remote = conf->shm_fd < 0;
    s->bytes = bytes;
    s->fd = -1;
    if (!(conf->shm_fd >= 0 ? map_shared(s, conf->shm_fd) : map(s))) {
        close_shm(&s->cache);
        return err_set(why, ERR_SYSTEM,
                       "cache.url: the memory%s cannot be used; restart %s",
                       conf->shm_fd >= 0 ? " shared by ptpool" : "",
                       conf->shm_fd >= 0 ? "ptpool" : "with less");
    }
    lay_out(s);
    *ret_cache = &s->cache;
    return ERR_OK;
}
