/*
 * file - what people attached to a client, and to what comes after clients.
 *
 * A row belongs to one thing, its entity, whose rules say who may see it. The
 * bytes are in the store (store/filestore.h); nothing is deleted, a file is
 * archived and can be brought back. The audit tells of it among what happened
 * to that thing.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, CONFLICT (another version is stored), UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC.
 * Layer      model.
 */
#ifndef PT_MODEL_FILE_H
#define PT_MODEL_FILE_H

#include "store/audit.h"

struct file {
    int64_t id;
    const char *entity; /* "client" */
    int64_t entity_id;
    const char *name, *mime;
    int64_t bytes;
    const char *sha256;
    int64_t created_at, version;
    int64_t archived_at;         /* 0: active */
    const char *created_by_name; /* "" for nobody; of a list only */
};

/* A page of the files of one thing. */
struct file_filter {
    const char *entity;
    int64_t entity_id;
    bool archived;  /* the archived ones instead of the active */
    int64_t before; /* those older than this id; 0 for all */
    int64_t limit;  /* rows */
};

/* The newest first: struct file. */
enum err file_list(struct db *db, struct arena *a,
                   const struct file_filter *filter,
                   struct db_rows *ret_rows) MUST_USE;

enum err file_get(struct db *db, struct arena *a, int64_t id,
                  struct file *ret) MUST_USE;

/* Stores f as new. */
enum err file_create(struct db *db, struct arena *a, const struct file *f,
                     struct actor *by, int64_t *ret_id) MUST_USE;

/* Archives (or brings back) version `version` of the file. */
enum err file_archive(struct db *db, struct arena *a, int64_t id,
                      int64_t version, bool archived,
                      struct actor *by) MUST_USE;

#endif
