/*
 * search - how the lists of people and things are searched.
 *
 * A row stores its texts folded (no accents, lower case, a blank before each
 * word); a search is folded the same way, and each of its words must be in
 * that text: anywhere, or where a word begins if it has less than three
 * letters.
 *
 * A list looks for the words of a search twice. First near: through the next
 * SEARCH_NEAR rows in its order, where many match a page is full after a few
 * of them. If it is not, through the index of three-letter pieces (pg_trgm,
 * FTS5), which finds the rows wherever they are, up to SEARCH_FOUND of them.
 * So a search reads a bounded number of rows whatever it is for; it leaves
 * something out only if more than SEARCH_FOUND rows match, and none of them
 * where the list begins.
 *
 * Ownership  Results live in the arena.
 * Source     PostgreSQL 15, F.35 pg_trgm; SQLite, FTS5, the trigram tokenizer.
 * Layer      model.
 */
#ifndef PT_MODEL_SEARCH_H
#define PT_MODEL_SEARCH_H

#include <stdbool.h>

#include "base/arena.h"

enum { SEARCH_WORDS = 4, SEARCH_NEAR = 2000, SEARCH_FOUND = 20000 };

/* As they stand in SQL: a plan is made without the values of parameters. */
#define SEARCH_NEAR_ROWS  "2000"
#define SEARCH_FOUND_ROWS "20000"

/* SQL: the row has the words whose patterns are the parameters a to d. */
#define SEARCH_LIKE(a, b, c, d)                                                \
    " search_text LIKE $" #a " AND search_text LIKE $" #b                      \
    " AND search_text LIKE $" #c " AND search_text LIKE $" #d

struct search {
    /* LIKE patterns of the words; a missing word is the first again */
    const char *like[SEARCH_WORDS];
    const char *pieces; /* what FTS5 is asked: their three-letter pieces */
};

/* The words of text, folded, with one blank between them. */
const char *search_fold(struct arena *a, const char *text);

/* The text to store for a row with these words. */
const char *search_text(struct arena *a, const char *words);

/* A phone as people search for it: without the country code of Colombia. */
const char *search_phone(const char *e164);

/*
 * Reads what was typed; false if there is nothing to search for in it. Words
 * past SEARCH_WORDS join the last; the groups of a long number are one word.
 */
bool search_parse(struct arena *a, const char *typed, struct search *ret);

#endif
