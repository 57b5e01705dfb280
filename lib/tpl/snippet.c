/* The modifier html_escape_with_arg=snippet. */
#include <string.h>

#include "base/compiler.h"
#include "text/html.h"
#include "tpl/modify.h"

enum { OPEN_MAX_TAGS = 8 }; /* every kind of tag can be open once */

struct snippet_tag {
    const char *open, *close; /* close NULL: stands alone */
};

static const struct snippet_tag tags[] = {
    {"<b>", "</b>"},   {"<i>", "</i>"},
    {"<em>", "</em>"}, {"<span dir=ltr>", "</span>"},
    {"<br>", NULL},    {"<span dir=rtl>", "</span>"},
    {"<wbr>", NULL},
};

struct snippet {
    size_t open[OPEN_MAX_TAGS]; /* positions in tags, outermost first */
    size_t n_open;
};

static bool starts(const char *s, size_t n, const char *with)
{
    size_t length = strlen(with);
    return length <= n && memcmp(s, with, length) == 0;
}

/* Same kind: both spans have one closing tag. */
static bool closes(size_t open, size_t tag)
{
    return tags[open].close != NULL && tags[tag].close != NULL &&
           strcmp(tags[open].close, tags[tag].close) == 0;
}

static size_t find_open(const struct snippet *sn, size_t tag)
{
    size_t i = sn->n_open;
    while (i > 0 && !closes(sn->open[i - 1], tag))
        i--;
    return i; /* position + 1, 0 for none */
}

/* The bytes of s that stay as they are, as an allowed tag; else 0. */
static size_t allowed(struct snippet *sn, const char *s, size_t n)
{
    for (size_t t = 0; t < ARRAY_LEN(tags); t++) {
        if (starts(s, n, tags[t].open)) {
            if (tags[t].close != NULL) {
                if (find_open(sn, t) != 0)
                    return 0;
                sn->open[sn->n_open++] = t;
            }
            return strlen(tags[t].open);
        }
        size_t at = find_open(sn, t);
        if (tags[t].close != NULL && at != 0 && starts(s, n, tags[t].close)) {
            memmove(sn->open + at - 1, sn->open + at,
                    (sn->n_open - at) * sizeof(sn->open[0]));
            sn->n_open--;
            return strlen(tags[t].close);
        }
    }
    return 0;
}

void modify_snippet(struct buf *out, const char *s, size_t n)
{
    struct snippet sn = {.n_open = 0};
    size_t i = 0;
    while (i < n) {
        bool script = i + 1 < n && s[i + 1] == '{'; /* &{…}; of Netscape 4 */
        size_t keep = s[i] == '&' && !script ? 1 : 0;
        if (s[i] == '<')
            keep = allowed(&sn, s + i, n - i);
        if (keep > 0)
            buf_add(out, s + i, keep);
        else
            html_escape(out, s + i, 1);
        i += keep > 0 ? keep : 1;
    }
    while (sn.n_open > 0)
        buf_adds(out, tags[sn.open[--sn.n_open]].close);
}
