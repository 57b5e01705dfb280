/*
 * smtp - hands one message after the other to a mail server.
 *
 * A message has a text and an HTML part. It is marked as sent by a program
 * (Auto-Submitted), so that no other program answers it. The server's
 * certificate is checked; the connection is kept for a moment. A call takes
 * twice mail.timeout at most.
 *
 * Errors     smtp_send(): OK only after the server's 250 to the end of the
 *            data; INVALID: it refused the message for good; UNAVAIL:
 *            everything else, try later. The note has the server's words.
 * Source     RFC 5321, 5322; RFC 3834 for Auto-Submitted; MS-OXCMAIL for
 *            X-Auto-Response-Suppress.
 * Layer      out.
 */
#ifndef PT_OUT_SMTP_H
#define PT_OUT_SMTP_H

#include "base/config.h"
#include "out/mail.h"

struct smtp;

/*
 * Does not connect. ERR_CONFIG: mail.… cannot be used. conf must live as
 * long; with an empty mail.url there is nothing to check.
 */
enum err smtp_new(const struct config *conf, struct smtp **ret_smtp,
                  struct err_note *why) MUST_USE;
struct smtp *smtp_free(struct smtp *s);

enum err smtp_send(struct smtp *s, struct arena *a, const struct mail *m,
                   struct err_note *why) MUST_USE;

#endif
