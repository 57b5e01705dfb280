/*
 * cfg - a YAML file read into structs, by table.
 *
 * The engine knows no key: a program describes its sections and keys in
 * tables (config.c). Each value comes, strongest first, from the
 * environment (key.env, or the file named by <key.env>_FILE), from the YAML
 * file, from the default of the table. ${NAME} and ${NAME:-default} inside a
 * value are replaced from the environment.
 *
 * A file may name others (CFG_FILES, wildcards allowed, from its own folder).
 * They are read after it, in alphabetical order; where a key stands in several
 * the last one counts.
 *
 * Ownership  All text lies in the arena given to cfg_load().
 * Errors     ERR_CONFIG; the note reads "file:line: section.key: what".
 * Units      CFG_DURATION is stored in milliseconds, CFG_BYTES in bytes.
 * Layer      base.
 */
#ifndef PT_BASE_CFG_H
#define PT_BASE_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum cfg_kind {
    CFG_TEXT,     /* const char * */
    CFG_INT,      /* int64_t, within min..max */
    CFG_OCTAL,    /* int64_t, a file mode such as 0660 */
    CFG_BOOL,     /* bool: on off yes no true false 1 0 none */
    CFG_DURATION, /* int64_t ms: 500ms 30s 5m 2h 1d, within min..max ms */
    CFG_BYTES,    /* int64_t: 64B 512KiB 50MiB 1GiB, within min..max bytes */
    CFG_CHOICE,   /* int64_t: position in choices */
    CFG_RANGE,    /* struct cfg_range: 4, {min: 2, max: 16}, auto */
    CFG_WORDS     /* const char *const *: a list, ends with NULL */
};

struct cfg_range {
    int64_t min, max; /* the same for a plain number; of auto both 0 */
    bool automatic;
};

enum {
    CFG_SECRET = 1,   /* masked by cfg_dump() */
    CFG_REQUIRED = 2, /* a value must come from somewhere */
    CFG_URL = 4,      /* cfg_dump() masks the password in scheme://u:p@h */
    CFG_OPTIONAL = 8, /* a number that may be missing: "" is -1 */
    CFG_PAIRS = 16,   /* cfg_dump() masks the value of a word NAME=value */
    CFG_FILES = 32    /* of words at the top level: files to read as well */
};

struct cfg_key {
    const char *name; /* NULL ends a table */
    enum cfg_kind kind;
    size_t offset;
    const char *def;            /* default, as it would stand in the file */
    const char *env;            /* environment variable that wins, or NULL */
    const char *const *choices; /* of CFG_CHOICE, and of CFG_WORDS that are
                                 * names; ends with NULL */
    int64_t min, max;
    unsigned flags;
};

/*
 * A section of the file. Its struct lies at offset; a map section (pools:
 * one entry per name) has an array of max structs of size bytes there, whose
 * first member is a const char *name, and an int64_t count at count_offset.
 */
struct cfg_section {
    const char *name; /* "" for keys at the top level; NULL ends a table */
    const struct cfg_key *keys;
    size_t offset;
    bool map;
    size_t size, max, count_offset;
};

/*
 * Reads path (NULL: no file, defaults and environment only) into the struct
 * at ret. Unknown sections and keys, repeated keys, and values that do not
 * fit are refused.
 */
enum err cfg_load(const char *path, const struct cfg_section *sections,
                  struct arena *a, void *ret, struct err_note *why) MUST_USE;

/* Appends one "section.key: value" line per key; secrets as ******. */
void cfg_dump(const struct cfg_section *sections, const void *conf,
              struct buf *b);

#endif
