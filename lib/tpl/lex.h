/*
 * lex - a template as tokens: text and markers.
 *
 * A comment and a set-delimiter marker are both a COMMENT.
 *
 * Errors     ERR_INVALID; the note reads "file:line:column: message".
 * Layer      tpl.
 */
#ifndef PT_TPL_LEX_H
#define PT_TPL_LEX_H

#include "tpl/strip.h"

enum token_kind {
    TOK_END,
    TOK_TEXT,
    TOK_VAR,     /* {{NAME:args}} */
    TOK_OPEN,    /* {{#NAME}} */
    TOK_CLOSE,   /* {{/NAME}} */
    TOK_INCLUDE, /* {{>NAME:args}} */
    TOK_PRAGMA,  /* {{%NAME args}} */
    TOK_COMMENT  /* {{! text}} {{=<% %>=}} */
};

struct token {
    enum token_kind kind;
    const char *p; /* the text, or the name */
    size_t n;
    const char *args; /* modifiers with their first ':', pragma arguments */
    size_t n_args;
    size_t at; /* offset in the stripped text, for messages */
};

struct lexer {
    const char *file;
    struct stripped text;
    size_t at;
    struct delims delims;
    bool strict; /* the rule of views/: what the library overlooks is refused */
    struct err_note *why;
};

/* src as a whole, stripped into a. */
void lex_init(struct lexer *lx, struct arena *a, const struct tpl_source *src,
              struct err_note *why);

enum err lex_next(struct lexer *lx, struct token *ret_token) MUST_USE;

/* ERR_INVALID with the position of at and the formatted message. */
enum err lex_error(const struct lexer *lx, size_t at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
