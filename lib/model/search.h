/*
 * search - how the lists of people and things are searched.
 *
 * A row stores its texts folded (no accents, lower case, words with one
 * blank between them); a search is folded the same way, and each of its words
 * must be somewhere in that text.
 *
 * Ownership  Results live in the arena.
 * Layer      model.
 */
#ifndef PT_MODEL_SEARCH_H
#define PT_MODEL_SEARCH_H

#include "base/arena.h"

enum { SEARCH_WORDS = 4 };

/* SQL, after a WHERE: $1 to $4 are patterns; "" asks for nothing. */
#define SEARCH_MATCHES                                                         \
    " ($1 = '' OR search_text LIKE $1)"                                        \
    " AND ($2 = '' OR search_text LIKE $2)"                                    \
    " AND ($3 = '' OR search_text LIKE $3)"                                    \
    " AND ($4 = '' OR search_text LIKE $4)"

/* The words of text, folded, with one blank between them. */
const char *search_fold(struct arena *a, const char *text);

/* A phone as people search for it: without the country code of Colombia. */
const char *search_phone(const char *e164);

/*
 * LIKE patterns of the words of a search, "" for the rest; words past the
 * last pattern join it.
 */
void search_patterns(struct arena *a, const char *search,
                     const char *ret[SEARCH_WORDS]);

#endif
