#include "model/search.h"

#include <stdbool.h>
#include <string.h>

#include "text/utf8.h"

enum { MAX_SEARCH_BYTES = 4096 };

const char *search_fold(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, MAX_SEARCH_BYTES);
    utf8_fold(&b, text, strlen(text));
    const char *folded = arena_dup(a, buf_str(&b), b.n);
    buf_done(&b);
    return folded;
}

const char *search_phone(const char *e164)
{
    return strncmp(e164, "+57", 3) == 0 ? e164 + 3 : e164;
}

/* Folded text has no %, _ or \ of its own. */
void search_patterns(struct arena *a, const char *search,
                     const char *ret[SEARCH_WORDS])
{
    const char *at = search_fold(a, search);
    for (size_t i = 0; i < SEARCH_WORDS; i++) {
        bool last = i == SEARCH_WORDS - 1;
        size_t n = last ? strlen(at) : strcspn(at, " ");
        ret[i] = n > 0 ? arena_fmt(a, "%%%.*s%%", (int)n, at) : "";
        at += n + (at[n] == ' ');
    }
}
