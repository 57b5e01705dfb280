#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

enum {
    MAX_MESSAGE_BYTES = 1024, /* with its NUL */
    MAX_ESCAPED_BYTES = 500,  /* fits when each byte becomes six (JSON) */
    FLUSH_TRIES = 10,         /* at the end, for a slow console, … */
    FLUSH_TRY_MS = 100        /* … each so long */
};

struct log {
    enum log_level console_level, file_level;
    enum log_format format;
    char *path; /* NULL for none */
    char *program;
    int fd; /* of the file, -1 for none */
    char request[MAX_REQUEST_ID_BYTES + 1];
    struct buf line;
    struct buf queue; /* for the console; max 0: none */
    size_t sent;      /* of it */
    uint64_t lost;    /* lines that found no room there */
};

static const char *const level_names[] = {"debug", "info", "warning", "error",
                                          "off"};

bool log_level_parse(const char *name, enum log_level *ret_level)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (strcasecmp(name, level_names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

enum err log_new(const struct log_conf *conf, struct log **ret_log,
                 struct err_note *why)
{
    int fd = -1;
    bool has_file = conf->file != NULL && conf->file[0] != '\0';
    if (has_file && (fd = open_file(conf->file)) < 0)
        return err_errno(why, ERR_CONFIG, "log.file: cannot open %s",
                         conf->file);
    struct log *log = calloc(1, sizeof(*log));
    if (log == NULL)
        abort();
    log->console_level = conf->console_level;
    log->file_level = conf->file_level;
    log->format = conf->format;
    log->fd = fd;
    log->path = has_file ? strdup(conf->file) : NULL;
    log->program = strdup(conf->program);
    if (log->program == NULL || (has_file && log->path == NULL))
        abort();
    buf_init(&log->line, MAX_LOG_LINE_BYTES);
    buf_init(&log->queue, conf->queue_bytes);
    *ret_log = log;
    return ERR_OK;
}

static bool wait_for_console(int timeout_ms)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&p, 1, timeout_ms) == 1;
}

struct log *log_free(struct log *log)
{
    if (log == NULL)
        return NULL;
    log_drain(log);
    if (log->fd >= 0)
        close(log->fd);
    buf_done(&log->queue);
    buf_done(&log->line);
    free(log->path);
    free(log->program);
    free(log);
    return NULL;
}

void log_reopen(struct log *log)
{
    if (log->path == NULL)
        return;
    int fd = open_file(log->path);
    if (fd < 0)
        return;
    close(log->fd);
    log->fd = fd;
}

void log_set_request(struct log *log, const char *id)
{
    snprintf(log->request, sizeof(log->request), "%s", id != NULL ? id : "");
}

/* "2026-11-24T03:26:58.123Z" */
static void add_time(struct buf *b)
{
    struct timespec now;
    struct tm tm;
    char text[40];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, sizeof(text) - n, ".%03ldZ", now.tv_nsec / 1000000);
    buf_adds(b, text);
}

/*
 * Bytes of the UTF-8 sequence at s, of which n bytes are there; 0 when it is
 * broken. The check of text/utf8.h, which base may not use.
 * Source: RFC 3629, section 4.
 */
static size_t sequence_length(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    if (u[0] < 0x80)
        return 1;
    size_t len = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    if (u[0] < 0xc2 || u[0] > 0xf4 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
               (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f);
    return bad ? 0 : len;
}

/* Characters that a terminal may obey: C0, DEL, C1 (U+0080…U+009F). */
static bool is_control(const char *s, size_t len)
{
    unsigned char c = (unsigned char)s[0];
    return c < 0x20 || c == 0x7f ||
           (c == 0xc2 && len == 2 && (unsigned char)s[1] < 0xa0);
}

/* A JSON string body; control characters and broken bytes as \u00xx. */
static void add_json(struct buf *b, const char *s, size_t n)
{
    for (size_t len; n > 0; s += len, n -= len) {
        len = sequence_length(s, n);
        bool broken = len == 0;
        if (broken)
            len = 1;
        if (*s == '"' || *s == '\\')
            buf_addc(b, '\\');
        if (broken || is_control(s, len))
            buf_addf(b, "\\u%04x", (unsigned char)s[len - 1]);
        else
            buf_add(b, s, len);
    }
}

/*
 * Text with control characters and broken bytes shown as \xNN: a value cannot
 * fake a line.
 */
static void add_text(struct buf *b, const char *s, size_t n)
{
    for (size_t len; n > 0; s += len, n -= len) {
        len = sequence_length(s, n);
        if (len > 0 && !is_control(s, len)) {
            buf_add(b, s, len);
            continue;
        }
        if (len == 0)
            len = 1;
        for (size_t i = 0; i < len; i++)
            buf_addf(b, "\\x%02x", (unsigned char)s[i]);
    }
}

static void compose_json(struct log *log, const char *level, const char *event,
                         const char *message)
{
    struct buf *b = &log->line;
    buf_adds(b, "{\"time\":\"");
    add_time(b);
    buf_addf(b, "\",\"level\":\"%s\",\"program\":\"%s\",\"pid\":%d", level,
             log->program, (int)getpid());
    if (log->request[0] != '\0') {
        buf_adds(b, ",\"request\":\"");
        add_json(b, log->request, strlen(log->request));
        buf_addc(b, '"');
    }
    buf_adds(b, ",\"event\":\"");
    add_json(b, event, strlen(event));
    buf_adds(b, "\",\"message\":\"");
    add_json(b, message, strlen(message));
    buf_adds(b, "\"}\n");
}

static void compose_text(struct log *log, const char *level, const char *event,
                         const char *message)
{
    struct buf *b = &log->line;
    add_time(b);
    buf_addf(b, " %-7s %s[%d]", level, log->program, (int)getpid());
    if (log->request[0] != '\0') {
        buf_addc(b, ' ');
        add_text(b, log->request, strlen(log->request));
    }
    buf_addc(b, ' ');
    buf_adds(b, event);
    if (message[0] != '\0') {
        buf_addc(b, ' ');
        add_text(b, message, strlen(message));
    }
    buf_addc(b, '\n');
}

static void compose(struct log *log, enum log_level level, const char *event,
                    const char *message)
{
    buf_reset(&log->line);
    if (log->format == LOG_JSON)
        compose_json(log, level_names[level], event, message);
    else
        compose_text(log, level_names[level], event, message);
}

/* Ends text, of which n bytes may stay, with the mark of a cut. */
static void cut(char *text, size_t n)
{
    static const char mark[] = "\xe2\x80\xa6";
    size_t at = n - (sizeof(mark) - 1);
    while (at > 0 && (text[at] & 0xc0) == 0x80)
        at--;
    memcpy(text + at, mark, sizeof(mark));
}

/* --- the console --- */

size_t log_waiting(const struct log *log)
{
    return log->queue.n - log->sent;
}

void log_flush(struct log *log)
{
    struct buf *q = &log->queue;
    while (log->sent < q->n && wait_for_console(0)) {
        /* A pipe that can be written to takes so much without waiting. */
        size_t n = q->n - log->sent < PIPE_BUF ? q->n - log->sent : PIPE_BUF;
        ssize_t written = write(STDERR_FILENO, q->p + log->sent, n);
        if (written < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        log->sent = written > 0 ? log->sent + (size_t)written : q->n;
    }
    if (log->sent < q->n)
        return;
    log->sent = 0;
    if (q->room > MAX_LOG_LINE_BYTES)
        buf_done(q);
    else
        buf_reset(q);
    if (log->lost > 0) {
        uint64_t lost = log->lost;
        log->lost = 0;
        log_warn(log, "log.lost", "lines=%" PRIu64 " the console took nothing",
                 lost);
    }
}

void log_drain(struct log *log)
{
    for (int i = 0; i < FLUSH_TRIES && log_waiting(log) > 0; i++) {
        wait_for_console(FLUSH_TRY_MS);
        log_flush(log);
    }
}

void log_hand_over(struct log *from, struct log *to)
{
    if (log_waiting(from) == 0 || to->queue.max == 0)
        return;
    to->queue = from->queue;
    to->sent = from->sent;
    to->lost = from->lost;
    buf_init(&from->queue, 0);
    from->sent = 0;
}

static void queue_line(struct log *log, const struct buf *line)
{
    struct buf *q = &log->queue;
    if (log->sent > 0 && line->n > q->max - q->n) {
        q->n -= log->sent;
        memmove(q->p, q->p + log->sent, q->n);
        log->sent = 0;
    }
    if (line->n > q->max - q->n) {
        log->lost++;
        return;
    }
    buf_add(q, line->p, line->n);
    if (!buf_ok(q)) { /* no memory: what was there stays */
        q->failed = false;
        log->lost++;
    }
}

static void put_console(struct log *log, const struct buf *line)
{
    if (log->queue.max == 0) {
        ssize_t n UNUSED = write(STDERR_FILENO, line->p, line->n);
        return;
    }
    queue_line(log, line);
    log_flush(log);
}

static void put(struct log *log, enum log_level level, bool in_file,
                const struct buf *line)
{
    /* A lost line must not stop the program: nothing to do about it here. */
    if (in_file && log->fd >= 0 && level >= log->file_level) {
        ssize_t n UNUSED = write(log->fd, line->p, line->n);
    }
    if (level >= log->console_level)
        put_console(log, line);
}

static bool is_wanted(const struct log *log, enum log_level level)
{
    return log != NULL && (level >= log->console_level ||
                           (log->fd >= 0 && level >= log->file_level));
}

void log_event(struct log *log, enum log_level level, const char *event,
               const char *fmt, ...)
{
    if (!is_wanted(log, level))
        return;
    char message[MAX_MESSAGE_BYTES];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof(message))
        cut(message, sizeof(message) - 1);
    compose(log, level, event, message);
    if (!buf_ok(&log->line)) {
        cut(message, MAX_ESCAPED_BYTES);
        compose(log, level, event, message);
    }
    put(log, level, true, &log->line);
}

/* --- lines of others --- */

static void output_json(struct buf *b, const char *level,
                        const struct log_origin *from, const char *text,
                        size_t n)
{
    buf_adds(b, "{\"time\":\"");
    add_time(b);
    buf_addf(b, "\",\"level\":\"%s\",\"program\":\"", level);
    add_json(b, from->program, strlen(from->program));
    buf_addf(b, "\",\"pid\":%d,\"event\":\"output\",\"pool\":\"",
             (int)from->pid);
    add_json(b, from->pool, strlen(from->pool));
    buf_addf(b, "\",\"stream\":\"%s\"", from->stream);
    if (from->part > 0)
        buf_addf(b, ",\"part\":%" PRId64, from->part);
    if (from->last)
        buf_addf(b, ",\"parts\":%" PRId64, from->part);
    buf_adds(b, ",\"message\":\"");
    add_json(b, text, n);
    buf_adds(b, "\"}\n");
}

static void output_text(struct buf *b, const char *level,
                        const struct log_origin *from, const char *text,
                        size_t n)
{
    add_time(b);
    buf_addf(b, " %-7s ", level);
    add_text(b, from->program, strlen(from->program));
    buf_addf(b, "[%d] output pool=", (int)from->pid);
    add_text(b, from->pool, strlen(from->pool));
    buf_addf(b, " stream=%s ", from->stream);
    if (from->last)
        buf_addf(b, "part=%" PRId64 "/%" PRId64 " ", from->part, from->part);
    else if (from->part > 0)
        buf_addf(b, "part=%" PRId64 " ", from->part);
    add_text(b, text, n);
    buf_addc(b, '\n');
}

void log_output(struct log *log, enum log_level level,
                const struct log_origin *from, const char *text, size_t n)
{
    enum { MAX_ESCAPE = 6 }; /* \u00ff */
    struct buf b;
    if (!is_wanted(log, level))
        return;
    buf_init(&b, MAX_ESCAPE * MAX_OUTPUT_LINE_BYTES + MAX_LOG_LINE_BYTES);
    if (log->format == LOG_JSON)
        output_json(&b, level_names[level], from, text, n);
    else
        output_text(&b, level_names[level], from, text, n);
    if (buf_ok(&b))
        put(log, level, true, &b);
    buf_done(&b);
}

void log_line(struct log *log, enum log_level level, bool in_file,
              const char *line, size_t n)
{
    struct buf b;
    if (!is_wanted(log, level))
        return;
    buf_init(&b, n + 1);
    buf_add(&b, line, n);
    buf_addc(&b, '\n');
    if (buf_ok(&b))
        put(log, level, in_file, &b);
    buf_done(&b);
}

bool log_is_plain(const char *s, size_t n)
{
    for (size_t len; n > 0; s += len, n -= len) {
        len = sequence_length(s, n);
        if (len == 0 || is_control(s, len))
            return false;
    }
    return true;
}

enum log_format log_format(const struct log *log)
{
    return log->format;
}
