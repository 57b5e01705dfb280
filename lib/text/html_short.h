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

enum { HTML_GROW = 6, HTML_SLACK = 8 };

/* html_escape_to(), however much of it is markup; spaces as in html.h. */
char *html_escape_special(char *o, const char *s, size_t n, bool keep_space);

/* Bytes looked at together; gcc and clang know such types on any machine. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/*
 * The bytes that are not plain, and '#' for the sake of fewer looks: all bits
 * of such a byte are set.
 */
static inline words2 html_special(words2 words)
{
    bytes16 v = (bytes16)words;
    return (words2)((v - '\t' <= '\r' - '\t') /* smaller ones wrap around */ |
                    ((v & 0xfa) == '"') /* " & ' and # */ |
                    ((v | 0x02) == '>') /* < and > */);
}

static inline uint64_t html_copy8(char *o, const char *s)
{
    uint64_t w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

static inline uint32_t html_copy4(char *o, const char *s)
{
    uint32_t w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

static inline words2 html_copy16(char *o, const char *s)
{
    words2 w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

/* Copies s[0..n), less than 16 bytes; returns them in no order, some twice. */
static inline words2 html_copy_short(char *o, const char *s, size_t n)
{
    if (n >= 8)
        return (words2){html_copy8(o, s), html_copy8(o + n - 8, s + n - 8)};
    if (n >= 4)
        return (words2){html_copy4(o, s), html_copy4(o + n - 4, s + n - 4)};
    uint64_t w = 0;
    for (size_t i = 0; i < n; i++) {
        o[i] = s[i];
        w = w << 8 | (uint8_t)s[i];
    }
    return (words2){w, 0};
}

/* Copies s[0..n) to o; true when all of it is plain, nearly always. */
static inline bool html_copy_plain(char *o, const char *s, size_t n)
{
    words2 found;
    if (n < 16) {
        found = html_special(html_copy_short(o, s, n));
    } else {
        found = html_special(html_copy16(o + n - 16, s + n - 16));
        for (size_t i = 0; i + 16 < n; i += 16)
            found |= html_special(html_copy16(o + i, s + i));
    }
    return (found[0] | found[1]) == 0;
}

/*
 * html_escape() where the caller has made the room: n * HTML_GROW + HTML_SLACK
 * bytes at o, some of which may be written after the end. Returns the end.
 */
static inline char *html_escape_to(char *o, const char *s, size_t n)
{
    return html_copy_plain(o, s, n) ? o + n
                                    : html_escape_special(o, s, n, false);
}

#endif
