/*
 * totp - codes by time, as authenticator apps show them.
 *
 * SHA-1, six digits, thirty seconds: what every such app can do. A clock may
 * be wrong by one step either way.
 *
 * Units      Times are seconds since 1970, UTC; steps are TOTP_STEP_S long.
 * Source     RFC 4226 (HOTP), RFC 6238 (TOTP), RFC 4648 (base32);
 *            github.com/google/google-authenticator/wiki/Key-Uri-Format.
 * Layer      web: libcrypto stays out of the supervisor.
 */
#ifndef PT_WEB_TOTP_H
#define PT_WEB_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum {
    TOTP_SECRET_BYTES = 20, /* RFC 4226, 4, R6 recommends 160 bits */
    TOTP_DIGITS = 6,
    TOTP_MAX_DIGITS = 8, /* RFC 4226, 5.3 */
    TOTP_STEP_S = 30,
    TOTP_SKEW = 1 /* steps */
};

/* The HOTP value of a counter, 6 to 8 digits and a NUL. */
void totp_code(const unsigned char *secret, size_t n, int64_t counter,
               int digits, char ret[TOTP_MAX_DIGITS + 1]);

/*
 * Is code that of a step around now which comes after last_step? Blanks in it
 * do not count. Takes as long for a wrong one.
 */
bool totp_match(const unsigned char secret[TOTP_SECRET_BYTES], const char *code,
                int64_t now, int64_t last_step, int64_t *ret_step);

/* The secret in base32, for who types it. */
const char *totp_base32(struct arena *a,
                        const unsigned char secret[TOTP_SECRET_BYTES]);

/* What a QR code tells the app: otpauth://totp/… */
const char *totp_uri(struct arena *a, const char *email,
                     const unsigned char secret[TOTP_SECRET_BYTES]);

#endif
