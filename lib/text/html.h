/*
 * html - text made safe for HTML.
 *
 * Layer      text.
 */
#ifndef PT_TEXT_HTML_H
#define PT_TEXT_HTML_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Markup that may be shown as it is. Only functions called html_… make one;
 * a template shows it with :none, anything else is escaped.
 */
struct safe_html {
    const char *p;
    size_t n;
};

/*
 * Appends s[0..n) so that it is text in HTML and inside quoted attributes:
 * & < > " ' as entities, white space other than the blank as a blank.
 * Source: the html_escape modifier of ctemplate 2.4.
 */
void html_escape(struct buf *b, const char *s, size_t n);

/*
 * html_escape() with white space kept as it is, for <textarea> and <pre>.
 * Source: the pre_escape modifier of ctemplate 2.4.
 */
void html_pre_escape(struct buf *b, const char *s, size_t n);

#endif
