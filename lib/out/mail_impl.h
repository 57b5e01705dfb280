/*
 * mail_impl - what the job mail.send does to the outbox; for no one else.
 *
 * Layer      out.
 */
#ifndef PT_OUT_MAIL_IMPL_H
#define PT_OUT_MAIL_IMPL_H

#include "out/mail.h"

/* The server has taken it: what it said goes. */
enum err mail_mark_sent(struct db *db, int64_t id) MUST_USE;

/* An attempt failed; it waits for the next. */
enum err mail_mark_failed(struct db *db, int64_t id, const char *why) MUST_USE;

/* There will be no more. */
enum err mail_mark_dead(struct db *db, int64_t id, const char *why) MUST_USE;

/* How many this address got since then. */
enum err mail_sent_to(struct db *db, struct arena *a, const char *address,
                      int64_t since, int64_t *ret_n) MUST_USE;

/* Drops what was sent or given up before then. */
enum err mail_prune(struct db *db, int64_t before) MUST_USE;

#endif
