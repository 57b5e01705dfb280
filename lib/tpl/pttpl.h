/*
 * pttpl - what the files of the template compiler share.
 *
 * Layer      tpl.
 */
#ifndef PT_TPL_PTTPL_H
#define PT_TPL_PTTPL_H

#include "tpl/names.h"
#include "tpl/tpl.h"

/*
 * Reads and compiles the template at path. The rules of views/ hold for a
 * path below a folder of that name.
 */
enum err pttpl_load(struct arena *a, struct tpl_names *names, const char *path,
                    enum tpl_strip strip, const struct tpl **ret_tpl,
                    struct err_note *why) MUST_USE;

/* pttpl names: appends the header or the table of all names. */
void pttpl_names_header(struct buf *out, struct arena *a,
                        const struct tpl_names *names);
void pttpl_names_table(struct buf *out, struct arena *a,
                       const struct tpl_names *names);

struct pttpl_rendering {
    const char *template, *data; /* paths */
    enum tpl_strip strip;
    enum lang lang;
};

/* pttpl render: appends the expansion. */
enum err pttpl_render(struct buf *out, struct arena *a,
                      const struct pttpl_rendering *what,
                      struct err_note *why) MUST_USE;

#endif
