#include "text/html.h"

#include <stdbool.h>
#include <stdint.h>

enum { PLAIN, SPACE, AMP, LT, GT, QUOT, APOS };

static const uint8_t classes[256] = {
    ['\t'] = SPACE, ['\n'] = SPACE, ['\v'] = SPACE, ['\f'] = SPACE,
    ['\r'] = SPACE, ['&'] = AMP,    ['<'] = LT,     ['>'] = GT,
    ['"'] = QUOT,   ['\''] = APOS,
};

struct entity {
    char text[7];
    uint8_t n; /* bytes of text */
};

static const struct entity entities[] = {
    [SPACE] = {" ", 1}, [AMP] = {"&amp;", 5},   [LT] = {"&lt;", 4},
    [GT] = {"&gt;", 4}, [QUOT] = {"&quot;", 6}, [APOS] = {"&#39;", 5},
};

enum {
    CHUNK = 256, /* bytes escaped between two looks at the room */
    FIRST_IS_LOW = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ /* in a word */
};

/* Bytes looked at together; gcc and clang know such types on any machine. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/*
 * The bytes that are not PLAIN, and '#' for the sake of fewer looks: all bits
 * of such a byte are set.
 */
static inline words2 special(words2 words)
{
    bytes16 v = (bytes16)words;
    return (words2)((v - '\t' <= '\r' - '\t') /* smaller ones wrap around */ |
                    ((v & 0xfa) == '"') /* " & ' and # */ |
                    ((v | 0x02) == '>') /* < and > */);
}

static inline uint64_t copy8(char *o, const char *s)
{
    uint64_t w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

static inline uint32_t copy4(char *o, const char *s)
{
    uint32_t w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

static inline words2 copy16(char *o, const char *s)
{
    words2 w;
    memcpy(&w, s, sizeof(w));
    memcpy(o, &w, sizeof(w));
    return w;
}

/* Copies s[0..n), less than 16 bytes; returns them in no order, some twice. */
static inline words2 copy_short(char *o, const char *s, size_t n)
{
    if (n >= 8)
        return (words2){copy8(o, s), copy8(o + n - 8, s + n - 8)};
    if (n >= 4)
        return (words2){copy4(o, s), copy4(o + n - 4, s + n - 4)};
    uint64_t w = 0;
    for (size_t i = 0; i < n; i++) {
        o[i] = s[i];
        w = w << 8 | (uint8_t)s[i];
    }
    return (words2){w, 0};
}

/* Copies s[0..n) to o; true when all of it is PLAIN, nearly always. */
static inline bool copy_plain(char *o, const char *s, size_t n)
{
    words2 found;
    if (n < 16) {
        found = special(copy_short(o, s, n));
    } else {
        found = special(copy16(o + n - 16, s + n - 16));
        for (size_t i = 0; i + 16 < n; i += 16)
            found |= special(copy16(o + i, s + i));
    }
    return (found[0] | found[1]) == 0;
}

/*
 * Eight bytes of s[0..n) from i on, n >= 8; what is missing at the end is
 * zeros.
 */
static inline uint64_t load_rest(const char *s, size_t i, size_t n)
{
    size_t missing = i + 8 > n ? i + 8 - n : 0;
    uint64_t w;
    memcpy(&w, s + i - missing, sizeof(w));
    return FIRST_IS_LOW ? w >> 8 * missing : w << 8 * missing;
}

/* A word without the bytes before at, and that one: zeros come behind. */
static inline uint64_t word_after(uint64_t w, size_t at)
{
    return FIRST_IS_LOW ? w >> 8 * at >> 8 : w << 8 * at << 8;
}

/* Where the first byte that is not zero stands in a word; not in 0. */
static inline size_t first_byte(uint64_t w)
{
    return (size_t)(FIRST_IS_LOW ? __builtin_ctzll(w) : __builtin_clzll(w)) / 8;
}

static inline char *put_special(char *o, char c, bool keep_space)
{
    uint8_t class = classes[(uint8_t)c];
    if (class == PLAIN || (class == SPACE && keep_space)) {
        *o = c;
        return o + 1;
    }
    memcpy(o, &entities[class], sizeof(entities[class]));
    return o + entities[class].n;
}

/* Escapes s[0..n) to o, however much of it is not PLAIN; returns the end. */
static char *escape_special(char *o, const char *s, size_t n, bool keep_space)
{
    uint64_t less = 0; /* than a word: it ends where that ends */
    if (n < 8)
        s = memcpy((char *)&less + 8 - n, s, n);
    size_t i = 0;
    for (; i < n; i += 8) {
        uint64_t w = load_rest(s, i, n);
        uint64_t found = special((words2){w, 0})[0];
        size_t at = i;
        memcpy(o, &w, sizeof(w));
        while (found != 0) {
            size_t plain = first_byte(found);
            at += plain + 1;
            o = put_special(o + plain, s[at - 1], keep_space);
            w = word_after(w, plain);
            memcpy(o, &w, sizeof(w));
            found = word_after(found, plain);
        }
        o += i + 8 - at;
    }
    return o - (i - n); /* without what was missing */
}

char *html_escape_to(char *o, const char *s, size_t n)
{
    return copy_plain(o, s, n) ? o + n : escape_special(o, s, n, false);
}

static char *escape_to(char *o, const char *s, size_t n, bool keep_space)
{
    return keep_space ? escape_special(o, s, n, true) : html_escape_to(o, s, n);
}

/* Close to the maximum of a buffer, where the worst case does not fit. */
static void escape_beside(struct buf *b, const char *s, size_t n,
                          bool keep_space)
{
    char beside[CHUNK * HTML_GROW + HTML_SLACK];
    const char *end = escape_to(beside, s, n, keep_space);
    buf_add(b, beside, (size_t)(end - beside));
}

/* At most CHUNK bytes, in the buffer itself. */
static inline void escape_chunk(struct buf *b, const char *s, size_t n,
                                bool keep_space)
{
    const size_t need = CHUNK * HTML_GROW + HTML_SLACK;
    bool fits = b->room - b->n > need;
    if (!fits && !b->failed && b->max - b->n > need)
        fits = buf_reserve(b, need);
    if (!fits) {
        escape_beside(b, s, n, keep_space);
        return;
    }
    char *end = escape_to(b->p + b->n, s, n, keep_space);
    b->n = (size_t)(end - b->p);
    *end = '\0';
}

static inline void escape(struct buf *b, const char *s, size_t n,
                          bool keep_space)
{
    for (; n > CHUNK; s += CHUNK, n -= CHUNK)
        escape_chunk(b, s, CHUNK, keep_space);
    if (n > 0)
        escape_chunk(b, s, n, keep_space);
}

void html_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, false);
}

void html_pre_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, true);
}
