/*
 * mime - what may stand in the header of a mail.
 *
 * Nothing that comes from people can add a line to a header: an address with
 * a blank or a control character is refused, and a text with one is encoded.
 *
 * Source     RFC 5321 and 5322; RFC 2047 for texts that are not ASCII.
 * Layer      text.
 */
#ifndef PT_TEXT_MIME_H
#define PT_TEXT_MIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { MIME_ADDRESS_MAX = 254 }; /* characters. Source: RFC 5321, 4.5.3.1.3 */

/* name@host in printable ASCII, without quotes, comments or brackets. */
bool mime_address_ok(const char *address);

/*
 * Appends text (valid UTF-8) for a Subject: as it is if it is short and
 * plain, else as encoded words, folded at 75 characters.
 */
void mime_subject(struct buf *b, const char *text);

/* Appends "Name <address>", or the address alone if the name is "". */
void mime_mailbox(struct buf *b, const char *name, const char *address);

/*
 * Splits "Name <address>" or "address". Both results need room for
 * strlen(text) + 1 characters; false if the address is none.
 */
bool mime_split(const char *text, char *ret_name, char *ret_address);

/* Appends "Tue, 24 Nov 2026 12:34:56 +0000" of seconds since 1970, UTC. */
void mime_date(struct buf *b, int64_t t);

#endif
