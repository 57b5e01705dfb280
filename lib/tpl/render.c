#include <string.h>

#include "text/html.h"
#include "tpl/dict.h"
#include "tpl/fields.h"
#include "tpl/modify.h"
#include "tpl/tpl.h"

enum { INCLUDE_DEPTH_MAX = 32 }; /* includes inside each other */

struct renderer {
    struct buf *out;
    struct err_note *why;
    enum lang lang;
    unsigned depth;
};

/* A part of a program and what its markers see. */
struct body {
    const struct tpl *tpl;
    const struct tpl_program *program; /* of tpl */
    uint32_t first, end;               /* ops */
    const struct fields *fields;       /* of the struct shown; NULL: none */
    bool last;                         /* no separator follows */
};

static enum err render_body(struct renderer *r, const struct body *body,
                            const struct scope *sc);

static struct body whole(const struct renderer *r, const struct tpl *t)
{
    const struct tpl_program *program = &t->in[r->lang];
    return (struct body){
        .tpl = t, .program = program, .end = program->n_ops, .last = true};
}

/* Text is followed by TPL_TEXT_PAD bytes: short pieces cost no call. */
static inline void add_text(struct buf *out, const char *p, size_t n)
{
    if (n > TPL_TEXT_PAD || out->room - out->n <= TPL_TEXT_PAD) {
        buf_add(out, p, n);
        return;
    }
    memcpy(out->p + out->n, p, TPL_TEXT_PAD);
    out->n += n;
    out->p[out->n] = '\0';
}

static void render_value(struct renderer *r, const struct tpl_program *t,
                         const struct tpl_op *op, const struct value *v)
{
    const uint8_t *chain = t->mods + op->a;
    if (v->kind != VALUE_INT) {
        modify_chain(r->out, chain, v->kind == VALUE_SAFE, v->p, v->n);
        return;
    }
    struct buf digits;
    buf_init(&digits, 32);
    buf_add_int(&digits, v->number);
    modify_chain(r->out, chain, false, buf_str(&digits), digits.n);
    buf_done(&digits);
}

/* A variable with the chain html_escape, and the text before it. */
static void render_html(struct renderer *r, const struct tpl_program *t,
                        const struct tpl_op *op, const struct scope *sc)
{
    struct value v;
    const char *text = t->text + op->b;
    if (!scope_value(sc, op->name, &v)) {
        add_text(r->out, text, op->c);
    } else if (v.kind == VALUE_INT) {
        add_text(r->out, text, op->c);
        buf_add_int(r->out, v.number); /* holds nothing to escape */
    } else {
        add_text(r->out, text, op->c);
        html_escape(r->out, v.p, v.n);
    }
}

static void render_var(struct renderer *r, const struct tpl_program *t,
                       const struct tpl_op *op, const struct scope *sc)
{
    struct value v;
    add_text(r->out, t->text + op->b, op->c);
    if (scope_value(sc, op->name, &v))
        render_value(r, t, op, &v);
}

/* Shows body once for each of the structs. */
static enum err render_rows(struct renderer *r, struct body body,
                            const struct showing *s, const struct scope *owner)
{
    struct fields fields;
    fields_init(&fields, body.program, body.first, body.end, &s->binding);
    struct scope sc = *owner;
    sc.binding = &s->binding;
    body.fields = &fields;
    for (size_t i = 0; i < s->n; i++) {
        sc.row = s->rows + i * s->size;
        body.first = fields_render(&fields, r->out, fields.first, sc.row);
        body.last = i == s->n - 1 && s->next == NULL;
        if (body.first < body.end)
            TRY(render_body(r, &body, &sc));
    }
    return ERR_OK;
}

/* Shows body once for each showing of the list. */
static enum err render_list(struct renderer *r, struct body body,
                            const struct showing *list,
                            const struct scope *owner)
{
    for (const struct showing *s = list; s != NULL; s = s->next) {
        if (s->dict == NULL) {
            TRY(render_rows(r, body, s, owner));
            continue;
        }
        struct scope sc = {.dict = s->dict};
        body.last = s->next == NULL;
        TRY(render_body(r, &body, &sc));
    }
    return ERR_OK;
}

static enum err render_section(struct renderer *r, const struct body *in,
                               const struct tpl_op *op, const struct scope *sc)
{
    struct body body = {.tpl = in->tpl,
                        .program = in->program,
                        .first = (uint32_t)(op - in->program->ops) + 1,
                        .end = op->a,
                        .last = true};
    const struct showing *list;
    struct scope owner;
    if (scope_shown(sc, op->name, SPACE_SECTION, &list, &owner)) {
        if (list == NULL)
            TRY(render_body(r, &body, &owner));
        else
            TRY(render_list(r, body, list, &owner));
    }
    if (op->c != 0 && !in->last)
        return render_body(r, &body, sc);
    return ERR_OK;
}

/* Puts the indentation after every line end of out from start on. */
static void indent(struct buf *out, size_t start, const char *p, size_t n)
{
    struct buf plain;
    buf_init(&plain, out->max);
    buf_add(&plain, out->p + start, out->n - start);
    out->n = start;
    size_t from = 0;
    for (size_t i = 0; i < plain.n; i++) {
        if (plain.p[i] != '\n')
            continue;
        buf_add(out, plain.p + from, i + 1 - from);
        buf_add(out, p, n);
        from = i + 1;
    }
    buf_add(out, buf_str(&plain) + from, plain.n - from);
    out->failed = out->failed || plain.failed;
    buf_done(&plain);
}

/* Runs out from start on through a chain. */
static void change(struct buf *out, size_t start, const uint8_t *chain)
{
    struct buf plain;
    buf_init(&plain, out->max);
    buf_add(&plain, out->p + start, out->n - start);
    out->n = start;
    modify_chain(out, chain, true, buf_str(&plain), plain.n);
    out->failed = out->failed || plain.failed;
    buf_done(&plain);
}

static enum err render_include(struct renderer *r, const struct body *caller,
                               const struct tpl_op *op, const struct scope *sc)
{
    const struct tpl_program *in = caller->program;
    const struct showing *list;
    struct scope owner;
    if (!scope_shown(sc, op->name, SPACE_INCLUDE, &list, &owner))
        return ERR_OK;
    if (r->depth == INCLUDE_DEPTH_MAX)
        return err_set(r->why, ERR_BUG, "%s: includes nest too deeply",
                       caller->tpl->file);
    r->depth++;
    for (const struct showing *s = list; s != NULL; s = s->next) {
        if (s->include == NULL) {
            buf_add(r->out, s->rows, s->n);
            continue;
        }
        size_t start = r->out->n;
        struct scope inner = {.dict = s->dict};
        struct body body = whole(r, s->include);
        TRY(render_body(r, &body, &inner));
        bool changed = in->mods[op->a] != TPL_MOD_END;
        if (changed && r->out->n > start)
            change(r->out, start, in->mods + op->a);
        if (op->c > 0 && r->out->n > start)
            indent(r->out, start, in->text + op->b, op->c);
    }
    r->depth--;
    return ERR_OK;
}

static enum err render_body(struct renderer *r, const struct body *body,
                            const struct scope *sc)
{
    const struct tpl_program *t = body->program;
    uint32_t i = body->first;
    while (i < body->end) {
        const struct tpl_op *op = &t->ops[i];
        switch ((enum tpl_op_kind)op->kind) {
        case TPL_OP_TEXT:
            add_text(r->out, t->text + op->b, op->c);
            break;
        case TPL_OP_HTML:
            render_html(r, t, op, sc);
            break;
        case TPL_OP_VAR:
            render_var(r, t, op, sc);
            break;
        case TPL_OP_INCLUDE:
            TRY(render_include(r, body, op, sc));
            break;
        case TPL_OP_SECTION:
            TRY(render_section(r, body, op, sc));
            i = op->a - 1;
            break;
        case TPL_OP_REFUSED:
            return err_set(r->why, ERR_INVALID, "%s", t->text);
        default:
            return err_set(r->why, ERR_BUG, "%s: unknown op", body->tpl->file);
        }
        i++;
        if (body->fields != NULL)
            i = fields_render(body->fields, r->out, i, sc->row);
    }
    return ERR_OK;
}

bool tpl_mentions(const struct tpl *t, unsigned name)
{
    const struct tpl_program *p = &t->in[LANG_ES]; /* the same in all */
    for (uint32_t i = 0; i < p->n_ops; i++)
        if (p->ops[i].name == name && p->ops[i].kind != TPL_OP_TEXT)
            return true;
    return false;
}

enum err tpl_render(const struct tpl *t, const struct tpl_dict *d,
                    struct buf *out, struct err_note *why)
{
    struct renderer r = {.out = out, .why = why, .lang = d->shared->lang};
    struct body body = whole(&r, t);
    struct scope sc = {.dict = d};
    TRY(render_body(&r, &body, &sc));
    if (!buf_ok(out))
        return err_set(why, ERR_TOOLARGE, "%s: more than %zu bytes", t->file,
                       out->max);
    return ERR_OK;
}
