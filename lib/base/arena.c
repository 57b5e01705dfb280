#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct chunk {
    struct chunk *next; /* older chunk */
    size_t size;        /* bytes of data */
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *arg;
};

struct arena {
    struct chunk *top;  /* newest; the last of the list is kept on reset */
    size_t used_in_top; /* bytes taken from top */
    size_t used;        /* bytes handed out since reset */
    size_t held;        /* bytes of all chunks */
    size_t cap;
    struct deferred *defers;
    arena_fail_fn *fail;
    void *fail_arg;
};

static NORETURN void out_of_memory(const struct arena *a)
{
    if (a != NULL && a->fail != NULL)
        a->fail(a->fail_arg);
    abort();
}

static struct chunk *chunk_push(struct arena *a, size_t size)
{
    if (size > a->cap || a->held > a->cap - size)
        out_of_memory(a);
    struct chunk *c = malloc(sizeof(*c) + size);
    if (c == NULL)
        out_of_memory(a);
    c->next = a->top;
    c->size = size;
    a->top = c;
    a->held += size;
    a->used_in_top = 0;
    return c;
}

struct arena *arena_new(size_t cap, arena_fail_fn *fail, void *arg)
{
    struct arena *a = calloc(1, sizeof(*a));
    if (a == NULL)
        abort();
    a->cap = cap;
    a->fail = fail;
    a->fail_arg = arg;
    size_t first = cap < ARENA_FIRST_BYTES ? cap : ARENA_FIRST_BYTES;
    chunk_push(a, first);
    return a;
}

void arena_reset(struct arena *a)
{
    while (a->defers != NULL) { /* a deferred call may defer again */
        struct deferred *d = a->defers;
        a->defers = d->next;
        d->fn(d->arg);
    }
    while (a->top->next != NULL) {
        struct chunk *c = a->top;
        a->top = c->next;
        free(c);
    }
    a->held = a->top->size;
    a->used = a->used_in_top = 0;
}

struct arena *arena_free(struct arena *a)
{
    if (a == NULL)
        return NULL;
    arena_reset(a);
    free(a->top);
    free(a);
    return NULL;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > a->cap)
        out_of_memory(a);
    size_t need = (n + align - 1) & ~(align - 1);
    if (need == 0)
        need = align;
    if (need > a->top->size - a->used_in_top) {
        size_t size = a->top->size * 2;
        size_t room = a->cap > a->held ? a->cap - a->held : 0;
        if (size > room)
            size = room;
        chunk_push(a, size > need ? size : need);
    }
    void *p = a->top->data + a->used_in_top;
    a->used_in_top += need;
    a->used += need;
    return p;
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        out_of_memory(a);
    return memset(arena_alloc(a, total), 0, total);
}

char *arena_dup(struct arena *a, const char *p, size_t n)
{
    char *copy = arena_alloc(a, n + 1);
    if (n > 0)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_dup(a, s, strlen(s));
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    char *next = a->top->data + a->used_in_top; /* most texts fit here */
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(next, a->top->size - a->used_in_top, fmt, ap);
    va_end(ap);
    if (n < 0)
        out_of_memory(a);
    char *s = arena_alloc(a, (size_t)n + 1);
    if (s != next)
        vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
    struct deferred *d = arena_alloc(a, sizeof(*d));
    *d = (struct deferred){.next = a->defers, .fn = fn, .arg = arg};
    a->defers = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
