/*
 * support - what all unit tests share: memory, files, processes.
 *
 * Ownership  Texts live in t_arena, which is new for each test; files lie in
 *            a directory that is removed when the program ends.
 */
#ifndef PT_TEST_SUPPORT_H
#define PT_TEST_SUPPORT_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Memory of the running test. Check's fixtures have no argument for it. */
extern struct arena *t_arena;

/* Once, before any test: the directory, an environment without surprises. */
void t_begin(void);

/* A test case of s whose tests find an empty t_arena. */
TCase *t_case(Suite *s, const char *name);

/* Is this valgrind? What is tried again and again for luck's sake need not be
 * there as often: each round runs the same lines. */
bool t_is_valgrind(void);

/* The directory of all test files. */
const char *t_dir(void);

/* A path in it that no other test was given. */
const char *t_path(const char *name);

void t_write(const char *path, const char *text);
const char *t_read(const char *path);

/* What fn writes to fd (1 or 2) while it runs. */
const char *t_capture(int fd, void (*fn)(void));

/* The wait status of a process that runs fn and ends with _exit(0). */
int t_status_of(void (*fn)(void));

#define t_ok(expr)        ck_assert_int_eq((expr), ERR_OK)
#define t_is(expr, error) ck_assert_int_eq((expr), (error))

/* Fails unless part stands in text, and shows both. */
#define t_contains(text, part)                                                 \
    do {                                                                       \
        const char *t_text_ = (text), *t_part_ = (part);                       \
        ck_assert_msg(strstr(t_text_, t_part_) != NULL,                        \
                      "\"%s\" is not in \"%s\"", t_part_, t_text_);            \
    } while (0)

#endif
