/*
 * phone - telephone numbers as written in Colombia.
 *
 * Source     Resolución CRC 5826 de 2019: ten digits, mobiles 3XX…, fixed
 *            lines 60 + area + seven; country code 57.
 * Layer      text.
 */
#ifndef PT_TEXT_PHONE_H
#define PT_TEXT_PHONE_H

#include <stdbool.h>
#include <stddef.h>

enum { PHONE_MAX = 24 }; /* bytes of either form, with NUL */

/*
 * Reads a number with blanks, dots, hyphens and parentheses into E.164:
 * "300 123 4567" and "+57 300-123-4567" give "+573001234567". A number of
 * another country needs its +. False when it is none of these.
 */
bool phone_parse(const char *text, char ret[PHONE_MAX]);

/* E.164 as people write it: "300 123 4567"; others stay as they are. */
void phone_show(const char *e164, char ret[PHONE_MAX]);

/* A Colombian mobile number, which WhatsApp can reach. */
bool phone_is_mobile(const char *e164);

#endif
