#include "model/search.h"

#include <string.h>

#include "text/utf8.h"

enum {
    MAX_SEARCH_BYTES = 4096,
    PIECE = 3,        /* characters */
    JOINED_DIGITS = 7 /* of a phone in its town, the shortest number */
};

const char *search_fold(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, MAX_SEARCH_BYTES);
    utf8_fold(&b, text, strlen(text));
    const char *folded = arena_dup(a, buf_str(&b), b.n);
    buf_done(&b);
    return folded;
}

const char *search_text(struct arena *a, const char *words)
{
    return arena_fmt(a, " %s", search_fold(a, words));
}

const char *search_phone(const char *e164)
{
    return strncmp(e164, "+57", 3) == 0 ? e164 + 3 : e164;
}

/* Bytes of the words at s that are numbers, up to the first that is none. */
static size_t digit_run(const char *s, size_t *ret_digits)
{
    size_t end = 0;
    for (size_t at = 0, n;; at += n + 1) {
        n = strspn(s + at, "0123456789");
        if (n == 0 || (s[at + n] != ' ' && s[at + n] != '\0'))
            return end;
        *ret_digits += n;
        end = at + n;
        if (s[end] == '\0')
            return end;
    }
}

/*
 * People write numbers in groups: "300 123 45 67", "900.123.456-8". Groups
 * that follow each other, and have the digits of a phone or a document
 * together, are one word.
 */
static const char *join_digits(struct arena *a, const char *folded)
{
    char *joined = arena_strdup(a, folded), *to = joined;
    for (const char *at = folded; *at != '\0';) {
        size_t digits = 0, run = digit_run(at, &digits);
        size_t n = run > 0 ? run : strcspn(at, " ");
        for (size_t i = 0; i < n; i++)
            if (digits < JOINED_DIGITS || at[i] != ' ')
                *to++ = at[i];
        at += n;
        if (*at == ' ')
            *to++ = *at++;
    }
    *to = '\0';
    return joined;
}

/* Every three characters that follow each other in s[0..n). */
static void add_pieces(struct buf *b, const char *s, size_t n)
{
    size_t starts[PIECE] = {0}, chars = 0;
    for (size_t i = 0, len; i < n; i += len) {
        utf8_next(s + i, n - i, &len);
        starts[chars++ % PIECE] = i;
        if (chars < PIECE)
            continue;
        size_t from = starts[chars % PIECE];
        buf_addf(b, "\"%.*s\" ", (int)(i + len - from), s + from);
    }
}

/* The stored pieces are of a text with two blanks between its words. */
static void add_word(struct buf *b, const char *word, bool is_short)
{
    struct buf wide;
    buf_init(&wide, MAX_SEARCH_BYTES);
    if (is_short)
        buf_adds(&wide, "  ");
    for (; *word != '\0'; word++)
        buf_adds(&wide, *word == ' ' ? "  " : (const char[]){*word, '\0'});
    add_pieces(b, buf_str(&wide), wide.n);
    buf_done(&wide);
}

/* Folded text has no %, _, \ or " of its own. */
bool search_parse(struct arena *a, const char *typed, struct search *ret)
{
    const char *at = join_digits(a, search_fold(a, typed));
    struct buf pieces;
    size_t n_words = 0;
    if (*at == '\0')
        return false;
    buf_init(&pieces, MAX_SEARCH_BYTES);
    while (*at != '\0') {
        bool last = n_words == SEARCH_WORDS - 1;
        size_t n = last ? strlen(at) : strcspn(at, " ");
        const char *word = arena_dup(a, at, n);
        bool is_short = utf8_length(word, n) < PIECE;
        ret->like[n_words++] =
            arena_fmt(a, is_short ? "%% %s%%" : "%%%s%%", word);
        add_word(&pieces, word, is_short);
        at += n + (at[n] == ' ');
    }
    for (; n_words < SEARCH_WORDS; n_words++)
        ret->like[n_words] = ret->like[0];
    ret->pieces = arena_strdup(a, buf_str(&pieces));
    buf_done(&pieces);
    return true;
}
