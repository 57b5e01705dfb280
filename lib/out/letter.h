/*
 * letter - what a mail says, as text and as HTML, in the house's look.
 *
 *   struct letter *l = letter_new(arena, lang, subject);
 *   letter_text(l, msg_text(lang, MSG_reset_mail_text));
 *   letter_link(l, msg_text(lang, MSG_reset_mail_link), href);
 *   TRY(letter_finish(l, &mail, &why));       fills subject, bodies, lang
 *
 * In the mail texts come first, then facts, quote, link and small print.
 *
 * Ownership  Texts are not copied; all lives in the arena.
 * Layer      out.
 */
#ifndef PT_OUT_LETTER_H
#define PT_OUT_LETTER_H

#include "out/mail.h"
#include "text/msg.h"

struct letter;

struct letter *letter_new(struct arena *a, enum lang lang, const char *subject);

/* A paragraph; one of small print at the end. */
void letter_text(struct letter *l, const char *text);
void letter_small(struct letter *l, const char *text);

/* "Label: value". */
void letter_fact(struct letter *l, const char *label, const char *value);

/* What somebody wrote, line by line. */
void letter_quote(struct letter *l, const char *text);

/* A button, with its address to read below it. */
void letter_link(struct letter *l, const char *label, const char *href);

/* TOOLARGE past MAX_MAIL_BYTES, BUG. */
enum err letter_finish(struct letter *l, struct mail *ret_mail,
                       struct err_note *why) MUST_USE;

#endif
