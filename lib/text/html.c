#include "text/html.h"

#include <stdbool.h>

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Copies runs of plain bytes at once; most text has nothing to escape. */
static void escape(struct buf *b, const char *s, size_t n, bool keep_space)
{
    size_t start = 0;
    for (size_t i = 0; i < n; i++) {
        const char *with = entity_of(s[i]);
        if (with == NULL && !keep_space && s[i] >= '\t' && s[i] <= '\r')
            with = " ";
        if (with == NULL)
            continue;
        buf_add(b, s + start, i - start);
        buf_adds(b, with);
        start = i + 1;
    }
    buf_add(b, s + start, n - start);
}

void html_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, false);
}

void html_pre_escape(struct buf *b, const char *s, size_t n)
{
    escape(b, s, n, true);
}
