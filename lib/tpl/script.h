/*
 * script - where in a piece of JavaScript a template stands.
 *
 * Fed with the literal text of a script. Whether a slash divides or begins a
 * regular expression is told from what precedes it.
 *
 * Source     The behaviour of ctemplate 2.4; ECMA-262 for the words after
 *            which an expression begins.
 * Layer      tpl.
 */
#ifndef PT_TPL_SCRIPT_H
#define PT_TPL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_WORD_MAX = 16 }; /* longer than any reserved word */

enum script_state {
    SCRIPT_CODE,
    SCRIPT_SLASH, /* after one that divides */
    SCRIPT_SINGLE,
    SCRIPT_SINGLE_ESCAPE,
    SCRIPT_DOUBLE,
    SCRIPT_DOUBLE_ESCAPE,
    SCRIPT_REGEXP_START, /* after one that begins an expression */
    SCRIPT_REGEXP,
    SCRIPT_REGEXP_ESCAPE,
    SCRIPT_CLASS, /* [in brackets] of a regular expression */
    SCRIPT_CLASS_ESCAPE,
    SCRIPT_LINE, /* comment */
    SCRIPT_BLOCK,
    SCRIPT_BLOCK_STAR
};

/* What was read last of the code; comments count as blanks. */
struct script_token {
    char last, before; /* bytes, blanks between them as one; '\0' none */
    bool blank;        /* after last */
    size_t n_word;     /* bytes, also those that found no room */
    char word[SCRIPT_WORD_MAX]; /* that ends with last */
};

struct script_context {
    enum script_state state;
    struct script_token token, before_slash;
};

void script_init(struct script_context *s);

void script_byte(struct script_context *s, char c);

/* True in a string. */
bool script_is_quoted(const struct script_context *s);

#endif
