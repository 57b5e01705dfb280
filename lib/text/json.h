/*
 * json - writing JSON into a buffer.
 *
 * Layer      text.
 */
#ifndef PT_TEXT_JSON_H
#define PT_TEXT_JSON_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends "…" with s escaped. < > & and U+2028/2029 are written as \u00xx so
 * that the text may stand inside HTML. Broken UTF-8 bytes become U+FFFD.
 * Source: RFC 8259.
 */
void json_string(struct buf *b, const char *s, size_t n);

/*
 * Appends "…" in the one form that RFC 8785 leaves: nothing escaped that
 * need not be. Equal texts give equal bytes, in any language. Broken UTF-8
 * bytes become U+FFFD.
 */
void json_canonical(struct buf *b, const char *s, size_t n);

#endif
