#include "web/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "text/url.h"

static const char issuer[] = "Personal%20Technology";

void totp_code(const unsigned char *secret, size_t n, int64_t counter,
               int digits, char ret[TOTP_MAX_DIGITS + 1])
{
    static const uint32_t powers[] = {1000000, 10000000, 100000000};
    unsigned char text[8], mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    for (int i = 7; i >= 0; i--, counter >>= 8)
        text[i] = (unsigned char)(counter & 0xff);
    if (HMAC(EVP_sha1(), secret, (int)n, text, sizeof(text), mac, &size) ==
        NULL)
        abort(); /* out of memory: a code of garbage would be worse */
    const unsigned char *p = mac + (mac[size - 1] & 0x0f);
    uint32_t value = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 |
                     (uint32_t)p[2] << 8 | p[3];
    snprintf(ret, TOTP_MAX_DIGITS + 1, "%0*u", digits,
             value % powers[digits - 6]);
    sodium_memzero(mac, sizeof(mac));
}

/* Its six digits; false when it is anything else. */
static bool take_digits(const char *code, char ret[TOTP_DIGITS])
{
    size_t n = 0;
    for (; *code != '\0'; code++) {
        if (*code == ' ')
            continue;
        if (*code < '0' || *code > '9' || n == TOTP_DIGITS)
            return false;
        ret[n++] = *code;
    }
    return n == TOTP_DIGITS;
}

bool totp_match(const unsigned char secret[TOTP_SECRET_BYTES], const char *code,
                int64_t now, int64_t last_step, int64_t *ret_step)
{
    char typed[TOTP_DIGITS], right[TOTP_MAX_DIGITS + 1];
    bool found = false;
    if (!take_digits(code, typed))
        return false;
    int64_t present = now / TOTP_STEP_S;
    for (int64_t s = present - TOTP_SKEW; s <= present + TOTP_SKEW; s++) {
        totp_code(secret, TOTP_SECRET_BYTES, s, TOTP_DIGITS, right);
        bool same = sodium_memcmp(typed, right, TOTP_DIGITS) == 0;
        if (same && s > last_step && !found) {
            *ret_step = s;
            found = true;
        }
    }
    return found;
}

const char *totp_base32(struct arena *a,
                        const unsigned char secret[TOTP_SECRET_BYTES])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    enum { CHARS = TOTP_SECRET_BYTES * 8 / 5 }; /* without a rest */
    char *text = arena_alloc(a, CHARS + 1);
    for (size_t i = 0; i < CHARS; i++) {
        size_t bit = i * 5, at = bit / 8;
        unsigned pair = (unsigned)secret[at] << 8;
        if (at + 1 < TOTP_SECRET_BYTES)
            pair |= secret[at + 1];
        text[i] = digits[pair >> (11 - bit % 8) & 0x1f];
    }
    text[CHARS] = '\0';
    return text;
}

const char *totp_uri(struct arena *a, const char *email,
                     const unsigned char secret[TOTP_SECRET_BYTES])
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 2048);
    buf_addf(&b, "otpauth://totp/%s:", issuer);
    url_query_escape(&b, email, strlen(email));
    buf_addf(&b, "?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
             totp_base32(a, secret), issuer, TOTP_DIGITS, TOTP_STEP_S);
    return arena_strdup(a, buf_str(&b));
}
