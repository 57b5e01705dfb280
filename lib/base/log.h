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
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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
    /*
     * 0: a console that takes nothing holds up the program. Else so many
     * bytes wait for it in memory; lines beyond are lost, and counted.
     */
    size_t queue_bytes;
};

struct log;

/* ERR_CONFIG when the file cannot be opened; why names it. */
enum err log_new(const struct log_conf *conf, struct log **ret_log,
                 struct err_note *why) MUST_USE;
struct log *log_free(struct log *log);

/* Opens the file again after a rotation; keeps the old one if that fails. */
void log_reopen(struct log *log);

/* Bytes that wait for the console. */
size_t log_waiting(const struct log *log);

/* Writes of them what the console takes now. */
void log_flush(struct log *log);

/* Waits for the console to take the rest, a second at most. */
void log_drain(struct log *log);

/* What waits in from, waits in to, which has written nothing yet. */
void log_hand_over(struct log *from, struct log *to);

/* id is copied; NULL or "" clears it. */
void log_set_request(struct log *log, const char *id);

/* A NULL log is allowed and drops the line. */
void log_event(struct log *log, enum log_level level, const char *event,
               const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Who wrote a line that is not our own. */
struct log_origin {
    const char *program; /* and pid: they stand where ours would */
    pid_t pid;
    const char *pool, *stream;
    int64_t part; /* 1, 2, … of a line that is too long for one; 0 none */
    bool last;    /* of the parts */
};

/*
 * A line of another program, n bytes of any kind (at most
 * MAX_OUTPUT_LINE_BYTES), as the event "output".
 */
void log_output(struct log *log, enum log_level level,
                const struct log_origin *from, const char *text, size_t n);

/*
 * A line that has the form of the log already, without its end. in_file is
 * false when its writer has put it into the file himself.
 */
void log_line(struct log *log, enum log_level level, bool in_file,
              const char *line, size_t n);

/* True when a line of text holds s unchanged: nothing is to be escaped. */
bool log_is_plain(const char *s, size_t n);

enum log_format log_format(const struct log *log);

bool log_level_parse(const char *name, enum log_level *ret_level);
const char *log_level_name(enum log_level level);

#define log_debug(log, ...) log_event((log), LOG_DEBUG, __VA_ARGS__)
#define log_info(log, ...)  log_event((log), LOG_INFO, __VA_ARGS__)
#define log_warn(log, ...)  log_event((log), LOG_WARNING, __VA_ARGS__)
#define log_error(log, ...) log_event((log), LOG_ERROR, __VA_ARGS__)

#endif
