/*
 * cfg_impl - what the files of cfg share; for no one else.
 *
 * Layer      base.
 */
#ifndef PT_BASE_CFG_IMPL_H
#define PT_BASE_CFG_IMPL_H

#include "base/cfg.h"

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

/* Puts text, which lies in a, into the field of k in the struct at base. */
enum err cfg_set(struct arena *a, const struct cfg_key *k, const char *text,
                 void *base, const struct place *at) MUST_USE;

#endif
