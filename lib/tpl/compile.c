#include "tpl/compile.h"

#include <string.h>

#include "base/compiler.h"
#include "tpl/escape.h"
#include "tpl/modify.h"

enum { TEXT_MAX = 64 << 20 }; /* bytes of a program, messages included */

struct compiler {
    enum lang lang;
    struct tpl_op *ops;
    struct buf text;
    struct buf before; /* text that no op shows yet */
    uint8_t *mods;
    size_t n_ops, n_mods;
};

/* Where p[0..n) lies in the pool, added if it is not there yet. */
static uint32_t pool_text(struct compiler *cp, const char *p, size_t n)
{
    const char *pool = buf_str(&cp->text);
    const char *found = memmem(pool, cp->text.n, p, n);
    if (found != NULL)
        return (uint32_t)(found - pool);
    buf_add(&cp->text, p, n);
    return (uint32_t)(cp->text.n - n);
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

/* A message is text, escaped once and for all. */
static void compile_message(struct compiler *cp, const struct node *n)
{
    const char *text = msg_text(cp->lang, n->msg);
    CLEANUP(buf_done) struct buf escaped;
    buf_init(&escaped, TEXT_MAX);
    modify_chain(&escaped, n->chain, false, text, strlen(text));
    buf_add(&cp->before, buf_str(&escaped), escaped.n);
    cp->text.failed = cp->text.failed || escaped.failed;
}

static void compile_node(struct compiler *cp, const struct node *n);

static struct tpl_op *next_op(struct compiler *cp, enum tpl_op_kind kind,
                              unsigned name)
{
    struct tpl_op *op = &cp->ops[cp->n_ops++];
    op->kind = (uint16_t)kind;
    op->name = (uint16_t)name;
    return op;
}

/* The op shows the text that stands before it. */
static void take_text(struct compiler *cp, struct tpl_op *op)
{
    op->b = pool_text(cp, buf_str(&cp->before), cp->before.n);
    op->c = (uint32_t)cp->before.n;
    buf_reset(&cp->before);
}

/* What follows takes no text into its op. */
static void end_text(struct compiler *cp)
{
    if (cp->before.n > 0)
        take_text(cp, next_op(cp, TPL_OP_TEXT, 0));
}

static void compile_section(struct compiler *cp, const struct node *n)
{
    end_text(cp);
    struct tpl_op *op = next_op(cp, TPL_OP_SECTION, n->name);
    op->c = n->separator;
    for (const struct node *s = n->child; s != NULL; s = s->next) {
        compile_node(cp, s); /* at most TPL_DEPTH_MAX deep */
        if (s->kind == NODE_SECTION && s->separator)
            op->b = 1;
    }
    end_text(cp);
    op->a = (uint32_t)cp->n_ops;
}

static void compile_variable(struct compiler *cp, const struct node *n)
{
    bool html = n->n_chain == 1 && n->chain[0] == TPL_MOD_HTML;
    struct tpl_op *op = next_op(cp, html ? TPL_OP_HTML : TPL_OP_VAR, n->name);
    op->a = pool_chain(cp, n);
    take_text(cp, op);
}

static void compile_include(struct compiler *cp, const struct node *n)
{
    end_text(cp);
    struct tpl_op *op = next_op(cp, TPL_OP_INCLUDE, n->name);
    op->a = pool_chain(cp, n);
    op->b = n->n_indent > 0 ? pool_text(cp, n->indent, n->n_indent) : 0;
    op->c = (uint32_t)n->n_indent;
}

static void compile_node(struct compiler *cp, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        buf_add(&cp->before, n->p, n->n);
        break;
    case NODE_MSG:
        compile_message(cp, n);
        break;
    case NODE_SECTION:
        compile_section(cp, n);
        break;
    case NODE_INCLUDE:
        compile_include(cp, n);
        break;
    case NODE_VAR:
    default:
        compile_variable(cp, n);
    }
}

/* What the programs of a tree take at most. */
struct extent {
    size_t nodes, mods;
    bool messages;
};

static struct extent measure(const struct tree *tree)
{
    struct extent e = {.nodes = 1};
    for (const struct node *n = tree->root.child; n != NULL; n = node_next(n)) {
        e.nodes++;
        e.mods += n->n_chain + 1;
        e.messages = e.messages || n->kind == NODE_MSG;
    }
    return e;
}

static enum err compile_in(struct arena *a, const struct tree *tree,
                           enum lang lang, struct tpl_program *ret)
{
    struct extent e = measure(tree);
    struct compiler cp = {.lang = lang,
                          .ops = ARENA_ARRAY(a, struct tpl_op, e.nodes),
                          .mods = arena_alloc(a, e.mods)};
    buf_init(&cp.text, TEXT_MAX);
    buf_init(&cp.before, TEXT_MAX);
    for (const struct node *n = tree->root.child; n != NULL; n = n->next)
        compile_node(&cp, n);
    end_text(&cp);
    char *text = arena_calloc(a, cp.text.n + TPL_TEXT_PAD, 1);
    memcpy(text, buf_str(&cp.text), cp.text.n);
    *ret = (struct tpl_program){.ops = cp.ops,
                                .text = text,
                                .mods = cp.mods,
                                .n_ops = (uint32_t)cp.n_ops,
                                .n_text = (uint32_t)cp.text.n,
                                .n_mods = (uint32_t)cp.n_mods};
    bool good = buf_ok(&cp.text) && buf_ok(&cp.before);
    buf_done(&cp.text);
    buf_done(&cp.before);
    if (!good)
        return lex_error(&tree->lexer, 0, "too long with its messages");
    return ERR_OK;
}

enum err compile_tree(struct arena *a, const struct tree *tree,
                      const struct tpl **ret_tpl)
{
    struct tpl *t = ARENA_NEW(a, struct tpl);
    t->file = tree->lexer.file;
    TRY(compile_in(a, tree, LANG_ES, &t->in[LANG_ES]));
    t->in[LANG_EN] = t->in[LANG_ES];
    if (measure(tree).messages)
        TRY(compile_in(a, tree, LANG_EN, &t->in[LANG_EN]));
    *ret_tpl = t;
    return ERR_OK;
}

enum err tpl_parse(struct arena *a, struct tpl_names *names,
                   const struct tpl_source *src, const struct tpl **ret_tpl,
                   struct err_note *why)
{
    struct tree tree;
    TRY(parse(a, names, src, &tree, why));
    TRY(escape_tree(&tree));
    return compile_tree(a, &tree, ret_tpl);
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

static void emit_text(struct buf *out, const struct tpl_program *t,
                      const char *lang)
{
    enum { WIDTH = 64 }; /* bytes of text on one line */
    buf_addf(out, "static const char text_%s[%u + TPL_TEXT_PAD] =", lang,
             t->n_text);
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
        [TPL_OP_TEXT] = "TEXT",       [TPL_OP_HTML] = "HTML",
        [TPL_OP_VAR] = "VAR",         [TPL_OP_SECTION] = "SECTION",
        [TPL_OP_INCLUDE] = "INCLUDE",
    };
    buf_addf(out, "    {TPL_OP_%s, ", kinds[op->kind]);
    if (op->name != 0)
        buf_addf(out, "N_%s, ", tpl_name_text(names, op->name));
    else
        buf_adds(out, "0, ");
    buf_addf(out, "%u, %u, %u},\n", op->a, op->b, op->c);
}

/* The tables of the program in one language. */
static void emit_program(struct buf *out, const struct tpl_program *t,
                         const struct tpl_names *names, const char *lang)
{
    emit_text(out, t, lang);
    buf_addf(out, "static const uint8_t mods_%s[] = {", lang);
    for (uint32_t i = 0; i < t->n_mods; i++)
        buf_addf(out, i % 16 == 0 ? "\n    %u," : " %u,", t->mods[i]);
    buf_adds(out, t->n_mods > 0 ? "\n};\n\n" : "0};\n\n");
    buf_addf(out, "static const struct tpl_op ops_%s[] = {\n", lang);
    for (uint32_t i = 0; i < t->n_ops; i++)
        emit_op(out, &t->ops[i], names);
    buf_addf(out, "%s};\n\n", t->n_ops > 0 ? "" : "    {0, 0, 0, 0, 0},\n");
}

void compile_emit(struct buf *out, const struct tpl *t,
                  const struct tpl_names *names, const char *symbol)
{
    bool same = t->in[LANG_EN].ops == t->in[LANG_ES].ops;
    buf_adds(out, "#include \"gen/tplnames.h\"\n"
                  "#include \"tpl/program.h\"\n\n");
    for (int lang = 0; lang < (same ? 1 : LANG__MAX); lang++)
        emit_program(out, &t->in[lang], names, lang_code((enum lang)lang));
    buf_addf(out,
             "extern const struct tpl %s;\n"
             "const struct tpl %s = {\n"
             "    .file = ",
             symbol, symbol);
    emit_string(out, t->file);
    for (int lang = 0; lang < LANG__MAX; lang++) {
        const struct tpl_program *p = &t->in[lang];
        const char *code = lang_code(same ? LANG_ES : (enum lang)lang);
        buf_addf(out, ",\n    .in[%d] = {ops_%s, text_%s, mods_%s, %u, %u, %u}",
                 lang, code, code, code, p->n_ops, p->n_text, p->n_mods);
    }
    buf_adds(out, ",\n};\n");
}
