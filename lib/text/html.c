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
    GROW = 6,    /* bytes that one byte becomes at most */
    CHUNK = 256, /* bytes escaped between two looks at the room */
    SLACK = 16   /* bytes that may be written after the end */
};

/* Bytes looked at together; gcc and clang know such types on any machine. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t bytes4 __attribute__((vector_size(4)));

/* '\t'..'\r', where smaller bytes wrap around, and the entities. */
#define IS_SPECIAL(v)                                                          \
    (((v) - '\t' <= '\r' - '\t') | ((v) == '&') | ((v) == '<') |               \
     ((v) == '>') | ((v) == '"') | ((v) == '\''))

/* Copies s[0..16) to o; true when all of it is PLAIN. */
static inline bool copy16(char *o, const char *s)
{
    bytes16 v;
    uint64_t special[2];
    memcpy(&v, s, sizeof(v));
    memcpy(o, &v, sizeof(v));
    bytes16 any = (bytes16)IS_SPECIAL(v);
    memcpy(special, &any, sizeof(special));
    return (special[0] | special[1]) == 0;
}

/* The same of eight, and of four. */
static inline bool copy8(char *o, const char *s)
{
    bytes8 v;
    uint64_t special;
    memcpy(&v, s, sizeof(v));
    memcpy(o, &v, sizeof(v));
    bytes8 any = (bytes8)IS_SPECIAL(v);
    memcpy(&special, &any, sizeof(special));
    return special == 0;
}

static inline bool copy4(char *o, const char *s)
{
    bytes4 v;
    uint32_t special;
    memcpy(&v, s, sizeof(v));
    memcpy(o, &v, sizeof(v));
    bytes4 any = (bytes4)IS_SPECIAL(v);
    memcpy(&special, &any, sizeof(special));
    return special == 0;
}

/* Escapes s[0..n) to o, where n * GROW + SLACK bytes fit; returns the end. */
static char *escape_to(char *o, const char *s, size_t n, bool keep_space)
{
    for (size_t i = 0; i < n;) {
        size_t left = n - i, step = left < 16 ? left : 16;
        if (left >= 16 && copy16(o, s + i)) {
            o += 16;
            i += 16;
            continue;
        }
        if (left < 16 && left >= 8 && copy8(o, s + i) &&
            copy8(o + left - 8, s + n - 8))
            return o + left;
        if (left < 8 && left >= 4 && copy4(o, s + i) &&
            copy4(o + left - 4, s + n - 4))
            return o + left;
        for (size_t stop = i + step; i < stop; i++) {
            uint8_t class = classes[(uint8_t)s[i]];
            if (class == PLAIN || (class == SPACE && keep_space)) {
                *o++ = s[i];
            } else {
                memcpy(o, entities[class].text, sizeof(entities[class].text));
                o += entities[class].n;
            }
        }
    }
    return o;
}

/* Close to the maximum of a buffer, where the worst case does not fit. */
static void escape_beside(struct buf *b, const char *s, size_t n,
                          bool keep_space)
{
    char beside[CHUNK * GROW + SLACK];
    const char *end = escape_to(beside, s, n, keep_space);
    buf_add(b, beside, (size_t)(end - beside));
}

/* At most CHUNK bytes, in the buffer itself. */
static inline void escape_chunk(struct buf *b, const char *s, size_t n,
                                bool keep_space)
{
    const size_t need = CHUNK * GROW + SLACK;
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
