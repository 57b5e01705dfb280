/*
 * csv_reader - tables that spreadsheets write, row by row.
 *
 *   struct csv_reader *r = csv_reader_new(arena, CHARSET_UTF8, read, source);
 *   while ((e = csv_reader_next(r, &row)) == ERR_OK)
 *       …
 *
 * The table streams through a window of CSV_WINDOW_BYTES, so it is never in
 * memory as a whole. What parts its cells is found in its first line: the
 * one of ; , and tab that stands there most often. Lines end with LF, CRLF or
 * CR. A quoted cell may hold all of these, and a quote that is doubled; in one
 * that does not begin with a quote, quotes are characters like others.
 *
 * A row that cannot be read is handed on with its fault and without cells;
 * the next one is read as if nothing had happened. What follows a quote that
 * is never closed belongs to its cell, however long: the row with the fault
 * CSV_OPEN is the last.
 *
 * The apostrophe with which csv_row() disarms a cell that a spreadsheet would
 * run as a formula is taken off again.
 *
 * Ownership  Cells live until the next call; the reader as long as its arena.
 * Errors     NOTFOUND (past the last row), TOOLARGE (MAX_CSV_ROWS).
 * Units      Rows are counted from 1 as a spreadsheet does it: the heads are
 *            row 1, empty ones count, line ends within quotes do not.
 * Source     RFC 4180.
 * Layer      text.
 */
#ifndef PT_TEXT_CSV_READER_H
#define PT_TEXT_CSV_READER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "text/charset.h"

enum { CSV_WINDOW_BYTES = 64 << 10 };

enum csv_fault {
    CSV_FINE,
    CSV_TEXT,  /* bytes that are not of the charset, or NUL */
    CSV_LONG,  /* over MAX_CSV_CELL_BYTES or MAX_CSV_ROW_BYTES */
    CSV_MANY,  /* more than MAX_CSV_CELLS */
    CSV_QUOTE, /* text between a closing quote and the end of its cell */
    CSV_OPEN   /* a quote that is never closed */
};

struct csv_row {
    int64_t number;
    size_t n;                 /* cells; at least 1 when there is no fault */
    const char *const *cells; /* UTF-8, without NUL */
    enum csv_fault fault;
};

/* Up to n bytes to p; 0 at the end. */
typedef size_t csv_read_fn(void *source, char *p, size_t n);

struct csv_reader *csv_reader_new(struct arena *a, enum charset charset,
                                  csv_read_fn *read, void *source);

enum err csv_reader_next(struct csv_reader *r,
                         struct csv_row *ret_row) MUST_USE;

/* What parts the cells; known after the first row. */
char csv_reader_separator(const struct csv_reader *r);

#endif
