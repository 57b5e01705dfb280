/*
 * context - where in an HTML document a piece of template stands.
 *
 * Fed with the literal text of a template from its start to its end, in
 * order; sections are read as if shown once. Tells for each marker which
 * modifier makes a value safe there.
 *
 * Source     The auto-escape guide of ctemplate 2.4 and the behaviour of its
 *            HTML parser.
 * Layer      tpl.
 */
#ifndef PT_TPL_CONTEXT_H
#define PT_TPL_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "tpl/entity.h"
#include "tpl/program.h"
#include "tpl/script.h"

enum html_state {
    HTML_TEXT,
    HTML_TAG_OPEN, /* after < */
    HTML_TAG_NAME,
    HTML_TAG_SPACE,  /* between attributes */
    HTML_ATTR_NAME,  /* in a name */
    HTML_ATTR_SPACE, /* after a name */
    HTML_VALUE,      /* after = */
    HTML_DOUBLE,     /* in "quotes" */
    HTML_SINGLE,
    HTML_UNQUOTED,
    HTML_VALUE_END,       /* after the closing quote */
    HTML_TAG_END,         /* > of a tag: at once TEXT or RAW */
    HTML_DECLARATION,     /* after <! */
    HTML_DECL_DASH,       /* after <!- */
    HTML_DECL_BODY,       /* <!DOCTYPE … */
    HTML_INSTRUCTION,     /* <? … */
    HTML_INSTRUCTION_END, /* after ? in one */
    HTML_COMMENT,         /* <!-- … */
    HTML_COMMENT_DASH,    /* after - in one */
    HTML_COMMENT_END,     /* after -- in one */
    HTML_RAW,             /* in <title> <textarea> <script> <style> */
    HTML_RAW_OPEN,        /* after < in it */
    HTML_RAW_CLOSE,       /* after </ in it */
    HTML_RAW_BANG,        /* after <! in it */
    HTML_RAW_BANG_DASH,
    HTML_RAW_COMMENT, /* in which the closing tag is none */
    HTML_RAW_COMMENT_DASH,
    HTML_RAW_COMMENT_END,
    HTML_BAD
};

enum html_attr {
    ATTR_PLAIN,
    ATTR_URL,
    ATTR_SCRIPT, /* on… */
    ATTR_STYLE,
    ATTR_CONTENT /* of <meta>: may end with url=… */
};

/* The content of <meta>: what was read last of it. */
enum meta_state {
    META_DELAY,
    META_BEFORE_URL,
    META_U,
    META_R,
    META_L,
    META_EQUAL,
    META_QUOTE, /* after one that follows url= */
    META_IN_URL,
    META_NO_URL
};

enum { HTML_WORD_MAX = 16 }; /* longer than any name looked for */

struct html_context {
    enum html_state state;
    char tag[HTML_WORD_MAX];  /* name of the open tag, lower case */
    char attr[HTML_WORD_MAX]; /* name of the attribute, lower case */
    size_t n_tag, n_attr;     /* bytes, also those that found no room */
    enum html_attr kind;
    size_t n_value;               /* template bytes of the value so far */
    enum meta_state meta;         /* of ATTR_CONTENT */
    struct entity entity;         /* of ATTR_SCRIPT */
    struct script_context script; /* of ATTR_SCRIPT and <script> */
};

/* in_tag: the text begins inside a tag. */
void context_init(struct html_context *c, bool in_tag);

/*
 * Reads text. False when the HTML cannot be followed; *ret_bad is then the
 * offset of the offending byte.
 */
bool context_text(struct html_context *c, const char *p, size_t n,
                  size_t *ret_bad);

/*
 * The modifier for a variable that stands here, which then counts as part of
 * what it stands in. NULL, or why no value is allowed here.
 */
const char *context_variable(struct html_context *c, enum tpl_mod *ret_mod);

/* The modifier for a variable that stands in a script. */
enum tpl_mod context_in_script(const struct script_context *s);

/* True where the name of a tag begins, after < and after </ */
bool context_begins_tag(const struct html_context *c);

/* True in ordinary text, where a whole element may stand. */
bool context_is_text(const struct html_context *c);

#endif
