/*
 * arena - memory that lives as long as one request (or one start-up step).
 *
 * Everything is dropped at once by arena_reset(); nobody frees single blocks.
 * Other resources (a PGresult, a file) join with arena_defer() and are
 * released in reverse order of joining. An allocation never returns NULL:
 * past the cap, or out of memory, the fail hook is called, which must not
 * return (the worker answers 500 and ends; the supervisor replaces it).
 *
 * Ownership  The arena owns all it hands out.
 * Units      Bytes; blocks are aligned for any object.
 * Layer      base.
 */
#ifndef PT_BASE_ARENA_H
#define PT_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/compiler.h"

struct arena;

typedef void arena_fail_fn(void *arg);

/*
 * A new arena of at most cap bytes. fail(arg) is called when an allocation
 * cannot be met; with a NULL hook, or if it returns, the process aborts.
 */
struct arena *arena_new(size_t cap, arena_fail_fn *fail, void *arg);

/* Drops everything and the arena itself. NULL is allowed; returns NULL. */
struct arena *arena_free(struct arena *a);

/* Runs the deferred calls, drops all blocks, keeps the first chunk. */
void arena_reset(struct arena *a);

/* n bytes, not cleared. */
void *arena_alloc(struct arena *a, size_t n)
    __attribute__((malloc, alloc_size(2), returns_nonnull));

/* n objects of size bytes, cleared; an overflowing product is a failure. */
void *arena_calloc(struct arena *a, size_t n, size_t size)
    __attribute__((malloc, alloc_size(2, 3), returns_nonnull));

/* A NUL-terminated copy of p[0..n). */
char *arena_dup(struct arena *a, const char *p, size_t n)
    __attribute__((returns_nonnull));

/* A NUL-terminated copy of s. */
char *arena_strdup(struct arena *a, const char *s)
    __attribute__((returns_nonnull));

/* printf into the arena. */
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3)
    __attribute__((returns_nonnull));

/* Calls fn(arg) at the next reset or free; last joined, first called. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type)      ((type *)arena_calloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_calloc((a), (n), sizeof(type)))

#endif
