#include "text/csv_reader.h"

#include <string.h>

#include "base/limits.h"
#include "text/utf8.h"

enum { END = -1 }; /* instead of a byte: there are no more */

enum place {
    CELL_BEGIN,
    IN_CELL,
    IN_QUOTES,
    AT_QUOTE,    /* in quotes: the first of two, or the closing one */
    AFTER_QUOTES /* up to what parts the cells */
};

struct csv_reader {
    csv_read_fn *read;
    void *source;
    enum charset charset;
    char separator; /* 0: not known yet */
    char window[CSV_WINDOW_BYTES];
    size_t at, n; /* of the window */

    /* the row that is being read */
    enum place place;
    enum csv_fault fault;
    struct buf text; /* of all cells, each with a NUL */
    size_t begin;    /* of the cell */
    size_t n_cells;
    size_t starts[MAX_CSV_CELLS];
    const char *cells[MAX_CSV_CELLS];
    int64_t number;
};

static void free_text(void *arg)
{
    struct csv_reader *r = arg;
    buf_done(&r->text);
}

struct csv_reader *csv_reader_new(struct arena *a, enum charset charset,
                                  csv_read_fn *read, void *source)
{
    struct csv_reader *r = ARENA_NEW(a, struct csv_reader);
    r->charset = charset;
    r->read = read;
    r->source = source;
    buf_init(&r->text, MAX_CSV_ROW_BYTES);
    arena_defer(a, free_text, r);
    return r;
}

char csv_reader_separator(const struct csv_reader *r)
{
    return r->separator;
}

/* --- bytes --- */

static int peek(struct csv_reader *r)
{
    if (r->at == r->n) {
        r->at = 0;
        r->n = r->read(r->source, r->window, sizeof(r->window));
    }
    return r->at < r->n ? (unsigned char)r->window[r->at] : END;
}

static int next(struct csv_reader *r)
{
    int c = peek(r);
    if (c != END)
        r->at++;
    return c;
}

/* The separator is looked for in as much of the first line as there is room
 * for. */
static void fill(struct csv_reader *r)
{
    size_t got;
    while (r->n < sizeof(r->window) &&
           (got = r->read(r->source, r->window + r->n,
                          sizeof(r->window) - r->n)) > 0)
        r->n += got;
}

static char find_separator(const char *p, size_t n)
{
    static const char known[] = ";,\t";
    size_t counts[sizeof(known)] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (p[i] == '\n' || p[i] == '\r')
            break;
        const char *which = memchr(known, p[i], sizeof(known) - 1);
        if (which != NULL)
            counts[which - known]++;
    }
    for (size_t i = 1; i < sizeof(known) - 1; i++)
        if (counts[i] > counts[best])
            best = i;
    return known[best];
}

static void begin_table(struct csv_reader *r)
{
    static const char mark[] = "\xef\xbb\xbf";
    fill(r);
    if (r->charset == CHARSET_UTF8 && r->n >= 3 &&
        memcmp(r->window, mark, 3) == 0)
        r->at = 3;
    r->separator = find_separator(r->window + r->at, r->n - r->at);
}

/* --- cells --- */

/* The first fault is the one that is told. */
static void fail(struct csv_reader *r, enum csv_fault fault)
{
    if (r->fault == CSV_FINE)
        r->fault = fault;
}

static void add(struct csv_reader *r, int c)
{
    if (r->fault != CSV_FINE)
        return;
    if (c == 0 || r->charset == CHARSET_UTF8)
        buf_addc(&r->text, (char)c);
    else if (!charset_add_windows(&r->text, (unsigned char)c))
        fail(r, CSV_TEXT);
    if (!buf_ok(&r->text) || r->text.n - r->begin > MAX_CSV_CELL_BYTES)
        fail(r, CSV_LONG);
}

static bool is_disarmed(const char *cell)
{
    return cell[0] == '\'' && cell[1] != '\0' &&
           strchr("=+-@\t\r", cell[1]) != NULL;
}

static void end_cell(struct csv_reader *r)
{
    const char *cell = buf_str(&r->text) + r->begin;
    r->place = CELL_BEGIN;
    if (r->fault != CSV_FINE)
        return;
    if (r->n_cells == MAX_CSV_CELLS) {
        fail(r, CSV_MANY);
        return;
    }
    if (!utf8_valid(cell, r->text.n - r->begin)) {
        fail(r, CSV_TEXT);
        return;
    }
    r->starts[r->n_cells++] = r->begin + is_disarmed(cell);
    buf_addc(&r->text, '\0');
    if (!buf_ok(&r->text))
        fail(r, CSV_LONG);
    r->begin = r->text.n;
}

/* --- rows --- */

static bool is_line_end(struct csv_reader *r, int c)
{
    if (c == '\r' && peek(r) == '\n')
        r->at++;
    return c == '\r' || c == '\n' || c == END;
}

static bool take_quoted(struct csv_reader *r, int c)
{
    if (c == END) {
        fail(r, CSV_OPEN);
        end_cell(r);
        return false;
    }
    if (c == '"')
        r->place = AT_QUOTE;
    else
        add(r, c);
    return true;
}

/* Takes a byte; false when the row ends with it. */
static bool take(struct csv_reader *r, int c)
{
    if (r->place == IN_QUOTES)
        return take_quoted(r, c);
    if (c == '"' && (r->place == CELL_BEGIN || r->place == AT_QUOTE)) {
        if (r->place == AT_QUOTE)
            add(r, c);
        r->place = IN_QUOTES;
        return true;
    }
    if (c == r->separator) {
        end_cell(r);
        return true;
    }
    if (is_line_end(r, c)) {
        end_cell(r);
        return false;
    }
    if (r->place == AT_QUOTE || r->place == AFTER_QUOTES) {
        r->place = AFTER_QUOTES;
        if (c != ' ' && c != '\t')
            fail(r, CSV_QUOTE);
        return true;
    }
    r->place = IN_CELL;
    add(r, c);
    return true;
}

enum err csv_reader_next(struct csv_reader *r, struct csv_row *ret_row)
{
    if (r->separator == '\0')
        begin_table(r);
    if (peek(r) == END)
        return ERR_NOTFOUND;
    if (r->number == MAX_CSV_ROWS)
        return ERR_TOOLARGE;
    buf_reset(&r->text);
    r->begin = r->n_cells = 0;
    r->fault = CSV_FINE;
    r->number++;
    while (take(r, next(r)))
        ;
    for (size_t i = 0; i < r->n_cells; i++)
        r->cells[i] = buf_str(&r->text) + r->starts[i];
    *ret_row = (struct csv_row){.number = r->number,
                                .n = r->fault == CSV_FINE ? r->n_cells : 0,
                                .cells = r->cells,
                                .fault = r->fault};
    return ERR_OK;
}
