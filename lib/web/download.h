/*
 * download - a file of the store as the response.
 *
 * A handler decides who may have it; the bytes go from the disk to the
 * visitor through nginx (X-Accel-Redirect), which answers Range, HEAD and
 * If-None-Match by itself while the worker is free again. Images and PDF may
 * be shown by the browser, in a page that can do nothing; everything else is
 * only ever saved.
 *
 * Errors     SYSTEM (the store has lost it).
 * Source     RFC 6266, RFC 8187.
 * Layer      web.
 */
#ifndef PT_WEB_DOWNLOAD_H
#define PT_WEB_DOWNLOAD_H

#include "web/ctx.h"

enum err download_file(struct ctx *c, const char *hash, const char *mime,
                       const char *name) MUST_USE;

/* `inline; filename="a_o.pdf"; filename*=UTF-8''a%C3%B1o.pdf` */
const char *download_disposition(struct arena *a, bool shown, const char *name);

#endif
