#include "base/rand.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/clock.h"

void rand_bytes(void *p, size_t n)
{
    char *at = p;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        at += got;
        n -= (size_t)got;
    }
}

/* Fork wipes it (MADV_WIPEONFORK): a child finds nothing left. */
struct stock {
    size_t left;
    unsigned char bytes[2048];
};

static struct stock *stock(void)
{
    static struct stock *s;
    if (s == NULL) {
        s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (s == MAP_FAILED || madvise(s, sizeof(*s), MADV_WIPEONFORK) != 0)
            abort();
    }
    return s;
}

void rand_mask(void *p, size_t n)
{
    struct stock *s = stock();
    if (n > sizeof(s->bytes)) {
        rand_bytes(p, n);
        return;
    }
    if (s->left < n) {
        rand_bytes(s->bytes, sizeof(s->bytes));
        s->left = sizeof(s->bytes);
    }
    s->left -= n;
    memcpy(p, s->bytes + s->left, n);
    explicit_bzero(s->bytes + s->left, n);
}

void rand_hex(char *ret_text, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    rand_bytes(ret_text + n, n); /* each byte makes way for the next two */
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)ret_text[n + i];
        ret_text[2 * i] = digits[byte >> 4];
        ret_text[2 * i + 1] = digits[byte & 15];
    }
    ret_text[2 * n] = '\0';
}

void rand_uuid7(char ret_text[37])
{
    uint64_t r[2];
    uint64_t ms = (uint64_t)clock_wall_ms();
    rand_bytes(r, sizeof(r));
    snprintf(ret_text, 37, "%08x-%04x-7%03x-%04x-%012llx",
             (unsigned)(ms >> 16 & 0xffffffff), (unsigned)(ms & 0xffff),
             (unsigned)(r[0] & 0xfff),
             (unsigned)(0x8000 | (r[0] >> 16 & 0x3fff)),
             (unsigned long long)(r[1] & 0xffffffffffff));
}
