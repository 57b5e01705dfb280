/*
 * backup - everything in one encrypted file, and back.
 *
 * A backup is an archive (store/archive.h) of
 *
 *   database.pgdump or database.sqlite   one moment of the database
 *   files/HASH                           each file of files.dir
 *   manifest.json                        what is in it: rows of each table,
 *                                        files, the end of the audit's chain
 *
 * It is written under a name that nobody looks at, brought to the disk, read
 * back to its last byte, and only then called personal-tech-TIME-XXXX.ptb.
 * What is restored has been read to its last byte before anything is touched.
 *
 * Ownership  What is returned lives in env->arena.
 * Errors     As of archive, dump and filestore; CONFLICT: the database or the
 *            folder of files is not empty. The note is fit for the operator.
 * Units      Times are seconds since 1970, UTC; *_ms milliseconds.
 * Layer      out.
 */
#ifndef PT_OUT_BACKUP_H
#define PT_OUT_BACKUP_H

#include "base/config.h"
#include "store/archive.h"
#include "store/audit.h"
#include "store/dump.h"
#include "store/filestore.h"

#define BACKUP_PREFIX "personal-tech-"
#define BACKUP_SUFFIX ".ptb"

struct backup_env {
    const struct config *conf;
    struct archive_keys keys;
    struct arena *arena;
    struct spool *telemetry;  /* NULL: none */
    const char *operation;    /* id, for that */
    void (*alive)(void *arg); /* called now and then; NULL allowed */
    void *arg;
};

/* CONFIG when there is no key. */
enum err backup_env_init(struct backup_env *env, const struct config *conf,
                         struct arena *a, struct err_note *why) MUST_USE;

/* What a backup says of itself, and what was found by reading it. */
struct backup_info {
    const char *file; /* its name, without a folder */
    const char *sha256;
    int64_t bytes, made_at, took_ms;
    const char *database;         /* name of its entry */
    int64_t rows, files, damaged; /* files that are not what they were */
    struct dump_facts facts;
    const char *const *hashes; /* of the files, in order */
};

/* Makes one in backup.folder. */
enum err backup_make(struct backup_env *env, struct backup_info *ret,
                     struct err_note *why) MUST_USE;

/* Reads the one that is open at fd to its last byte. */
enum err backup_read(struct backup_env *env, int fd, struct backup_info *ret,
                     struct err_note *why) MUST_USE;

/*
 * Puts database and files back as they were; with replace, in place of what is
 * there (files of others stay: they do no harm). Then tell the cache.
 */
enum err backup_restore(struct backup_env *env, int fd, bool replace,
                        struct backup_info *ret, struct err_note *why) MUST_USE;

/* Only the database, into another one: for the restore test. */
enum err backup_restore_database(struct backup_env *env, int fd,
                                 const struct dump_place *place, bool replace,
                                 struct err_note *why) MUST_USE;

/* The time in a name of ours; 0 for any other name. */
int64_t backup_name_time(const char *name);

/* Opens the folder of backups, which is made if it is missing. */
enum err backup_folder(const struct config *conf, int *ret_fd,
                       struct err_note *why) MUST_USE;

#endif
