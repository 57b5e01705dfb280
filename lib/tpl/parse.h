/*
 * parse - a template as a tree.
 *
 * Ownership  The tree lies in the arena; text points into the source as
 *            stripped there.
 * Errors     ERR_INVALID; "file:line:column: message".
 * Layer      tpl.
 */
#ifndef PT_TPL_PARSE_H
#define PT_TPL_PARSE_H

#include "tpl/lex.h"
#include "tpl/names.h"
#include "tpl/program.h"

enum { CHAIN_MAX = 16 }; /* modifiers of one marker, and the end */

enum node_kind { NODE_TEXT, NODE_VAR, NODE_MSG, NODE_SECTION, NODE_INCLUDE };

struct node {
    enum node_kind kind;
    bool separator; /* of the section it stands in */
    const char *p;  /* text, or the name as written */
    size_t n;
    size_t at;           /* for lex_error() */
    unsigned name;       /* VAR SECTION INCLUDE */
    enum msg msg;        /* MSG */
    const char *builtin; /* VAR: what it stands for unless set; or NULL */
    uint8_t chain[CHAIN_MAX];
    size_t n_chain;     /* bytes, the end not counted */
    size_t n_custom;    /* of them before the last :x-custom modifier */
    const char *indent; /* INCLUDE: of every line */
    size_t n_indent;
    struct node *child, *last_child; /* SECTION */
    struct node *parent, *next;
};

enum context_kind {
    CONTEXT_NONE,
    CONTEXT_HTML,
    CONTEXT_XML,
    CONTEXT_JSON,
    CONTEXT_CSS,
    CONTEXT_JS
};

struct tree {
    struct lexer lexer;
    bool strict;
    enum context_kind context; /* of {{%AUTOESCAPE}} */
    bool in_tag;
    struct node root; /* a section without name */
};

enum err parse(struct arena *a, struct tpl_names *names,
               const struct tpl_source *src, struct tree *ret_tree,
               struct err_note *why) MUST_USE;

/* The node after n in the order of the template; NULL after the last. */
struct node *node_next(const struct node *n);

#endif
