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

/* Of eight bytes: copied together, whatever n is. */
struct entity {
    char text[7];
    uint8_t n; /* bytes of text */
};

static const struct entity entities[] = {
    [SPACE] = {" ", 1}, [AMP] = {"&amp;", 5},   [LT] = {"&lt;", 4},
    [GT] = {"&gt;", 4}, [QUOT] = {"&quot;", 6}, [APOS] = {"&#39;", 5},
};

static inline char *put_special(char *o, char c, bool keep_space)
{
    uint8_t class = classes[(uint8_t)c];
    if (class == PLAIN || (class == SPACE && keep_space)) {
        *o = c;
        return o + 1;
    }
    memcpy(o, &entities[class], sizeof(struct entity));
    return o + entities[class].n;
}

static inline void copy_run(char *o, const char *s, size_t n)
{
    if (n < 16) {
        (void)html_copy_short(o, s, n);
        return;
    }
    for (size_t i = 0; i + 16 < n; i += 16)
        (void)html_copy16(o + i, s + i);
    (void)html_copy16(o + n - 16, s + n - 16);
}

char *html_escape_special(char *o, const char *s, size_t n, uint64_t special,
                          bool keep_space)
{
    const char *from = s + __builtin_ctzll(special);
    o += from - s; /* html_copy() has brought these */
    for (;;) {
        o = put_special(o, *from++, keep_space);
        special &= special - 1;
        if (special == 0)
            break;
        const char *at = s + __builtin_ctzll(special);
        size_t n_plain = (size_t)(at - from);
        copy_run(o, from, n_plain);
        o += n_plain;
        from = at;
    }
    size_t n_rest = (size_t)(s + n - from);
    copy_run(o, from, n_rest);
    return o + n_rest;
}

/* Close to the maximum of a buffer, where the worst case does not fit. */
static void escape_beside(struct buf *b, const char *s, size_t n,
                          bool keep_space)
{
    char beside[HTML_PART * HTML_GROW + HTML_SLACK];
    const char *end = html_escape_part(beside, s, n, keep_space);
    buf_add(b, beside, (size_t)(end - beside));
}

/* In the buffer itself. */
static inline void escape_part(struct buf *b, const char *s, size_t n,
                               bool keep_space)
{
    if (!buf_has_room(b, HTML_PART * HTML_GROW + HTML_SLACK)) {
        escape_beside(b, s, n, keep_space);
        return;
    }
    char *end = html_escape_part(b->p + b->n, s, n, keep_space);
    b->n = (size_t)(end - b->p);
    *end = '\0';
}

static inline void escape(struct buf *b, const char *s, size_t n,
                          bool keep_space)
{
    for (; n > HTML_PART; s += HTML_PART, n -= HTML_PART)
        escape_part(b, s, HTML_PART, keep_space);
    if (n > 0)
        escape_part(b, s, n, keep_space);
}

void html_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, false);
}

void html_pre_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, true);
}
