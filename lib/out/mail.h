/*
 * mail - the outbox.
 *
 * mail_queue() belongs into the transaction of the write that causes the
 * message: both are there or neither. The job mail.send then sends it, again
 * and again until a server has taken it or refused it for good; its
 * Message-ID never changes, so whoever gets it twice can tell. It is marked
 * as sent only after the server's answer to the end of the data.
 *
 * What a sent message said is not kept: it may hold a one-time link.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     INVALID (an address, or a body too large), NOTFOUND, UNAVAIL,
 *            BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      out.
 */
#ifndef PT_OUT_MAIL_H
#define PT_OUT_MAIL_H

#include "base/config.h"
#include "store/audit.h"
#include "store/db.h"

struct mail {
    int64_t id;
    const char *message_id;        /* without < > */
    const char *to_addr, *to_name; /* NULL for mail_queue() means "" … */
    const char *reply_to;          /* … here, too */
    const char *subject, *body_text, *body_html;
    const char *lang;  /* "es" or "en" */
    const char *class; /* "transactional" (NULL too) or "commercial" */
    const char *state; /* "queued", "sent" or "dead" */
    int64_t attempts;  /* that failed */
    const char *last_error;
    const char *entity; /* "contact", 12: what it is about */
    int64_t entity_id;
    const char *dedupe_key; /* mail_queue(): NULL for none */
    int64_t created_at, sent_at;
};

/*
 * Puts m into the outbox. If there is one with its dedupe_key, nothing
 * happens. The Message-ID is of the host of conf->mail.from.
 */
enum err mail_queue(struct db *db, struct arena *a, const struct config *conf,
                    const struct mail *m) MUST_USE;

/* Can mail be sent at all? And such with links to the site? */
bool mail_is_on(const struct config *conf);
bool mail_has_links(const struct config *conf);

enum err mail_get(struct db *db, struct arena *a, int64_t id,
                  struct mail *ret) MUST_USE;

/* How many wait, how many are given up, and since when the oldest waits. */
struct mail_counts {
    int64_t queued, dead, oldest_at; /* 0: none waits */
};

enum err mail_count(struct db *db, struct arena *a,
                    struct mail_counts *ret) MUST_USE;

/*
 * The newest messages in a state ("": any), of those with an id below
 * `before` (0: of all): struct mail, without bodies.
 */
enum err mail_list(struct db *db, struct arena *a, const char *state,
                   int64_t before, int64_t limit,
                   struct db_rows *ret_rows) MUST_USE;

/* A dead message is queued again, because `by` said so. NOTFOUND if it is not
 * dead. */
enum err mail_retry(struct db *db, struct arena *a, struct actor *by,
                    int64_t id) MUST_USE;

#endif
