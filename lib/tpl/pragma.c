#include "tpl/pragma.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"

enum { ARG_CONTEXT, ARG_STATE, ARG__MAX };

static const char *const arg_names[] = {
    [ARG_CONTEXT] = "context",
    [ARG_STATE] = "state",
};

struct argument {
    const char *p; /* NULL: not given */
    size_t n;
};

static const struct {
    const char *word;
    enum context_kind kind;
} contexts[] = {
    {"HTML", CONTEXT_HTML}, {"JAVASCRIPT", CONTEXT_JS}, {"CSS", CONTEXT_CSS},
    {"JSON", CONTEXT_JSON}, {"XML", CONTEXT_XML},
};

/* The value is the word, all of it in capitals or none. */
static bool value_is(const struct argument *a, const char *word)
{
    size_t capitals = 0, small = 0;
    if (a->n != strlen(word) || strncasecmp(a->p, word, a->n) != 0)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        capitals += isupper((unsigned char)a->p[i]) != 0;
        small += islower((unsigned char)a->p[i]) != 0;
    }
    return capitals == 0 || small == 0;
}

/* Keeps a value by its name; the first of a name counts. */
static bool keep(struct argument *args, const char *name, size_t n_name,
                 struct argument value)
{
    for (int i = 0; i < ARG__MAX; i++) {
        if (strlen(arg_names[i]) != n_name ||
            strncasecmp(arg_names[i], name, n_name) != 0)
            continue;
        if (args[i].p == NULL)
            args[i] = value;
        return true;
    }
    return false;
}

/* The quote that ends the value at p; NULL for none. */
static const char *find_quote(const char *p, const char *end)
{
    while (p < end && *p != '"')
        p += *p == '\\' ? 2 : 1;
    return p < end ? p : NULL;
}

/* ' name="value" name="value"' */
static bool read_arguments(const char *p, const char *end,
                           struct argument *args)
{
    for (bool first = true; p < end; first = false) {
        if (*p++ != ' ')
            return false;
        while (!first && p < end && *p == ' ')
            p++;
        const char *equal = memmem(p, (size_t)(end - p), "=\"", 2);
        if (equal == NULL)
            return false;
        const char *value = equal + 2;
        const char *quote = find_quote(value, end);
        if (quote == NULL || !keep(args, p, (size_t)(equal - p),
                                   (struct argument){value, quote - value}))
            return false;
        p = quote + 1;
    }
    return true;
}

/* Only HTML has states. */
static bool set(struct tree *tree, const struct argument *args)
{
    for (size_t i = 0; args[ARG_CONTEXT].p != NULL && i < ARRAY_LEN(contexts);
         i++)
        if (value_is(&args[ARG_CONTEXT], contexts[i].word))
            tree->context = contexts[i].kind;
    const struct argument *state = &args[ARG_STATE];
    if (tree->context == CONTEXT_NONE || state->p == NULL)
        return tree->context != CONTEXT_NONE;
    tree->in_tag = value_is(state, "IN_TAG");
    return tree->context == CONTEXT_HTML &&
           (tree->in_tag || value_is(state, "DEFAULT"));
}

enum err pragma_read(struct tree *tree, const struct token *t)
{
    struct argument args[ARG__MAX] = {{NULL, 0}};
    if (t->n != 10 || strncasecmp(t->p, "AUTOESCAPE", 10) != 0)
        return lex_error(&tree->lexer, t->at, "unknown pragma %.*s",
                         (int)(t->n < 64 ? t->n : 64), t->p);
    if (!read_arguments(t->args, t->args + t->n_args, args) || !set(tree, args))
        return lex_error(&tree->lexer, t->at,
                         "malformed pragma; write {{%%AUTOESCAPE "
                         "context=\"HTML\"}}");
    return ERR_OK;
}
