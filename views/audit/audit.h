/*
 * audit - what the files of this feature share.
 *
 * Layer      views.
 */
#ifndef PT_VIEWS_AUDIT_H
#define PT_VIEWS_AUDIT_H

#include "model/history.h"
#include "web/ctx.h"

/* The kinds of things that the list may be narrowed to. */
extern const struct choice audit_entities[];

/* A row in words, into its section d; with_ip: and from which address. */
void audit_fill_row(struct ctx *c, struct tpl_dict *d,
                    const struct history_row *row, bool with_ip);

#endif
