/*
 * archive - files with names in one sealed file, written and read in a stream.
 *
 *   "PTBACK1\n"  key id (16)  header (24)  then messages: length (4, little
 *   endian), that many bytes
 *
 * Each message is one of libsodium's secretstream (XChaCha20-Poly1305): what
 * was changed, moved, left out or cut off is found where it happens, and
 * nobody without the key learns more than sizes. Inside it the first byte
 * says what follows: 'N' the name of the next file, 'D' a piece of it. The
 * last message has the tag FINAL.
 *
 *   archive_begin(); archive_file(); archive_write() …; archive_end();
 *   archive_open(); archive_next(); archive_read() until n is 0 …
 *
 * Ownership  The descriptor stays the caller's. Names and pieces are valid
 *            until the next call.
 * Errors     CONFIG (no key, or not this one), INVALID (no archive, altered,
 *            cut off), NOTFOUND (archive_next(): that was the last), NOSPACE,
 *            SYSTEM. The note says which, and is fit for people.
 * Layer      store.
 */
#ifndef PT_STORE_ARCHIVE_H
#define PT_STORE_ARCHIVE_H

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

enum {
    ARCHIVE_PIECE = 64 << 10, /* bytes of a file in one message */
    ARCHIVE_KEY_ID_BYTES = crypto_generichash_BYTES_MIN, /* 16 */
    ARCHIVE_MIN_KEY_CHARS = 32,
    ARCHIVE_HASH_SIZE = 65, /* SHA-256 in hexadecimal and a NUL */
    /* of one message: its kind and what the cipher adds */
    ARCHIVE_MESSAGE =
        ARCHIVE_PIECE + 1 + crypto_secretstream_xchacha20poly1305_ABYTES
};

struct archive_key {
    unsigned char id[ARCHIVE_KEY_ID_BYTES];
    unsigned char key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
};

/* The present key first, then the ones before it. */
struct archive_keys {
    size_t n;
    struct archive_key key[MAX_ARCHIVE_KEYS];
};

/* old ends with NULL and may be NULL. */
enum err archive_keys_init(struct archive_keys *keys, const char *key,
                           const char *const *old,
                           struct err_note *why) MUST_USE;

/* --- writing --- */

struct archive_writer {
    int fd;
    int64_t bytes; /* written */
    crypto_secretstream_xchacha20poly1305_state state;
    crypto_hash_sha256_state hash; /* of all that was written */
    size_t used;                   /* of plain */
    unsigned char plain[1 + ARCHIVE_PIECE];
    unsigned char sealed[4 + ARCHIVE_MESSAGE];
};

enum err archive_begin(struct archive_writer *w, int fd,
                       const struct archive_key *key,
                       struct err_note *why) MUST_USE;

/* What is written from now on is the file called name. */
enum err archive_file(struct archive_writer *w, const char *name,
                      struct err_note *why) MUST_USE;
enum err archive_write(struct archive_writer *w, const void *p, size_t n,
                       struct err_note *why) MUST_USE;

/* Ends it, brings it to the disk, and says what its SHA-256 is. */
enum err archive_end(struct archive_writer *w, char ret_hash[ARCHIVE_HASH_SIZE],
                     struct err_note *why) MUST_USE;

/* --- reading --- */

struct archive_reader {
    int fd;
    crypto_secretstream_xchacha20poly1305_state state;
    crypto_hash_sha256_state hash; /* of all that was read */
    bool has_piece, ended;
    size_t n; /* of plain */
    unsigned char plain[1 + ARCHIVE_PIECE + 1];
    unsigned char sealed[ARCHIVE_MESSAGE];
};

/* Reads from the start of fd, wherever that stands. */
enum err archive_open(struct archive_reader *r, int fd,
                      const struct archive_keys *keys,
                      struct err_note *why) MUST_USE;

/* The name of the next file; what is left of the present one is passed over. */
enum err archive_next(struct archive_reader *r, const char **ret_name,
                      struct err_note *why) MUST_USE;

/* The next piece of the file; n is 0 at its end. */
enum err archive_read(struct archive_reader *r, const unsigned char **ret_p,
                      size_t *ret_n, struct err_note *why) MUST_USE;

/* Of what was read: of the whole archive, once archive_next() found no more. */
void archive_hash(const struct archive_reader *r,
                  char ret_hash[ARCHIVE_HASH_SIZE]);

#endif
