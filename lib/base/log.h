/*
 * log - one line per event: level, event name, key=value pairs.
 *
 * A line goes to the console (standard error) and to a file, either as text
 * or as one JSON object. Each is written by a single write(2) in append
 * mode, so lines of several processes never mix. The request id set by
 * log_set_request() stands on every line until it is cleared. Values must
 * never hold passwords, tokens or bodies.
 *
 *   log_info(log, "client.saved", "id=%" PRId64 " by=%" PRId64, id, by);
 *
 * Ownership  log_new() copies what it is given.
 * Errors     A full disk loses lines of the file, never the process.
 * Layer      base.
 */
#ifndef PT_BASE_LOG_H
#define PT_BASE_LOG_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_OFF };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_conf {
    enum log_level console_level; /* LOG_OFF: nothing on standard error */
    enum log_level file_level;
    enum log_format format;
    const char *file;    /* path, NULL or "" for none */
    const char *program; /* name on each line */
};

struct log;

/* ERR_CONFIG when the file cannot be opened; why names it. */
enum err log_new(const struct log_conf *conf, struct log **ret_log,
                 struct err_note *why) MUST_USE;
struct log *log_free(struct log *log);

/* Opens the file again after a rotation; keeps the old one if that fails. */
void log_reopen(struct log *log);

/* id is copied; NULL or "" clears it. */
void log_set_request(struct log *log, const char *id);

/* A NULL log is allowed and drops the line. */
void log_event(struct log *log, enum log_level level, const char *event,
               const char *fmt, ...) PRINTF_LIKE(4, 5);

bool log_level_parse(const char *name, enum log_level *ret_level);
const char *log_level_name(enum log_level level);

#define log_debug(log, ...) log_event((log), LOG_DEBUG, __VA_ARGS__)
#define log_info(log, ...)  log_event((log), LOG_INFO, __VA_ARGS__)
#define log_warn(log, ...)  log_event((log), LOG_WARNING, __VA_ARGS__)
#define log_error(log, ...) log_event((log), LOG_ERROR, __VA_ARGS__)

#endif
