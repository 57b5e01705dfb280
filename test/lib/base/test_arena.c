#include <signal.h>
#include <stdalign.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "test/support.h"

enum { HOOK_CODE = 7 };

/* Still reachable when the hook ends the process: no leak for valgrind. */
static struct arena *doomed;

static void end_process(void *arg)
{
    _exit(*(int *)arg);
}

static void use_up_cap(void)
{
    int code = HOOK_CODE;
    doomed = arena_new(1 << 20, end_process, &code);
    for (size_t i = 0; i < 20; i++)
        memset(arena_alloc(doomed, 100 << 10), 1, 100 << 10);
}

static void ask_too_much(void)
{
    int code = HOOK_CODE;
    doomed = arena_new(1 << 20, end_process, &code);
    char *p = arena_alloc(doomed, (1 << 20) + 1);
    p[0] = 1;
}

static void overflow_calloc(void)
{
    int code = HOOK_CODE;
    volatile size_t n = SIZE_MAX / 2 + 2;
    doomed = arena_new(SIZE_MAX / 2, end_process, &code);
    char *p = arena_calloc(doomed, n, 2);
    p[0] = 1;
}

static void fail_without_hook(void)
{
    doomed = arena_new(1 << 10, NULL, NULL);
    char *p = arena_alloc(doomed, 2 << 10);
    p[0] = 1;
}

START_TEST(past_the_cap_the_hook_ends_the_process)
{
    void (*const ways[])(void) = {use_up_cap, ask_too_much, overflow_calloc};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        int status = t_status_of(ways[i]);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == HOOK_CODE,
                      "way %zu ended with status %d", i, status);
    }
}
END_TEST

START_TEST(without_hook_it_aborts)
{
    int status = t_status_of(fail_without_hook);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

START_TEST(the_whole_cap_can_be_used)
{
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    memset(arena_alloc(a, ARENA_FIRST_BYTES), 1, ARENA_FIRST_BYTES);
    size_t rest = (1 << 20) - ARENA_FIRST_BYTES;
    memset(arena_alloc(a, rest), 1, rest);
    ck_assert_uint_eq(arena_used(a), 1 << 20);
    arena_free(a);
}
END_TEST

START_TEST(blocks_are_aligned_and_apart)
{
    char *before = arena_alloc(t_arena, 0);
    for (size_t n = 1; n < 100; n++) {
        char *p = arena_alloc(t_arena, n);
        ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
        ck_assert_ptr_ne(p, before);
        memset(p, (int)n, n);
        if (n > 1)
            ck_assert_int_eq(before[n - 2], (int)n - 1);
        before = p;
    }
}
END_TEST

START_TEST(large_blocks_get_their_own_room)
{
    size_t n = (size_t)ARENA_FIRST_BYTES * 10;
    char *small = arena_strdup(t_arena, "small");
    char *large = arena_alloc(t_arena, n);
    memset(large, 'x', n);
    ck_assert_str_eq(small, "small");
    ck_assert_uint_ge(arena_used(t_arena), n + 6);
}
END_TEST

START_TEST(calloc_clears_used_memory)
{
    memset(arena_alloc(t_arena, 1000), 0xff, 1000);
    arena_reset(t_arena);
    const char *p = arena_calloc(t_arena, 10, 100);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(p[i], 0);
}
END_TEST

START_TEST(reset_empties_and_keeps_the_first_chunk)
{
    char *first = arena_alloc(t_arena, 16);
    char *large = arena_alloc(t_arena, (size_t)ARENA_FIRST_BYTES * 3);
    large[0] = 1;
    arena_reset(t_arena);
    ck_assert_uint_eq(arena_used(t_arena), 0);
    ck_assert_ptr_eq(arena_alloc(t_arena, 16), first);
    for (int i = 0; i < 1000; i++) { /* the cap counts anew each time */
        arena_reset(t_arena);
        large = arena_alloc(t_arena, 1 << 20);
        large[0] = 1;
    }
}
END_TEST

/* Check's tests and the deferred calls share no argument. */
static char order[8];

static void note_call(void *arg)
{
    strncat(order, arg, sizeof(order) - strlen(order) - 1);
}

START_TEST(deferred_calls_run_backwards_once)
{
    order[0] = '\0';
    arena_defer(t_arena, note_call, (char[]){"a"});
    arena_defer(t_arena, note_call, (char[]){"b"});
    arena_defer(t_arena, note_call, (char[]){"c"});
    arena_reset(t_arena);
    ck_assert_str_eq(order, "cba");
    arena_reset(t_arena);
    ck_assert_str_eq(order, "cba");
}
END_TEST

static void defer_late(void *arg UNUSED)
{
    static char late[] = "z";
    note_call((char[]){"d"});
    arena_defer(t_arena, note_call, late);
}

START_TEST(a_deferred_call_may_defer_again)
{
    order[0] = '\0';
    arena_defer(t_arena, defer_late, NULL);
    arena_reset(t_arena);
    ck_assert_str_eq(order, "dz");
}
END_TEST

START_TEST(texts_are_copied_whole)
{
    char source[] = "ab\0cd";
    char *p = arena_dup(t_arena, source, 5);
    memset(source, 'x', 5);
    ck_assert_mem_eq(p, "ab\0cd", 6);
    ck_assert_str_eq(arena_dup(t_arena, NULL, 0), "");
    ck_assert_str_eq(arena_fmt(t_arena, "%d-%s", 12, "é"), "12-é");
    char *longer = arena_fmt(t_arena, "%0100000d", 7);
    ck_assert_uint_eq(strlen(longer), 100000);
    ck_assert_ptr_null(arena_free(NULL));
}
END_TEST

Suite *arena_suite(void)
{
    Suite *s = suite_create("arena");
    TCase *tc = t_case(s, "arena");
    tcase_add_test(tc, past_the_cap_the_hook_ends_the_process);
    tcase_add_test(tc, without_hook_it_aborts);
    tcase_add_test(tc, the_whole_cap_can_be_used);
    tcase_add_test(tc, blocks_are_aligned_and_apart);
    tcase_add_test(tc, large_blocks_get_their_own_room);
    tcase_add_test(tc, calloc_clears_used_memory);
    tcase_add_test(tc, reset_empties_and_keeps_the_first_chunk);
    tcase_add_test(tc, deferred_calls_run_backwards_once);
    tcase_add_test(tc, a_deferred_call_may_defer_again);
    tcase_add_test(tc, texts_are_copied_whole);
    return s;
}
