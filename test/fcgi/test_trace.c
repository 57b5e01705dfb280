#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "test/suites.h"
#include "trace.h"

suite_fn trace_suite;

/*
 * A stack and a program made up: words[0] is where the stack ends (lowest),
 * and calls end at code[10], code[20], …
 */
enum { WORDS = 64, CODE = 200 };

static _Alignas(16) uintptr_t words[WORDS];
static unsigned char code[CODE];

static uintptr_t at(size_t word)
{
    return (uintptr_t)&words[word];
}

/* The n-th return address. */
static uintptr_t ret(size_t n)
{
    return (uintptr_t)&code[10 * n];
}

static const struct trace_space *space(void)
{
    static struct trace_space s;
    memset(words, 0, sizeof(words));
    memset(code, 0x90, sizeof(code));
    for (size_t n = 1; n < CODE / 10; n++)
        code[10 * n - 5] = 0xe8;
    s = (struct trace_space){.stack_high = at(WORDS),
                             .code_low = (uintptr_t)code,
                             .code_high = (uintptr_t)code + CODE};
    return &s;
}

/* A frame record at word i: the next one's word, and a return address. */
static void record(size_t i, size_t next, uintptr_t to)
{
    words[i] = next > 0 ? at(next) : 0;
    words[i + 1] = to;
}

static void walks(const struct trace_at *from, const struct trace_space *s,
                  size_t n, const uintptr_t *expected)
{
    uint64_t got[BOARD_FRAMES];
    ck_assert_uint_eq(trace_walk(from, s, got, BOARD_FRAMES), n);
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(got[i], expected[i]);
}

START_TEST(test_frame_pointers)
{
    const struct trace_space *s = space();
    record(8, 20, ret(2));
    record(20, 40, ret(3));
    record(40, 0, ret(4));
    const struct trace_at from = {
        .pc = (uintptr_t)code + 3, .sp = at(2), .fp = at(8)};
    const uintptr_t expected[] = {from.pc, ret(2), ret(3), ret(4)};
    walks(&from, s, 4, expected);
    words[40] = at(WORDS); /* the frame of the function at the top … */
    words[50] = at(52);    /* … where an old record is no frame any more */
    record(52, 0, ret(5));
    walks(&from, s, 4, expected);
    uint64_t few[2];
    ck_assert_uint_eq(trace_walk(&from, s, few, 2), 2);
    ck_assert_uint_eq(trace_walk(&from, s, few, 0), 0);
}
END_TEST

/* A library was interrupted that uses the register for something else, and
 * has saved ours. */
START_TEST(test_a_library_without_frame_pointers)
{
    const struct trace_space *s = space();
    words[5] = at(20); /* saved by it */
    words[6] = 77;
    words[7] = ret(1); /* into our function that called it */
    record(20, 40, ret(2));
    record(40, 0, ret(3));
    const struct trace_at from = {.pc = 12345, .sp = at(2), .fp = 4711};
    const uintptr_t expected[] = {12345, ret(1), ret(2), ret(3)};
    walks(&from, s, 4, expected);
    /* and one that has left the register as it was */
    words[5] = 0;
    const struct trace_at kept = {.pc = 12345, .sp = at(2), .fp = at(20)};
    walks(&kept, s, 4, expected);
}
END_TEST

/* Our function is called by a library, which was called by us. */
START_TEST(test_a_library_in_the_middle)
{
    const struct trace_space *s = space();
    record(8, 0, 99999); /* returns into the library */
    words[8] = 4711;     /* whose register held this */
    words[12] = at(30);
    words[14] = ret(5);
    record(30, 0, ret(6));
    const struct trace_at from = {
        .pc = (uintptr_t)code + 3, .sp = at(2), .fp = at(8)};
    const uintptr_t expected[] = {from.pc, ret(5), ret(6)};
    walks(&from, s, 3, expected);
}
END_TEST

/* Whatever the registers say: it ends, and reads nothing outside. */
START_TEST(test_nonsense)
{
    const struct trace_space *s = space();
    const uintptr_t stacks[] = {
        1,         at(0),          at(3),           at(WORDS) - 8,
        at(WORDS), at(WORDS) + 16, UINTPTR_MAX - 15};
    const uintptr_t bad[] = {0,
                             1,
                             16,
                             at(3),
                             at(4),
                             at(WORDS),
                             at(WORDS) - 8,
                             UINTPTR_MAX,
                             UINTPTR_MAX - 15,
                             (uintptr_t)code};
    uint64_t got[BOARD_FRAMES];
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < WORDS; i++) /* records that lead in circles */
            words[i] = round == 0 ? at(i & ~(size_t)1) : ret(i % 19 + 1);
        for (size_t i = 0; i < ARRAY_LEN(stacks); i++)
            for (size_t k = 0; k < ARRAY_LEN(bad); k++) {
                const struct trace_at from = {
                    .pc = bad[k], .sp = stacks[i], .fp = bad[k]};
                size_t n = trace_walk(&from, s, got, BOARD_FRAMES);
                ck_assert_uint_ge(n, 1);
                ck_assert_uint_le(n, BOARD_FRAMES);
            }
    }
}
END_TEST

START_TEST(test_without_a_board)
{
    ck_assert(!trace_install(NULL, NULL));
}
END_TEST

Suite *trace_suite(void)
{
    Suite *s = suite_create("trace");
    TCase *t = tcase_create("trace");
    tcase_add_test(t, test_frame_pointers);
    tcase_add_test(t, test_a_library_without_frame_pointers);
    tcase_add_test(t, test_a_library_in_the_middle);
    tcase_add_test(t, test_nonsense);
    tcase_add_test(t, test_without_a_board);
    suite_add_tcase(s, t);
    return s;
}
