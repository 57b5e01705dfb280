#include "tpl/script.h"

#include <string.h>

#include "base/compiler.h"
#include "tpl/machine.h"

#define RULES MACHINE_RULES

static const struct machine_rule *const states[] = {
    [SCRIPT_CODE] = RULES({"/", SCRIPT_SLASH}, {"\"", SCRIPT_DOUBLE},
                          {"'", SCRIPT_SINGLE}, {NULL, SCRIPT_CODE}),
    [SCRIPT_SLASH] =
        RULES({"/", SCRIPT_LINE}, {"*", SCRIPT_BLOCK}, {NULL, SCRIPT_CODE}),
    [SCRIPT_SINGLE] = RULES({"'", SCRIPT_CODE}, {"\\", SCRIPT_SINGLE_ESCAPE},
                            {NULL, SCRIPT_SINGLE}),
    [SCRIPT_SINGLE_ESCAPE] = RULES({NULL, SCRIPT_SINGLE}),
    [SCRIPT_DOUBLE] = RULES({"\"", SCRIPT_CODE}, {"\\", SCRIPT_DOUBLE_ESCAPE},
                            {NULL, SCRIPT_DOUBLE}),
    [SCRIPT_DOUBLE_ESCAPE] = RULES({NULL, SCRIPT_DOUBLE}),
    [SCRIPT_REGEXP_START] = RULES({"/", SCRIPT_LINE}, {"*", SCRIPT_BLOCK},
                                  {"\\", SCRIPT_REGEXP_ESCAPE},
                                  {"[", SCRIPT_CLASS}, {NULL, SCRIPT_REGEXP}),
    [SCRIPT_REGEXP] = RULES({"/", SCRIPT_CODE}, {"\\", SCRIPT_REGEXP_ESCAPE},
                            {"[", SCRIPT_CLASS}, {NULL, SCRIPT_REGEXP}),
    [SCRIPT_REGEXP_ESCAPE] = RULES({NULL, SCRIPT_REGEXP}),
    [SCRIPT_CLASS] = RULES({"]", SCRIPT_REGEXP}, {"\\", SCRIPT_CLASS_ESCAPE},
                           {NULL, SCRIPT_CLASS}),
    [SCRIPT_CLASS_ESCAPE] = RULES({NULL, SCRIPT_CLASS}),
    [SCRIPT_LINE] = RULES({"\n", SCRIPT_CODE}, {NULL, SCRIPT_LINE}),
    [SCRIPT_BLOCK] = RULES({"*", SCRIPT_BLOCK_STAR}, {NULL, SCRIPT_BLOCK}),
    [SCRIPT_BLOCK_STAR] = RULES({"/", SCRIPT_CODE}, {NULL, SCRIPT_BLOCK}),
};

/* After these an expression begins. */
static const char *const words[] = {
    "abstract",     "break",    "case",       "catch",     "class",
    "const",        "continue", "debugger",   "default",   "delete",
    "do",           "else",     "enum",       "eval",      "export",
    "extends",      "final",    "finally",    "for",       "function",
    "goto",         "if",       "implements", "import",    "in",
    "instanceof",   "native",   "new",        "package",   "private",
    "protected",    "public",   "return",     "static",    "switch",
    "synchronized", "throw",    "throws",     "transient", "try",
    "typeof",       "var",      "void",       "volatile",  "while",
    "with",
};

void script_init(struct script_context *s)
{
    *s = (struct script_context){.state = SCRIPT_CODE};
}

bool script_is_quoted(const struct script_context *s)
{
    return s->state == SCRIPT_SINGLE || s->state == SCRIPT_SINGLE_ESCAPE ||
           s->state == SCRIPT_DOUBLE || s->state == SCRIPT_DOUBLE_ESCAPE;
}

static bool is_space(char c)
{
    return c != '\0' && strchr(MACHINE_SPACE, c) != NULL;
}

static bool is_ident(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/* A byte of code. */
static void note(struct script_token *t, char c)
{
    if (is_space(c)) {
        t->blank = true;
        return;
    }
    if (t->blank || !is_ident(t->last))
        t->n_word = 0;
    if (is_ident(c)) {
        if (t->n_word < sizeof(t->word))
            t->word[t->n_word] = c;
        t->n_word++;
    }
    t->before = t->blank ? ' ' : t->last;
    t->last = c;
    t->blank = false;
}

static bool is_word(const struct script_token *t)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == t->n_word &&
            memcmp(words[i], t->word, t->n_word) == 0)
            return true;
    return false;
}

/* Does a slash after this begin a regular expression? */
static bool begins_regexp(const struct script_token *t)
{
    if (is_ident(t->last))
        return is_word(t);
    if (t->last == '+' || t->last == '-')
        return t->before != t->last; /* a++ is a value */
    return t->last == '\0' || strchr("=<>&|!%*/,;?:^~{([}", t->last) != NULL;
}

void script_byte(struct script_context *s, char c)
{
    enum script_state from = s->state;
    s->state = (enum script_state)machine_step(states[from], c);
    if (s->state == SCRIPT_LINE || s->state == SCRIPT_BLOCK) {
        s->token = s->before_slash;
        s->token.blank = true;
        return;
    }
    if (from != SCRIPT_CODE && from != SCRIPT_SLASH)
        return;
    if (s->state == SCRIPT_SLASH) {
        s->before_slash = s->token;
        if (begins_regexp(&s->token))
            s->state = SCRIPT_REGEXP_START;
    }
    note(&s->token, c);
}
