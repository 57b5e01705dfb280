/*
 * program - the compiled form of a template.
 *
 * Generated code (pttpl compile) defines one constant struct tpl per
 * template out of static tables; the parser builds the same tables in an
 * arena. A template is a list of ops, one for each language, in which the
 * messages are text already. Text, modifier chains and names are referred to
 * by number, so a table needs no relocation but those of its struct tpl and
 * stays shared between processes.
 *
 *   TEXT     b offset in text, c bytes
 *   HTML     name, a chain, b and c the text before it; the chain is
 *            html_escape alone, as nearly always
 *   VAR      the same with another chain
 *   SECTION  name, a op after its end, b 1 when one in it separates it, c 1
 *            when it separates its parent
 *   INCLUDE  name, a chain, b indentation: offset in text, c its bytes
 *   REFUSED  stands for a template that was refused; the text is why
 *
 * A chain is an offset in mods; the enum tpl_mod bytes there end with
 * TPL_MOD_END. What stands after TPL_MOD_NONE is for values that are not
 * safe_html.
 *
 * Layer      tpl.
 */
#ifndef PT_TPL_PROGRAM_H
#define PT_TPL_PROGRAM_H

#include <stdint.h>

#include "text/msg.h"

enum tpl_op_kind {
    TPL_OP_TEXT,
    TPL_OP_HTML,
    TPL_OP_VAR,
    TPL_OP_SECTION,
    TPL_OP_INCLUDE,
    TPL_OP_REFUSED
};

/* One byte of a chain. Generated files hold the numbers: append only. */
enum tpl_mod {
    TPL_MOD_END,
    TPL_MOD_NONE,
    TPL_MOD_HTML,      /* html_escape */
    TPL_MOD_PRE,       /* pre_escape */
    TPL_MOD_SNIPPET,   /* html_escape_with_arg=snippet */
    TPL_MOD_ATTRIBUTE, /* html_escape_with_arg=attribute */
    TPL_MOD_QUERY,     /* url_query_escape */
    TPL_MOD_URL_HTML,  /* url_escape_with_arg= */
    TPL_MOD_URL_JS,
    TPL_MOD_URL_CSS,
    TPL_MOD_IMG_HTML, /* img_src_url_escape_with_arg= */
    TPL_MOD_IMG_JS,
    TPL_MOD_IMG_CSS,
    TPL_MOD_JS,        /* javascript_escape */
    TPL_MOD_JS_NUMBER, /* javascript_escape_with_arg=number */
    TPL_MOD_JSON,      /* json_escape */
    TPL_MOD_XML,       /* xml_escape */
    TPL_MOD_CSS,       /* cleanse_css */
    TPL_MOD__MAX
};

struct tpl_op {
    uint16_t kind; /* enum tpl_op_kind */
    uint16_t name;
    uint32_t a, b, c;
};

enum { TPL_TEXT_PAD = 64 }; /* readable bytes after the text */

struct tpl_program {
    const struct tpl_op *ops;
    const char *text; /* n_text bytes and TPL_TEXT_PAD more */
    const uint8_t *mods;
    uint32_t n_ops, n_text, n_mods;
};

struct tpl {
    const char *file; /* as given to the compiler, for messages */
    struct tpl_program in[LANG__MAX];
};

#endif
