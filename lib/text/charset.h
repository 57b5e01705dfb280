/*
 * charset - in which bytes a text came: UTF-8, or what Windows writes here.
 *
 * Spreadsheets in Colombia save CSV in Windows-1252 unless they are told
 * otherwise. A text as a whole is one or the other: what is not UTF-8 to its
 * end is Windows-1252, if it is a text at all.
 *
 * Source     RFC 3629; windows-1252 of the WHATWG Encoding Standard, without
 *            the five bytes that stand for nothing.
 * Layer      text.
 */
#ifndef PT_TEXT_CHARSET_H
#define PT_TEXT_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum charset {
    CHARSET_NONE, /* no text: NUL, or the mark of UTF-16 at its begin */
    CHARSET_UTF8,
    CHARSET_WINDOWS
};

/* A guess that is fed a text in pieces; {0} is the begin of one. */
struct charset_guess {
    size_t n;             /* bytes so far, three at most are counted */
    unsigned char bom[3]; /* the first of them */
    bool binary, not_utf8;
    unsigned char need, low, high; /* what a sequence still wants */
};

void charset_feed(struct charset_guess *g, const char *p, size_t n);

/*
 * What the text was. With the mark of UTF-8 at its begin it is UTF-8, broken
 * or not.
 */
enum charset charset_end(const struct charset_guess *g);

/* Appends a byte of Windows-1252 as UTF-8; false when it stands for nothing. */
bool charset_add_windows(struct buf *b, unsigned char c);

#endif
