/*
 * filetype - what a file is, by its content.
 *
 * Neither the type that a browser declares nor the end of a name is believed:
 * libmagic reads the bytes. The table in filetype.c says what a name of each
 * type may end with, and which types a browser may show in its own window.
 *
 * Ownership  Results live in the arena, or are static.
 * Errors     SYSTEM (libmagic, or its data, does not work).
 * Layer      store.
 */
#ifndef PT_STORE_FILETYPE_H
#define PT_STORE_FILETYPE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* "application/pdf"; "application/octet-stream" for what nobody knows. */
enum err filetype_of(int fd, struct arena *a, const char **ret_mime,
                     struct err_note *why) MUST_USE;

/* May a browser show it, though a stranger made it? */
bool filetype_is_shown(const char *mime);

/*
 * The name, with an end that fits the type: "a.html" which is a PDF becomes
 * "a.html.pdf". A type that is not in the table leaves the name as it is.
 */
const char *filetype_name(struct arena *a, const char *mime, const char *name);

/* ".pdf,.png" of these types (ends with NULL), for the accept attribute. */
const char *filetype_accept(struct arena *a, const char *const *mimes);

#endif
