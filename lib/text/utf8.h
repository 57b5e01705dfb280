/*
 * utf8 - checks and folding of UTF-8 text.
 *
 * Source     RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
 * Layer      text.
 */
#ifndef PT_TEXT_UTF8_H
#define PT_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* True when s[0..n) is UTF-8 and holds no NUL. */
bool utf8_valid(const char *s, size_t n);

/* Characters (code points) in valid text. */
size_t utf8_length(const char *s, size_t n);

/*
 * UTF-16 code units that valid text would take: what `maxlength` of a form
 * counts. A unit is at most three bytes here. Source: HTML, "length".
 */
size_t utf8_units(const char *s, size_t n);

/* Bytes of the longest beginning of valid text that takes at most max. */
size_t utf8_prefix(const char *s, size_t max);

/*
 * Reads one code point of valid text at s (*n bytes left, at least 1) and
 * tells through ret_len how many bytes it takes.
 */
uint32_t utf8_next(const char *s, size_t n, size_t *ret_len);

/*
 * Appends valid text in the form used for searching: lower case, accents
 * dropped, every run of other characters than letters and digits as one
 * blank, none at the ends. "José  Núñez S.A.S." gives "jose nunez s a s".
 */
void utf8_fold(struct buf *b, const char *s, size_t n);

#endif
