#include "tpl/compile.h"

#include <string.h>

#include "tpl/escape.h"

struct compiler {
    struct tpl_op *ops;
    char *text;
    uint8_t *mods;
    size_t n_ops, n_text, n_mods;
    bool joins; /* the last op is text, and the last of the pool */
};

/* Where p[0..n) lies in the pool, added if it is not there yet. */
static uint32_t pool_text(struct compiler *cp, const char *p, size_t n)
{
    const char *found = memmem(cp->text, cp->n_text, p, n);
    if (found != NULL)
        return (uint32_t)(found - cp->text);
    memcpy(cp->text + cp->n_text, p, n);
    cp->n_text += n;
    return (uint32_t)(cp->n_text - n);
}

static uint32_t pool_chain(struct compiler *cp, const struct node *node)
{
    size_t n = node->n_chain + 1; /* with the end */
    const uint8_t *found =
        cp->n_mods > 0 ? memmem(cp->mods, cp->n_mods, node->chain, n) : NULL;
    if (found != NULL)
        return (uint32_t)(found - cp->mods);
    memcpy(cp->mods + cp->n_mods, node->chain, n);
    cp->n_mods += n;
    return (uint32_t)(cp->n_mods - n);
}

/* Adds text to the op before, which is text and ends the pool. */
static void join_text(struct compiler *cp, const struct node *n)
{
    memcpy(cp->text + cp->n_text, n->p, n->n);
    cp->n_text += n->n;
    cp->ops[cp->n_ops - 1].b += (uint32_t)n->n;
}

static void compile_node(struct compiler *cp, const struct node *n)
{
    if (n->kind == NODE_TEXT && cp->joins) {
        join_text(cp, n);
        return;
    }
    cp->joins = false;
    struct tpl_op *op = &cp->ops[cp->n_ops++];
    op->name = (uint16_t)n->name;
    switch (n->kind) {
    case NODE_TEXT:
        op->kind = TPL_OP_TEXT;
        op->a = pool_text(cp, n->p, n->n);
        op->b = (uint32_t)n->n;
        cp->joins = op->a + op->b == cp->n_text;
        break;
    case NODE_VAR:
        op->kind = TPL_OP_VAR;
        op->a = pool_chain(cp, n);
        break;
    case NODE_MSG:
        op->kind = TPL_OP_MSG;
        op->a = pool_chain(cp, n);
        op->b = (uint32_t)n->msg;
        break;
    case NODE_INCLUDE:
        op->kind = TPL_OP_INCLUDE;
        op->a = pool_chain(cp, n);
        op->b = n->n_indent > 0 ? pool_text(cp, n->indent, n->n_indent) : 0;
        op->c = (uint32_t)n->n_indent;
        break;
    case NODE_SECTION:
    default:
        op->kind = TPL_OP_SECTION;
        op->c = n->separator;
        for (const struct node *s = n->child; s != NULL; s = s->next)
            compile_node(cp, s); /* at most TPL_DEPTH_MAX deep */
        op->a = (uint32_t)cp->n_ops;
        cp->joins = false;
    }
}

const struct tpl *compile_tree(struct arena *a, const struct tree *tree)
{
    size_t nodes = 1, text = 1, mods = 0;
    for (const struct node *n = tree->root.child; n != NULL; n = node_next(n)) {
        nodes++;
        text += n->kind == NODE_TEXT ? n->n : n->n_indent;
        mods += n->n_chain + 1;
    }
    struct compiler cp = {.ops = ARENA_ARRAY(a, struct tpl_op, nodes),
                          .text = arena_calloc(a, text + TPL_TEXT_PAD, 1),
                          .mods = arena_alloc(a, mods)};
    for (const struct node *n = tree->root.child; n != NULL; n = n->next)
        compile_node(&cp, n);
    struct tpl *t = ARENA_NEW(a, struct tpl);
    *t = (struct tpl){.file = tree->lexer.file,
                      .ops = cp.ops,
                      .text = cp.text,
                      .mods = cp.mods,
                      .n_ops = (uint32_t)cp.n_ops,
                      .n_text = (uint32_t)cp.n_text,
                      .n_mods = (uint32_t)cp.n_mods};
    return t;
}

enum err tpl_parse(struct arena *a, struct tpl_names *names,
                   const struct tpl_source *src, const struct tpl **ret_tpl,
                   struct err_note *why)
{
    struct tree tree;
    TRY(parse(a, names, src, &tree, why));
    TRY(escape_tree(&tree));
    *ret_tpl = compile_tree(a, &tree);
    return ERR_OK;
}

/* One byte of a C string; three octal digits end by themselves. */
static void emit_char(struct buf *out, char c, char before)
{
    bool brace = c == '{' && before == '{'; /* no marker in the program */
    bool trigraph = c == '?' && before == '?';
    if (c == '"' || c == '\\')
        buf_addf(out, "\\%c", c);
    else if (c == '\n')
        buf_adds(out, "\\n");
    else if (c < ' ' || c > '~' || brace || trigraph)
        buf_addf(out, "\\%03o", (unsigned)(unsigned char)c);
    else
        buf_addc(out, c);
}

static void emit_string(struct buf *out, const char *s)
{
    char before = '\0';
    buf_addc(out, '"');
    for (; *s != '\0'; s++) {
        emit_char(out, *s, before);
        before = *s;
    }
    buf_addc(out, '"');
}

static void emit_text(struct buf *out, const struct tpl *t)
{
    enum { WIDTH = 64 }; /* bytes of text on one line */
    buf_addf(out, "static const char text[%u + TPL_TEXT_PAD] =", t->n_text);
    size_t on_line = WIDTH;
    char before = '\0';
    for (size_t i = 0; i < t->n_text; i++) {
        if (on_line == WIDTH || before == '\n') {
            buf_adds(out, i > 0 ? "\"\n    \"" : "\n    \"");
            on_line = 0;
        }
        emit_char(out, t->text[i], before);
        before = t->text[i];
        on_line++;
    }
    buf_adds(out, t->n_text > 0 ? "\";\n\n" : " \"\";\n\n");
}

static void emit_op(struct buf *out, const struct tpl_op *op,
                    const struct tpl_names *names)
{
    static const char *const kinds[] = {
        [TPL_OP_TEXT] = "TEXT",       [TPL_OP_VAR] = "VAR",
        [TPL_OP_MSG] = "MSG",         [TPL_OP_SECTION] = "SECTION",
        [TPL_OP_INCLUDE] = "INCLUDE",
    };
    buf_addf(out, "    {TPL_OP_%s, ", kinds[op->kind]);
    if (op->name != 0)
        buf_addf(out, "N_%s, ", tpl_name_text(names, op->name));
    else
        buf_adds(out, "0, ");
    if (op->kind == TPL_OP_MSG)
        buf_addf(out, "%u, MSG_%s, 0},\n", op->a, msg_name((enum msg)op->b));
    else
        buf_addf(out, "%u, %u, %u},\n", op->a, op->b, op->c);
}

void compile_emit(struct buf *out, const struct tpl *t,
                  const struct tpl_names *names, const char *symbol)
{
    buf_adds(out, "#include \"gen/tplnames.h\"\n"
                  "#include \"tpl/program.h\"\n\n");
    emit_text(out, t);
    buf_adds(out, "static const uint8_t mods[] = {");
    for (uint32_t i = 0; i < t->n_mods; i++)
        buf_addf(out, i % 16 == 0 ? "\n    %u," : " %u,", t->mods[i]);
    buf_adds(out, t->n_mods > 0 ? "\n};\n\n" : "0};\n\n");
    buf_adds(out, "static const struct tpl_op ops[] = {\n");
    for (uint32_t i = 0; i < t->n_ops; i++)
        emit_op(out, &t->ops[i], names);
    buf_addf(out,
             "%s};\n\n"
             "extern const struct tpl %s;\n"
             "const struct tpl %s = {\n"
             "    .file = ",
             t->n_ops > 0 ? "" : "    {0, 0, 0, 0, 0},\n", symbol, symbol);
    emit_string(out, t->file);
    buf_addf(out,
             ",\n    .ops = ops,\n    .text = text,\n    .mods = mods,\n"
             "    .n_ops = %u,\n    .n_text = %u,\n    .n_mods = %u,\n};\n",
             t->n_ops, t->n_text, t->n_mods);
}
