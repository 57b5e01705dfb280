/*
 * client_import - clients that come in a file.
 *
 *   uploaded --job--> checking --> ready --start--> running --job--> done
 *       |_________________|__________|_cancel_> cancelled
 *
 * and failed from checking and running, when their job is given up; it goes
 * on where it was when an operator has the job tried again. What a person
 * does, start and cancel, checks the version they saw; the jobs do not change
 * it. A step of a job says from which row it goes on: two that would do the
 * same rows are told apart by that (CONFLICT), and so is one whose import was
 * cancelled.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, CONFLICT, UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC; rows and lines are counted as
 *            text/csv_reader.h does.
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_IMPORT_H
#define PT_MODEL_CLIENT_IMPORT_H

#include "store/audit.h"

struct client_import {
    int64_t id;
    const char *name, *sha256;
    int64_t bytes;
    const char *charset; /* "utf-8" or "windows-1252" */
    const char *state, *error;
    int64_t lines, good, bad, done;
    int64_t alike; /* good ones that look like a client */
    int64_t checked_row, checked_bytes, done_row;
    int64_t created_at, started_at, finished_at; /* 0: not yet */
    int64_t version;
    const char *created_by_name; /* "" for nobody */
};

/* What is to be said of a line; see sql/0016_client_import.sql. */
struct client_import_line {
    int64_t line, n;
    const char *field, *problem;
    int64_t about, client_id; /* 0: none */
    int64_t warns;            /* 1: the line is good all the same */
};

/* Of what is to be said of its lines: that after line and n, -1 for all. */
struct client_import_page {
    int64_t id;
    int64_t line, n;
    int64_t limit; /* rows */
};

/* What a batch did. */
struct client_import_step {
    int64_t id;
    int64_t from_row; /* the last one that was done before */
    int64_t upto_row;
    int64_t bytes;     /* of the file, read so far; of a check */
    int64_t good, bad; /* more by so many; a client that was made is good */
    int64_t alike;     /* of a check */
};

/* Stores im as new, uploaded. */
enum err client_import_create(struct db *db, struct arena *a,
                              const struct client_import *im, struct actor *by,
                              int64_t *ret_id) MUST_USE;

enum err client_import_get(struct db *db, struct arena *a, int64_t id,
                           struct client_import *ret) MUST_USE;

/* The newest first: struct client_import. */
enum err client_import_list(struct db *db, struct arena *a, int64_t limit,
                            struct db_rows *ret_rows) MUST_USE;

/* It is ready and runs from now on, for `by`. */
enum err client_import_start(struct db *db, struct arena *a, int64_t id,
                             int64_t version, struct actor *by) MUST_USE;

/* Nothing of it has been imported, and nothing will; its lines are gone. */
enum err client_import_cancel(struct db *db, struct arena *a, int64_t id,
                              int64_t version, struct actor *by) MUST_USE;

/* A page of what is wrong, or warns: struct client_import_line. */
enum err client_import_problems(struct db *db, struct arena *a,
                                const struct client_import_page *page,
                                struct db_rows *ret_rows) MUST_USE;

/* The bad lines after one and up to another, each once or more often, in
 * order: struct client_import_line. */
enum err client_import_bad(struct db *db, struct arena *a, int64_t id,
                           int64_t after, int64_t upto,
                           struct db_rows *ret_rows) MUST_USE;

/* --- for the jobs --- */

/* It is being checked, or imported, from now on; CONFLICT if it may not. */
enum err client_import_resume(struct db *db, struct arena *a, int64_t id,
                              bool running) MUST_USE;

/* In the transaction of the batch: CONFLICT, and nothing of it stays. */
enum err client_import_checked(struct db *db,
                               const struct client_import_step *s) MUST_USE;
enum err client_import_ran(struct db *db,
                           const struct client_import_step *s) MUST_USE;

/* A problem, or the client that a line became; in that transaction too. */
enum err client_import_note(struct db *db, int64_t id,
                            const struct client_import_line *line) MUST_USE;

/* All rows are checked: ready; or imported: done. */
enum err client_import_finish(struct db *db, int64_t id, bool running) MUST_USE;

/* It is given up: code says why. */
enum err client_import_fail(struct db *db, int64_t id,
                            const char *code) MUST_USE;

/*
 * Imports whose file has not been removed though they were cancelled before
 * one time, or done before another: struct client_import, of which only id
 * and sha256 are filled.
 */
enum err client_import_over(struct db *db, struct arena *a, int64_t cancelled,
                            int64_t done, struct db_rows *ret_rows) MUST_USE;

/* Does anything else need the content of this import's file? */
enum err client_import_shares(struct db *db, struct arena *a,
                              const struct client_import *im,
                              bool *ret_shares) MUST_USE;

/* Its file is no longer there, or no longer its. */
enum err client_import_removed(struct db *db, int64_t id) MUST_USE;

#endif
