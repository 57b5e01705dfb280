#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "board.h"
#include "test/suites.h"

suite_fn board_suite;

static struct board *new_board(size_t n)
{
    struct board *b = NULL;
    struct err_note why;
    ck_assert_int_eq(board_new(n, &b, &why), ERR_OK);
    return b;
}

/* What the supervisor puts into a worker's environment. */
static struct board *attach(const struct board *b, size_t slot)
{
    char text[32];
    snprintf(text, sizeof(text), "%d", dup(board_fd(b)));
    setenv("PTPOOL_BOARD_FD", text, 1);
    snprintf(text, sizeof(text), "%zu", slot);
    setenv("PTPOOL_SLOT", text, 1);
    struct board *w = board_attach();
    unsetenv("PTPOOL_BOARD_FD");
    unsetenv("PTPOOL_SLOT");
    return w;
}

/* The bytes of slot 0 from outside the module, as a bad worker sees them. */
static unsigned char *raw_bytes(const struct board *b, size_t *ret_n)
{
    struct stat st;
    ck_assert_int_eq(fstat(board_fd(b), &st), 0);
    *ret_n = (size_t)st.st_size;
    void *p =
        mmap(NULL, *ret_n, PROT_READ | PROT_WRITE, MAP_SHARED, board_fd(b), 0);
    ck_assert(p != MAP_FAILED);
    return p;
}

START_TEST(test_life_of_a_request)
{
    struct board *b = new_board(4), *w = attach(b, 2);
    struct board_slot at;
    ck_assert_ptr_nonnull(w);
    board_read(b, 2, &at);
    ck_assert_int_eq(at.pid, getpid());
    ck_assert(!at.busy);
    ck_assert_uint_eq(at.requests, 0);
    board_begin(w, "id-1", "POST", "/clientes/?q=secret");
    board_read(b, 2, &at);
    ck_assert(at.busy);
    ck_assert_str_eq(at.request_id, "id-1");
    ck_assert_str_eq(at.method, "POST");
    ck_assert_str_eq(at.path, "/clientes/");
    ck_assert_int_le(at.since_ms, clock_ms());
    board_end(w);
    board_read(b, 2, &at);
    ck_assert(!at.busy);
    ck_assert_uint_eq(at.requests, 1);
    ck_assert_str_eq(at.path, "/clientes/");
    board_read(b, 1, &at);
    ck_assert_int_eq(at.pid, 0);
    board_clear(b, 2);
    board_read(b, 2, &at);
    ck_assert_int_eq(at.pid, 0);
    board_free(w);
    board_free(b);
}
END_TEST

START_TEST(test_without_a_supervisor)
{
    ck_assert_ptr_null(board_attach());
    board_begin(NULL, "id", "GET", "/");
    board_end(NULL);
    struct board *b = new_board(1);
    ck_assert_ptr_null(attach(b, 1)); /* no such slot */
    setenv("PTPOOL_BOARD_FD", "0x1", 1);
    setenv("PTPOOL_SLOT", "0", 1);
    ck_assert_ptr_null(board_attach());
    unsetenv("PTPOOL_BOARD_FD");
    unsetenv("PTPOOL_SLOT");
    board_free(b);
    board_free(NULL);
}
END_TEST

START_TEST(test_long_and_bad_text)
{
    struct board *b = new_board(1), *w = attach(b, 0);
    struct board_slot at;
    char longer[1000];
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    board_begin(w, longer, longer, longer);
    board_read(b, 0, &at);
    ck_assert_uint_eq(strlen(at.request_id), sizeof(at.request_id) - 1);
    ck_assert_uint_eq(strlen(at.method), sizeof(at.method) - 1);
    ck_assert_uint_eq(strlen(at.path), sizeof(at.path) - 1);
    board_begin(w, NULL, "G\nT", "/a\x1b[31m\xff");
    board_read(b, 0, &at);
    ck_assert_str_eq(at.request_id, "");
    ck_assert_str_eq(at.method, "G?T");
    ck_assert_str_eq(at.path, "/a?[31m?");
    board_begin(w, "id", "GET", "/se\xc3\xb1or/");
    board_read(b, 0, &at);
    ck_assert_str_eq(at.path, "/se\xc3\xb1or/");
    board_free(w);
    board_free(b);
}
END_TEST

START_TEST(test_size_is_sealed)
{
    struct board *b = new_board(3);
    ck_assert_int_ne(ftruncate(board_fd(b), 0), 0);
    ck_assert_int_ne(ftruncate(board_fd(b), 1 << 20), 0);
    board_free(b);
}
END_TEST

START_TEST(test_phase_and_ledger)
{
    struct board *b = new_board(3), *w = attach(b, 1);
    struct phases p = {0};
    struct board_slot at;
    struct ledger sum = {0};
    board_show(w, &p);
    board_begin(w, "id", "GET", "/");
    board_read(b, 1, &at);
    ck_assert_int_eq(at.phase, PHASE_QUEUE); /* says nothing yet */
    phase_begin(&p, -1);
    phase_enter(&p, PHASE_DATABASE);
    board_read(b, 1, &at);
    ck_assert_int_eq(at.phase, PHASE_DATABASE);
    ck_assert_int_le(at.phase_us, clock_us());
    ck_assert_int_gt(at.phase_us, clock_us() - 1000000);
    phase_end(&p);
    board_took(w, "page.a", &p);
    board_end(w);
    board_read(b, 1, &at);
    ck_assert_uint_eq(at.routes, 2);
    ck_assert(board_add_ledger(b, 1, &at, &sum));
    ck_assert_uint_eq(sum.n, 2);
    ck_assert_str_eq(sum.route[1].name, "page.a");
    ck_assert_uint_eq(histogram_total(&sum.route[1].phase[PHASE_TOTAL]), 1);
    board_read(b, 0, &at); /* its neighbour has nothing of it */
    ck_assert_uint_eq(at.routes, 0);
    board_clear(b, 1);
    at.routes = 2; /* and what was there is gone */
    ck_assert(!board_add_ledger(b, 1, &at, &sum));
    ck_assert_uint_eq(histogram_total(&sum.route[1].phase[PHASE_TOTAL]), 1);
    board_free(w);
    board_free(b);
    board_show(NULL, &p);
    board_took(NULL, "page.a", &p);
}
END_TEST

/* Numbers that no worker comes to: what was there before still counts. */
START_TEST(test_nonsense_keeps_the_last_counts)
{
    struct board *b = new_board(1), *w = attach(b, 0);
    struct board_slot at;
    size_t n;
    unsigned char *raw = raw_bytes(b, &n);
    for (int i = 0; i < 5; i++)
        board_end(w);
    board_count(w, BOARD_SHED);
    board_read(b, 0, &at);
    ck_assert(!at.nonsense);
    static const int fill[] = {0, 1, 0x7e, 0xee};
    for (size_t i = 0; i < ARRAY_LEN(fill); i++) {
        memset(raw, fill[i], 4096);
        raw[0] = 2; /* not "being written" */
        board_read(b, 0, &at);
        ck_assert(at.nonsense && !at.busy);
        ck_assert_uint_eq(at.requests, 5);
        ck_assert_uint_eq(at.counts[BOARD_SHED], 1);
        ck_assert_int_eq(at.phase, PHASE_QUEUE);
    }
    raw[0] = 1; /* as if it were being written for ever */
    board_read(b, 0, &at);
    ck_assert_uint_eq(at.requests, 5);
    board_end(w); /* the next one it writes is whole again */
    board_read(b, 0, &at);
    ck_assert(!at.nonsense);
    ck_assert_uint_eq(at.requests, 6);
    board_clear(b, 0);
    board_read(b, 0, &at);
    ck_assert_uint_eq(at.requests, 0);
    munmap(raw, n);
    board_free(w);
    board_free(b);
}
END_TEST

/* Whatever bytes stand in a slot: the reader ends, and its text is text. */
START_TEST(test_scribbled_slot)
{
    struct board *b = new_board(1);
    struct board_slot at;
    size_t n;
    unsigned char *raw = raw_bytes(b, &n);
    unsigned seed = 1;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < 4096; i++) {
            seed = seed * 1103515245U + 12345U;
            raw[i] = (unsigned char)(seed >> 16);
        }
        raw[0] &= 0xfe; /* else it is "being written" and read as empty */
        board_read(b, 0, &at);
        ck_assert_int_ge(at.pid, 0);
        ck_assert_int_le(at.since_ms, clock_ms());
        ck_assert_ptr_nonnull(memchr(at.path, 0, sizeof(at.path)));
        for (const char *s = at.path; *s != '\0'; s++)
            ck_assert(*s >= 0x20 || *s < 0);
    }
    raw[0] = 1; /* a writer that died at it */
    board_read(b, 0, &at);
    ck_assert_int_eq(at.pid, 0);
    munmap(raw, n);
    board_free(b);
}
END_TEST

/* A writer at full speed: no copy mixes two requests. */
START_TEST(test_no_torn_reads)
{
    struct board *b = new_board(1);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct board *w = attach(b, 0);
        char text[65];
        for (unsigned i = 0;; i++) {
            memset(text, 'a' + (int)(i % 26), sizeof(text) - 1);
            text[sizeof(text) - 1] = '\0';
            board_begin(w, text, "GET", text);
        }
    }
    int seen = 0;
    int64_t begin = clock_ms(), enough = begin + 300, late = begin + 20000;
    while (clock_ms() < (seen > 100 ? enough : late)) {
        struct board_slot at;
        board_read(b, 0, &at);
        if (!at.busy)
            continue;
        seen++;
        ck_assert_str_eq(at.request_id, at.path);
        ck_assert_uint_eq(strspn(at.path, (char[]){at.path[0], '\0'}), 64);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert_int_gt(seen, 100);
    board_free(b);
}
END_TEST

Suite *board_suite(void)
{
    Suite *s = suite_create("board");
    TCase *t = tcase_create("board");
    tcase_add_test(t, test_life_of_a_request);
    tcase_add_test(t, test_without_a_supervisor);
    tcase_add_test(t, test_long_and_bad_text);
    tcase_add_test(t, test_size_is_sealed);
    tcase_add_test(t, test_phase_and_ledger);
    tcase_add_test(t, test_nonsense_keeps_the_last_counts);
    tcase_add_test(t, test_scribbled_slot);
    tcase_add_test(t, test_no_torn_reads);
    suite_add_tcase(s, t);
    return s;
}
