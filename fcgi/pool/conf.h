/*
 * conf - what the supervisor wants of a configuration beyond its form.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_CONF_H
#define PT_FCGI_POOL_CONF_H

#include "base/config.h"
#include "base/log.h"
#include "pool/spawn.h"

enum {
    MAX_CONF_ARENA_BYTES = 8 << 20,
    LOG_QUEUE_BYTES = 1 << 20 /* for a console that takes nothing */
};

/*
 * Checks programs, users, groups and addresses; opens nothing. The note
 * names the key.
 */
enum err conf_check(const struct config *conf, const struct spawn_home *home,
                    struct err_note *why) MUST_USE;

/*
 * Reads the file at path (NULL: none) and checks it. *ret_conf and its text
 * lie in *ret_arena, which is the caller's.
 */
enum err conf_read(const char *path, const struct spawn_home *home,
                   struct arena **ret_arena, const struct config **ret_conf,
                   struct err_note *why) MUST_USE;

/* True when an address of the supervisor is a path, without "unix:". */
bool conf_is_path(const char *address);

/* The settings of the log in conf. */
struct log_conf conf_log(const struct config *conf);

#endif
