#include "text/html.h"

#include <stdbool.h>
#include <stdint.h>

enum { PLAIN, SPACE, ENTITY };

static const uint8_t classes[256] = {
    ['\t'] = SPACE, ['\n'] = SPACE,  ['\v'] = SPACE, ['\f'] = SPACE,
    ['\r'] = SPACE, ['&'] = ENTITY,  ['<'] = ENTITY, ['>'] = ENTITY,
    ['"'] = ENTITY, ['\''] = ENTITY,
};

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return "&#39;";
    }
}

/* A word with every byte b. */
static inline uint64_t every(uint8_t b)
{
    return b * UINT64_C(0x0101010101010101);
}

/* The high bit of some byte is set if, and only if, a byte of w is 0. */
static inline uint64_t zero_byte(uint64_t w)
{
    return (w - every(0x01)) & ~w & every(0x80);
}

/*
 * True when all of p[0..8) is PLAIN; looks at the bytes together, and may
 * say false for # and some control characters.
 * Source: Bit Twiddling Hacks, "Determine if a word has a zero byte".
 */
static inline bool plain8(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof(w));
    uint64_t quote = zero_byte((w | every(0x05)) ^ every(0x27)); /* "#&' */
    uint64_t angle = zero_byte((w | every(0x02)) ^ every(0x3e)); /* <> */
    uint64_t space = (w - every(0x0e)) & ~w & every(0x80);       /* < 0x0e */
    return (quote | angle | space) == 0;
}

/* How many bytes of s[0..n) in front are PLAIN. */
static inline size_t plain_run(const char *s, size_t n)
{
    size_t i = 0;
    while (n - i >= 8 && plain8(s + i))
        i += 8;
    if (n >= 8 && n - i < 8 && plain8(s + n - 8))
        return n;
    while (i < n && classes[(uint8_t)s[i]] == PLAIN)
        i++;
    return i;
}

/* Copies runs of plain bytes at once; most text has nothing to escape. */
static void escape(struct buf *b, const char *s, size_t n, bool keep_space)
{
    for (size_t i = 0; i < n; i++) {
        size_t run = plain_run(s + i, n - i);
        buf_add(b, s + i, run);
        i += run;
        if (i == n)
            return;
        if (classes[(uint8_t)s[i]] == ENTITY)
            buf_adds(b, entity_of(s[i]));
        else
            buf_addc(b, keep_space ? s[i] : ' ');
    }
}

void html_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, false);
}

void html_pre_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, true);
}
