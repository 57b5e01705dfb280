/*
 * row - the columns of a struct as bytes, and back.
 *
 * For keeping a row in a cache: read by programs with the same column table
 * on machines of the same kind, and nowhere else.
 *
 * Layer      store.
 */
#ifndef PT_STORE_ROW_H
#define PT_STORE_ROW_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/column.h"

/* Appends the columns of the struct at row. */
void row_pack(struct buf *b, const struct column *columns, const void *row);

/*
 * Fills the columns of the struct at ret from p[0..n), texts in a. False,
 * with some of them filled, when these bytes are no such row.
 */
bool row_unpack(const char *p, size_t n, struct arena *a,
                const struct column *columns, void *ret);

#endif
