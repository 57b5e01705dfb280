/*
 * CSV files, read in pieces whose size is the first byte of the input: the
 * rows do not depend on the pieces, keep the promises of text/csv_reader.h,
 * and come back the same when text/csv.h writes them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/csv.h"
#include "text/csv_reader.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    const char *p;
    size_t n, piece;
};

static void expect(bool ok)
{
    if (!ok)
        abort();
}

static size_t read_piece(void *arg, char *p, size_t n)
{
    struct source *s = arg;
    if (n > s->piece)
        n = s->piece;
    if (n > s->n)
        n = s->n;
    memcpy(p, s->p, n);
    s->p += n;
    s->n -= n;
    return n;
}

/* The table as we write it, after heads from which ';' is known. */
static size_t write_again(enum charset charset, const char *p, size_t n,
                          size_t piece, struct buf *out)
{
    static const char *const heads[] = {"a", "b"};
    struct arena *a = arena_new(16 << 20, NULL, NULL);
    struct source source = {p, n, piece};
    struct csv_reader *r = csv_reader_new(a, charset, read_piece, &source);
    struct csv_row row;
    size_t faults = 0, rows = 0;
    buf_init(out, 1 << 24);
    csv_row(out, heads, 2);
    while (csv_reader_next(r, &row) == ERR_OK) {
        expect(row.number == (int64_t)++rows && row.n <= MAX_CSV_CELLS);
        expect((row.fault == CSV_FINE) == (row.n > 0));
        for (size_t i = 0; i < row.n; i++)
            expect(utf8_valid(row.cells[i], strlen(row.cells[i])));
        if (row.fault == CSV_FINE)
            csv_row(out, row.cells, row.n);
        else
            faults++;
    }
    expect(rows <= n && faults <= rows);
    arena_free(a);
    return faults;
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->n == b->n && memcmp(buf_str(a), buf_str(b), a->n) == 0;
}

/* "'=1" is written as it is, and read as "=1": only the second time is sure. */
static void check_round(const struct buf *first)
{
    static const size_t heads = sizeof("a;b\r\n") - 1;
    struct buf second, third;
    size_t faults =
        write_again(CHARSET_UTF8, first->p, first->n, 4096, &second);
    expect(faults == 0);
    write_again(CHARSET_UTF8, second.p + heads, second.n - heads, 4096, &third);
    expect(same(&second, &third) || strstr(buf_str(first), "'") != NULL);
    buf_done(&second);
    buf_done(&third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, pieces;
    if (size == 0)
        return 0;
    const char *p = (const char *)data + 1;
    struct charset_guess guess = {0};
    charset_feed(&guess, p, size - 1);
    enum charset charset = charset_end(&guess);
    expect(charset != CHARSET_UTF8 || utf8_valid(p, size - 1) ||
           memcmp(p, "\xef\xbb\xbf", 3) == 0);
    size_t faults = write_again(charset, p, size - 1, size, &whole);
    expect(write_again(charset, p, size - 1, 1 + data[0], &pieces) == faults);
    expect(same(&whole, &pieces));
    check_round(&whole);
    buf_done(&whole);
    buf_done(&pieces);
    return 0;
}
