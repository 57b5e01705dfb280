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
    bool none = false;
    for (size_t i = 0; i < n->n_chain; i++) {
        if (n->chain[i] == TPL_MOD_NONE)
            none = true;
        else
            n->chain[kept++] = n->chain[i];
    }
    enum tpl_mod last =
        kept > 0 ? (enum tpl_mod)n->chain[kept - 1] : TPL_MOD_NONE;
    if (none)
        n->chain[kept++] = TPL_MOD_NONE;
    if (wanted != TPL_MOD_END && !modifier_serves(last, wanted))
        n->chain[kept++] = (uint8_t)wanted;
    n->chain[kept] = TPL_MOD_END;
    n->n_chain = kept;
}

static enum err escape_html(struct tree *tree, struct html_context *c,
                            struct node *n)
{
    size_t bad = 0;
    enum tpl_mod wanted = TPL_MOD_END;
    const char *refused;
    switch (n->kind) {
    case NODE_TEXT:
        if (!context_text(c, n->p, n->n, &bad))
            return lex_error(&tree->lexer, n->at + bad,
                             "unexpected character in a tag");
        return ERR_OK;
    case NODE_VAR:
    case NODE_MSG:
        refused = context_variable(c, &wanted);
        if (tree->strict && c->state == HTML_TAG_OPEN)
            refused = "a value may not begin the name of a tag";
        if (refused != NULL)
            return lex_error(&tree->lexer, n->at, "%s", refused);
        complete(n, wanted);
        return ERR_OK;
    case NODE_INCLUDE:
        if (tree->strict && !context_is_text(c))
            return lex_error(&tree->lexer, n->at,
                             "an include must stand in text");
        complete(n, TPL_MOD_END);
        return ERR_OK;
    case NODE_SECTION:
    default:
        return ERR_OK;
    }
}

static enum tpl_mod flat_modifier(enum context_kind kind)
{
    switch (kind) {
    case CONTEXT_XML:
        return TPL_MOD_XML;
    case CONTEXT_JSON:
        return TPL_MOD_JS;
    case CONTEXT_CSS:
        return TPL_MOD_CSS;
    case CONTEXT_NONE:
    case CONTEXT_HTML:
    case CONTEXT_JS:
    default:
        return TPL_MOD_END;
    }
}

enum err escape_tree(struct tree *tree)
{
    struct html_context html;
    context_init(&html, tree->in_tag);
    if (tree->context == CONTEXT_JS)
        return lex_error(&tree->lexer, 0,
                         "the context JAVASCRIPT is not supported");
    for (struct node *n = tree->root.child; n != NULL; n = node_next(n)) {
        if (tree->context == CONTEXT_HTML)
            TRY(escape_html(tree, &html, n));
        else if (n->kind == NODE_INCLUDE)
            complete(n, TPL_MOD_END);
        else
            complete(n, flat_modifier(tree->context));
    }
    return ERR_OK;
}
