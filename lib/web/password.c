#include "web/password.h"

#include <sodium.h>
#include <string.h>

#include "text/utf8.h"

static const unsigned long long passes = 2;
static const size_t memory_bytes = (size_t)19456 * 1024;

bool password_long_enough(const char *password)
{
    return utf8_length(password, strlen(password)) >= PASSWORD_MIN_CHARS;
}

enum err password_hash(struct arena *a, const char *password,
                       const char **ret_hash)
{
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
    if (crypto_pwhash_str_alg(hash, password, strlen(password), passes,
                              memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ERR_UNAVAIL;
    *ret_hash = hash;
    return ERR_OK;
}

bool password_verify(const char *hash, const char *password)
{
    /* A hash that nothing matches, with the same cost. */
    static const char nobody[] =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
        "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    bool known = hash[0] != '\0';
    bool match = crypto_pwhash_str_verify(known ? hash : nobody, password,
                                          strlen(password)) == 0;
    return known && match;
}
