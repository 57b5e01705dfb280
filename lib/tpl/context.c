#include "tpl/context.h"

#include <string.h>

#include "base/compiler.h"

static const char *const url_attributes[] = {
    "action", "archive", "background", "cite",     "classid", "codebase",
    "data",   "dynsrc",  "href",       "longdesc", "src",     "usemap",
};

/* Their content is no markup up to the closing tag. */
static const char *const raw_tags[] = {"script", "style", "title", "textarea"};

void context_init(struct html_context *c, bool in_tag)
{
    *c = (struct html_context){.state = in_tag ? HTML_TAG_SPACE : HTML_TEXT};
}

bool context_is_text(const struct html_context *c)
{
    return c->state == HTML_TEXT;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_word(char c)
{
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_-:.", c) != NULL);
}

static void word_add(char *word, size_t *n, char c)
{
    if (*n < HTML_WORD_MAX - 1) {
        word[*n] = lower(c);
        word[*n + 1] = '\0';
    }
    (*n)++;
}

static bool word_in(const char *word, size_t n, const char *const *list,
                    size_t n_list)
{
    for (size_t i = 0; n < HTML_WORD_MAX && i < n_list; i++)
        if (strcmp(word, list[i]) == 0)
            return true;
    return false;
}

static enum html_attr kind_of(const struct html_context *c)
{
    if (c->n_attr >= 2 && memcmp(c->attr, "on", 2) == 0)
        return ATTR_SCRIPT;
    if (c->n_attr >= HTML_WORD_MAX)
        return ATTR_PLAIN;
    if (strcmp(c->attr, "style") == 0)
        return ATTR_STYLE;
    if (strcmp(c->tag, "meta") == 0 && strcmp(c->attr, "content") == 0)
        return ATTR_CONTENT;
    bool url =
        word_in(c->attr, c->n_attr, url_attributes, ARRAY_LEN(url_attributes));
    return url ? ATTR_URL : ATTR_PLAIN;
}

static enum html_state tag_end(struct html_context *c)
{
    bool is_raw =
        !c->closing && word_in(c->tag, c->n_tag, raw_tags, ARRAY_LEN(raw_tags));
    c->n_match = 0;
    return is_raw ? HTML_RAW : HTML_TEXT;
}

/* After < */
static enum html_state tag_open(struct html_context *c, char ch)
{
    c->n_tag = c->n_attr = 0;
    c->tag[0] = c->attr[0] = '\0';
    if (ch == '/' && !c->closing) {
        c->closing = true;
        return HTML_TAG_OPEN;
    }
    if (ch == '!' && !c->closing) {
        c->n_match = 0;
        return HTML_DECLARATION;
    }
    if (ch == '?' && !c->closing)
        return HTML_INSTRUCTION;
    if (ch == '<' && !c->closing)
        return HTML_TAG_OPEN;
    if (!is_word(ch))
        return c->closing && ch != '>' ? HTML_BAD : HTML_TEXT;
    word_add(c->tag, &c->n_tag, ch);
    return HTML_TAG_NAME;
}

/* A byte between the attributes of a tag. */
static enum html_state tag_space(struct html_context *c, char ch)
{
    if (ch == '>')
        return tag_end(c);
    if (is_space(ch) || ch == '/')
        return HTML_TAG_SPACE;
    if (!is_word(ch))
        return HTML_BAD;
    c->n_attr = 0;
    word_add(c->attr, &c->n_attr, ch);
    return HTML_ATTR_NAME;
}

static enum html_state attr_name(struct html_context *c, char ch)
{
    if (ch == '=')
        return HTML_VALUE;
    if (is_space(ch))
        return HTML_ATTR_SPACE;
    if (ch == '>' || ch == '/')
        return tag_space(c, ch);
    if (!is_word(ch))
        return HTML_BAD;
    word_add(c->attr, &c->n_attr, ch);
    return HTML_ATTR_NAME;
}

/*
 * Looks for "url=" at the end of <meta content="0; url=…">, which browsers
 * also accept after a comma or a number.
 */
static void meta_content(struct html_context *c, char ch)
{
    if (is_space(ch))
        return;
    if (c->after_url == AFTER_EQUAL && (ch == '"' || ch == '\'')) {
        c->after_url = AFTER_QUOTE;
        return;
    }
    memmove(c->tail, c->tail + 1, sizeof(c->tail) - 1);
    c->tail[sizeof(c->tail) - 1] = lower(ch);
    bool number = c->tail[0] >= '0' && c->tail[0] <= '9';
    bool found = memcmp(c->tail + 1, "url=", 4) == 0 &&
                 (c->tail[0] == ';' || c->tail[0] == ',' || number);
    c->after_url = found ? AFTER_EQUAL : AFTER_NOTHING;
}

static enum html_state in_unquoted(struct html_context *c, char ch)
{
    if (ch == '>')
        return tag_end(c);
    if (is_space(ch))
        return HTML_TAG_SPACE;
    if (c->kind == ATTR_CONTENT)
        meta_content(c, ch);
    c->n_value++;
    return HTML_UNQUOTED;
}

static enum html_state value_start(struct html_context *c, char ch)
{
    if (is_space(ch))
        return HTML_VALUE;
    c->kind = kind_of(c);
    c->n_value = 0;
    c->after_url = AFTER_NOTHING;
    memset(c->tail, 0, sizeof(c->tail));
    if (ch == '"' || ch == '\'') {
        c->quote = ch;
        return HTML_QUOTED;
    }
    c->n_value = 0;
    return in_unquoted(c, ch);
}
static enum html_state quoted(struct html_context *c, char ch)
{
    if (ch == c->quote)
        return HTML_VALUE_END;
    if (c->kind == ATTR_CONTENT)
        meta_content(c, ch);
    c->n_value++;
    return HTML_QUOTED;
}

/* The content of a raw tag, up to </tag> */
static enum html_state raw(struct html_context *c, char ch)
{
    size_t n = c->n_match;
    if (n == c->n_tag + 2 && (ch == '>' || ch == '/' || is_space(ch))) {
        c->closing = true;
        return tag_space(c, ch);
    }
    char expected = '\0';
    if (n < 2)
        expected = "</"[n];
    else if (n < c->n_tag + 2)
        expected = c->tag[n - 2];
    if (lower(ch) == expected)
        c->n_match++;
    else
        c->n_match = ch == '<' ? 1 : 0;
    return HTML_RAW;
}

/* <!-- opens a comment, anything else lasts to > */
static enum html_state declaration(struct html_context *c, char ch)
{
    if (ch == '>')
        return HTML_TEXT;
    c->n_match = ch == '-' ? c->n_match + 1 : 3;
    if (c->n_match != 2)
        return HTML_DECLARATION;
    c->n_match = 0;
    return HTML_COMMENT;
}

static enum html_state comment(struct html_context *c, char ch)
{
    if (ch == '>' && c->n_match >= 2)
        return HTML_TEXT;
    c->n_match = ch == '-' ? c->n_match + 1 : 0;
    return HTML_COMMENT;
}

static enum html_state step(struct html_context *c, char ch)
{
    switch (c->state) {
    case HTML_TEXT:
        c->closing = false;
        return ch == '<' ? HTML_TAG_OPEN : HTML_TEXT;
    case HTML_RAW:
        return raw(c, ch);
    case HTML_TAG_OPEN:
        return tag_open(c, ch);
    case HTML_DECLARATION:
        return declaration(c, ch);
    case HTML_INSTRUCTION:
        return ch == '>' ? HTML_TEXT : HTML_INSTRUCTION;
    case HTML_COMMENT:
        return comment(c, ch);
    case HTML_TAG_NAME:
        if (!is_word(ch))
            return tag_space(c, ch);
        word_add(c->tag, &c->n_tag, ch);
        return HTML_TAG_NAME;
    case HTML_ATTR_SPACE:
        if (is_space(ch) || ch == '=')
            return ch == '=' ? HTML_VALUE : HTML_ATTR_SPACE;
        return tag_space(c, ch);
    case HTML_TAG_SPACE:
    case HTML_VALUE_END:
        return tag_space(c, ch);
    case HTML_ATTR_NAME:
        return attr_name(c, ch);
    case HTML_VALUE:
        return value_start(c, ch);
    case HTML_QUOTED:
        return quoted(c, ch);
    case HTML_UNQUOTED:
        return in_unquoted(c, ch);
    case HTML_BAD:
    default:
        return HTML_BAD;
    }
}

bool context_text(struct html_context *c, const char *p, size_t n,
                  size_t *ret_bad)
{
    for (size_t i = 0; i < n; i++) {
        c->state = step(c, p[i]);
        if (c->state == HTML_BAD) {
            *ret_bad = i;
            return false;
        }
    }
    return true;
}

/* A variable in the value of an attribute. */
static const char *in_value(const struct html_context *c, enum tpl_mod *ret_mod)
{
    bool unquoted = c->state == HTML_UNQUOTED;
    switch (c->kind) {
    case ATTR_SCRIPT:
        return "a value in an on… attribute is not supported";
    case ATTR_STYLE:
        return "a value in a style attribute is not supported";
    case ATTR_URL:
        if (unquoted && c->n_value == 0)
            return "the value of a URL attribute must be quoted";
        if (unquoted)
            *ret_mod = TPL_MOD_QUERY;
        else
            *ret_mod = c->n_value == 0 ? TPL_MOD_URL_HTML : TPL_MOD_HTML;
        return NULL;
    case ATTR_CONTENT:
        if (c->after_url != AFTER_NOTHING && unquoted)
            return "the value of a URL attribute must be quoted";
        if (c->after_url != AFTER_NOTHING) {
            *ret_mod = TPL_MOD_URL_HTML;
            return NULL;
        }
        *ret_mod = unquoted ? TPL_MOD_ATTRIBUTE : TPL_MOD_HTML;
        return NULL;
    case ATTR_PLAIN:
    default:
        *ret_mod = unquoted ? TPL_MOD_ATTRIBUTE : TPL_MOD_HTML;
        return NULL;
    }
}

const char *context_variable(struct html_context *c, enum tpl_mod *ret_mod)
{
    switch (c->state) {
    case HTML_RAW:
        if (strcmp(c->tag, "script") == 0)
            return "a value inside <script> is not supported";
        if (strcmp(c->tag, "style") == 0)
            return "a value inside <style> is not supported";
        *ret_mod = TPL_MOD_HTML;
        return NULL;
    case HTML_VALUE:
        c->state = value_start(c, 'x'); /* as if a byte of it stood here */
        c->n_value = 0;
        return in_value(c, ret_mod);
    case HTML_QUOTED:
    case HTML_UNQUOTED:
        return in_value(c, ret_mod);
    case HTML_TAG_OPEN:
    case HTML_TAG_SPACE:
    case HTML_VALUE_END:
    case HTML_ATTR_SPACE:
    case HTML_TAG_NAME:
    case HTML_ATTR_NAME:
        *ret_mod = TPL_MOD_ATTRIBUTE;
        return NULL;
    case HTML_TEXT:
    case HTML_DECLARATION:
    case HTML_INSTRUCTION:
    case HTML_COMMENT:
    case HTML_BAD:
    default:
        *ret_mod = TPL_MOD_HTML;
        return NULL;
    }
}
