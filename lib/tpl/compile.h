/*
 * compile - a tree as a program, and a program as C.
 *
 * Layer      tpl.
 */
#ifndef PT_TPL_COMPILE_H
#define PT_TPL_COMPILE_H

#include "tpl/parse.h"

/* Builds the program of an escaped tree in a. */
const struct tpl *compile_tree(struct arena *a, const struct tree *tree);

/*
 * Appends a C file that defines t as `const struct tpl symbol`; names are
 * written as N_… and MSG_… constants.
 */
void compile_emit(struct buf *out, const struct tpl *t,
                  const struct tpl_names *names, const char *symbol);

#endif
