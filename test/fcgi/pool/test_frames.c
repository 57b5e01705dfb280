#include <check.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "pool/frames.h"
#include "test/suites.h"

suite_fn frames_suite;

enum { BASE = 0x10000, SIZE = 0x5000 };

static const char *text_of(const char *command, const uint64_t *frames,
                           size_t n)
{
    static char text[FRAMES_TEXT];
    struct board_trace t = {.base = BASE, .size = SIZE, .build = 0xabc, .n = n};
    memcpy(t.frame, frames, n * sizeof(frames[0]));
    frames_text(getpid(), command, &t, text);
    return text;
}

START_TEST(test_own_frames)
{
    const uint64_t frames[] = {
        BASE + 0x10, BASE + 0x4fff, BASE + SIZE, BASE - 1, 0, BASE};
    ck_assert_str_eq(text_of("/usr/bin/worker", frames, 6),
                     " build=0000000000000abc frames=\"worker+0x10 +0x4fff ? "
                     "? ? worker+0x0\"");
    ck_assert_str_eq(text_of("odd \"name", frames, 1),
                     " build=0000000000000abc frames=\"odd??name+0x10\"");
}
END_TEST

/* Where the loader has put the library that has malloc(). */
static int find_base(struct dl_phdr_info *info, size_t size UNUSED, void *arg)
{
    uintptr_t *ret = arg, at = (uintptr_t)malloc;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + p->p_vaddr;
        if (p->p_type == PT_LOAD && at >= low && at < low + p->p_memsz)
            *ret = info->dlpi_addr;
    }
    return 0;
}

START_TEST(test_frame_of_a_library)
{
    char expected[64];
    uintptr_t base = 0;
    const uint64_t frames[] = {(uintptr_t)malloc};
    dl_iterate_phdr(find_base, &base);
    ck_assert_uint_ne(base, 0);
    snprintf(expected, sizeof(expected), "+0x%lx\"",
             (unsigned long)((uintptr_t)malloc - base));
    const char *text = text_of("worker", frames, 1);
    ck_assert_ptr_nonnull(strstr(text, expected));
    ck_assert_ptr_null(strstr(text, "worker"));
    ck_assert_ptr_null(strchr(text, '?'));
}
END_TEST

/* The longest text there can be fits, or is cut without harm. */
START_TEST(test_many_long_names)
{
    uint64_t frames[BOARD_FRAMES];
    char name[200];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (size_t i = 0; i < BOARD_FRAMES; i++)
        frames[i] = i % 2 == 0 ? BASE + SIZE - 1 : UINT64_MAX;
    const char *text = text_of(name, frames, BOARD_FRAMES);
    ck_assert_uint_lt(strlen(text), FRAMES_TEXT);
    ck_assert_int_eq(text[strlen(text) - 1], '"');
}
END_TEST

Suite *frames_suite(void)
{
    Suite *s = suite_create("frames");
    TCase *t = tcase_create("frames");
    tcase_add_test(t, test_own_frames);
    tcase_add_test(t, test_frame_of_a_library);
    tcase_add_test(t, test_many_long_names);
    suite_add_tcase(s, t);
    return s;
}
