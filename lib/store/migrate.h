/*
 * migrate - the schema, step by step.
 *
 * The files sql/NNNN_name.sql (and NNNN_name.pg.sql, NNNN_name.sqlite.sql
 * where the databases differ) are linked into the programs. Each runs in one
 * transaction and is recorded with a checksum; several programs starting
 * together apply each once. A file that changed after it was applied is
 * refused: schema history is never rewritten.
 *
 * Inside a file the word ID_COLUMN stands for the databases' ways of writing
 * a generated integer key.
 *
 * Layer      store.
 */
#ifndef PT_STORE_MIGRATE_H
#define PT_STORE_MIGRATE_H

#include "store/db.h"

struct migration {
    int version; /* 0 ends the table */
    const char *name;
    enum db_kind only; /* DB_ANY: both */
    const char *sql;
};

/* Generated from sql/, in order. */
extern const struct migration migrations[];

typedef void migrate_report_fn(void *arg, const struct migration *m);

/*
 * Applies what the database does not have yet, or with plan only tells what
 * it would apply. report (NULL allowed) is called for each. The note names
 * the file that failed; what came before it stays applied.
 */
enum err migrate_run(struct db *db, const struct migration *all, bool plan,
                     migrate_report_fn *report, void *arg,
                     struct err_note *why) MUST_USE;

/* ERR_CONFIG when something is not applied yet: run `ptctl migrate`. */
enum err migrate_check(struct db *db, const struct migration *all,
                       struct err_note *why) MUST_USE;

#endif
