/*
 * compile - a tree as a program, and a program as C.
 *
 * Layer      tpl.
 */
#ifndef PT_TPL_COMPILE_H
#define PT_TPL_COMPILE_H

#include "tpl/parse.h"

/*
 * Builds the programs of an escaped tree in a. ERR_INVALID when a text becomes
 * too long with its messages; "file:line:column: message".
 */
enum err compile_tree(struct arena *a, const struct tree *tree,
                      const struct tpl **ret_tpl) MUST_USE;

/*
 * Appends a C file that defines t as `const struct tpl symbol`; names are
 * written as N_… constants.
 */
void compile_emit(struct buf *out, const struct tpl *t,
                  const struct tpl_names *names, const char *symbol);

#endif
