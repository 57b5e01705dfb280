/*
 * escape - auto-escaping: completes the chain of every variable of a tree.
 *
 * Errors     ERR_INVALID; "file:line:column: message".
 * Layer      tpl.
 */
#ifndef PT_TPL_ESCAPE_H
#define PT_TPL_ESCAPE_H

#include "tpl/parse.h"

enum err escape_tree(struct tree *tree) MUST_USE;

#endif
