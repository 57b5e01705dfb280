#include "web/token.h"

#include <sodium.h>
#include <string.h>

#include "base/rand.h"

static const char *base64(struct arena *a, const unsigned char *p, size_t n)
{
    size_t room =
        sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(a, room);
    return sodium_bin2base64(text, room, p, n,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *token_new(struct arena *a)
{
    unsigned char bytes[32];
    rand_bytes(bytes, sizeof(bytes));
    return base64(a, bytes, sizeof(bytes));
}

const char *token_hash(struct arena *a, const char *token)
{
    unsigned char hash[HASH_CHARS / 2];
    char *text = arena_alloc(a, HASH_CHARS + 1);
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)token,
                       strlen(token), NULL, 0);
    return sodium_bin2hex(text, HASH_CHARS + 1, hash, sizeof(hash));
}

void token_code(const unsigned char key[32], const char *purpose,
                const char *text, unsigned char *ret, size_t n)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, 32, n);
    crypto_generichash_update(&state, (const unsigned char *)purpose,
                              strlen(purpose) + 1);
    crypto_generichash_update(&state, (const unsigned char *)text,
                              strlen(text));
    crypto_generichash_final(&state, ret, n);
}

const char *token_mac(struct arena *a, const unsigned char key[32],
                      const char *purpose, const char *text)
{
    unsigned char mac[32];
    token_code(key, purpose, text, mac, sizeof(mac));
    return base64(a, mac, sizeof(mac));
}

bool token_equal(const char *a, const char *b)
{
    size_t n = strlen(a);
    return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}
