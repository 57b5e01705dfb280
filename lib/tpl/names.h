/*
 * names - marker names as small numbers.
 *
 * Names of the templates that were compiled into the program are constants
 * (gen/tplnames.h) and lie in tpl_static_names, which gen/tplnames.c
 * defines; a program without it has none. A template parsed at run time may
 * hold further names: a struct tpl_names numbers those after the static
 * ones, so both kinds of template work with one dictionary.
 *
 * Ownership  A struct tpl_names lives in its arena.
 * Layer      tpl.
 */
#ifndef PT_TPL_NAMES_H
#define PT_TPL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { TPL_NAMES_MAX = 60000 }; /* an op holds a name in 16 bits */

/* Sorted by strcmp(); the name at position i has the number i + 1. */
struct tpl_name_table {
    const char *text;      /* the names, each with its NUL */
    const uint32_t *start; /* where in text */
    unsigned n;
};

extern const struct tpl_name_table tpl_static_names;

struct tpl_names;

struct tpl_names *tpl_names_new(struct arena *a);

/*
 * The number of name[0..n), which holds no NUL, from 1; a new one if it is
 * not known yet. 0 past TPL_NAMES_MAX.
 */
unsigned tpl_name(struct tpl_names *names, const char *name, size_t n);

/*
 * The number of the marker for a column: its name in upper case. 0 when no
 * template has such a marker. names may be NULL: only the static ones.
 */
unsigned tpl_name_of_column(const struct tpl_names *names, const char *column);

/*
 * What the built-in variable name[0..n) is unless the data set it; NULL for
 * all others. The variable without a name is one, and empty.
 */
const char *tpl_builtin(const char *name, size_t n);

/* The highest number given so far. names may be NULL. */
unsigned tpl_names_count(const struct tpl_names *names);

/* The text of a number; "" for one that was never given. */
const char *tpl_name_text(const struct tpl_names *names, unsigned name);

#endif
