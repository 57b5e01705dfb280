/*
 * second - the second step of a login: codes of an app, recovery codes.
 *
 * Only the login by password asks for it (accounts.c). Who comes by another
 * way, such as OpenID Connect, has shown there what that asks for: it calls
 * session_start() and none of this.
 *
 * Secrets are stored encrypted (web/seal.h), for one account. Recovery codes
 * have 60 random bits and are stored as a keyed hash (BLAKE2b, web/token.h):
 * nobody tries them all through our pages, and who has read the table cannot
 * try them elsewhere without the key, so a slow hash would only slow us.
 */
#ifndef PT_VIEWS_ACCOUNTS_SECOND_H
#define PT_VIEWS_ACCOUNTS_SECOND_H

#include "model/user_totp.h"
#include "web/route.h"

enum { SECOND_CODE_MAX = 30 }; /* characters, as typed */

/* Is a right password not enough for u? */
bool second_wanted(const struct ctx *c, const struct user *u);

/* Instead of a session: leads to the page of the second step. */
enum err second_begin(struct ctx *c, const struct user *u) MUST_USE;

/*
 * Is code the one that u's app shows now, or one of u's recovery codes, which
 * is then used up and u told by mail? NOTFOUND: neither. In a transaction of
 * the caller's, which is to be committed also after NOTFOUND and THROTTLED.
 */
enum err second_check(struct ctx *c, const struct user *u,
                      const char *code) MUST_USE;

/* What follows a wrong one: counted, written down. In that transaction. */
enum err second_refused(struct ctx *c, const struct user *u) MUST_USE;

/*
 * Setting it up. The page shows a new secret as QR code and text, and has it,
 * encrypted, in the field "secret" of its form; so nothing is stored before a
 * code has shown that the app has it.
 */
enum err second_fill_setup(struct ctx *c, struct tpl_dict *d,
                           const struct user *u) MUST_USE;

/* A secret that the field "code" belongs to. */
struct second_secret {
    const char *sealed; /* for the database */
    int64_t step;
};

/* INVALID, said at the field, when it belongs to none. */
enum err second_take_setup(struct ctx *c, const struct user *u,
                           struct second_secret *ret) MUST_USE;

/* Switches it on, in a transaction; ret_codes: to be shown once. */
enum err second_switch_on(struct ctx *c, const struct user *u,
                          const struct second_secret *s,
                          const char **ret_codes) MUST_USE;

/* New recovery codes, in a transaction; USER_RECOVERY_CODES texts. */
enum err second_new_codes(struct ctx *c, const struct user *u,
                          const char **ret_codes) MUST_USE;

/* The answer to a POST: the page with these codes, which leads on to next. */
enum err second_show_codes(struct ctx *c, const struct user *u,
                           const char *const *codes, const char *next) MUST_USE;

/* Tells u by mail, if there is mail; text is a whole sentence. */
enum err second_tell(struct ctx *c, const struct user *u, enum msg subject,
                     const char *text) MUST_USE;

/* The language of u's mail. */
enum lang second_lang(const struct user *u);

#endif
