#include "tpl/lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lex_init(struct lexer *lx, struct arena *a, const struct tpl_source *src,
              struct err_note *why)
{
    *lx = (struct lexer){.file = src->file,
                         .delims = delims_default,
                         .strict = src->strict,
                         .why = why};
    strip_text(a, src->p, src->n, src->strip, &lx->text);
}

enum err lex_error(const struct lexer *lx, size_t at, const char *fmt, ...)
{
    char message[ERR_NOTE_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    uint32_t line, column;
    strip_position(&lx->text, at, &line, &column);
    return err_set(lx->why, ERR_INVALID, "%s:%u:%u: %s", lx->file, line, column,
                   message);
}

static bool is_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '_';
}

static enum token_kind kind_of(char sigil)
{
    switch (sigil) {
    case '#':
        return TOK_OPEN;
    case '/':
        return TOK_CLOSE;
    case '>':
        return TOK_INCLUDE;
    case '%':
        return TOK_PRAGMA;
    default:
        return TOK_VAR;
    }
}

/* Splits the inside of a marker, p[0..n), into name and arguments. */
static enum err read_marker(const struct lexer *lx, const char *p, size_t n,
                            struct token *t)
{
    t->kind = n > 0 ? kind_of(p[0]) : TOK_VAR;
    size_t start = t->kind != TOK_VAR;
    size_t end = start;
    while (end < n && is_name(p[end]))
        end++;
    t->p = p + start;
    t->n = end - start;
    t->args = p + end;
    t->n_args = n - end;
    if (t->n == 0 && lx->strict)
        return lex_error(lx, t->at, "a marker without a name");
    if (end == n || (t->kind == TOK_PRAGMA && p[end] == ' '))
        return ERR_OK;
    if (p[end] == ':' && (t->kind == TOK_VAR || t->kind == TOK_INCLUDE))
        return ERR_OK;
    return lex_error(lx, t->at, "bad character in the marker %.*s",
                     (int)(t->n < 64 ? t->n : 64), t->p);
}

/* A backslash at the end of the line after a marker that shows nothing. */
static void skip_backslash(struct lexer *lx)
{
    const char *p = lx->text.p + lx->at;
    if (lx->text.n - lx->at >= 2 && p[0] == '\\' && p[1] == '\n')
        lx->at++;
}

/* The inside of {{=<% %>=}}. */
static enum err set_delims(struct lexer *lx, const char *p, size_t n,
                           const struct token *t)
{
    bool good = delims_parse(p + 1, n - 2, &lx->delims);
    if (lx->strict)
        good = good && lx->delims.n_open > 0 && lx->delims.n_close > 0;
    if (!good)
        return lex_error(lx, t->at, "malformed set-delimiter marker");
    return ERR_OK;
}

/* The marker at lx->at. */
static enum err marker(struct lexer *lx, struct token *t)
{
    const char *p = lx->text.p + lx->at + lx->delims.n_open;
    size_t left = (size_t)(lx->text.p + lx->text.n - p);
    if (left == 0 && !lx->strict) {
        lx->at = lx->text.n;
        t->kind = TOK_COMMENT;
        return ERR_OK;
    }
    const char *close = delims_close(&lx->delims, p, left);
    if (close == NULL)
        return lex_error(lx, t->at, "this marker is never closed");
    size_t n = (size_t)(close - p);
    lx->at = (size_t)(close + lx->delims.n_close - lx->text.p);
    if (n == 0 || (p[0] != '!' && p[0] != '='))
        return read_marker(lx, p, n, t);
    t->kind = TOK_COMMENT;
    return p[0] == '=' ? set_delims(lx, p, n, t) : ERR_OK;
}

/* The next marker, NULL for none. Of "{{{" the last two braces open it. */
static const char *find_open(const struct lexer *lx, const char *p, size_t n)
{
    const struct delims *d = &lx->delims;
    const char *open = d->n_open > 0 ? memmem(p, n, d->open, d->n_open) : NULL;
    const char *end = p + n;
    while (open != NULL && (size_t)(end - open) > d->n_open &&
           memcmp(open + 1, d->open, d->n_open) == 0)
        open++;
    return open;
}

enum err lex_next(struct lexer *lx, struct token *ret_token)
{
    const char *p = lx->text.p + lx->at;
    size_t left = lx->text.n - lx->at;
    *ret_token = (struct token){.kind = TOK_END, .at = lx->at};
    if (left == 0)
        return ERR_OK;
    const char *open = find_open(lx, p, left);
    if (open == p) {
        TRY(marker(lx, ret_token));
        if (ret_token->kind != TOK_VAR)
            skip_backslash(lx);
        return ERR_OK;
    }
    ret_token->kind = TOK_TEXT;
    ret_token->p = p;
    ret_token->n = open != NULL ? (size_t)(open - p) : left;
    lx->at += ret_token->n;
    return ERR_OK;
}
