/*
 * backup_row - the table of backups: what was made, where it is, and whether
 * it could be restored.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC; 0: never.
 * Layer      out.
 */
#ifndef PT_OUT_BACKUP_ROW_H
#define PT_OUT_BACKUP_ROW_H

#include "out/backup.h"

struct backup_row {
    int64_t id;
    const char *file;  /* "" when none was made */
    const char *kind;  /* "clock", "page" or "command" */
    const char *state; /* "good", "bad", "failed" or "gone" */
    const char *sha256;
    int64_t size, rows_n, files_n, audit_seq, took_ms;
    int64_t verified_at, offsite_at, restore_test_at, restore_test_ms;
    const char *result; /* what went wrong last, "" for nothing */
    int64_t created_at;
};

/* kind: who asked for it. */
enum err backup_row_add(struct db *db, struct arena *a, struct actor *by,
                        const char *kind,
                        const struct backup_info *info) MUST_USE;

/* None could be made. */
enum err backup_row_failed(struct db *db, struct arena *a, struct actor *by,
                           const char *kind, const char *why) MUST_USE;

/* It was stored elsewhere, or why it could not be. A file without a row is
 * fine here and below: it was made before the database was restored. */
enum err backup_row_offsite(struct db *db, struct actor *by, const char *file,
                            const char *why) MUST_USE;

/* A restore test of it, which took so long; why: NULL when it went well. */
enum err backup_row_tested(struct db *db, struct actor *by, const char *file,
                           int64_t ms, const char *why) MUST_USE;

enum err backup_row_gone(struct db *db, struct actor *by,
                         const char *file) MUST_USE;

/* The newest that are older than id `before` (0: of all): struct backup_row. */
enum err backup_row_list(struct db *db, struct arena *a, int64_t before,
                         int64_t limit, struct db_rows *ret_rows) MUST_USE;

/* The newest good one; the one whose restore was tested last. */
enum err backup_row_newest(struct db *db, struct arena *a,
                           struct backup_row *ret) MUST_USE;
enum err backup_row_last_test(struct db *db, struct arena *a,
                              struct backup_row *ret) MUST_USE;

#endif
