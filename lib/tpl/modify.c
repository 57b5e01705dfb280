#include "tpl/modify.h"

#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "text/html.h"
#include "text/url.h"

/* Bytes beside letters and digits that a modifier lets through. */
static const char attribute_plain[] = "_-.:";
static const char css_plain[] = " _.,!#%-";
static const char css_url_unsafe[] = "\r\n()'\"<>*\\";

struct spelling {
    const char *name; /* as written in a template */
    enum tpl_mod mod;
};

/* The first spelling of a modifier is the one shown in messages. */
static const struct spelling spellings[] = {
    {"none", TPL_MOD_NONE},
    {"h", TPL_MOD_HTML},
    {"html_escape", TPL_MOD_HTML},
    {"p", TPL_MOD_PRE},
    {"pre_escape", TPL_MOD_PRE},
    {"H=pre", TPL_MOD_PRE},
    {"html_escape_with_arg=pre", TPL_MOD_PRE},
    {"H=snippet", TPL_MOD_SNIPPET},
    {"html_escape_with_arg=snippet", TPL_MOD_SNIPPET},
    {"H=attribute", TPL_MOD_ATTRIBUTE},
    {"html_escape_with_arg=attribute", TPL_MOD_ATTRIBUTE},
    {"u", TPL_MOD_QUERY},
    {"url_query_escape", TPL_MOD_QUERY},
    {"U=query", TPL_MOD_QUERY},
    {"url_escape_with_arg=query", TPL_MOD_QUERY},
    {"U=html", TPL_MOD_URL_HTML},
    {"url_escape_with_arg=html", TPL_MOD_URL_HTML},
    {"H=url", TPL_MOD_URL_HTML},
    {"html_escape_with_arg=url", TPL_MOD_URL_HTML},
    {"U=javascript", TPL_MOD_URL_JS},
    {"url_escape_with_arg=javascript", TPL_MOD_URL_JS},
    {"U=css", TPL_MOD_URL_CSS},
    {"url_escape_with_arg=css", TPL_MOD_URL_CSS},
    {"I=html", TPL_MOD_IMG_HTML},
    {"img_src_url_escape_with_arg=html", TPL_MOD_IMG_HTML},
    {"I=javascript", TPL_MOD_IMG_JS},
    {"img_src_url_escape_with_arg=javascript", TPL_MOD_IMG_JS},
    {"I=css", TPL_MOD_IMG_CSS},
    {"img_src_url_escape_with_arg=css", TPL_MOD_IMG_CSS},
    {"j", TPL_MOD_JS},
    {"javascript_escape", TPL_MOD_JS},
    {"J=number", TPL_MOD_JS_NUMBER},
    {"javascript_escape_with_arg=number", TPL_MOD_JS_NUMBER},
    {"o", TPL_MOD_JSON},
    {"json_escape", TPL_MOD_JSON},
    {"xml_escape", TPL_MOD_XML},
    {"c", TPL_MOD_CSS},
    {"cleanse_css", TPL_MOD_CSS},
};

/* Bits of enum tpl_mod that may stand instead of the index. */
#define BIT(mod) (1U << TPL_MOD_##mod)
static const uint32_t alternatives[TPL_MOD__MAX] = {
    [TPL_MOD_HTML] = BIT(PRE) | BIT(SNIPPET) | BIT(ATTRIBUTE) | BIT(QUERY) |
                     BIT(URL_HTML) | BIT(IMG_HTML),
    [TPL_MOD_URL_HTML] = BIT(IMG_HTML),
    [TPL_MOD_XML] = BIT(HTML) | BIT(ATTRIBUTE),
    [TPL_MOD_JS] = BIT(JSON) | BIT(URL_JS) | BIT(IMG_JS),
    [TPL_MOD_CSS] = BIT(URL_CSS) | BIT(IMG_CSS),
};

enum tpl_mod modifier_find(const char *name, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        if (strlen(spellings[i].name) == n &&
            memcmp(spellings[i].name, name, n) == 0) /* may hold NULs */
            return spellings[i].mod;
    return TPL_MOD_END;
}

const char *modifier_name(enum tpl_mod mod)
{
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        if (spellings[i].mod == mod)
            return spellings[i].name;
    return "";
}

bool modifier_serves(enum tpl_mod given, enum tpl_mod wanted)
{
    return given == wanted || (alternatives[wanted] >> given & 1) != 0;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/* True for a byte of the string set; NUL is in none. */
static bool is_in(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static void add_hex(struct buf *out, const char *before, char c)
{
    static const char upper[] = "0123456789ABCDEF";
    unsigned char u = (unsigned char)c;
    char digits[2] = {upper[u >> 4], upper[u & 15]};
    buf_adds(out, before);
    buf_add(out, digits, sizeof(digits));
}

/* The escape of c in a script string; NULL when it needs none. */
static const char *js_escape_of(char c)
{
    switch (c) {
    case '\0':
        return "\\x00";
    case '\b':
        return "\\b";
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\v':
        return "\\x0b";
    case '\f':
        return "\\f";
    case '\r':
        return "\\r";
    case '"':
        return "\\x22";
    case '&':
        return "\\x26";
    case '\'':
        return "\\x27";
    case '<':
        return "\\x3c";
    case '=':
        return "\\x3d";
    case '>':
        return "\\x3e";
    case '\\':
        return "\\\\";
    default:
        return NULL;
    }
}

/*
 * The length of an overlong form of an ASCII byte that begins here, and the
 * byte; 0 for none. What reads a script may decode it.
 */
static size_t overlong_ascii(const char *s, size_t n, char *ret)
{
    size_t zeros = n >= 2 && memcmp(s, "\xe0", 1) == 0 ? 1 : 0;
    size_t length = zeros + 2;
    if (n < length || (s[length - 1] & 0xc0) != 0x80)
        return 0;
    unsigned high = (unsigned char)s[zeros];
    if ((high & 0xfe) != (zeros > 0 ? 0x80 : 0xc0))
        return 0;
    *ret = (char)((high & 1) << 6 | (s[length - 1] & 63));
    return length;
}

static void js_escape(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *with = js_escape_of(s[i]);
        char c = '\0';
        size_t overlong = overlong_ascii(s + i, n - i, &c);
        if (overlong > 0)
            with = js_escape_of(c);
        if (with != NULL) {
            buf_adds(out, with);
            i += overlong > 0 ? overlong - 1 : 0;
        } else if (n - i >= 3 && (memcmp(s + i, "\xe2\x80\xa8", 3) == 0 ||
                                  memcmp(s + i, "\xe2\x80\xa9", 3) == 0)) {
            /* U+2028 and U+2029 end a line in old scripts */
            buf_adds(out, s[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
            i += 2;
        } else {
            buf_addc(out, s[i]);
        }
    }
}

static const char *json_escape_of(char c)
{
    switch (c) {
    case '\b':
        return "\\b";
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\f':
        return "\\f";
    case '\r':
        return "\\r";
    case '"':
        return "\\\"";
    case '/':
        return "\\/";
    case '\\':
        return "\\\\";
    case '&':
        return "\\u0026";
    case '<':
        return "\\u003C";
    case '>':
        return "\\u003E";
    default:
        return NULL;
    }
}

static void json_escape(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *with = json_escape_of(s[i]);
        if (with != NULL)
            buf_adds(out, with);
        else
            buf_addc(out, s[i]);
    }
}

/* Control characters that XML forbids become blanks. */
static void xml_escape(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool forbidden = (unsigned char)s[i] < 0x20 && !is_in(s[i], "\t\n\r");
        html_pre_escape(out, forbidden ? " " : s + i, 1);
    }
}

/* true, false, a hexadecimal number, or any mix of 0-9 + - . e E */
static bool is_js_literal(const char *s, size_t n)
{
    if ((n == 4 && memcmp(s, "true", 4) == 0) ||
        (n == 5 && memcmp(s, "false", 5) == 0))
        return true;
    bool hex = n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    for (size_t i = hex ? 2 : 0; i < n; i++)
        if (!is_in(s[i], hex ? "0123456789abcdefABCDEF" : "0123456789+-.eE"))
            return false;
    return true;
}

static void cleanse_attribute(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool inner = i > 0 && i < n - 1;
        bool keep = is_alnum(s[i]) || is_in(s[i], attribute_plain) ||
                    (s[i] == '=' && inner);
        buf_add(out, keep ? s + i : "_", 1);
    }
}

static void cleanse_css(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_alnum(s[i]) || is_in(s[i], css_plain))
            buf_addc(out, s[i]);
}

static void css_url_escape(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_in(s[i], css_url_unsafe))
            add_hex(out, "%", s[i]);
        else
            buf_addc(out, s[i]);
    }
}

/* No scheme (no ':' before the first '/'), or a harmless one. */
static bool is_safe_url(const char *s, size_t n)
{
    static const char *const schemes[] = {"http://", "https://", "ftp://"};
    const char *slash = n > 0 ? memchr(s, '/', n) : NULL;
    size_t before = slash != NULL ? (size_t)(slash - s) : n;
    if (before == 0 || memchr(s, ':', before) == NULL)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (n > length && strncasecmp(s, schemes[i], length) == 0)
            return true;
    }
    return false;
}

static void url_escape(struct buf *out, enum tpl_mod inner, const char *instead,
                       const char *s, size_t n)
{
    if (!is_safe_url(s, n))
        buf_adds(out, instead);
    else if (inner == TPL_MOD_HTML)
        html_escape(out, s, n);
    else if (inner == TPL_MOD_JS)
        js_escape(out, s, n);
    else
        css_url_escape(out, s, n);
}

/* What replaces an unsafe URL; "#" would load the page again as an image. */
static const char no_url[] = "#";
static const char no_image[] = "/images/cleardot.gif";

void modify(struct buf *out, enum tpl_mod mod, const char *s, size_t n)
{
    switch (mod) {
    case TPL_MOD_HTML:
        html_escape(out, s, n);
        break;
    case TPL_MOD_PRE:
        html_pre_escape(out, s, n);
        break;
    case TPL_MOD_SNIPPET:
        modify_snippet(out, s, n);
        break;
    case TPL_MOD_ATTRIBUTE:
        cleanse_attribute(out, s, n);
        break;
    case TPL_MOD_QUERY:
        url_query_escape(out, s, n);
        break;
    case TPL_MOD_URL_HTML:
        url_escape(out, TPL_MOD_HTML, no_url, s, n);
        break;
    case TPL_MOD_URL_JS:
        url_escape(out, TPL_MOD_JS, no_url, s, n);
        break;
    case TPL_MOD_URL_CSS:
        url_escape(out, TPL_MOD_CSS, no_url, s, n);
        break;
    case TPL_MOD_IMG_HTML:
        url_escape(out, TPL_MOD_HTML, no_image, s, n);
        break;
    case TPL_MOD_IMG_JS:
        url_escape(out, TPL_MOD_JS, no_image, s, n);
        break;
    case TPL_MOD_IMG_CSS:
        url_escape(out, TPL_MOD_CSS, no_image, s, n);
        break;
    case TPL_MOD_JS:
        js_escape(out, s, n);
        break;
    case TPL_MOD_JS_NUMBER:
        if (is_js_literal(s, n))
            buf_add(out, s, n);
        else
            buf_adds(out, "null");
        break;
    case TPL_MOD_JSON:
        json_escape(out, s, n);
        break;
    case TPL_MOD_XML:
        xml_escape(out, s, n);
        break;
    case TPL_MOD_CSS:
        cleanse_css(out, s, n);
        break;
    case TPL_MOD_END:
    case TPL_MOD_NONE:
    case TPL_MOD__MAX:
    default:
        buf_add(out, s, n);
    }
}

/* The next modifier of a chain to be run; TPL_MOD_END after the last. */
static enum tpl_mod chain_next(const uint8_t **chain, bool safe)
{
    if (**chain == TPL_MOD_NONE && !safe)
        (*chain)++;
    if (**chain == TPL_MOD_NONE || **chain == TPL_MOD_END)
        return TPL_MOD_END;
    return (enum tpl_mod) * (*chain)++;
}

void modify_chain(struct buf *out, const uint8_t *chain, bool safe,
                  const char *s, size_t n)
{
    enum tpl_mod mod = chain_next(&chain, safe);
    enum tpl_mod next = TPL_MOD_END;
    if (mod != TPL_MOD_END)
        next = chain_next(&chain, safe);
    if (next == TPL_MOD_END) { /* nearly always */
        modify(out, mod, s, n);
        return;
    }
    struct buf from, to;
    buf_init(&from, out->max);
    buf_init(&to, out->max);
    modify(&from, mod, s, n);
    for (mod = next; mod != TPL_MOD_END && buf_ok(&from); mod = next) {
        next = chain_next(&chain, safe);
        modify(&to, mod, buf_str(&from), from.n);
        struct buf swap = from;
        from = to;
        to = swap;
        buf_reset(&to);
    }
    buf_add(out, buf_str(&from), from.n);
    out->failed = out->failed || from.failed;
    buf_done(&from);
    buf_done(&to);
}
