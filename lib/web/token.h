/*
 * token - secrets that travel, and what is kept of them.
 *
 * Layer      web.
 */
#ifndef PT_WEB_TOKEN_H
#define PT_WEB_TOKEN_H

#include <stdbool.h>

#include "base/arena.h"

enum {
    TOKEN_CHARS = 43, /* 256 random bits in base64url */
    HASH_CHARS = 64   /* 256 bits in hexadecimal */
};

/* A new random token of TOKEN_CHARS characters. */
const char *token_new(struct arena *a);

/* What the database keeps of a token: BLAKE2b-256, in hexadecimal. */
const char *token_hash(struct arena *a, const char *token);

/*
 * A keyed code of n bytes, 16 to 64, over purpose and text: keyed BLAKE2b,
 * which is a MAC as it is (RFC 7693). Equal inputs give equal codes; no one
 * without the key can make one.
 */
void token_code(const unsigned char key[32], const char *purpose,
                const char *text, unsigned char *ret, size_t n);

/* That of 32 bytes in base64url: 43 characters. */
const char *token_mac(struct arena *a, const unsigned char key[32],
                      const char *purpose, const char *text);

/* Compares in constant time; different lengths are unequal. */
bool token_equal(const char *a, const char *b);

#endif
