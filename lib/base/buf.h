/*
 * buf - a growing byte buffer with a maximum.
 *
 * An append that would pass the maximum (or finds no memory) sets a sticky
 * failure and changes nothing; writers append freely and look once at the
 * end with buf_ok(). The bytes are always NUL-terminated.
 *
 * Ownership  The buffer owns its bytes; buf_done() frees them.
 * Units      Bytes.
 * Layer      base.
 */
#ifndef PT_BASE_BUF_H
#define PT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

struct buf {
    char *p;     /* NUL-terminated; NULL before the first append */
    size_t n;    /* bytes used, without the NUL */
    size_t room; /* bytes allocated */
    size_t max;  /* most bytes n may reach */
    bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);

/* Empty and usable again; the memory is kept. */
void buf_reset(struct buf *b);

/* Makes room for n more bytes; false (and failed) when it cannot. */
bool buf_reserve(struct buf *b, size_t n);

/*
 * Room for n bytes and the NUL after them, for who writes to p + n itself; when
 * the maximum leaves none, false, and nothing has failed.
 */
static inline bool buf_has_room(struct buf *b, size_t n)
{
    if (b->room - b->n > n)
        return true;
    return !b->failed && b->max - b->n > n && buf_reserve(b, n);
}

/* True while no append has failed. */
static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

/* The bytes as a string: never NULL. */
static inline const char *buf_str(const struct buf *b)
{
    return b->p != NULL ? b->p : "";
}

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
    if (b->room - b->n <= n && !buf_reserve(b, n))
        return;
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

static inline void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

static inline void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

/* Appends the decimal digits of v. */
void buf_add_int(struct buf *b, int64_t v);

/* Writes them to o, where BUF_INT_MAX bytes fit; returns the end. */
enum { BUF_INT_MAX = 20 };
char *buf_put_int(char *o, int64_t v);

void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
