/*
 * page - the site's frame around a page's template.
 *
 *   page_begin(c, tpl)   makes c->page, the dictionary of tpl
 *   … the handler fills c->page …
 *   page_finish(c)       adds frame, menu, form, flash; renders the response
 *
 * Layer      web.
 */
#ifndef PT_WEB_PAGE_H
#define PT_WEB_PAGE_H

#include "web/route.h"

void page_begin(struct ctx *c, const struct tpl *content);
enum err page_finish(struct ctx *c) MUST_USE;

/* After page_begin() and the handler: the content alone, for keeping. */
enum err page_content(struct ctx *c, struct safe_html *ret) MUST_USE;

/* The whole response around content that page_content() has made. */
enum err page_around(struct ctx *c, struct safe_html content) MUST_USE;

/* A notice above the form of this page. */
void page_form_notice(struct ctx *c, enum msg m);

/* The page of an error, in the site's look, as the whole response. */
enum err page_error(struct ctx *c, enum err e) MUST_USE;

/* Path with the prefix of the request's language: "/x/" or "/en/x/". */
const char *page_href(const struct ctx *c, const char *path);

#endif
