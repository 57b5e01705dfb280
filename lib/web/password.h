/*
 * password - Argon2id hashes of passwords.
 *
 * Source     OWASP password storage cheat sheet: Argon2id, 19 MiB, 2 passes.
 * Layer      web.
 */
#ifndef PT_WEB_PASSWORD_H
#define PT_WEB_PASSWORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum { PASSWORD_MIN_CHARS = 10, PASSWORD_MAX_CHARS = 128 };

/* Long enough to be somebody's? form_check() sees to the longest. */
bool password_long_enough(const char *password);

/* The text the database keeps. UNAVAIL when there is no memory for it. */
enum err password_hash(struct arena *a, const char *password,
                       const char **ret_hash) MUST_USE;

/*
 * Does password belong to hash? With hash "" (no account, or no password
 * set) it takes as long as a real check and says no.
 */
bool password_verify(const char *hash, const char *password);

#endif
