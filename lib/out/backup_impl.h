/*
 * backup_impl - what the files of backup share; for no one else.
 *
 * Layer      out.
 */
#ifndef PT_OUT_BACKUP_IMPL_H
#define PT_OUT_BACKUP_IMPL_H

#include "out/backup.h"

#define BACKUP_FILES    "files/"
#define BACKUP_MANIFEST "manifest.json"

/* Names of the entry of a database, by its kind. */
extern const char *const backup_databases[];

void backup_alive(const struct backup_env *env);

/* SHA-256 of a file of people, as it goes by. */
struct backup_hash {
    crypto_hash_sha256_state state;
};

void backup_hash_begin(struct backup_hash *h);
bool backup_hash_is(const struct backup_hash *h, const char *hex);

#endif
