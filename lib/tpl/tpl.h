/*
 * tpl - templates in the ctemplate language, compiled ahead of time.
 *
 * pttpl turns every views/X/Y.tpl into a constant C table, tpl_X_Y; a page
 * fills a dictionary and renders:
 *
 *   struct tpl_dict *d = tpl_dict_new(arena, LANG_ES);
 *   tpl_set(d, N_NAME, client.name);
 *   tpl_bind(d, N_CLIENT, client_cols, rows, n, sizeof(rows[0]));
 *   TRY(tpl_render(&tpl_clients_list, d, &out, &why));
 *
 * Marker names are interned when templates are compiled: N_NAME is a
 * constant of the generated gen/tplnames.h, so a misspelt marker does not
 * compile. Looking a value up goes from the section's dictionary through its
 * parents to the globals of the whole expansion, as in ctemplate; an
 * included template sees its own dictionary and the globals. {{T_key}} is the
 * text `key` of messages.def in the language of the dictionary.
 *
 * Ownership  Values are not copied: they must live as long as the dictionary,
 *            which lives in its arena. A NULL value is "".
 * Errors     tpl_render(): TOOLARGE when out passes its maximum, BUG.
 * Source     Google ctemplate 2.4, guide and reference.
 * Layer      tpl.
 */
#ifndef PT_TPL_TPL_H
#define PT_TPL_TPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/column.h"
#include "base/err.h"
#include "text/html.h"
#include "text/msg.h"

struct tpl;
struct tpl_dict;
struct tpl_names;

/* An empty top-level dictionary, for compiled templates. */
struct tpl_dict *tpl_dict_new(struct arena *a, enum lang lang);

/*
 * The same for templates parsed at run time with names, so that tpl_bind()
 * finds their markers too; NULL is allowed.
 */
struct tpl_dict *tpl_dict_new_names(struct arena *a, enum lang lang,
                                    const struct tpl_names *names);

void tpl_set(struct tpl_dict *d, unsigned name, const char *value);
void tpl_set_n(struct tpl_dict *d, unsigned name, const char *p, size_t n);
void tpl_set_int(struct tpl_dict *d, unsigned name, int64_t value);

/*
 * Markup shown as it is where the template says {{NAME:none}}. Any other
 * value there is escaped for its place as if :none were not written.
 */
void tpl_set_safe(struct tpl_dict *d, unsigned name, struct safe_html html);

/* A value for the whole expansion, included templates too. */
void tpl_set_global(struct tpl_dict *d, unsigned name, const char *value);

/*
 * Shows the section once, with no values of its own; does nothing when the
 * section is shown already.
 */
void tpl_show(struct tpl_dict *d, unsigned name);

/* Shows a section of the whole expansion, included templates too. */
void tpl_show_global(struct tpl_dict *d, unsigned name);

/* Shows the section once more; returns the dictionary of that showing. */
struct tpl_dict *tpl_add(struct tpl_dict *d, unsigned name);

/* Fills {{>NAME}} once more with t; returns the dictionary for it. */
struct tpl_dict *tpl_include(struct tpl_dict *d, unsigned name,
                             const struct tpl *t);

/* Fills {{>NAME}} once more with markup that tpl_render() has made before. */
void tpl_include_made(struct tpl_dict *d, unsigned name, struct safe_html made);

/*
 * Shows the section once for each of n structs of size bytes at rows, with
 * the columns as variables (column doc_number is {{DOC_NUMBER}}). A
 * COL_BOOL column is also a section {{#NAME}}, shown when true. Nothing is
 * allocated per row.
 */
void tpl_bind(struct tpl_dict *d, unsigned name, const struct column *columns,
              const void *rows, size_t n, size_t size);

/* One struct's columns as values of d itself. */
void tpl_set_struct(struct tpl_dict *d, const struct column *columns,
                    const void *row);

/* Appends the expansion of t to out. */
enum err tpl_render(const struct tpl *t, const struct tpl_dict *d,
                    struct buf *out, struct err_note *why) MUST_USE;

/* Does t itself, not what it includes, have a marker of this name? */
bool tpl_mentions(const struct tpl *t, unsigned name);

/* What is done to white space; the build uses TPL_STRIP_BLANK. */
enum tpl_strip { TPL_STRIP_NONE, TPL_STRIP_BLANK, TPL_STRIP_WHITESPACE };

enum {
    TPL_SOURCE_MAX = 1 << 20, /* bytes of one template */
    TPL_DEPTH_MAX = 64        /* sections inside each other */
};

struct tpl_source {
    const char *file; /* for messages; must live as long as the template */
    const char *p;
    size_t n;
    enum tpl_strip strip;
    bool strict; /* the rule of views/: begin with AUTOESCAPE */
};

/*
 * Compiles a template at run time (development, tests). The result lives in
 * a, its marker names in names. ERR_INVALID: "file:line:column: message".
 */
enum err tpl_parse(struct arena *a, struct tpl_names *names,
                   const struct tpl_source *src, const struct tpl **ret_tpl,
                   struct err_note *why) MUST_USE;

#endif
