/*
 * data - opening the database for a command of ptctl.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_DATA_H
#define PT_FCGI_CTL_DATA_H

#include "ctl/command.h"
#include "store/audit.h"

/*
 * Opens the configured database, for changing data: the cache is told of
 * writes. Prints the reason when it cannot.
 */
enum err data_open(const struct ctl *ctl, const char *command,
                   struct db **ret_db) MUST_USE;

/* The same without the cache: for looking, and before there is a schema. */
enum err data_connect(const struct ctl *ctl, const char *command,
                      struct db **ret_db) MUST_USE;

/* Has writes on db tell the cache that the workers use. */
enum err data_use_cache(const struct ctl *ctl, struct db *db,
                        struct err_note *why) MUST_USE;

/* The configured keys of the audit; prints the reason when they will not do. */
enum err data_keys(const struct ctl *ctl, const char *command,
                   struct audit_keys *ret) MUST_USE;

/* Prints "ptctl COMMAND: what" and returns CTL_FAILED. */
int data_failed(const char *command, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The commands that have a file of their own. */
int seed_command(struct ctl *ctl, int argc, char **argv);
int flush_command(struct ctl *ctl, int argc, char **argv);
int user_command(struct ctl *ctl, int argc, char **argv);
int audit_command(struct ctl *ctl, int argc, char **argv);
int backup_command(struct ctl *ctl, int argc, char **argv);
int restore_command(struct ctl *ctl, int argc, char **argv);
int list_command(struct ctl *ctl, int argc, char **argv);
int drill_command(struct ctl *ctl, int argc, char **argv);

#endif
