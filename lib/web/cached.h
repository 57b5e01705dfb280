/*
 * cached - what a request finds in the cache: its session, and the content of
 * its page.
 *
 * The content of a page whose row names the tables it .reads is kept for
 * everybody of the same audience: the role and the language, and on a row
 * that is .personal the account. Its handler is given no more than that of
 * the person (cached_mask), so nothing else can get into what is kept; the
 * frame with name, menu, messages and CSRF tokens is made each time.
 *
 * With a cache over the network, one trip brings session and content. Whose
 * content it is, is known only with the session, so it is guessed from what
 * the same token was before; a wrong guess costs a second trip.
 *
 * Ownership  Results live in the arena of the request.
 * Layer      web.
 */
#ifndef PT_WEB_CACHED_H
#define PT_WEB_CACHED_H

#include "base/column.h"
#include "store/cache.h"
#include "text/html.h"
#include "text/msg.h"
#include "web/access.h"
#include "web/req.h"

struct ctx;
struct session;

/* Who gets the same content. */
struct audience {
    enum role role;
    enum lang lang;
    int64_t user_id, client_id; /* 0 unless the page is personal */
};

enum { CACHED_GUESSES = 256 };

/* Per process: what a token was last. By a part of its hash. */
struct cached_guess {
    uint64_t token;
    struct audience who;
};

/* Of one request. */
struct cached {
    struct cache_item session, page;
    struct tables reads; /* of page */
    struct audience who; /* that page was looked for */
    bool looked;         /* for page */
};

/* Looks for the session of this token hash, and for the page. */
void cached_look(struct ctx *c, const char *token_hash);

/* Fills s from what was found; false when there was nothing. */
bool cached_session(struct ctx *c, const struct column *columns,
                    struct session *s);
void cached_keep_session(struct ctx *c, const struct column *columns,
                         const struct session *s);

/*
 * The content of c->route for this person. False: make it, and keep it or give
 * it up; another process that is making it has been waited for.
 */
bool cached_content(struct ctx *c, struct safe_html *ret);
void cached_keep_content(struct ctx *c, struct safe_html content);

/* It could not be made, or shall not be kept: nobody has to wait for it. */
void cached_give_up(struct ctx *c);

/* What a handler must not know while it makes what is kept. */
struct cached_mask {
    struct session *session;
    const char *visitor;
    struct req req;
};

void cached_mask(struct ctx *c, struct cached_mask *ret_kept);
void cached_unmask(struct ctx *c, const struct cached_mask *kept);

/* "session=hit page=miss hits=10 misses=2 waits=0", for developers. */
const char *cached_report(struct ctx *c);

#endif
