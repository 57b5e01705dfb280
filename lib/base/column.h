/*
 * column - the fields of a struct as a table.
 *
 * One table serves all who walk a struct: the store fills it from a row, the
 * template engine shows it, JSON is written from it.
 *
 *   static const struct column client_cols[] = {
 *       COL(COL_INT, struct client, id), COL(COL_TEXT, struct client, name),
 *       {0}};
 *
 * Layer      base.
 */
#ifndef PT_BASE_COLUMN_H
#define PT_BASE_COLUMN_H

#include <stddef.h>

enum column_kind {
    COL_NONE, /* ends a table */
    COL_INT,  /* int64_t */
    COL_TEXT, /* const char *, never NULL once filled: SQL NULL is "" */
    COL_BOOL  /* bool; 0 or 1 in the database */
};

struct column {
    enum column_kind kind;
    const char *name; /* as in SQL; in templates in upper case */
    size_t offset;
};

#define COL(kind, type, member)                                                \
    {                                                                          \
        (kind), #member, offsetof(type, member)                                \
    }

#endif
