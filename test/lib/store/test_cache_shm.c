/*
 * Memory that is shared with processes that die, stop, or write anywhere.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/cache_impl.h"
#include "test/cache.h"

static struct t_caches t;
static struct tables client;

static void begin(void)
{
    t_caches_new(&t, IN_SHM);
    client = t_tags("client");
}

/* --- the ring --- */

/* Bytes that tell which key they belong to, and in which version. */
static size_t make_value(char *to, unsigned key, unsigned version)
{
    size_t n = 100 + key * 37 % 9000;
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(key * 31 + version * 17 + i);
    return n;
}

START_TEST(the_oldest_make_room)
{
    enum { KEYS = 3000, RECENT = 200 };
    static char value[16384];
    unsigned found = 0;
    begin();
    for (unsigned i = 0; i < KEYS; i++) {
        const char *key = arena_fmt(t_arena, "%u", i);
        struct cache_item item = t_look(t.a, key, &client);
        ck_assert_int_eq(item.state, CACHE_MISS);
        cache_put(t.a, &item, value, make_value(value, i, 0));
    }
    for (unsigned i = 0; i < KEYS; i++) {
        const char *key = arena_fmt(t_arena, "%u", i);
        struct cache_item item = t_look(t.b, key, &client);
        size_t n = make_value(value, i, 0);
        if (item.state == CACHE_HIT) {
            ck_assert_uint_eq(item.n, n);
            ck_assert_mem_eq(item.value, value, n);
            found += i >= KEYS - RECENT;
        }
        if (i == 0)
            ck_assert_int_eq(item.state, CACHE_MISS);
        arena_reset(t_arena);
    }
    ck_assert_uint_eq(found, RECENT);
    t_caches_done(&t);
}
END_TEST

/* A value that lasts: found again as long as it is put again. */
START_TEST(one_key_again_and_again)
{
    static char value[16384];
    begin();
    for (unsigned v = 0; v < 5000; v++) {
        struct cache_item item = t_look(t.a, "k", &client);
        size_t n = make_value(value, 1, v);
        item.state = CACHE_MISS;
        cache_put(t.a, &item, value, n);
        item = t_look(t.b, "k", &client);
        ck_assert_int_eq(item.state, CACHE_HIT);
        ck_assert_mem_eq(item.value, value, n);
        arena_reset(t_arena);
    }
    t_caches_done(&t);
}
END_TEST

/* --- many at once --- */

static void put_and_check(struct cache *c, unsigned seed)
{
    static char value[16384];
    for (unsigned i = 0; i < 1500; i++) {
        unsigned key = (i * 7 + seed) % 40;
        struct cache_item item =
            t_look(c, arena_fmt(t_arena, "%u", key), &client);
        size_t n = make_value(value, key, 0);
        if (item.state == CACHE_HIT &&
            (item.n != n || memcmp(item.value, value, n) != 0))
            _exit(1);
        item.state = CACHE_MISS;
        cache_put(c, &item, value, n);
        arena_reset(t_arena);
    }
}

START_TEST(writers_beside_readers)
{
    enum { PROCESSES = 4 };
    int status;
    begin();
    for (unsigned i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            put_and_check(i % 2 ? t.a : t.b, i);
            _exit(0);
        }
    for (unsigned i = 0; i < PROCESSES; i++) {
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    t_caches_done(&t);
}
END_TEST

/* --- killed at any instruction --- */

/* What the database would hold: 0, then 1. */
static atomic_int *truth;

/* Looked for before. */
static struct cache_item item_k;

static void do_put(void)
{
    cache_put(t.b, &item_k, "new value", 9);
}

static void do_write(void)
{
    struct cache_write w;
    if (cache_write_begin(t.b, &client, &w))
        atomic_store(truth, 1);
    cache_write_end(t.b, &w);
}

static void do_claim(void)
{
    (void)cache_claim(t.b, &item_k);
}

/* A child that runs fn and stops at its first instruction. */
static pid_t start_traced(void (*fn)(void))
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        fn();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSTOPPED(status));
    return pid;
}

/* The memory still serves: values come back, writes make them void. */
static void check_serves(unsigned round)
{
    struct cache_write w;
    const struct tables other = t_tags("other");
    const char *key = arena_fmt(t_arena, "after %u", round);
    t_keep(t.a, key, &other, "fine");
    ck_assert_str_eq(t_found(t.a, key, &other), "hit:fine");
    ck_assert(cache_write_begin(t.a, &other, &w));
    cache_write_end(t.a, &w);
    ck_assert_str_eq(t_found(t.a, key, &other), "miss");
}

/* Of one run, at most: valgrind takes many more to watch than we to act. */
enum { MAX_STEPS = 20000 };

/* Runs n instructions of a traced process; fewer when it then ended. */
static unsigned run_steps(pid_t pid, unsigned n)
{
    int status;
    for (unsigned done = 0; done < n; done++) {
        ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status))
            return done;
    }
    return n;
}

static void end_traced(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

/* Runs n instructions of fn, or what there is, and kills it. */
static unsigned kill_after(void (*fn)(void), unsigned n)
{
    pid_t pid = start_traced(fn);
    unsigned done = run_steps(pid, n);
    if (done == n)
        end_traced(pid);
    return done;
}

enum { MARK_MS = 3600000, HEAD_BYTES = 64 << 10 };

/* All marks of writes come to their end: the words that are such a time. */
static void pass_deadlines(void)
{
    uint64_t now = (uint64_t)clock_ms();
    uint64_t *word =
        mmap(NULL, HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, t.shm_fd, 0);
    ck_assert_ptr_ne(word, MAP_FAILED);
    for (size_t i = 0; i < HEAD_BYTES / sizeof(word[0]); i++)
        if (word[i] > now && word[i] <= now + MARK_MS)
            word[i] = 0;
    munmap(word, HEAD_BYTES);
}

static void fresh(void)
{
    t_caches_new(&t, IN_SHM);
    t.a->write_ms = t.b->write_ms = MARK_MS;
    t_keep(t.a, "old", &client, "old value");
    atomic_store(truth, 0);
    item_k = t_look(t.b, "k", &client);
}

/* Kills fn after n instructions and looks what is left. */
static void kill_once(void (*fn)(void), unsigned n, const char *found)
{
    fresh();
    (void)kill_after(fn, n);
    const char *k = t_found(t.a, "k", &client);
    const char *old = t_found(t.a, "old", &client);
    ck_assert_msg(strcmp(k, "miss") == 0 || strcmp(k, "closed") == 0 ||
                      strcmp(k, found) == 0,
                  "after %u: %s", n, k);
    ck_assert_msg(atomic_load(truth) == 0 || strcmp(old, "hit:old value") != 0,
                  "after %u: stale", n);
    check_serves(n);
    t_caches_done(&t);
}

/*
 * At the instructions of fn, in no order, at as many as there is time for;
 * each run begins elsewhere, so that together they come to all of them.
 */
static void kill_everywhere(void (*fn)(void), const char *found)
{
    enum { STRIDE = 7919, TIME_MS = 1500 }; /* a prime */
    int64_t until = clock_ms() + TIME_MS;
    fresh();
    unsigned n = kill_after(fn, MAX_STEPS);
    t_caches_done(&t);
    ck_assert_uint_gt(n, 50); /* there is something to step through */
    ck_assert_uint_ne(n % STRIDE, 0);
    uint64_t first = (uint64_t)clock_us() % n;
    for (unsigned i = 0; i < n && clock_ms() < until; i++) {
        kill_once(fn, 1 + (unsigned)((first + i) * STRIDE % n), found);
        arena_reset(t_arena);
    }
}

static void share_truth(void)
{
    truth = mmap(NULL, sizeof(*truth), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(truth, MAP_FAILED);
    client = t_tags("client");
}

START_TEST(killed_while_it_keeps_a_value)
{
    share_truth();
    kill_everywhere(do_put, "hit:new value");
}
END_TEST

/* As a page does: from the cache, else what is true now, which is kept. */
static void read_through(void)
{
    struct cache_item item = t_look(t.a, "page", &client);
    if (item.state != CACHE_HIT)
        cache_put(t.a, &item, atomic_load(truth) == 1 ? "1" : "0", 1);
}

/*
 * A write is watched at instruction n and killed m later; then all its marks
 * pass. What the cache says must be what is true.
 */
static void watch_and_kill(unsigned n, unsigned m)
{
    fresh();
    read_through();
    pid_t pid = start_traced(do_write);
    bool runs = run_steps(pid, n) == n;
    read_through();
    runs = runs && run_steps(pid, m) == m;
    if (runs)
        end_traced(pid);
    pass_deadlines();
    const char *page = t_found(t.a, "page", &client);
    ck_assert_msg(
        strcmp(page, "miss") == 0 ||
            strcmp(page, atomic_load(truth) == 1 ? "hit:1" : "hit:0") == 0,
        "watched at %u, killed %u later: %s, true is %d", n, m, page,
        atomic_load(truth));
    t_caches_done(&t);
}

START_TEST(watched_and_killed_while_it_writes)
{
    enum { TIME_MS = 2000 };
    int64_t until = clock_ms() + TIME_MS;
    share_truth();
    fresh();
    unsigned n = kill_after(do_write, MAX_STEPS);
    t_caches_done(&t);
    srandom((unsigned)clock_us());
    while (clock_ms() < until) {
        unsigned first = 1 + (unsigned)random() % n;
        watch_and_kill(first, 1 + (unsigned)random() % (n - first + 1));
        arena_reset(t_arena);
    }
}
END_TEST

START_TEST(killed_while_it_writes)
{
    share_truth();
    kill_everywhere(do_write, "miss");
}
END_TEST

START_TEST(killed_while_it_claims)
{
    share_truth();
    kill_everywhere(do_claim, "miss");
}
END_TEST

/* --- stopped, with the lock in its hands --- */

START_TEST(a_stopped_process_holds_nobody_up)
{
    unsigned kept = 0;
    begin();
    for (unsigned n = 100; n < 1000; n += 50) {
        int status;
        item_k = t_look(t.b, "k", &client);
        pid_t pid = start_traced(do_put);
        for (unsigned i = 0; i < n; i++) {
            ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
            ck_assert_int_eq(waitpid(pid, &status, 0), pid);
            if (WIFEXITED(status))
                break;
        }
        const char *key = arena_fmt(t_arena, "%u", n);
        int64_t shortest = 50;
        for (int i = 0; i < 5 && shortest >= 50; i++) {
            /* it stands still, so only the machine differs */
            int64_t start = clock_ms();
            t_keep(t.a, key, &client, "x");
            kept += strcmp(t_found(t.a, key, &client), "hit:x") == 0;
            shortest = clock_ms() - start;
        }
        ck_assert_int_lt(shortest, 50);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    ck_assert_uint_gt(kept, 0);
    t_caches_done(&t);
}
END_TEST

/* --- written over --- */

static void use_it_all(void)
{
    struct cache_write w;
    for (unsigned i = 0; i < 60; i++) {
        const char *key = arena_fmt(t_arena, "%u", i);
        struct cache_item item = t_look(t.a, key, &client);
        if (item.state == CACHE_HIT && item.n > MAX_CACHE_VALUE)
            _exit(1);
        (void)cache_claim(t.a, &item);
        t_keep(t.a, key, &client, "value");
        (void)t_found(t.a, key, &client);
        if (cache_write_begin(t.a, &client, &w))
            cache_write_end(t.a, &w);
    }
    cache_raise(t.a);
}

enum { SCRIBBLES = 20 };

/* Random bytes, ones or zeros over random parts, the locks among them. */
static void scribble(unsigned char *p, size_t size, unsigned round)
{
    srandom(round);
    for (unsigned i = 0; i < 200; i++) {
        size_t at = (size_t)random() % (round % 2 ? size : 64 << 10);
        size_t n = (size_t)random() % 4096;
        int fill = (int)(random() % 3);
        for (size_t k = at; k < at + n && k < size; k++)
            p[k] = (unsigned char)(fill == 0 ? random() : fill == 1 ? 0xff : 0);
    }
}

START_TEST(whatever_stands_there_nobody_crashes)
{
    begin();
    struct stat st;
    ck_assert_int_eq(fstat(t.shm_fd, &st), 0);
    size_t size = (size_t)st.st_size;
    unsigned char *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, t.shm_fd, 0);
    ck_assert_ptr_ne(p, MAP_FAILED);
    use_it_all();
    for (unsigned round = 0; round < SCRIBBLES; round++) {
        scribble(p, size, round);
        int status = t_status_of(use_it_all);
        ck_assert_msg(status == 0, "round %u: status %d", round, status);
        arena_reset(t_arena);
    }
    munmap(p, size);
    t_caches_done(&t);
}
END_TEST

START_TEST(another_layout_is_refused)
{
    static const char other[] = "something else entirely";
    struct cache *c;
    struct err_note why = {""};
    begin();
    struct cache_conf conf = {
        .url = "shm:64MiB", .shm_fd = t.shm_fd, .build = ""};
    /* the size is that of whoever came first */
    t_ok(cache_open(&conf, &c, &why));
    cache_close(c);
    ck_assert_int_gt(pwrite(t.shm_fd, other, sizeof(other), 0), 0);
    t_is(cache_open(&conf, &c, &why), ERR_SYSTEM);
    t_contains(why.text, "restart ptpool");
    t_caches_done(&t);
}
END_TEST

/* Not shared: every look asks the database, every write tells it. */
START_TEST(memory_of_ones_own)
{
    struct cache_write w;
    begin();
    struct t_caches own = {.shm_fd = -1, .epoch = 1};
    struct cache *c = t_cache_open(&own, "one");
    t_cache_attend(&own, c);
    t_keep(c, "c", &client, "old");
    ck_assert_str_eq(t_found(c, "c", &client), "hit:old");
    ck_assert(!cache_write_begin(c, &client, &w));
    own.epoch = 2; /* somebody else wrote */
    ck_assert_str_eq(t_found(c, "c", &client), "miss");
    t_keep(c, "c", &client, "new");
    own.away = true;
    ck_assert_str_eq(t_found(c, "c", &client), "closed");
    cache_close(c);
    t_caches_done(&t);
}
END_TEST

Suite *cache_shm_suite(void)
{
    Suite *s = suite_create("cache_shm");
    TCase *tc = t_case(s, "memory");
    tcase_add_test(tc, the_oldest_make_room);
    tcase_add_test(tc, one_key_again_and_again);
    tcase_add_test(tc, writers_beside_readers);
    tcase_add_test(tc, a_stopped_process_holds_nobody_up);
    tcase_add_test(tc, whatever_stands_there_nobody_crashes);
    tcase_add_test(tc, another_layout_is_refused);
    tcase_add_test(tc, memory_of_ones_own);
    tc = t_case(s, "killed");
    tcase_add_test(tc, killed_while_it_keeps_a_value);
    tcase_add_test(tc, killed_while_it_writes);
    tcase_add_test(tc, watched_and_killed_while_it_writes);
    tcase_add_test(tc, killed_while_it_claims);
    return s;
}
