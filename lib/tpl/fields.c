#include "tpl/fields.h"

#include <string.h>

#include "text/html_short.h"

/* What a step may write. */
enum { ROOM = TPL_TEXT_PAD + HTML_PART * HTML_GROW + HTML_SLACK };

static enum step_kind kind_of(const struct tpl_op *op, enum column_kind field)
{
    if (op->kind == TPL_OP_SECTION) { /* and there are no separators about */
        bool plain = field == COL_BOOL && op->b == 0 && op->c == 0;
        return plain ? STEP_SHOWN : STEP_OTHER;
    }
    if (op->kind > TPL_OP_HTML || op->c > TPL_TEXT_PAD)
        return STEP_OTHER;
    if (op->kind == TPL_OP_TEXT)
        return STEP_TEXT;
    if (field == COL_INT)
        return STEP_INT;
    return field == COL_TEXT ? STEP_FIELD : STEP_OTHER;
}

void fields_init(struct fields *f, const struct tpl_program *t, uint32_t first,
                 uint32_t end, const struct binding *b)
{
    f->first = first;
    f->end = end - first < FIELDS_MAX ? end : first + FIELDS_MAX;
    for (uint32_t i = first; i < f->end; i++) {
        const struct tpl_op *op = &t->ops[i];
        struct field field = binding_find(b, op->name);
        enum step_kind kind = kind_of(op, (enum column_kind)field.kind);
        bool text = kind != STEP_SHOWN && kind != STEP_OTHER;
        if (kind == STEP_SHOWN && op->a > f->end)
            kind = STEP_OTHER;
        f->steps[i - first] = (struct step){
            .text = t->text + (text ? op->b : 0),
            .offset = field.offset,
            .skip = (uint16_t)(kind == STEP_SHOWN ? op->a - i : 1),
            .n_text = (uint8_t)(text ? op->c : 0),
            .kind = (uint8_t)kind,
        };
    }
}

uint32_t fields_render(const struct fields *f, struct buf *out, uint32_t at,
                       const char *row)
{
    if (at >= f->end || !buf_has_room(out, (size_t)(f->end - at) * ROOM))
        return at;
    const struct step *step = f->steps + (at - f->first);
    const struct step *end = f->steps + (f->end - f->first);
    char *o = out->p + out->n;
    for (; step < end; step++) {
        const void *field = row + step->offset;
        memcpy(o, step->text, TPL_TEXT_PAD);
        char *value = o + step->n_text;
        if (step->kind == STEP_FIELD) {
            const char *s = *(const char *const *)field;
            size_t n = s != NULL ? strlen(s) : 0;
            if (n > HTML_PART)
                break;
            value = html_escape_part(value, s, n, false);
        } else if (step->kind == STEP_INT) { /* has nothing to escape */
            value = buf_put_int(value, *(const int64_t *)field);
        } else if (step->kind == STEP_SHOWN) {
            if (!*(const bool *)field)
                step += step->skip - 1;
        } else if (step->kind == STEP_OTHER) {
            break;
        }
        o = value;
    }
    *o = '\0';
    out->n = (size_t)(o - out->p);
    return f->first + (uint32_t)(step - f->steps);
}
