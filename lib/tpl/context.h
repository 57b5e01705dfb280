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

#include "tpl/program.h"

enum html_state {
    HTML_TEXT,
    HTML_RAW,         /* inside <title> <textarea> <script> <style> */
    HTML_TAG_OPEN,    /* after < */
    HTML_DECLARATION, /* <!DOCTYPE … */
    HTML_INSTRUCTION, /* <? … */
    HTML_COMMENT,
    HTML_TAG_NAME,
    HTML_TAG_SPACE,  /* between attributes */
    HTML_ATTR_NAME,  /* in a name */
    HTML_ATTR_SPACE, /* after a name */
    HTML_VALUE,      /* after = */
    HTML_QUOTED,
    HTML_UNQUOTED,
    HTML_VALUE_END, /* after the closing quote */
    HTML_BAD
};

enum html_attr {
    ATTR_PLAIN,
    ATTR_URL,
    ATTR_SCRIPT, /* on… */
    ATTR_STYLE,
    ATTR_CONTENT /* of <meta>: may end with url=… */
};

/* What the content of <meta> ends with. */
enum after_url { AFTER_NOTHING, AFTER_EQUAL /* url= */, AFTER_QUOTE };

enum { HTML_WORD_MAX = 16 }; /* longer than any name looked for */

struct html_context {
    enum html_state state;
    char tag[HTML_WORD_MAX];  /* name of the open tag, lower case */
    char attr[HTML_WORD_MAX]; /* name of the attribute, lower case */
    size_t n_tag, n_attr;     /* bytes, also those that found no room */
    enum html_attr kind;
    char quote;               /* of QUOTED */
    size_t n_value;           /* template bytes of the value so far */
    size_t n_match;           /* bytes seen of what ends RAW or COMMENT */
    enum after_url after_url; /* ATTR_CONTENT */
    char tail[5];             /* its last bytes that are not blank */
    bool closing;             /* </… */
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

/* True in ordinary text, where a whole element may stand. */
bool context_is_text(const struct html_context *c);

#endif
