#include "text/charset.h"

#include <stdint.h>
#include <string.h>

/* Begins a sequence of UTF-8, or is one. RFC 3629, section 4. */
static bool begin_sequence(struct charset_guess *g, unsigned char c)
{
    g->low = 0x80;
    g->high = 0xbf;
    if (c < 0x80)
        return true;
    if (c < 0xc2 || c > 0xf4)
        return false;
    g->need = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    if (c == 0xe0)
        g->low = 0xa0;
    if (c == 0xed)
        g->high = 0x9f;
    if (c == 0xf0)
        g->low = 0x90;
    if (c == 0xf4)
        g->high = 0x8f;
    return true;
}

static bool step(struct charset_guess *g, unsigned char c)
{
    if (g->need == 0)
        return begin_sequence(g, c);
    if (c < g->low || c > g->high)
        return false;
    g->low = 0x80;
    g->high = 0xbf;
    g->need--;
    return true;
}

void charset_feed(struct charset_guess *g, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (g->n < sizeof(g->bom))
            g->bom[g->n++] = c;
        if (c == 0)
            g->binary = true;
        if (!g->not_utf8 && !step(g, c))
            g->not_utf8 = true;
    }
}

enum charset charset_end(const struct charset_guess *g)
{
    bool utf16 = g->n >= 2 && (memcmp(g->bom, "\xff\xfe", 2) == 0 ||
                               memcmp(g->bom, "\xfe\xff", 2) == 0);
    if (g->binary || utf16)
        return CHARSET_NONE;
    if (g->n == 3 && memcmp(g->bom, "\xef\xbb\xbf", 3) == 0)
        return CHARSET_UTF8;
    return g->not_utf8 || g->need > 0 ? CHARSET_WINDOWS : CHARSET_UTF8;
}

/* A code point from U+0080 to U+FFFF. */
static void add_point(struct buf *b, unsigned point)
{
    if (point < 0x800) {
        buf_addc(b, (char)(0xc0 | point >> 6));
    } else {
        buf_addc(b, (char)(0xe0 | point >> 12));
        buf_addc(b, (char)(0x80 | (point >> 6 & 0x3f)));
    }
    buf_addc(b, (char)(0x80 | (point & 0x3f)));
}

bool charset_add_windows(struct buf *b, unsigned char c)
{
    /* from 0x80 on; 0: stands for nothing. All others are as in Unicode. */
    static const uint16_t points[] = {
        0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
        0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
        0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
    };
    unsigned point = c;
    if (c >= 0x80 && c < 0xa0)
        point = points[c - 0x80];
    if (point == 0)
        return false;
    if (c < 0x80)
        buf_addc(b, (char)c);
    else
        add_point(b, point);
    return true;
}
