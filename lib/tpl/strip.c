#include "tpl/strip.h"

#include <string.h>

const struct delims delims_default = {"{{", "}}", 2, 2};

struct stripping {
    struct delims delims;
    char *out;
    size_t n_out;
    struct origin *origins;
    size_t n_origins;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool delims_parse(const char *p, size_t n, struct delims *ret)
{
    const char *blank = memchr(p, ' ', n);
    if (blank == NULL || memchr(p, '=', n) != NULL)
        return false;
    const char *close = blank + 1;
    size_t n_close = (size_t)(p + n - close);
    if (memchr(close, ' ', n_close) != NULL)
        return false;
    *ret = (struct delims){p, close, (size_t)(blank - p), n_close};
    return true;
}

static const char *find(const char *p, const char *end, const char *what,
                        size_t n)
{
    return memmem(p, (size_t)(end - p), what, n);
}

const char *delims_close(const struct delims *d, const char *p, size_t n)
{
    const char *end = p + n;
    char sigil = n > 0 ? p[0] : '\0';
    const char *start =
        sigil != '\0' && strchr("#/>%!=", sigil) != NULL ? p + 1 : p;
    const char *close = find(start, end, d->close, d->n_close);
    while (sigil == '=' && close != NULL &&
           (close == start || close[-1] != '='))
        close = close < end ? find(close + 1, end, d->close, d->n_close) : NULL;
    return close;
}

/* Follows the set-delimiter markers of one line. */
static void follow_delims(struct delims *d, const char *p, const char *end)
{
    while (d->n_open > 0 && (p = find(p, end, d->open, d->n_open)) != NULL) {
        p += d->n_open;
        const char *close = delims_close(d, p, (size_t)(end - p));
        if (close == NULL)
            return;
        const char *next = close + d->n_close;
        if (p < end && p[0] == '=')
            (void)delims_parse(p + 1, (size_t)(close - p) - 2, d);
        p = next;
    }
}

/* One marker that leaves nothing behind, and nothing else. */
static bool only_marker(const struct delims *d, const char *p, size_t n)
{
    if (n < d->n_open + d->n_close + 1 || memcmp(p, d->open, d->n_open) != 0)
        return false;
    if (strchr("#/>!%=", p[d->n_open]) == NULL || p[d->n_open] == '\0')
        return false;
    const char *close = find(p + d->n_open, p + n, d->close, d->n_close);
    return close != NULL && close + d->n_close == p + n;
}

static void keep(struct stripping *s, const char *p, size_t n, uint32_t line,
                 uint32_t column)
{
    s->origins[s->n_origins++] =
        (struct origin){.at = s->n_out, .line = line, .column = column};
    if (n > 0)
        memcpy(s->out + s->n_out, p, n);
    s->n_out += n;
}

/* p[0..n) is one line with its line end, if it has one. */
static void add_line(struct stripping *s, const char *p, size_t n,
                     enum tpl_strip strip, uint32_t line)
{
    size_t first = 0, last = n;
    while (first < n && is_space(p[first]))
        first++;
    while (last > first && is_space(p[last - 1]))
        last--;
    bool alone =
        first == last || only_marker(&s->delims, p + first, last - first);
    if (strip == TPL_STRIP_WHITESPACE || (strip == TPL_STRIP_BLANK && alone))
        keep(s, p + first, last - first, line, (uint32_t)first + 1);
    else
        keep(s, p, n, line, 1);
    follow_delims(&s->delims, p, p + n);
}

void strip_text(struct arena *a, const char *p, size_t n, enum tpl_strip strip,
                struct stripped *ret)
{
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    struct stripping s = {.delims = delims_default,
                          .out = arena_alloc(a, n + 1),
                          .origins = ARENA_ARRAY(a, struct origin, lines)};
    uint32_t line = 1;
    for (size_t at = 0; at < n || line == 1; line++) {
        const char *end = n > at ? memchr(p + at, '\n', n - at) : NULL;
        size_t length = end != NULL ? (size_t)(end + 1 - (p + at)) : n - at;
        add_line(&s, p + at, length, strip, line);
        at += length;
    }
    s.out[s.n_out] = '\0';
    *ret = (struct stripped){s.out, s.n_out, s.origins, s.n_origins};
}

void strip_position(const struct stripped *s, size_t at, uint32_t *ret_line,
                    uint32_t *ret_column)
{
    size_t i = s->n_origins - 1;
    while (i > 0 && s->origins[i].at > at)
        i--;
    *ret_line = s->origins[i].line;
    *ret_column = s->origins[i].column + (uint32_t)(at - s->origins[i].at);
}
