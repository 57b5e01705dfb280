#include "tpl/escape.h"

#include <string.h>

#include "tpl/context.h"
#include "tpl/modify.h"

/*
 * Adds wanted to what the template says itself. With :none the chain is the
 * other modifiers, NONE, and wanted for values that are no safe_html.
 */
static void complete(struct node *n, enum tpl_mod wanted)
{
    size_t kept = 0;
    bool none = false, served = wanted == TPL_MOD_END;
    for (size_t i = 0; i < n->n_chain; i++) {
        enum tpl_mod mod = (enum tpl_mod)n->chain[i];
        served = served || (i >= n->n_custom && modifier_serves(mod, wanted));
        if (mod == TPL_MOD_NONE)
            none = true;
        else
            n->chain[kept++] = n->chain[i];
    }
    if (none)
        n->chain[kept++] = TPL_MOD_NONE;
    if (!served)
        n->chain[kept++] = (uint8_t)wanted;
    n->chain[kept] = TPL_MOD_END;
    n->n_chain = kept;
}

/* Where the template stands, as far as its context follows it. */
struct place {
    enum context_kind kind;
    struct html_context html;
    struct script_context script;
};

static enum err read_text(const struct tree *tree, struct place *pl, size_t at,
                          const char *p, size_t n)
{
    size_t bad = 0;
    if (pl->kind == CONTEXT_HTML && !context_text(&pl->html, p, n, &bad))
        return lex_error(&tree->lexer, at + bad,
                         "unexpected character in a tag");
    for (size_t i = 0; pl->kind == CONTEXT_JS && i < n; i++)
        script_byte(&pl->script, p[i]);
    return ERR_OK;
}

/* The modifier for a value that stands here. NULL, or why there is none. */
static const char *modifier_here(struct place *pl, enum tpl_mod *ret_mod)
{
    switch (pl->kind) {
    case CONTEXT_HTML:
        return context_variable(&pl->html, ret_mod);
    case CONTEXT_JS:
        *ret_mod = context_in_script(&pl->script);
        return NULL;
    case CONTEXT_XML:
        *ret_mod = TPL_MOD_XML;
        return NULL;
    case CONTEXT_JSON:
        *ret_mod = TPL_MOD_JS;
        return NULL;
    case CONTEXT_CSS:
        *ret_mod = TPL_MOD_CSS;
        return NULL;
    case CONTEXT_NONE:
    default:
        *ret_mod = TPL_MOD_END;
        return NULL;
    }
}

static enum err escape_variable(const struct tree *tree, struct place *pl,
                                struct node *n)
{
    enum tpl_mod wanted = TPL_MOD_END;
    if (n->builtin != NULL) { /* as if it were written out */
        complete(n, wanted);
        return read_text(tree, pl, n->at, n->builtin, strlen(n->builtin));
    }
    bool begins_tag = pl->kind == CONTEXT_HTML && context_begins_tag(&pl->html);
    const char *refused = modifier_here(pl, &wanted);
    if (tree->strict && begins_tag)
        refused = "a value may not begin the name of a tag";
    if (refused != NULL)
        return lex_error(&tree->lexer, n->at, "%s", refused);
    complete(n, wanted);
    return ERR_OK;
}

static enum err escape_include(const struct tree *tree, const struct place *pl,
                               struct node *n)
{
    if (tree->strict && pl->kind == CONTEXT_HTML && !context_is_text(&pl->html))
        return lex_error(&tree->lexer, n->at, "an include must stand in text");
    complete(n, TPL_MOD_END);
    return ERR_OK;
}

static enum err escape_node(const struct tree *tree, struct place *pl,
                            struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        return read_text(tree, pl, n->at, n->p, n->n);
    case NODE_VAR:
    case NODE_MSG:
        return escape_variable(tree, pl, n);
    case NODE_INCLUDE:
        return escape_include(tree, pl, n);
    case NODE_SECTION:
    default:
        return ERR_OK;
    }
}

enum err escape_tree(struct tree *tree)
{
    struct place pl = {.kind = tree->context};
    context_init(&pl.html, tree->in_tag);
    script_init(&pl.script);
    for (struct node *n = tree->root.child; n != NULL; n = node_next(n))
        TRY(escape_node(tree, &pl, n));
    return ERR_OK;
}
