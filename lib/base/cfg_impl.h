/*
 * cfg_impl - what the files of cfg share; for no one else.
 *
 * Layer      base.
 */
#ifndef PT_BASE_CFG_IMPL_H
#define PT_BASE_CFG_IMPL_H

#include <sys/types.h>

#include "base/cfg.h"
#include "base/limits.h"

/* Where a value stands, for the message when it is refused. */
struct place {
    const char *file;
    unsigned long line; /* 0: not in the file */
    const char *section, *entry, *key;
    struct err_note *why;
};

/* Sets the note to "conf/x.yaml:12: pools.web.workers: <what>". */
enum err cfg_refuse(const struct place *at, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* The files read so far: none is read twice. */
struct cfg_files {
    size_t n;
    struct {
        dev_t dev;
        ino_t ino;
    } seen[MAX_CONF_FILES];
};

/* Refuses a file that is not there, no file, or read already. */
enum err cfg_enter(struct cfg_files *files, const char *path,
                   const struct place *at) MUST_USE;

/*
 * The files that a pattern in at->file names, in alphabetical order; ends with
 * NULL. Without a wildcard there must be one.
 */
enum err cfg_match(struct arena *a, const char *pattern, const struct place *at,
                   const char *const **ret_paths) MUST_USE;

/* Puts text, which lies in a, into the field of k in the struct at base. */
enum err cfg_set(struct arena *a, const struct cfg_key *k, const char *text,
                 void *base, const struct place *at) MUST_USE;

/* Of a key with choices: is the word one of them? Makes it that one. */
enum err cfg_check_word(const struct cfg_key *k, const char **word,
                        const struct place *at) MUST_USE;

#endif
