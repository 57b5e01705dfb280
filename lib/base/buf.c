#include "base/buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST_BYTES = 256 };

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_done(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->failed = false;
    if (b->p != NULL)
        b->p[0] = '\0';
}

bool buf_reserve(struct buf *b, size_t n)
{
    if (b->failed || n > b->max || b->n > b->max - n) {
        b->failed = true;
        return false;
    }
    size_t need = b->n + n + 1;
    if (need <= b->room)
        return true;
    size_t room = b->room > 0 ? b->room : BUF_FIRST_BYTES;
    while (room < need)
        room *= 2;
    if (room > b->max) /* so that what buf_add() finds room for may be added */
        room = b->max + 1;
    char *p = realloc(b->p, room);
    if (p == NULL) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->room = room;
    return true;
}

char *buf_put_int(char *o, int64_t v)
{
    static const char pairs[] = "00010203040506070809"
                                "10111213141516171819"
                                "20212223242526272829"
                                "30313233343536373839"
                                "40414243444546474849"
                                "50515253545556575859"
                                "60616263646566676869"
                                "70717273747576777879"
                                "80818283848586878889"
                                "90919293949596979899";
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    if (v < 0)
        *o++ = '-';
    size_t n = 1; /* digits: 2^63 has 19 */
    for (uint64_t limit = 10; n < 19 && u >= limit; limit *= 10)
        n++;
    char *end = o + n, *p = end;
    for (; u >= 10; u /= 100)
        memcpy(p -= 2, pairs + 2 * (u % 100), 2);
    if (p > o)
        *o = (char)('0' + u);
    return end;
}

void buf_add_int(struct buf *b, int64_t v)
{
    char digits[BUF_INT_MAX];
    buf_add(b, digits, (size_t)(buf_put_int(digits, v) - digits));
}

/* Once into the room that is there, and where that is too little once more. */
void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    size_t left = b->failed ? 0 : b->room - b->n;
    char *end = left > 0 ? b->p + b->n : NULL;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(end, left, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n >= left && buf_reserve(b, (size_t)n)) {
        end = b->p + b->n;
        left = (size_t)n + 1;
        vsnprintf(end, left, fmt, again);
    }
    va_end(again);
    if (n >= 0 && (size_t)n < left) {
        b->n += (size_t)n;
        return;
    }
    b->failed = true;
    if (left > 0)
        end[0] = '\0';
}
