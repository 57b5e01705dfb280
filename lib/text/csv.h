/*
 * csv - tables for spreadsheets.
 *
 * Semicolons part the cells, as spreadsheets in Colombia expect, where the
 * comma is the decimal sign. A cell that a spreadsheet would run as a formula
 * gets an apostrophe before it, which makes it plain text.
 *
 * Source     RFC 4180 for quotes and line ends; OWASP, CSV Injection.
 * Layer      text.
 */
#ifndef PT_TEXT_CSV_H
#define PT_TEXT_CSV_H

#include "base/buf.h"

/* The mark by which spreadsheets know UTF-8; first of all. */
void csv_begin(struct buf *b);

void csv_row(struct buf *b, const char *const cells[], size_t n);

#endif
