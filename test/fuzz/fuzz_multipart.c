/*
 * Multipart bodies with the boundary XX, in pieces whose size is the first
 * byte of the input: what comes out does not depend on the pieces, and names
 * keep the promises of web/multipart.h. The rest of the input is also tried
 * as a Content-Type.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "text/utf8.h"
#include "web/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    const uint8_t *p;
    size_t n, piece;
};

struct seen {
    struct buf text; /* all that came, one after the other */
    size_t parts;
    bool open;
};

static void expect(bool ok)
{
    if (!ok)
        abort();
}

static size_t read_piece(void *arg, char *p, size_t n)
{
    struct source *s = arg;
    if (s->piece > 0 && n > s->piece)
        n = s->piece;
    if (n > s->n)
        n = s->n;
    memcpy(p, s->p, n);
    s->p += n;
    s->n -= n;
    return n;
}

static enum err begin(void *arg, const struct multipart_part *part)
{
    struct seen *s = arg;
    expect(!s->open && ++s->parts <= MAX_FORM_FIELDS);
    expect(utf8_valid(part->name, strlen(part->name)));
    buf_adds(&s->text, part->name);
    if (part->filename != NULL) {
        expect(utf8_valid(part->filename, strlen(part->filename)));
        expect(strpbrk(part->filename, "/\\") == NULL);
        buf_addf(&s->text, "|%s", part->filename);
    }
    buf_addc(&s->text, '=');
    s->open = true;
    return ERR_OK;
}

static enum err content(void *arg, const char *p, size_t n)
{
    struct seen *s = arg;
    expect(s->open && n > 0);
    buf_add(&s->text, p, n);
    return ERR_OK;
}

static enum err end(void *arg)
{
    struct seen *s = arg;
    expect(s->open);
    s->open = false;
    return ERR_OK;
}

static enum err parse(struct arena *a, const uint8_t *p, size_t n, size_t piece,
                      struct seen *ret)
{
    struct source source = {p, n, piece};
    const struct multipart_sink sink = {begin, content, end, ret};
    *ret = (struct seen){.parts = 0};
    buf_init(&ret->text, 1 << 24);
    return multipart_read(a, "XX", read_piece, &source, &sink, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole, pieces;
    if (size == 0)
        return 0;
    struct arena *a = arena_new(64 << 20, NULL, NULL);
    enum err e = parse(a, data + 1, size - 1, 0, &whole);
    expect(e == ERR_OK || e == ERR_BADREQ);
    expect(parse(a, data + 1, size - 1, 1 + data[0], &pieces) == e);
    /* where it is broken, more or less of a part may have been handed on */
    if (e == ERR_OK)
        expect(!whole.open && whole.text.n == pieces.text.n &&
               memcmp(buf_str(&whole.text), buf_str(&pieces.text),
                      whole.text.n) == 0);
    expect(whole.parts == pieces.parts);
    const char *boundary =
        multipart_boundary(a, arena_dup(a, (const char *)data + 1, size - 1));
    expect(boundary == NULL ||
           (boundary[0] != '\0' && strlen(boundary) <= MAX_BOUNDARY_BYTES));
    buf_done(&whole.text);
    buf_done(&pieces.text);
    arena_free(a);
    return 0;
}
