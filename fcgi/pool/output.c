#include "pool/output.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "text/json.h"

enum { STREAMS = 2, MAX_PROGRAM_BYTES = 32 };

struct stream {
    struct output *output;
    struct source source; /* fd -1: closed by all who had it */
    const struct kind *kind;
    struct buf line; /* begun, its end has not come */
    int64_t part;    /* of it, that are written */
    bool paused;     /* not waited for; then in the list of the set */
    struct stream *next_paused;
};

/* What a pipe is for, and the level of a line that does not say it. */
static const struct kind {
    const char *name;
    enum log_level level;
} kinds[STREAMS] = {{"stdout", LOG_INFO}, {"stderr", LOG_WARNING}},
  both = {"both", LOG_WARNING};

struct output {
    struct output_set *set;
    struct output *next;
    bool orphan;
    char *pool; /* its name; an orphan may outlive it */
    char program[MAX_PROGRAM_BYTES];
    pid_t pid;
    struct stream streams[STREAMS];
};

/* --- lines that go as they are --- */

/* "2026-11-24T03:26:58.123Z" */
static bool is_time(const char *s, size_t n)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    if (n < sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < sizeof(form) - 1; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
            return false;
    return true;
}

/* "TIME level   program[PID] …" of this worker, as base/log.c writes it. */
static bool is_own_text(const struct output *o, const char *s, size_t n,
                        enum log_level *ret_level)
{
    enum { TIME_BYTES = 25, LEVEL_BYTES = 8, MAX_HEAD = 160 };
    char head[MAX_HEAD], level[LEVEL_BYTES], id[32];
    if (!is_time(s, n) || !log_is_plain(s, n))
        return false;
    snprintf(head, sizeof(head), "%.*s", (int)n, s);
    snprintf(id, sizeof(id), "[%d]", (int)o->pid);
    /* NOLINTNEXTLINE(cert-err34-c): words, no number */
    if (sscanf(head + TIME_BYTES - 1, " %7s", level) != 1 ||
        !log_level_parse(level, ret_level))
        return false;
    const char *program = head + TIME_BYTES + LEVEL_BYTES;
    size_t len = n > TIME_BYTES + LEVEL_BYTES ? strcspn(program, "[ ") : 0;
    return len > 0 && strncmp(program + len, id, strlen(id)) == 0;
}

/* NULL unless the line is one JSON object. */
static struct json_object *parse_object(const char *s, size_t n)
{
    if (n < 2 || s[0] != '{')
        return NULL;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20)
            return NULL;
    struct json_tokener *tok = json_tokener_new();
    if (tok == NULL)
        return NULL;
    json_tokener_set_flags(tok,
                           JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object = json_tokener_parse_ex(tok, s, (int)n);
    bool whole = json_tokener_get_error(tok) == json_tokener_success &&
                 json_tokener_get_parse_end(tok) == n;
    json_tokener_free(tok);
    if (whole && json_object_is_type(object, json_type_object))
        return object;
    json_object_put(object);
    return NULL;
}

static bool has(struct json_object *object, const char *name)
{
    return json_object_object_get_ex(object, name, NULL);
}

static enum log_level level_of(struct json_object *object,
                               enum log_level otherwise)
{
    struct json_object *level;
    if (json_object_object_get_ex(object, "level", &level) &&
        json_object_is_type(level, json_type_string))
        (void)log_level_parse(json_object_get_string(level), &otherwise);
    return otherwise;
}

/* What base/log.c writes. */
static bool is_own_object(const struct output *o, struct json_object *object)
{
    struct json_object *pid;
    return has(object, "time") && has(object, "level") &&
           has(object, "program") && has(object, "event") &&
           json_object_object_get_ex(object, "pid", &pid) &&
           json_object_get_int64(pid) == o->pid;
}

static void put_object(struct stream *st, struct json_object *object,
                       const char *s, size_t n)
{
    const struct output *o = st->output;
    struct buf b;
    buf_init(&b, n + MAX_CONF_VALUE_BYTES);
    buf_addc(&b, '{');
    if (!has(object, "pool")) {
        buf_adds(&b, "\"pool\":");
        json_string(&b, o->pool, strlen(o->pool));
        buf_addc(&b, ',');
    }
    if (!has(object, "pid"))
        buf_addf(&b, "\"pid\":%d,", (int)o->pid);
    if (json_object_object_length(object) == 0)
        b.n--; /* nothing follows the comma */
    buf_add(&b, s + 1, n - 1);
    bool ok = buf_ok(&b);
    log_line(*o->set->log, level_of(object, st->kind->level),
             !is_own_object(o, object), ok ? b.p : s, ok ? b.n : n);
    buf_done(&b);
}

/* --- lines --- */

/* ended is false when more parts of the line follow. */
static void put_line(struct stream *st, const char *s, size_t n, bool ended)
{
    bool whole = ended && st->part == 0;
    const struct output *o = st->output;
    struct log *log = *o->set->log;
    enum log_level level;
    struct json_object *object = NULL;
    if (whole && log_format(log) == LOG_JSON)
        object = parse_object(s, n);
    if (object != NULL) {
        put_object(st, object, s, n);
        json_object_put(object);
        return;
    }
    if (whole && log_format(log) == LOG_TEXT && is_own_text(o, s, n, &level)) {
        log_line(log, level, false, s, n);
        return;
    }
    const struct log_origin from = {.program = o->program,
                                    .pid = o->pid,
                                    .pool = o->pool,
                                    .stream = st->kind->name,
                                    .part = st->part,
                                    .last = ended && st->part > 0};
    log_output(log, st->kind->level, &from, s, n);
}

/* Bytes at the end of s that begin a character and do not end it. */
static size_t open_character(const char *s, size_t n)
{
    for (size_t k = 1; k <= 3 && k <= n; k++) {
        unsigned char c = (unsigned char)s[n - k];
        if (c >= 0xc0)
            return k < (c >= 0xf0 ? 4U : c >= 0xe0 ? 3U : 2U) ? k : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

static void put_part(struct stream *st)
{
    char rest[4];
    size_t begun = open_character(st->line.p, st->line.n);
    memcpy(rest, st->line.p + st->line.n - begun, begun);
    st->part++;
    put_line(st, st->line.p, st->line.n - begun, false);
    buf_reset(&st->line);
    buf_add(&st->line, rest, begun);
}

/* The line that was begun, if any, ends here. */
static void put_rest(struct stream *st)
{
    if (st->part > 0)
        st->part++;
    put_line(st, buf_str(&st->line), st->line.n, true);
    st->part = 0;
    buf_done(&st->line);
}

static void take(struct stream *st, const char *p, size_t n)
{
    while (n > 0) {
        const char *end = memchr(p, '\n', n);
        size_t len = end != NULL ? (size_t)(end - p) : n;
        size_t room = MAX_OUTPUT_LINE_BYTES - st->line.n;
        if (room == 0 && len > 0) {
            put_part(st);
            continue;
        }
        if (len > room) {
            len = room;
            end = NULL;
        }
        if (end != NULL && st->line.n == 0 && st->part == 0) {
            put_line(st, p, len, true);
        } else {
            buf_add(&st->line, p, len);
            if (end != NULL)
                put_rest(st);
        }
        len += end != NULL;
        p += len;
        n -= len;
    }
}

/* --- the pipes --- */

/* Not by an empty mask: the end of the pipe would still be told, for ever. */
static void pause_stream(struct stream *st)
{
    struct output_set *set = st->output->set;
    loop_remove(set->loop, &st->source);
    st->paused = true;
    st->next_paused = set->paused;
    set->paused = st;
}

static void forget_pause(struct stream *st)
{
    struct stream **at = &st->output->set->paused;
    while (*at != NULL && *at != st)
        at = &(*at)->next_paused;
    if (*at == st)
        *at = st->next_paused;
    st->paused = false;
}

static bool is_ahead(const struct output_set *set)
{
    return log_waiting(*set->log) > OUTPUT_AHEAD_BYTES;
}

bool output_set_tick(struct output_set *set)
{
    struct stream *st;
    log_flush(*set->log);
    while ((st = set->paused) != NULL && !is_ahead(set)) {
        forget_pause(st);
        if (loop_add(set->loop, &st->source, EPOLLIN, NULL) != ERR_OK) {
            pause_stream(st);
            break;
        }
    }
    return log_waiting(*set->log) > 0 || set->paused != NULL;
}

static void close_stream(struct stream *st)
{
    if (st->line.n > 0)
        put_rest(st);
    buf_done(&st->line);
    forget_pause(st);
    loop_remove(st->output->set->loop, &st->source);
    fd_done(&st->source.fd);
}

/* Ends the one that *at points to, which then points to the next. */
static void free_at(struct output **at)
{
    struct output *o = *at;
    *at = o->next;
    o->set->orphans -= o->orphan;
    for (size_t i = 0; i < STREAMS; i++)
        close_stream(&o->streams[i]);
    free(o->pool);
    free(o);
}

static void free_output(struct output *o)
{
    struct output **at = &o->set->first;
    while (*at != o)
        at = &(*at)->next;
    free_at(at);
}

static bool is_open(const struct output *o)
{
    return o->streams[0].source.fd >= 0 || o->streams[1].source.fd >= 0;
}

/* True when there may be more. */
static bool read_some(struct stream *st)
{
    char block[OUTPUT_TURN_BYTES];
    ssize_t n = read(st->source.fd, block, sizeof(block));
    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        close_stream(st);
        return false;
    }
    take(st, block, (size_t)n);
    return true;
}

static void on_pipe(void *arg, uint32_t events UNUSED)
{
    struct stream *st = arg;
    struct output *o = st->output;
    if (is_ahead(o->set)) {
        pause_stream(st);
        return;
    }
    (void)read_some(st);
    if (o->orphan && !is_open(o))
        free_output(o);
}

/* In the set, without descriptors. */
static struct output *new_output(struct output_set *set, const char *pool,
                                 const char *program)
{
    struct output *o = calloc(1, sizeof(*o));
    if (o == NULL || (o->pool = strdup(pool)) == NULL) {
        free(o);
        return NULL;
    }
    const char *slash = strrchr(program, '/');
    o->set = set;
    snprintf(o->program, sizeof(o->program), "%s",
             slash != NULL ? slash + 1 : program);
    for (size_t i = 0; i < STREAMS; i++) {
        struct stream *st = &o->streams[i];
        *st = (struct stream){.output = o,
                              .source = {.fd = -1, .fn = on_pipe, .arg = st},
                              .kind = &kinds[i]};
        buf_init(&st->line, MAX_OUTPUT_LINE_BYTES);
    }
    o->next = set->first;
    set->first = o;
    return o;
}

static enum err open_pipe(struct stream *st, int *ret_end, struct err_note *why)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(why, ERR_SYSTEM, "output pipe");
    st->source.fd = ends[0];
    *ret_end = ends[1];
    /* Only this end: the other one belongs to the worker. */
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return err_errno(why, ERR_SYSTEM, "output pipe");
    return loop_add(st->output->set->loop, &st->source, EPOLLIN, why);
}

static enum err open_pipes(struct output *o, int ends[STREAMS],
                           struct err_note *why)
{
    for (size_t i = 0; i < STREAMS; i++)
        TRY(open_pipe(&o->streams[i], &ends[i], why));
    return ERR_OK;
}

/* Of two pipes nobody can tell what was written first. */
static enum err open_merged(struct output *o, int ends[STREAMS],
                            struct err_note *why)
{
    o->streams[0].kind = &both;
    TRY(open_pipe(&o->streams[0], &ends[0], why));
    ends[1] = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
    return ends[1] >= 0 ? ERR_OK : err_errno(why, ERR_SYSTEM, "output pipe");
}

enum err output_open(struct output_set *set, const char *pool,
                     const struct pool_conf *conf, struct output **ret_output,
                     int ret_ends[2], struct err_note *why)
{
    int ends[STREAMS] = {-1, -1};
    struct output *o = new_output(set, pool, conf->command[0]);
    if (o == NULL)
        return err_errno(why, ERR_SYSTEM, "output");
    enum err e = conf->output == POOL_OUTPUT_MERGED ? open_merged(o, ends, why)
                                                    : open_pipes(o, ends, why);
    if (e != ERR_OK) {
        free_output(o);
        fd_done(&ends[0]);
        fd_done(&ends[1]);
        return e;
    }
    memcpy(ret_ends, ends, sizeof(ends));
    *ret_output = o;
    return ERR_OK;
}

void output_started(struct output *o, pid_t pid)
{
    o->pid = pid;
}

/* --- ending --- */

/* All that is in the pipe now; its writers may go on for ever. */
static void drain(struct stream *st)
{
    int left = 0;
    if (st->source.fd < 0 || ioctl(st->source.fd, FIONREAD, &left) != 0)
        return;
    for (left = left / OUTPUT_TURN_BYTES + 2; left > 0 && read_some(st); left--)
        ;
    if (st->line.n > 0)
        put_rest(st);
}

/* The last of them in the list: new ones come first. */
static struct output *oldest_orphan(const struct output_set *set)
{
    struct output *oldest = NULL;
    for (struct output *o = set->first; o != NULL; o = o->next)
        if (o->orphan)
            oldest = o;
    return oldest;
}

struct output *output_end(struct output *o)
{
    if (o == NULL)
        return NULL;
    for (size_t i = 0; i < STREAMS; i++)
        drain(&o->streams[i]);
    if (!is_open(o)) {
        free_output(o);
        return NULL;
    }
    o->orphan = true;
    if (++o->set->orphans > MAX_OUTPUT_ORPHANS)
        free_output(oldest_orphan(o->set));
    return NULL;
}

/* --- another program in this process --- */

static void keep(struct output *o, struct buf *state)
{
    for (size_t i = 0; i < STREAMS; i++) {
        struct stream *st = &o->streams[i];
        if (st->line.n > 0)
            put_rest(st);
        if (o->streams[0].kind == &both)
            st = &o->streams[0];
        if (st->source.fd >= 0)
            (void)fcntl(st->source.fd, F_SETFD, 0);
        buf_addf(state, ",%d", st->source.fd);
    }
}

void output_keep(struct output_set *set, pid_t pid, struct buf *state)
{
    for (struct output *o = set->first; o != NULL; o = o->next) {
        if (o->pid == pid && !o->orphan) {
            keep(o, state);
            return;
        }
    }
}

void output_keep_orphans(struct output_set *set, struct buf *state)
{
    for (struct output *o = set->first; o != NULL; o = o->next) {
        if (!o->orphan)
            continue;
        buf_addf(state, " ended:%s=%d", o->pool, (int)o->pid);
        keep(o, state);
    }
}

void output_take_back(struct output_set *set)
{
    for (struct output *o = set->first; o != NULL; o = o->next)
        for (size_t i = 0; i < STREAMS; i++)
            if (o->streams[i].source.fd >= 0)
                (void)fcntl(o->streams[i].source.fd, F_SETFD, FD_CLOEXEC);
}

enum err output_adopt(struct output_set *set, const struct inherit_worker *w,
                      const char *program, struct output **ret_output,
                      struct err_note *why)
{
    struct output *o = new_output(set, w->pool, program);
    if (o == NULL)
        return err_errno(why, ERR_SYSTEM, "output of a worker");
    enum err e = ERR_OK;
    bool merged = w->fds[0] >= 0 && w->fds[0] == w->fds[1];
    if (merged)
        o->streams[0].kind = &both;
    for (size_t i = 0; i < (merged ? 1 : STREAMS); i++) {
        struct source *source = &o->streams[i].source;
        source->fd = w->fds[i];
        if (source->fd >= 0 && e == ERR_OK)
            e = loop_add(set->loop, source, EPOLLIN, why);
    }
    if (e != ERR_OK) {
        free_output(o);
        return e;
    }
    o->pid = w->pid;
    *ret_output = o;
    return ERR_OK;
}

void output_set_done(struct output_set *set)
{
    while (set->first != NULL)
        free_at(&set->first);
}
