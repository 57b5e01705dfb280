/*
 * filestore - files of people, found by what is in them.
 *
 * A file lies at DIR/ab/cd/HASH, HASH being the SHA-256 of its bytes (which
 * begins with "abcd"): the same content is stored once, no name of anybody's
 * is ever a path, and a file never changes. What arrives is written to
 * DIR/tmp/ first; filestore_keep() brings it to the disk, then into its
 * place in one step, so nothing is ever there by half.
 *
 *   struct filestore_temp *t;
 *   TRY(filestore_begin(store, c->arena, &t, &c->note));
 *   TRY(filestore_write(t, p, n, &c->note));           as often as needed
 *   TRY(filestore_keep(t, &hash, &c->note));           or it goes with arena
 *
 * A temporary file is locked by who writes it: those of a process that was
 * killed are known by that, and removed by the next filestore_new().
 *
 * Ownership  A filestore_temp joins its arena: what was not kept is removed
 *            with it.
 * Errors     NOSPACE (disk or quota full), NOTFOUND, SYSTEM.
 * Layer      store.
 */
#ifndef PT_STORE_FILESTORE_H
#define PT_STORE_FILESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct filestore;
struct filestore_temp;

/* Makes the folders that are missing. CONFIG when it cannot. */
enum err filestore_new(const char *dir, struct filestore **ret_store,
                       struct err_note *why) MUST_USE;
struct filestore *filestore_free(struct filestore *s);

/* An empty temporary file. */
enum err filestore_begin(struct filestore *s, struct arena *a,
                         struct filestore_temp **ret_temp,
                         struct err_note *why) MUST_USE;

enum err filestore_write(struct filestore_temp *t, const void *p, size_t n,
                         struct err_note *why) MUST_USE;

/* Removes it now instead of with its arena. */
void filestore_drop(struct filestore_temp *t);

/* For reading what was written; closed by filestore_drop() or the arena. */
int filestore_fd(const struct filestore_temp *t);

/* Makes it a file of the store; ret_hash lives in the arena of t. */
enum err filestore_keep(struct filestore_temp *t, const char **ret_hash,
                        struct err_note *why) MUST_USE;

/* "ab/cd/abcd…", where it lies below DIR; NULL for what is no hash. */
const char *filestore_path(struct arena *a, const char *hash);

/* Opens a file of the store for reading. */
enum err filestore_open(struct filestore *s, const char *hash, int *ret_fd,
                        struct err_note *why) MUST_USE;

/* Calls fn with the hash of each file; stops at its first error. */
typedef enum err filestore_fn(void *arg, const char *hash);
enum err filestore_each(struct filestore *s, filestore_fn *fn, void *arg,
                        struct err_note *why) MUST_USE;

/*
 * Removes a file that no row speaks of any more; that it is gone already is
 * fine. One younger than age_s stays, without an error: somebody may have
 * brought the same content just now and be about to write the row.
 */
enum err filestore_remove(struct filestore *s, const char *hash, int64_t age_s,
                          struct err_note *why) MUST_USE;

#endif
