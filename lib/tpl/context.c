#include "tpl/context.h"

#include <string.h>

#include "base/compiler.h"
#include "tpl/machine.h"

#define LETTERS    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define WORD       LETTERS "0123456789_-:."
#define SPACE      MACHINE_SPACE
#define META_SPACE " \t\n\r"
#define RULES      MACHINE_RULES

/* The library looks at so many bytes of the content of <meta>. */
enum { META_VALUE_MAX = 255 };

static const struct machine_rule *const states[] = {
    [HTML_TEXT] = RULES({"<", HTML_TAG_OPEN}, {NULL, HTML_TEXT}),
    [HTML_TAG_OPEN] =
        RULES({WORD "/", HTML_TAG_NAME}, {"!", HTML_DECLARATION},
              {"?", HTML_INSTRUCTION}, {"<", HTML_TAG_OPEN}, {NULL, HTML_TEXT}),
    [HTML_TAG_NAME] = RULES({WORD "/", HTML_TAG_NAME}, {SPACE, HTML_TAG_SPACE},
                            {">", HTML_TAG_END}, {NULL, HTML_BAD}),
    [HTML_TAG_SPACE] =
        RULES({WORD, HTML_ATTR_NAME}, {SPACE "/", HTML_TAG_SPACE},
              {">", HTML_TAG_END}, {NULL, HTML_BAD}),
    [HTML_ATTR_NAME] = RULES({WORD, HTML_ATTR_NAME}, {SPACE, HTML_ATTR_SPACE},
                             {"=", HTML_VALUE}, {"/", HTML_TAG_SPACE},
                             {">", HTML_TAG_END}, {NULL, HTML_BAD}),
    [HTML_ATTR_SPACE] = RULES({WORD, HTML_ATTR_NAME}, {SPACE, HTML_ATTR_SPACE},
                              {"=", HTML_VALUE}, {"/", HTML_TAG_SPACE},
                              {">", HTML_TAG_END}, {NULL, HTML_BAD}),
    [HTML_VALUE] =
        RULES({SPACE, HTML_VALUE}, {"\"", HTML_DOUBLE}, {"'", HTML_SINGLE},
              {">", HTML_TAG_END}, {NULL, HTML_UNQUOTED}),
    [HTML_DOUBLE] = RULES({"\"", HTML_VALUE_END}, {NULL, HTML_DOUBLE}),
    [HTML_SINGLE] = RULES({"'", HTML_VALUE_END}, {NULL, HTML_SINGLE}),
    [HTML_UNQUOTED] = RULES({SPACE, HTML_TAG_SPACE}, {">", HTML_TAG_END},
                            {NULL, HTML_UNQUOTED}),
    [HTML_VALUE_END] =
        RULES({WORD, HTML_ATTR_NAME}, {SPACE "/", HTML_TAG_SPACE},
              {">", HTML_TAG_END}, {NULL, HTML_BAD}),
    [HTML_DECLARATION] =
        RULES({"-", HTML_DECL_DASH}, {">", HTML_TEXT}, {NULL, HTML_DECL_BODY}),
    [HTML_DECL_DASH] = RULES({"-", HTML_COMMENT}, {NULL, HTML_TEXT}),
    [HTML_DECL_BODY] = RULES({">", HTML_TEXT}, {NULL, HTML_DECL_BODY}),
    [HTML_INSTRUCTION] =
        RULES({"?", HTML_INSTRUCTION_END}, {NULL, HTML_INSTRUCTION}),
    [HTML_INSTRUCTION_END] = RULES({">", HTML_TEXT}, {NULL, HTML_INSTRUCTION}),
    [HTML_COMMENT] = RULES({"-", HTML_COMMENT_DASH}, {NULL, HTML_COMMENT}),
    [HTML_COMMENT_DASH] = RULES({"-", HTML_COMMENT_END}, {NULL, HTML_COMMENT}),
    [HTML_COMMENT_END] =
        RULES({"-", HTML_COMMENT_END}, {">", HTML_TEXT}, {NULL, HTML_COMMENT}),
    [HTML_RAW] = RULES({"<", HTML_RAW_OPEN}, {NULL, HTML_RAW}),
    [HTML_RAW_OPEN] =
        RULES({"/", HTML_RAW_CLOSE}, {"!", HTML_RAW_BANG}, {NULL, HTML_RAW}),
    [HTML_RAW_CLOSE] =
        RULES({WORD "/", HTML_RAW_CLOSE}, {SPACE, HTML_TAG_SPACE},
              {">", HTML_TAG_END}, {NULL, HTML_RAW}),
    [HTML_RAW_BANG] = RULES({"-", HTML_RAW_BANG_DASH}, {NULL, HTML_RAW}),
    [HTML_RAW_BANG_DASH] = RULES({"-", HTML_RAW_COMMENT}, {NULL, HTML_RAW}),
    [HTML_RAW_COMMENT] =
        RULES({"-", HTML_RAW_COMMENT_DASH}, {NULL, HTML_RAW_COMMENT}),
    [HTML_RAW_COMMENT_DASH] =
        RULES({"-", HTML_RAW_COMMENT_END}, {NULL, HTML_RAW_COMMENT}),
    [HTML_RAW_COMMENT_END] = RULES({"-", HTML_RAW_COMMENT_END}, {">", HTML_RAW},
                                   {NULL, HTML_RAW_COMMENT}),
    [HTML_BAD] = RULES({NULL, HTML_BAD}),
};

/* <meta content="0; url=…"> */
static const struct machine_rule *const meta_states[] = {
    [META_DELAY] = RULES({"0123456789" META_SPACE, META_DELAY},
                         {";", META_BEFORE_URL}, {NULL, META_NO_URL}),
    [META_BEFORE_URL] = RULES({META_SPACE, META_BEFORE_URL}, {"uU", META_U},
                              {NULL, META_NO_URL}),
    [META_U] = RULES({"rR", META_R}, {NULL, META_NO_URL}),
    [META_R] = RULES({"lL", META_L}, {NULL, META_NO_URL}),
    [META_L] =
        RULES({META_SPACE, META_L}, {"=", META_EQUAL}, {NULL, META_NO_URL}),
    [META_EQUAL] = RULES({META_SPACE, META_EQUAL}, {"'\"", META_QUOTE},
                         {NULL, META_IN_URL}),
    [META_QUOTE] = RULES({NULL, META_IN_URL}),
    [META_IN_URL] = RULES({NULL, META_IN_URL}),
    [META_NO_URL] = RULES({NULL, META_NO_URL}),
};

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

bool context_begins_tag(const struct html_context *c)
{
    return c->state == HTML_TAG_OPEN ||
           (c->state == HTML_TAG_NAME && strcmp(c->tag, "/") == 0);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_raw(const struct html_context *c)
{
    return c->state >= HTML_RAW && c->state <= HTML_RAW_COMMENT_END;
}

static bool in_script(const struct html_context *c)
{
    return is_raw(c) && strcmp(c->tag, "script") == 0;
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

/* The > of a tag has been read; a closing tag's name begins with a slash. */
static void tag_end(struct html_context *c)
{
    bool raw = word_in(c->tag, c->n_tag, raw_tags, ARRAY_LEN(raw_tags));
    c->state = raw ? HTML_RAW : HTML_TEXT;
    script_init(&c->script);
}

/* The name of a closing tag in RAW has been read. */
static void raw_close(struct html_context *c)
{
    if (strcmp(c->attr, c->tag) != 0) {
        c->state = HTML_RAW;
        return;
    }
    c->tag[0] = '/';
    if (c->state == HTML_TAG_END)
        tag_end(c);
}

static void value_start(struct html_context *c)
{
    c->kind = kind_of(c);
    c->n_value = 0;
    c->meta = META_DELAY;
    c->entity = (struct entity){.n = 0};
    script_init(&c->script);
}

/* A byte of the value of an attribute. */
static void value_byte(struct html_context *c, char ch)
{
    if (c->kind == ATTR_CONTENT && c->n_value < META_VALUE_MAX)
        c->meta = (enum meta_state)machine_step(meta_states[c->meta], ch);
    if (c->kind == ATTR_SCRIPT)
        for (const char *s = entity_byte(&c->entity, ch); *s != '\0'; s++)
            script_byte(&c->script, *s);
    c->n_value++;
}

static void enter_tag_open(struct html_context *c, enum html_state from,
                           char ch)
{
    (void)from;
    (void)ch;
    c->n_tag = 0;
    c->tag[0] = '\0';
}

static void enter_tag_name(struct html_context *c, enum html_state from,
                           char ch)
{
    (void)from;
    word_add(c->tag, &c->n_tag, ch);
}

static void enter_attr_name(struct html_context *c, enum html_state from,
                            char ch)
{
    if (from != HTML_ATTR_NAME)
        c->n_attr = 0;
    word_add(c->attr, &c->n_attr, ch);
}

static void enter_quoted(struct html_context *c, enum html_state from, char ch)
{
    if (from == HTML_VALUE)
        value_start(c);
    else
        value_byte(c, ch);
}

static void enter_unquoted(struct html_context *c, enum html_state from,
                           char ch)
{
    if (from == HTML_VALUE)
        value_start(c);
    value_byte(c, ch);
}

static void enter_tag_end(struct html_context *c, enum html_state from, char ch)
{
    (void)from;
    (void)ch;
    tag_end(c);
}

/* The name of a closing tag in RAW is kept as that of an attribute. */
static void enter_raw_close(struct html_context *c, enum html_state from,
                            char ch)
{
    if (from == HTML_RAW_OPEN) {
        c->n_attr = 0;
        c->attr[0] = '\0';
    } else {
        word_add(c->attr, &c->n_attr, ch);
    }
}

/* What is done when a byte has led into a state, or kept it. */
static void (*const enter[])(struct html_context *c, enum html_state from,
                             char ch) = {
    [HTML_TAG_OPEN] = enter_tag_open,
    [HTML_TAG_NAME] = enter_tag_name,
    [HTML_ATTR_NAME] = enter_attr_name,
    [HTML_DOUBLE] = enter_quoted,
    [HTML_SINGLE] = enter_quoted,
    [HTML_UNQUOTED] = enter_unquoted,
    [HTML_TAG_END] = enter_tag_end,
    [HTML_RAW_CLOSE] = enter_raw_close,
    [HTML_BAD] = NULL,
};

static void step(struct html_context *c, char ch)
{
    enum html_state from = c->state;
    if (in_script(c))
        script_byte(&c->script, ch);
    c->state = (enum html_state)machine_step(states[from], ch);
    if (from == HTML_RAW_CLOSE && !is_raw(c))
        raw_close(c);
    else if (enter[c->state] != NULL)
        enter[c->state](c, from, ch);
}

bool context_text(struct html_context *c, const char *p, size_t n,
                  size_t *ret_bad)
{
    for (size_t i = 0; i < n; i++) {
        step(c, p[i]);
        if (c->state == HTML_BAD) {
            *ret_bad = i;
            return false;
        }
    }
    return true;
}

enum tpl_mod context_in_script(const struct script_context *s)
{
    return script_is_quoted(s) ? TPL_MOD_JS : TPL_MOD_JS_NUMBER;
}

static const char *in_url(bool at_start, bool unquoted, enum tpl_mod *ret_mod)
{
    if (unquoted && at_start)
        return "the value of a URL attribute must be quoted";
    if (unquoted)
        *ret_mod = TPL_MOD_QUERY;
    else
        *ret_mod = at_start ? TPL_MOD_URL_HTML : TPL_MOD_HTML;
    return NULL;
}

/* A variable in the value of an attribute. */
static const char *in_value(const struct html_context *c, enum tpl_mod *ret_mod)
{
    bool unquoted = c->state == HTML_UNQUOTED;
    *ret_mod = unquoted ? TPL_MOD_ATTRIBUTE : TPL_MOD_HTML;
    switch (c->kind) {
    case ATTR_SCRIPT:
        *ret_mod = context_in_script(&c->script);
        return unquoted ? "the value of an on… attribute must be quoted" : NULL;
    case ATTR_STYLE:
        *ret_mod = TPL_MOD_CSS;
        return unquoted ? "the value of a style attribute must be quoted"
                        : NULL;
    case ATTR_URL:
        return in_url(c->n_value == 0, unquoted, ret_mod);
    case ATTR_CONTENT:
        if (c->meta == META_EQUAL || c->meta == META_QUOTE)
            return in_url(true, unquoted, ret_mod);
        return c->meta == META_IN_URL ? in_url(false, unquoted, ret_mod) : NULL;
    case ATTR_PLAIN:
    default:
        return NULL;
    }
}

/* A variable in the content of a raw tag. */
static enum tpl_mod in_raw(const struct html_context *c)
{
    if (in_script(c))
        return context_in_script(&c->script);
    return strcmp(c->tag, "style") == 0 ? TPL_MOD_CSS : TPL_MOD_HTML;
}

const char *context_variable(struct html_context *c, enum tpl_mod *ret_mod)
{
    if (c->state == HTML_VALUE) {
        c->state = HTML_UNQUOTED; /* it begins the value */
        value_start(c);
    }
    if (c->state >= HTML_DOUBLE && c->state <= HTML_UNQUOTED)
        return in_value(c, ret_mod);
    if (c->state >= HTML_TAG_OPEN && c->state <= HTML_VALUE_END)
        *ret_mod = TPL_MOD_ATTRIBUTE;
    else
        *ret_mod = is_raw(c) ? in_raw(c) : TPL_MOD_HTML;
    return NULL;
}
