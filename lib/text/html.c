#include "text/html.h"

#include <stdbool.h>
#include <stdint.h>

#include "text/html_short.h"

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

/*
 * Eight bytes of s[0..n) from i on, n >= 8; what is missing at the end is
 * zeros.
 */
static inline uint64_t load_rest(const char *s, size_t i, size_t n)
{
    uint64_t w;
    if (n - i >= 8) {
        memcpy(&w, s + i, sizeof(w));
        return w;
    }
    size_t missing = i + 8 - n;
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
    memcpy(o, entities[class].text, sizeof(entities[class].text));
    return o + entities[class].n;
}

/* Escapes s[0..n) to o, however much of it is not PLAIN; returns the end. */
char *html_escape_special(char *o, const char *s, size_t n, bool keep_space)
{
    uint64_t less = 0; /* than a word: it ends where that ends */
    if (n < 8)
        s = memcpy((char *)&less + 8 - n, s, n);
    size_t i = 0;
    for (; i < n; i += 8) {
        uint64_t w = load_rest(s, i, n);
        uint64_t found = html_special((words2){w, 0})[0];
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

static char *escape_to(char *o, const char *s, size_t n, bool keep_space)
{
    return keep_space ? html_escape_special(o, s, n, true)
                      : html_escape_to(o, s, n);
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
