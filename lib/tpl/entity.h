/*
 * entity - character references in the value of an attribute, &quot; &#39;
 *
 * Source     The behaviour of ctemplate 2.4: names it does not know stay as
 *            they are, a blank ends a reference too, numbers count modulo 256.
 * Layer      tpl.
 */
#ifndef PT_TPL_ENTITY_H
#define PT_TPL_ENTITY_H

#include <stddef.h>

enum { ENTITY_MAX = 8 }; /* bytes of a reference, '&' included */

struct entity {
    char p[ENTITY_MAX + 3]; /* with what ends it, and a NUL */
    size_t n;               /* 0: outside of one */
};

/* What the script sees when c is read: a string, often an empty one. */
const char *entity_byte(struct entity *e, char c);

#endif
