/*
 * backup_store - where backups are kept: the folder, and a container of Azure
 * when there is one.
 *
 * Ownership  What is returned lives in env->arena.
 * Errors     NOTFOUND (no such backup), and those of azure and backup.
 * Layer      out.
 */
#ifndef PT_OUT_BACKUP_STORE_H
#define PT_OUT_BACKUP_STORE_H

#include "out/backup_row.h"

/* One that is kept. */
struct backup_kept {
    const char *name;
    int64_t at; /* the time in its name */
    int64_t bytes;
    bool here, offsite;
};

/* All of them, the newest first. */
enum err backup_kept_list(struct backup_env *env, struct backup_kept **ret,
                          size_t *ret_n, struct err_note *why) MUST_USE;

/*
 * Opens one for reading: by a path with a "/", by its name (what is not in the
 * folder is fetched), or the newest, which NULL and "latest" mean. far: fetch
 * it although it is in the folder, if it is stored elsewhere at all.
 */
enum err backup_kept_open(struct backup_env *env, const char *name, bool far,
                          int *ret_fd, const char **ret_name,
                          struct err_note *why) MUST_USE;

/* Stores one of the folder in Azure and compares what came to lie there. */
enum err backup_kept_send(struct backup_env *env, const char *name,
                          struct err_note *why) MUST_USE;

/*
 * Removes those that are older than backup.keep, and of those older than two
 * days all but the last of each day. The newest good one stays, whatever its
 * age, and without one all do.
 */
enum err backup_kept_prune(struct backup_env *env, struct db *db,
                           struct actor *by, size_t *ret_removed,
                           struct err_note *why) MUST_USE;

#endif
