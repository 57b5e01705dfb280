/*
 * backup_drill - does a backup come back? It is fetched from where it would be
 * fetched in an emergency, read, restored into a scratch database, and that
 * is compared with what the backup says of itself: rows of each table, the
 * whole chain of the audit up to the end it had then, and a file in the
 * backup for each that a row speaks of.
 *
 * Ownership  What is returned lives in env->arena.
 * Errors     INVALID (it came back otherwise), and those of backup_restore().
 * Layer      out.
 */
#ifndef PT_OUT_BACKUP_DRILL_H
#define PT_OUT_BACKUP_DRILL_H

#include "out/backup_store.h"

struct backup_drill {
    const char *file;
    int64_t ms; /* all of it: the time that an emergency takes at least */
    int64_t tables, rows, files, audit_rows;
};

/* name: NULL for the newest. file and ms are set after an error too. */
enum err backup_drill(struct backup_env *env, const struct audit_keys *keys,
                      const char *name, struct backup_drill *ret,
                      struct err_note *why) MUST_USE;

#endif
