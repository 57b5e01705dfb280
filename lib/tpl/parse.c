#include "tpl/parse.h"

#include <string.h>

#include "tpl/modify.h"
#include "tpl/pragma.h"

struct parser {
    struct arena *arena;
    struct tpl_names *names;
    struct tree *tree;
    struct node *section; /* the open one */
    unsigned depth;
    bool started;       /* something other than a comment was seen */
    const char *indent; /* white space since the start of the line */
    size_t n_indent;
    bool fresh; /* nothing stands in the section yet */
};

/* printf arguments for the name of a token or node, cut for messages. */
#define NAME_FMT    "%.*s"
#define NAME_ARG(t) (int)((t)->n < 64 ? (t)->n : 64), (t)->p

static struct node *add_node(struct parser *ps, enum node_kind kind,
                             const struct token *t)
{
    struct node *n = ARENA_NEW(ps->arena, struct node);
    n->kind = kind;
    n->p = t->p;
    n->n = t->n;
    n->at = t->at;
    n->parent = ps->section;
    if (ps->section->last_child != NULL)
        ps->section->last_child->next = n;
    else
        ps->section->child = n;
    ps->section->last_child = n;
    return n;
}

static enum err intern(struct parser *ps, struct node *n)
{
    n->name = tpl_name(ps->names, n->p, n->n);
    if (n->name == 0)
        return lex_error(&ps->tree->lexer, n->at, "too many marker names");
    return ERR_OK;
}

/* ":mod:mod=value" of a variable or include. */
static enum err read_modifiers(struct parser *ps, const struct token *t,
                               struct node *node)
{
    const struct lexer *lx = &ps->tree->lexer;
    const char *p = t->args, *end = t->args + t->n_args;
    while (p < end) {
        p++; /* the ':' */
        const char *colon = memchr(p, ':', (size_t)(end - p));
        size_t n = (size_t)((colon != NULL ? colon : end) - p);
        enum tpl_mod mod = modifier_find(p, n);
        bool custom = n >= 2 && memcmp(p, "x-", 2) == 0 && !ps->tree->strict;
        if (mod == TPL_MOD_END && !custom)
            return lex_error(lx, t->at, "unknown modifier '%.*s' of " NAME_FMT,
                             (int)(n < 64 ? n : 64), p, NAME_ARG(t));
        if (node->n_chain >= CHAIN_MAX - 3)
            return lex_error(lx, t->at, "too many modifiers");
        if (custom) /* changes nothing; but what it gives may be unsafe */
            node->n_custom = node->n_chain;
        else
            node->chain[node->n_chain++] = (uint8_t)mod;
        p += n;
    }
    return ERR_OK;
}

/* Notes the white space that would indent an include standing next. */
static void note_indent(struct parser *ps, const char *p, size_t n)
{
    const char *line = memrchr(p, '\n', n);
    ps->n_indent = 0;
    if (line == NULL && !ps->fresh)
        return;
    const char *start = line != NULL ? line + 1 : p;
    for (const char *s = start; s < p + n; s++)
        if (*s != ' ' && *s != '\t')
            return;
    ps->indent = start;
    ps->n_indent = (size_t)(p + n - start);
}

/*
 * A built-in variable. The data may give it another value; where the rule of
 * views/ holds, it is text.
 */
static enum err add_builtin(struct parser *ps, const struct token *t,
                            const char *builtin)
{
    struct node *n = add_node(ps, NODE_VAR, t);
    TRY(read_modifiers(ps, t, n));
    n->builtin = builtin;
    if (!ps->tree->strict)
        return intern(ps, n);
    if (t->n_args > 0)
        return lex_error(&ps->tree->lexer, t->at,
                         NAME_FMT " takes no modifiers", NAME_ARG(t));
    n->kind = NODE_TEXT;
    n->p = builtin;
    n->n = strlen(builtin);
    return ERR_OK;
}

static enum err add_variable(struct parser *ps, const struct token *t)
{
    const char *builtin = tpl_builtin(t->p, t->n);
    if (builtin != NULL)
        return add_builtin(ps, t, builtin);
    bool message = t->n > 2 && memcmp(t->p, "T_", 2) == 0;
    struct node *n = add_node(ps, NODE_VAR, t);
    TRY(read_modifiers(ps, t, n));
    if (message && msg_find(t->p + 2, t->n - 2, &n->msg))
        n->kind = NODE_MSG;
    else if (message && ps->tree->strict)
        return lex_error(&ps->tree->lexer, t->at,
                         "no text in messages.def for " NAME_FMT, NAME_ARG(t));
    return n->kind == NODE_VAR ? intern(ps, n) : ERR_OK;
}

static enum err add_include(struct parser *ps, const struct token *t)
{
    struct node *n = add_node(ps, NODE_INCLUDE, t);
    n->indent = ps->indent;
    n->n_indent = ps->n_indent;
    TRY(read_modifiers(ps, t, n));
    return intern(ps, n);
}

/* FOO_separator directly inside FOO; the last one counts. */
static void mark_separator(struct node *n)
{
    static const char suffix[] = "_separator";
    struct node *parent = n->parent;
    if (parent->parent == NULL || n->n != parent->n + strlen(suffix) ||
        memcmp(n->p, parent->p, parent->n) != 0 ||
        memcmp(n->p + parent->n, suffix, strlen(suffix)) != 0)
        return;
    for (struct node *s = parent->child; s != NULL; s = s->next)
        s->separator = false;
    n->separator = true;
}

static enum err open_section(struct parser *ps, const struct token *t)
{
    if (ps->depth == TPL_DEPTH_MAX)
        return lex_error(&ps->tree->lexer, t->at, "sections nest too deeply");
    struct node *n = add_node(ps, NODE_SECTION, t);
    TRY(intern(ps, n));
    mark_separator(n);
    ps->section = n;
    ps->depth++;
    return ERR_OK;
}

static enum err close_section(struct parser *ps, const struct token *t)
{
    const struct lexer *lx = &ps->tree->lexer;
    const struct node *open = ps->section;
    if (ps->depth == 0)
        return lex_error(lx, t->at, "{{/" NAME_FMT "}} without its start",
                         NAME_ARG(t));
    if (open->n != t->n || memcmp(open->p, t->p, t->n) != 0)
        return lex_error(lx, t->at,
                         "{{/" NAME_FMT "}} where the section " NAME_FMT
                         " is open",
                         NAME_ARG(t), NAME_ARG(open));
    ps->section = open->parent;
    ps->depth--;
    return ERR_OK;
}

static enum err add_pragma(struct parser *ps, const struct token *t)
{
    if (ps->started)
        return lex_error(&ps->tree->lexer, t->at,
                         "the pragma must be the first thing");
    return pragma_read(ps->tree, t);
}

static enum err add_token(struct parser *ps, const struct token *t)
{
    switch (t->kind) {
    case TOK_TEXT:
        add_node(ps, NODE_TEXT, t);
        return ERR_OK;
    case TOK_VAR:
        return add_variable(ps, t);
    case TOK_OPEN:
        return open_section(ps, t);
    case TOK_CLOSE:
        return close_section(ps, t);
    case TOK_INCLUDE:
        return add_include(ps, t);
    case TOK_PRAGMA:
        return add_pragma(ps, t);
    case TOK_COMMENT:
    case TOK_END:
    default:
        return ERR_OK;
    }
}

/* What an include after t needs to know. */
static void note_token(struct parser *ps, const struct token *t)
{
    ps->n_indent = 0;
    if (t->kind == TOK_TEXT)
        note_indent(ps, t->p, t->n);
    ps->fresh = t->kind == TOK_OPEN;
    ps->started = ps->started || t->kind != TOK_COMMENT;
}

enum err parse(struct arena *a, struct tpl_names *names,
               const struct tpl_source *src, struct tree *ret_tree,
               struct err_note *why)
{
    if (src->n > TPL_SOURCE_MAX)
        return err_set(why, ERR_INVALID, "%s:1:1: larger than %d bytes",
                       src->file, TPL_SOURCE_MAX);
    *ret_tree = (struct tree){.strict = src->strict,
                              .root = {.kind = NODE_SECTION, .p = ""}};
    struct lexer *lx = &ret_tree->lexer;
    lex_init(lx, a, src, why);
    struct parser ps = {.arena = a,
                        .names = names,
                        .tree = ret_tree,
                        .section = &ret_tree->root,
                        .fresh = true};
    struct token t;
    do {
        TRY(lex_next(lx, &t));
        if (src->strict && !ps.started && t.kind != TOK_PRAGMA)
            return lex_error(lx, t.at,
                             "must begin with {{%%AUTOESCAPE "
                             "context=\"HTML\"}}");
        TRY(add_token(&ps, &t));
        note_token(&ps, &t);
    } while (t.kind != TOK_END);
    if (ps.depth > 0)
        return lex_error(lx, ps.section->at,
                         "the section " NAME_FMT " is never closed",
                         NAME_ARG(ps.section));
    return ERR_OK;
}

struct node *node_next(const struct node *n)
{
    if (n->child != NULL)
        return n->child;
    while (n != NULL && n->next == NULL)
        n = n->parent;
    return n != NULL ? n->next : NULL;
}
