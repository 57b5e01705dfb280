/*
 * modify - the modifiers of the template language, {{NAME:modifier}}.
 *
 * Source     The built-in modifiers of ctemplate 2.4, byte for byte.
 * Layer      tpl.
 */
#ifndef PT_TPL_MODIFY_H
#define PT_TPL_MODIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "tpl/program.h"

/*
 * The modifier written name[0..n), such as "h" or "html_escape_with_arg=pre";
 * TPL_MOD_END when there is none.
 */
enum tpl_mod modifier_find(const char *name, size_t n);

/* The short form, such as "h" or "H=pre", for messages. */
const char *modifier_name(enum tpl_mod mod);

/*
 * True when a variable with the modifier given, and only modifiers of the
 * language behind it, needs not be escaped with wanted any more.
 */
bool modifier_serves(enum tpl_mod given, enum tpl_mod wanted);

/* Appends s[0..n) as changed by one modifier. */
void modify(struct buf *out, enum tpl_mod mod, const char *s, size_t n);

/* Appends s[0..n) as changed by a chain (program.h); safe: a safe_html. */
void modify_chain(struct buf *out, const uint8_t *chain, bool safe,
                  const char *s, size_t n);

/* Escapes text that keeps some formatting tags; in snippet.c. */
void modify_snippet(struct buf *out, const char *s, size_t n);

#endif
