/*
 * strip - white space of a template, removed before it is read.
 *
 * Works line by line as the library does. NONE keeps all. BLANK drops blank
 * lines, and reduces a line that holds nothing but one marker (other than a
 * variable) to that marker. WHITESPACE drops white space at both ends of
 * every line and all line ends.
 *
 * Ownership  The result lies in the arena.
 * Layer      tpl.
 */
#ifndef PT_TPL_STRIP_H
#define PT_TPL_STRIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "tpl/tpl.h"

/* Marker delimiters; not NUL-terminated. */
struct delims {
    const char *open, *close;
    size_t n_open, n_close;
};

/* Where a piece of the stripped text stood in the file. */
struct origin {
    size_t at; /* offset in the stripped text */
    uint32_t line, column;
};

struct stripped {
    const char *p;
    size_t n;
    const struct origin *origins; /* ascending; the first has at 0 */
    size_t n_origins;
};

void strip_text(struct arena *a, const char *p, size_t n, enum tpl_strip strip,
                struct stripped *ret);

/* Line and column, from 1, of offset at of the stripped text. */
void strip_position(const struct stripped *s, size_t at, uint32_t *ret_line,
                    uint32_t *ret_column);

/*
 * Reads the inside of a set-delimiter marker, "<% %>" of {{=<% %>=}}. False
 * when it is malformed. Either may be empty: what opens is then never found,
 * what closes at once.
 */
bool delims_parse(const char *p, size_t n, struct delims *ret);

/*
 * What closes the marker that has the inside p[0..n) and more; NULL for none.
 * A sigil is never part of it; a set-delimiter marker goes on to "=}}".
 */
const char *delims_close(const struct delims *d, const char *p, size_t n);

extern const struct delims delims_default;

#endif
