/*
 * command - the commands of ptctl, as tables.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_COMMAND_H
#define PT_FCGI_CTL_COMMAND_H

#include "base/arena.h"
#include "base/config.h"

/* What every command gets: the configuration in force. */
struct ctl {
    struct arena *arena;
    struct config conf;
    const char *conf_path; /* NULL: defaults and environment only */
};

enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 64 };

struct command {
    const char *name; /* NULL ends a table */
    const char *args; /* as shown in the usage text */
    const char *help;
    /* argv[0] is the command's name. Returns CTL_…; prints its own errors
     * to standard error as one line "ptctl NAME: what; remedy". */
    int (*run)(struct ctl *ctl, int argc, char **argv);
};

extern const struct command pool_commands[]; /* status, top, reload … */
extern const struct command data_commands[]; /* migrate, seed, user, check */

#endif
