/*
 * seal - secrets that the database or a page keeps for us, encrypted.
 *
 * XChaCha20-Poly1305 under a key of its own for each purpose, derived from
 * that of the installation. A sealed text is bound to what it is about, such
 * as an account: moved to another one it does not open.
 *
 * Layer      web.
 */
#ifndef PT_WEB_SEAL_H
#define PT_WEB_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Nonce and ciphertext of p[0..n) in base64url. */
const char *seal_close(struct arena *a, const unsigned char key[32],
                       const char *purpose, const char *about, const void *p,
                       size_t n);

/* False unless it is a sealed text of this purpose and thing, of n bytes. */
bool seal_open(const unsigned char key[32], const char *purpose,
               const char *about, const char *sealed, void *ret, size_t n);

#endif
