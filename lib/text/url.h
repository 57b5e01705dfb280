/*
 * url - percent encoding.
 *
 * Source     RFC 3986; "+" for a blank as in HTML forms.
 * Layer      text.
 */
#ifndef PT_TEXT_URL_H
#define PT_TEXT_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends s[0..n) as one value of a query string: unreserved characters and
 * . , _ * / ~ ! ( ) - as they are, a blank as "+", all else as %XX.
 * Source: the url_query_escape modifier of ctemplate 2.4.
 */
void url_query_escape(struct buf *b, const char *s, size_t n);

/*
 * Decodes s[0..n) into ret (room for n + 1 bytes; may be s itself) and ends
 * it with NUL. plus: "+" is a blank. False for a broken % sequence or a NUL.
 */
bool url_decode(const char *s, size_t n, bool plus, char *ret, size_t *ret_n);

#endif
