/*
 * redis_url - the address of a Redis.
 *
 *   redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]
 *
 * User and password may be percent-encoded, an IPv6 host stands in brackets.
 *
 * Ownership  The texts lie in the struct itself.
 * Layer      store.
 */
#ifndef PT_STORE_REDIS_URL_H
#define PT_STORE_REDIS_URL_H

#include <stdbool.h>

enum { MAX_REDIS_URL_BYTES = 1024 };

struct redis_url {
    char text[MAX_REDIS_URL_BYTES];
    const char *host, *user, *password, *database; /* NULL: none; not host */
    int port;
};

/* False when url, which begins with redis://, is not such an address. */
bool redis_url_parse(const char *url, struct redis_url *ret);

#endif
