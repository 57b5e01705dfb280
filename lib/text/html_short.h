/*
 * html_short - html_escape() without a call, for who shows many short texts.
 *
 * Layer      text.
 */
#ifndef PT_TEXT_HTML_SHORT_H
#define PT_TEXT_HTML_SHORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/compiler.h"

enum {
    HTML_PART = 64, /* bytes looked at together: a bit of a word for each */
    HTML_GROW = 6,
    HTML_SLACK = 8
};

/*
 * Goes on where html_copy() has found bytes that may not be plain; spaces as
 * in html.h.
 */
char *html_escape_special(char *o, const char *s, size_t n, uint64_t special,
                          bool keep_space);

/* gcc and clang know such types on any machine. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint32_t words4 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/* A bit for each byte, of which all bits are set or none: the first is 1. */
static inline uint64_t html_bits_any(bytes16 found)
{
    static const bytes16 one_each = {1, 2, 4, 8, 16, 32, 64, 128,
                                     1, 2, 4, 8, 16, 32, 64, 128};
    const uint64_t sum = 0x0101010101010101; /* of the bytes, in the highest */
    words2 w = (words2)(found & one_each);
    return w[0] * sum >> 56 | w[1] * sum >> 56 << 8;
}

/* The same, where the processor has an instruction for it. */
static inline uint64_t html_bits(bytes16 found)
{
#ifdef __SSE2__
    return (uint64_t)_mm_movemask_epi8((__m128i)found);
#else
    return html_bits_any(found);
#endif
}

/*
 * A bit for each byte that is not plain, and for what is rare: '#' and other
 * control characters cost fewer looks so.
 */
static inline uint64_t html_special(bytes16 v)
{
    return html_bits((bytes16)((v <= '\r') |
                               ((v & 0xfa) == '"') /* " & ' and # */ |
                               ((v | 0x02) == '>') /* < and > */));
}

static inline uint32_t html_copy4(char *o, const char *s)
{
    uint32_t w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

static inline uint64_t html_copy8(char *o, const char *s)
{
    uint64_t w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

static inline bytes16 html_copy16(char *o, const char *s)
{
    bytes16 v;
    memcpy(&v, s, sizeof(v));
    memcpy(o, &v, sizeof(v));
    return v;
}

/*
 * html_copy() of less than 16 bytes: two words, which may overlap. Always
 * inline, so that the bits cost nothing where nobody wants them.
 */
ALWAYS_INLINE uint64_t html_copy_short(char *o, const char *s, size_t n)
{
    if (n >= 8) {
        words2 w = {html_copy8(o, s), html_copy8(o + n - 8, s + n - 8)};
        uint64_t bits = html_special((bytes16)w);
        return (bits & 0xff) | bits >> 8 << (n - 8);
    }
    if (n >= 4) {
        words4 w = {html_copy4(o, s), html_copy4(o + n - 4, s + n - 4)};
        uint64_t bits = html_special((bytes16)w);
        return (bits & 0xf) | (bits >> 4 & 0xf) << (n - 4);
    }
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (html_special((bytes16){(uint8_t)(o[i] = s[i])}) & 1) << i;
    return bits;
}

/*
 * Copies s[0..n), n <= HTML_PART, to o. Returns a bit for each byte that may
 * not be plain: nearly always 0.
 */
static inline uint64_t html_copy(char *o, const char *s, size_t n)
{
    if (n < 16)
        return html_copy_short(o, s, n);
    size_t last = n - 16;
    uint64_t bits = html_special(html_copy16(o + last, s + last)) << last;
    for (size_t i = 0; i < last; i += 16)
        bits |= html_special(html_copy16(o + i, s + i)) << i;
    return bits;
}

/*
 * html_escape() of n <= HTML_PART bytes where the caller has made the room:
 * n * HTML_GROW + HTML_SLACK bytes at o, some of which may be written after
 * the end. Returns the end.
 */
static inline char *html_escape_part(char *o, const char *s, size_t n,
                                     bool keep_space)
{
    uint64_t special = html_copy(o, s, n);
    return special == 0 ? o + n
                        : html_escape_special(o, s, n, special, keep_space);
}

#endif
