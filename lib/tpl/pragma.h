/*
 * pragma - {{%AUTOESCAPE context="HTML" state="IN_TAG"}}
 *
 * Errors     ERR_INVALID; "file:line:column: message".
 * Layer      tpl.
 */
#ifndef PT_TPL_PRAGMA_H
#define PT_TPL_PRAGMA_H

#include "tpl/parse.h"

/* Sets the context of the tree. */
enum err pragma_read(struct tree *tree, const struct token *t) MUST_USE;

#endif
