/*
 * upload - a form that brings files.
 *
 * A form whose table has a FIELD_FILE may come as multipart/form-data: its
 * texts become values of c->form as those of any other form, its files
 * temporary files of the store (form_file()), with the type that their
 * content has. Nothing of them lasts before the handler calls
 * filestore_keep(): by then the CSRF token, which may have come after them,
 * and every field have been checked. What it does not keep goes with the
 * request.
 *
 * Errors     TOOLARGE (the request as a whole), BADREQ, NOSPACE, SYSTEM. A
 *            file that its field refuses is an error of the form.
 * Layer      web.
 */
#ifndef PT_WEB_UPLOAD_H
#define PT_WEB_UPLOAD_H

#include "web/ctx.h"

/* Does this request bring files to a form that takes some? */
bool upload_wanted(const struct ctx *c);

/* Reads the body into c->form. */
enum err upload_read(struct ctx *c, body_fn *read, void *source) MUST_USE;

#endif
