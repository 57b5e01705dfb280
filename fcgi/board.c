#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "text/utf8.h"

enum {
    SLOT_WORDS = (sizeof(struct board_slot) + 7) / 8,
    TRACE_WORDS = sizeof(struct board_trace) / 8,
    READ_TRIES = 32 /* of a slot whose writer is at work */
};

_Static_assert(sizeof(struct board_trace) == TRACE_WORDS * sizeof(uint64_t),
               "a trace is words");

/*
 * One slot in shared memory. The words are a struct board_slot; they and the
 * counter are atomics, so that a read beside a write is defined behaviour.
 * An odd counter means: being written. Source: Boehm, "Can seqlocks get along
 * with programming language memory models?", 2012.
 * The trace has a counter of its own: its writer interrupts that of the slot.
 */
struct cell {
    _Alignas(64) _Atomic uint32_t seq;
    _Atomic uint32_t trace_seq;
    phase_shown phase;
    _Atomic uint64_t word[SLOT_WORDS];
    _Atomic uint64_t trace[TRACE_WORDS];
};

/* The cells lie in a row, and after them, at the next page, the ledgers. */
struct board {
    int fd; /* -1 in a worker */
    size_t n;
    struct cell *cells;
    size_t bytes;            /* mapped of them */
    struct board_slot *last; /* supervisor: what was last read of each */
    struct cell *own;        /* of this worker */
    struct board_slot mine;  /* what own says */
    struct ledger_writer ledger;
};

static size_t whole_pages(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

static size_t ledger_bytes(void)
{
    return whole_pages(sizeof(struct ledger_shared));
}

static size_t ledger_offset(size_t n, size_t i)
{
    return whole_pages(n * sizeof(struct cell)) + i * ledger_bytes();
}

/* The ledger of slot i, to be unmapped; NULL: cannot be had. */
static struct ledger_shared *map_ledger(int fd, size_t n, size_t i, int prot)
{
    void *p = mmap(NULL, ledger_bytes(), prot, MAP_SHARED, fd,
                   (off_t)ledger_offset(n, i));
    return p != MAP_FAILED ? p : NULL;
}

/* A struct board_slot as words, or back. */
union image {
    struct board_slot slot;
    uint64_t word[SLOT_WORDS];
};

union trace_image {
    struct board_trace trace;
    uint64_t word[TRACE_WORDS];
};

/* --- supervisor --- */

static enum err map_new(struct board *b, struct err_note *why)
{
    b->fd = memfd_create("ptpool-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (b->fd < 0)
        return err_errno(why, ERR_SYSTEM, "memfd_create");
    size_t bytes = ledger_offset(b->n, b->n); /* few of them are ever used */
    if (ftruncate(b->fd, (off_t)bytes) != 0)
        return err_errno(why, ERR_SYSTEM, "board of %zu bytes", bytes);
    /* A worker that shrank it would kill the supervisor by SIGBUS. */
    if (fcntl(b->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        return err_errno(why, ERR_SYSTEM, "sealing the board");
    void *p =
        mmap(NULL, b->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
    if (p == MAP_FAILED)
        return err_errno(why, ERR_SYSTEM, "mapping the board");
    b->cells = p;
    b->last = calloc(b->n, sizeof(b->last[0]));
    return b->last != NULL ? ERR_OK : err_errno(why, ERR_SYSTEM, "board");
}

enum err board_new(size_t n, struct board **ret_board, struct err_note *why)
{
    struct board *b = calloc(1, sizeof(*b));
    if (b == NULL)
        return err_errno(why, ERR_SYSTEM, "board");
    b->n = n;
    b->bytes = n * sizeof(struct cell);
    enum err e = map_new(b, why);
    if (e != ERR_OK)
        board_free(b);
    else
        *ret_board = b;
    return e;
}

struct board *board_free(struct board *b)
{
    if (b == NULL)
        return NULL;
    if (b->cells != NULL)
        munmap(b->cells, b->bytes);
    if (b->ledger.at != NULL)
        munmap(b->ledger.at, ledger_bytes());
    free(b->last);
    fd_done(&b->fd);
    free(b);
    return NULL;
}

int board_fd(const struct board *b)
{
    return b->fd;
}

/* A copy of which no part is older than another; false if none was had. */
static bool copy_words(_Atomic uint32_t *seq, _Atomic uint64_t *from, size_t n,
                       uint64_t *ret_words)
{
    for (int i = 0; i < READ_TRIES; i++) {
        uint32_t before = atomic_load_explicit(seq, memory_order_acquire);
        for (size_t w = 0; w < n; w++)
            ret_words[w] = atomic_load_explicit(&from[w], memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        uint32_t after = atomic_load_explicit(seq, memory_order_relaxed);
        if (before == after && before % 2 == 0)
            return true;
    }
    return false;
}

/* Copies text of a worker: ended, printable, valid UTF-8 or all ASCII. */
static void copy_text(char *to, const char *from, size_t size)
{
    size_t n = strnlen(from, size - 1);
    bool utf8 = utf8_valid(from, n);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)from[i];
        bool plain = c >= 0x20 && c != 0x7f && (c < 0x80 || utf8);
        to[i] = '?';
        if (plain)
            to[i] = from[i];
    }
    memset(to + n, 0, size - n);
}

/* The byte of a bool is looked at as a byte: it may hold anything. */
static bool is_set(const union image *raw, size_t offset)
{
    unsigned char byte;
    memcpy(&byte, (const char *)raw + offset, 1);
    return byte == 1;
}

/*
 * No worker comes so far, and sums of such numbers never overflow; nor does
 * what it counts become less.
 */
static bool is_count(uint64_t now, uint64_t before)
{
    return now <= UINT64_C(1) << 40 && now >= before;
}

static bool counts_are_sane(const struct board_slot *at,
                            const struct board_slot *before)
{
    bool sane = is_count(at->requests, before->requests) &&
                is_count(at->routes, before->routes) &&
                at->routes <= LEDGER_ROUTES;
    for (size_t i = 0; i < BOARD_COUNTS; i++)
        sane = sane && is_count(at->counts[i], before->counts[i]);
    return sane;
}

static void read_phase(const struct cell *c, int64_t now_us,
                       struct board_slot *ret)
{
    uint64_t shown = atomic_load_explicit(&c->phase, memory_order_relaxed);
    int64_t since = (int64_t)(shown >> 8);
    bool sane = (shown & 0xff) < PHASE_TOTAL && since <= now_us;
    ret->phase = sane ? (enum phase)(shown & 0xff) : PHASE_QUEUE;
    ret->phase_us = sane ? since : now_us;
}

static void check_slot(const union image *raw, struct board_slot *ret)
{
    int64_t now = clock_ms();
    bool sane = raw->slot.since_ms >= 0 && raw->slot.since_ms <= now;
    ret->pid = raw->slot.pid > 0 ? raw->slot.pid : 0;
    ret->busy = is_set(raw, offsetof(struct board_slot, busy));
    ret->traces = is_set(raw, offsetof(struct board_slot, traces));
    ret->since_ms = sane ? raw->slot.since_ms : now;
    ret->requests = raw->slot.requests;
    ret->routes = raw->slot.routes;
    memcpy(ret->counts, raw->slot.counts, sizeof(ret->counts));
    copy_text(ret->request_id, raw->slot.request_id, sizeof(ret->request_id));
    copy_text(ret->method, raw->slot.method, sizeof(ret->method));
    copy_text(ret->path, raw->slot.path, sizeof(ret->path));
    copy_text(ret->route, raw->slot.route, sizeof(ret->route));
}

/* A sum shall not shrink because its writer was interrupted, or went mad. */
void board_read(const struct board *b, size_t i, struct board_slot *ret)
{
    memset(ret, 0, sizeof(*ret));
    union image raw;
    if (b == NULL || i >= b->n)
        return;
    struct cell *c = &b->cells[i];
    if (!copy_words(&c->seq, c->word, SLOT_WORDS, raw.word)) {
        *ret = b->last[i];
    } else if (!counts_are_sane(&raw.slot, &b->last[i])) {
        *ret = b->last[i];
        ret->nonsense = true;
        ret->busy = false;
    } else {
        check_slot(&raw, ret);
        b->last[i] = *ret;
    }
    read_phase(&b->cells[i], clock_us(), ret);
}

void board_clear(struct board *b, size_t i)
{
    struct cell *c = &b->cells[i];
    for (size_t w = 0; w < SLOT_WORDS; w++)
        atomic_store_explicit(&c->word[w], 0, memory_order_relaxed);
    for (size_t w = 0; w < TRACE_WORDS; w++)
        atomic_store_explicit(&c->trace[w], 0, memory_order_relaxed);
    atomic_store_explicit(&c->phase, 0, memory_order_relaxed);
    atomic_store_explicit(&c->trace_seq, 0, memory_order_relaxed);
    atomic_store_explicit(&c->seq, 0, memory_order_release);
    memset(&b->last[i], 0, sizeof(b->last[i]));
    /* what is in no page is 0, and takes no memory */
    (void)fallocate(b->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    (off_t)ledger_offset(b->n, i), (off_t)ledger_bytes());
}

bool board_read_trace(const struct board *b, size_t i, int64_t of_ms,
                      struct board_trace *ret)
{
    union trace_image raw;
    if (i >= b->n)
        return false;
    struct cell *c = &b->cells[i];
    if (!copy_words(&c->trace_seq, c->trace, TRACE_WORDS, raw.word) ||
        raw.trace.of_ms != of_ms || raw.trace.n == 0 ||
        raw.trace.n > BOARD_FRAMES)
        return false;
    *ret = raw.trace;
    return true;
}

bool board_add_ledger(const struct board *b, size_t i,
                      const struct board_slot *at, struct ledger *sum)
{
    if (at->routes == 0)
        return true;
    /* Only for now: that of a thousand workers would look large. */
    struct ledger_shared *l = map_ledger(b->fd, b->n, i, PROT_READ);
    if (l == NULL)
        return false;
    bool sane = ledger_add(sum, l, at->routes);
    munmap(l, ledger_bytes());
    return sane;
}

/* --- worker --- */

/* The number in environment variable name; -1 when there is none. */
static long env_number(const char *name)
{
    const char *text = getenv(name);
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return -1;
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && v <= INT_MAX ? v : -1;
}

static bool map_own(struct board *b, int fd, size_t i)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    b->n = (size_t)st.st_size / (sizeof(struct cell) + ledger_bytes());
    if (i >= b->n || ledger_offset(b->n, b->n) != (size_t)st.st_size)
        return false;
    b->bytes = b->n * sizeof(struct cell);
    void *p = mmap(NULL, b->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return false;
    b->cells = p;
    b->own = &b->cells[i];
    b->ledger.at = map_ledger(fd, b->n, i, PROT_READ | PROT_WRITE);
    return b->ledger.at != NULL;
}

static void put_words(_Atomic uint32_t *at, _Atomic uint64_t *to,
                      const uint64_t *words, size_t n)
{
    /* even, whatever somebody wrote over it */
    uint32_t seq = atomic_load_explicit(at, memory_order_relaxed) & ~1U;
    atomic_store_explicit(at, seq + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (size_t w = 0; w < n; w++)
        atomic_store_explicit(&to[w], words[w], memory_order_relaxed);
    atomic_store_explicit(at, seq + 2, memory_order_release);
}

/* Publishes b->mine. */
static void put(struct board *b)
{
    union image raw = {.word = {0}};
    raw.slot = b->mine;
    put_words(&b->own->seq, b->own->word, raw.word, SLOT_WORDS);
}

struct board *board_attach(void)
{
    long fd = env_number("PTPOOL_BOARD_FD"), slot = env_number("PTPOOL_SLOT");
    if (fd < 0 || slot < 0)
        return NULL;
    struct board *b = calloc(1, sizeof(*b));
    if (b == NULL)
        return NULL;
    b->fd = -1;
    if (!map_own(b, (int)fd, (size_t)slot))
        return board_free(b);
    close((int)fd); /* the mapping stays; children shall not inherit it */
    b->mine.pid = (int32_t)getpid();
    b->mine.since_ms = clock_ms();
    put(b);
    return b;
}

/* Copies s, cut to size, and clears the rest. */
static void set_text(char *to, const char *s, size_t size)
{
    size_t n = s != NULL ? strnlen(s, size - 1) : 0;
    if (n > 0)
        memcpy(to, s, n);
    memset(to + n, 0, size - n);
}

void board_begin(struct board *b, const char *request_id, const char *method,
                 const char *path)
{
    if (b == NULL)
        return;
    b->mine.busy = true;
    b->mine.since_ms = clock_ms();
    set_text(b->mine.request_id, request_id, sizeof(b->mine.request_id));
    set_text(b->mine.method, method, sizeof(b->mine.method));
    set_text(b->mine.path, path, sizeof(b->mine.path));
    b->mine.path[strcspn(b->mine.path, "?")] = '\0';
    set_text(b->mine.route, NULL, sizeof(b->mine.route));
    put(b);
}

void board_route(struct board *b, const char *route)
{
    if (b == NULL)
        return;
    set_text(b->mine.route, route, sizeof(b->mine.route));
    put(b);
}

void board_traces(struct board *b)
{
    b->mine.traces = true;
    put(b);
}

int64_t board_since(const struct board *b)
{
    return b->mine.busy ? b->mine.since_ms : 0;
}

void board_trace(struct board *b, const struct board_trace *t)
{
    union trace_image raw = {.trace = *t};
    put_words(&b->own->trace_seq, b->own->trace, raw.word, TRACE_WORDS);
}

void board_end(struct board *b)
{
    if (b == NULL)
        return;
    b->mine.busy = false;
    b->mine.since_ms = clock_ms();
    b->mine.requests++;
    put(b);
}

void board_count(struct board *b, enum board_count what)
{
    if (b == NULL)
        return;
    b->mine.counts[what]++;
    put(b);
}

void board_show(struct board *b, struct phases *p)
{
    if (b != NULL)
        p->shown = &b->own->phase;
}

void board_took(struct board *b, const char *route, const struct phases *p)
{
    if (b == NULL)
        return;
    ledger_write(&b->ledger, route, p);
    b->mine.routes = b->ledger.n;
}
