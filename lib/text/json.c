#include "text/json.h"

#include <string.h>

#include "text/utf8.h"

static void add_ascii(struct buf *b, char c)
{
    switch (c) {
    case '"':
    case '\\':
        buf_addc(b, '\\');
        buf_addc(b, c);
        break;
    case '\n':
        buf_adds(b, "\\n");
        break;
    case '\t':
        buf_adds(b, "\\t");
        break;
    default:
        if ((unsigned char)c < 0x20 || c == 0x7f || c == '<' || c == '>' ||
            c == '&')
            buf_addf(b, "\\u%04x", (unsigned char)c);
        else
            buf_addc(b, c);
    }
}

void json_string(struct buf *b, const char *s, size_t n)
{
    buf_addc(b, '"');
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp = utf8_next(s + i, n - i, &len);
        if (cp < 0x80)
            add_ascii(b, s[i]);
        else if (len == 1)
            buf_adds(b, "\\ufffd");
        else if (cp == 0x2028 || cp == 0x2029)
            buf_addf(b, "\\u%04x", cp);
        else
            buf_add(b, s + i, len);
    }
    buf_addc(b, '"');
}

void json_canonical(struct buf *b, const char *s, size_t n)
{
    static const char controls[] = "\b\t\n\f\r", letters[] = "btnfr";
    buf_addc(b, '"');
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp = utf8_next(s + i, n - i, &len);
        const char *at = cp != 0 && cp < 0x20 ? strchr(controls, s[i]) : NULL;
        if (cp >= 0x80 && len == 1)
            buf_adds(b, "\xef\xbf\xbd");
        else if (at != NULL)
            buf_addf(b, "\\%c", letters[at - controls]);
        else if (cp < 0x20)
            buf_addf(b, "\\u%04x", cp);
        else if (cp == '"' || cp == '\\')
            buf_addf(b, "\\%c", s[i]);
        else
            buf_add(b, s + i, len);
    }
    buf_addc(b, '"');
}
