/*
 * fields - the short way to show rows, which most of a list goes.
 *
 * What a section bound to structs does is the same for each of them: text, a
 * field, a part that a field shows or hides. It is looked up once for all rows,
 * as a list of steps, one for each op; all else of the template language is a
 * step that leaves this way.
 *
 * Layer      tpl.
 */
#ifndef PT_TPL_FIELDS_H
#define PT_TPL_FIELDS_H

#include "base/buf.h"
#include "tpl/dict.h"
#include "tpl/program.h"

enum step_kind { STEP_TEXT, STEP_FIELD, STEP_INT, STEP_SHOWN, STEP_OTHER };

struct step {
    const char *text; /* that stands before the field */
    uint32_t offset;  /* of the field in the struct */
    uint16_t skip;    /* steps over what a field hides */
    uint8_t n_text;
    uint8_t kind; /* enum step_kind */
};

enum { FIELDS_MAX = 64 }; /* steps; what is longer ends with STEP_OTHER */

struct fields {
    uint32_t first, end; /* ops that have a step */
    struct step steps[FIELDS_MAX];
};

/* The steps of the ops first to end. */
void fields_init(struct fields *f, const struct tpl_program *t, uint32_t first,
                 uint32_t end, const struct binding *b);

/*
 * Appends what the steps from op at on make of a struct, as long as out has
 * room for whatever they hold; returns the first op that is left to do.
 */
uint32_t fields_render(const struct fields *f, struct buf *out, uint32_t at,
                       const char *row);

#endif
