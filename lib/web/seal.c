#include "web/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/rand.h"
#include "web/token.h"

#define ALPHABET sodium_base64_VARIANT_URLSAFE_NO_PADDING

enum {
    KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    MORE_BYTES = NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    MAX_SEALED_BYTES = 256
};

static void derive(const unsigned char key[32], const char *purpose,
                   unsigned char ret[KEY_BYTES])
{
    token_code(key, "seal", purpose, ret, KEY_BYTES);
}

const char *seal_close(struct arena *a, const unsigned char key[32],
                       const char *purpose, const char *about, const void *p,
                       size_t n)
{
    unsigned char own[KEY_BYTES];
    unsigned char *box = arena_alloc(a, n + MORE_BYTES);
    size_t room = sodium_base64_encoded_len(n + MORE_BYTES, ALPHABET);
    derive(key, purpose, own);
    rand_bytes(box, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_BYTES, NULL, p, n,
                                               (const unsigned char *)about,
                                               strlen(about), NULL, box, own);
    sodium_memzero(own, sizeof(own));
    return sodium_bin2base64(arena_alloc(a, room), room, box, n + MORE_BYTES,
                             ALPHABET);
}

bool seal_open(const unsigned char key[32], const char *purpose,
               const char *about, const char *sealed, void *ret, size_t n)
{
    unsigned char own[KEY_BYTES], box[MAX_SEALED_BYTES];
    size_t got = 0;
    const char *end = NULL;
    if (n + MORE_BYTES > sizeof(box) ||
        sodium_base642bin(box, sizeof(box), sealed, strlen(sealed), NULL, &got,
                          &end, ALPHABET) != 0 ||
        *end != '\0' || got != n + MORE_BYTES)
        return false;
    derive(key, purpose, own);
    bool good = crypto_aead_xchacha20poly1305_ietf_decrypt(
                    ret, NULL, NULL, box + NONCE_BYTES, got - NONCE_BYTES,
                    (const unsigned char *)about, strlen(about), box, own) == 0;
    sodium_memzero(own, sizeof(own));
    return good;
}
