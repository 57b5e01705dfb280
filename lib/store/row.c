#include "store/row.h"

#include <string.h>

/* A text is its length and its bytes, a number eight bytes, a bool one. */

void row_pack(struct buf *b, const struct column *columns, const void *row)
{
    for (const struct column *c = columns; c->kind != COL_NONE; c++) {
        const void *field = (const char *)row + c->offset;
        if (c->kind == COL_TEXT) {
            const char *text = *(const char *const *)field;
            size_t n = strlen(text);
            buf_add(b, &n, sizeof(n));
            buf_add(b, text, n);
        } else {
            buf_add(b, field,
                    c->kind == COL_INT ? sizeof(int64_t) : sizeof(bool));
        }
    }
}

/* Copies size bytes from *p, which ends at end; false past it. */
static bool take(const char **p, const char *end, void *to, size_t size)
{
    if ((size_t)(end - *p) < size)
        return false;
    memcpy(to, *p, size);
    *p += size;
    return true;
}

static bool take_text(const char **p, const char *end, struct arena *a,
                      const char **ret)
{
    size_t n;
    if (!take(p, end, &n, sizeof(n)) || (size_t)(end - *p) < n)
        return false;
    *ret = arena_dup(a, *p, n);
    *p += n;
    return true;
}

bool row_unpack(const char *p, size_t n, struct arena *a,
                const struct column *columns, void *ret)
{
    const char *end = p + n;
    for (const struct column *c = columns; c->kind != COL_NONE; c++) {
        void *field = (char *)ret + c->offset;
        unsigned char byte = 0;
        bool ok = true;
        switch (c->kind) {
        case COL_TEXT:
            ok = take_text(&p, end, a, field);
            break;
        case COL_INT:
            ok = take(&p, end, field, sizeof(int64_t));
            break;
        case COL_BOOL:
            ok = take(&p, end, &byte, 1);
            *(bool *)field = byte == 1;
            break;
        case COL_NONE:
            break;
        }
        if (!ok)
            return false;
    }
    return p == end;
}
