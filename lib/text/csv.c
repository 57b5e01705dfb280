#include "text/csv.h"

#include <string.h>

void csv_begin(struct buf *b)
{
    buf_adds(b, "\xef\xbb\xbf");
}

static void add_cell(struct buf *b, const char *text)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool quoted = strpbrk(text, ";\"\r\n") != NULL;
    if (quoted)
        buf_addc(b, '"');
    if (formula)
        buf_addc(b, '\'');
    for (const char *at = text; *at != '\0';) {
        size_t n = strcspn(at, "\"");
        buf_add(b, at, n);
        at += n;
        if (*at == '"') {
            buf_adds(b, "\"\"");
            at++;
        }
    }
    if (quoted)
        buf_addc(b, '"');
}

void csv_row(struct buf *b, const char *const cells[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_addc(b, ';');
        add_cell(b, cells[i]);
    }
    buf_adds(b, "\r\n");
}
