#include "out/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text/json.h"

enum { ITEM_ID_CHARS = 16, SEVERITY_ERROR = 3 };

/* HOST:PORT of scheme://user:password@HOST:PORT/path. */
static const char *host_of(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://");
    if (host == NULL)
        return "";
    host += 3;
    size_t n = strcspn(host, "/?");
    const char *account = memchr(host, '@', n);
    if (account != NULL) {
        n -= (size_t)(account + 1 - host);
        host = account + 1;
    }
    return arena_dup(a, host, n);
}

void envelope_source_init(struct envelope_source *s, const struct config *conf,
                          const char *key, struct arena *a)
{
    bool sqlite = strncmp(conf->database.url, "sqlite:", 7) == 0;
    bool redis = strncmp(conf->cache.url, "redis", 5) == 0;
    *s = (struct envelope_source){
        .key = key,
        .site = conf->site.url,
        .database = sqlite ? "SQLite" : "PostgreSQL",
        .database_host = sqlite ? "" : host_of(a, conf->database.url),
        .redis_host = redis ? host_of(a, conf->cache.url) : NULL};
}

/* --- pieces of JSON --- */

static const char *text_of(const struct event *e, enum event_text which)
{
    return e->text[which] != NULL ? e->text[which] : "";
}

/* ,"name":"text" */
static void member(struct buf *b, const char *name, const char *text)
{
    buf_addf(b, ",\"%s\":", name);
    json_string(b, text, strlen(text));
}

/* The same, when there is something. */
static void optional(struct buf *b, const char *name, const char *text)
{
    if (text[0] != '\0')
        member(b, name, text);
}

/* ,"duration":"0.00:00:01.234567" */
static void duration(struct buf *b, int64_t us)
{
    int64_t s = us / 1000000;
    buf_addf(b, ",\"duration\":\"%" PRId64 ".%02d:%02d:%02d.%06d\"", s / 86400,
             (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60),
             (int)(us % 1000000));
}

static void time_of(struct buf *b, int64_t at_ms)
{
    time_t s = (time_t)(at_ms / 1000);
    struct tm tm;
    gmtime_r(&s, &tm);
    buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             (int)(at_ms % 1000));
}

/* An id of the request's own item: the end of that of the operation. */
static const char *item_id(const struct event *e)
{
    const char *id = text_of(e, EVENT_ID);
    size_t n = strlen(id);
    return n > ITEM_ID_CHARS ? id + n - ITEM_ID_CHARS : id;
}

/* "GET clients.list" where no path is known. */
static void operation_name(struct buf *b, const struct event *e)
{
    const char *name = text_of(e, EVENT_NAME), *route = text_of(e, EVENT_ROUTE);
    struct buf whole;
    buf_init(&whole, (size_t)2 * EVENT_TEXT_BYTES);
    buf_adds(&whole, name);
    if (strchr(name, ' ') == NULL && route[0] != '\0')
        buf_addf(&whole, "%s%s", name[0] != '\0' ? " " : "", route);
    json_string(b, buf_str(&whole), whole.n);
    buf_done(&whole);
}

/* --- an item --- */

/* Up to the first member of baseData, "ver". */
static void begin(struct buf *b, const struct envelope_source *s,
                  const struct event *e, const char *kind)
{
    buf_addf(b, "{\"name\":\"Microsoft.ApplicationInsights.%s\",\"time\":\"",
             kind);
    time_of(b, e->at_ms);
    buf_adds(b, "\"");
    member(b, "iKey", s->key);
    if (e->sample < 100)
        buf_addf(b, ",\"sampleRate\":%u", e->sample);
    buf_adds(b, ",\"tags\":{\"ai.cloud.role\":");
    json_string(b, s->program, strlen(s->program));
    member(b, "ai.cloud.roleInstance", s->instance);
    optional(b, "ai.application.ver", s->version);
    member(b, "ai.internal.sdkVersion", "personal-tech:1");
    if (text_of(e, EVENT_ID)[0] != '\0') {
        member(b, "ai.operation.id", text_of(e, EVENT_ID));
        buf_adds(b, ",\"ai.operation.name\":");
        operation_name(b, e);
        if (strcmp(kind, "Request") != 0)
            member(b, "ai.operation.parentId", item_id(e));
    }
    optional(b, "ai.location.ip", text_of(e, EVENT_CLIENT));
    buf_addf(b, "},\"data\":{\"baseType\":\"%sData\",\"baseData\":{\"ver\":2",
             kind);
}

static void end(struct buf *b)
{
    buf_adds(b, "}}}\n");
}

/* ,"properties":{…} of what is there */
static void properties(struct buf *b, const struct event *e)
{
    buf_adds(b, ",\"properties\":{\"route\":");
    json_string(b, text_of(e, EVENT_ROUTE), strlen(text_of(e, EVENT_ROUTE)));
    optional(b, "error", text_of(e, EVENT_ERROR));
    optional(b, "detail", text_of(e, EVENT_DETAIL));
    buf_addc(b, '}');
}

/* ,"measurements":{…}: times in milliseconds */
static void measurements(struct buf *b, const struct event *e)
{
    static const struct {
        const char *name;
        enum event_number which;
    } times[] = {{"queue_ms", EVENT_QUEUE_US},
                 {"database_ms", EVENT_DATABASE_US},
                 {"cache_ms", EVENT_CACHE_US}};
    buf_addf(b,
             ",\"measurements\":{\"bytes\":%" PRId64 ",\"statements\":%" PRId64,
             e->number[EVENT_BYTES], e->number[EVENT_STATEMENTS]);
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        if (e->number[times[i].which] >= 0)
            buf_addf(b, ",\"%s\":%.3f", times[i].name,
                     (double)e->number[times[i].which] / 1000);
    buf_addc(b, '}');
}

static const char *success(const struct event *e)
{
    return e->failed ? "false" : "true";
}

static void request(struct buf *b, const struct envelope_source *s,
                    const struct event *e)
{
    const char *path = strchr(text_of(e, EVENT_NAME), '/');
    begin(b, s, e, "Request");
    member(b, "id", item_id(e));
    buf_adds(b, ",\"name\":");
    operation_name(b, e);
    duration(b, e->took_us);
    member(b, "responseCode", text_of(e, EVENT_RESULT));
    buf_addf(b, ",\"success\":%s", success(e));
    if (path != NULL && s->site[0] != '\0') {
        char url[2 * EVENT_TEXT_BYTES];
        snprintf(url, sizeof(url), "%s%s", s->site, path);
        member(b, "url", url);
    }
    properties(b, e);
    measurements(b, e);
    end(b);
}

/* What a call of any kind says beside its name. */
struct call {
    const char *suffix; /* of its id */
    const char *type, *target, *result;
    bool failed;
    int64_t took_us, statements; /* -1: does not apply */
};

static void call(struct buf *b, const struct envelope_source *s,
                 const struct event *e, const struct call *c)
{
    char id[64];
    const char *name = c->statements < 0 && e->kind == EVENT_CALL
                           ? text_of(e, EVENT_NAME)
                           : c->type;
    begin(b, s, e, "RemoteDependency");
    snprintf(id, sizeof(id), "%s.%s", item_id(e), c->suffix);
    member(b, "id", id);
    member(b, "name", name);
    member(b, "type", c->type);
    member(b, "target", c->target);
    duration(b, c->took_us);
    member(b, "resultCode", c->result);
    buf_addf(b, ",\"success\":%s,\"properties\":{\"route\":",
             c->failed ? "false" : "true");
    json_string(b, text_of(e, EVENT_ROUTE), strlen(text_of(e, EVENT_ROUTE)));
    buf_addc(b, '}');
    if (c->statements >= 0)
        buf_addf(b, ",\"measurements\":{\"statements\":%" PRId64 "}",
                 c->statements);
    end(b);
}

static void exception(struct buf *b, const struct envelope_source *s,
                      const struct event *e)
{
    const char *type = text_of(e, EVENT_ERROR);
    char problem[2 * EVENT_TEXT_BYTES + 8];
    begin(b, s, e, "Exception");
    buf_adds(b, ",\"exceptions\":[{\"id\":1");
    member(b, "typeName", type);
    member(b, "message", text_of(e, EVENT_DETAIL));
    buf_addf(b, ",\"hasFullStack\":false}],\"severityLevel\":%d",
             SEVERITY_ERROR);
    snprintf(problem, sizeof(problem), "%s at %s", type,
             text_of(e, EVENT_ROUTE));
    member(b, "problemId", problem);
    properties(b, e);
    end(b);
}

static void availability(struct buf *b, const struct envelope_source *s,
                         const struct event *e)
{
    char id[32];
    begin(b, s, e, "Availability");
    snprintf(id, sizeof(id), "%" PRIx64, e->at_ms);
    member(b, "id", id);
    member(b, "name", text_of(e, EVENT_NAME));
    duration(b, e->took_us);
    buf_addf(b, ",\"success\":%s", success(e));
    member(b, "runLocation", s->instance);
    member(b, "message", text_of(e, EVENT_RESULT));
    end(b);
}

static void lost(struct buf *b, const struct envelope_source *s,
                 const struct event *e)
{
    begin(b, s, e, "Metric");
    buf_addf(b,
             ",\"metrics\":[{\"name\":\"telemetry.lost\",\"value\":%" PRId64
             ",\"count\":1}]",
             e->number[EVENT_STATEMENTS]);
    end(b);
}

/* --- an event --- */

static size_t page(struct buf *b, const struct envelope_source *s,
                   const struct event *e)
{
    const char *error = text_of(e, EVENT_ERROR);
    bool away = strcmp(error, "UNAVAIL") == 0;
    int64_t statements = e->number[EVENT_STATEMENTS];
    size_t n = 1;
    request(b, s, e);
    if (e->number[EVENT_DATABASE_US] >= 0 && (statements > 0 || away)) {
        call(b, s, e,
             &(struct call){.suffix = "database",
                            .type = s->database,
                            .target = s->database_host,
                            .result = away ? error : "",
                            .failed = away,
                            .took_us = e->number[EVENT_DATABASE_US],
                            .statements = statements});
        n++;
    }
    if (e->number[EVENT_CACHE_US] >= 0 && s->redis_host != NULL) {
        call(b, s, e,
             &(struct call){.suffix = "cache",
                            .type = "Redis",
                            .target = s->redis_host,
                            .result = "",
                            .took_us = e->number[EVENT_CACHE_US],
                            .statements = -1});
        n++;
    }
    if (error[0] != '\0') {
        exception(b, s, e);
        n++;
    }
    return n;
}

static void other_server(struct buf *b, const struct envelope_source *s,
                         const struct event *e)
{
    char suffix[40];
    snprintf(suffix, sizeof(suffix), "%" PRIx64 "%" PRIx64, e->at_ms,
             e->took_us);
    call(b, s, e,
         &(struct call){.suffix = suffix,
                        .type = text_of(e, EVENT_TYPE),
                        .target = text_of(e, EVENT_TARGET),
                        .result = text_of(e, EVENT_RESULT),
                        .failed = e->failed,
                        .took_us = e->took_us,
                        .statements = -1});
}

size_t envelope_write(struct buf *b, const struct envelope_source *s,
                      const struct event *e)
{
    switch (e->kind) {
    case EVENT_REQUEST:
        return page(b, s, e);
    case EVENT_CALL:
        other_server(b, s, e);
        return 1;
    case EVENT_FAULT:
        exception(b, s, e);
        return 1;
    case EVENT_CHECK:
        availability(b, s, e);
        return 1;
    case EVENT_LOST:
        lost(b, s, e);
        return 1;
    case EVENT_KINDS:
        break;
    }
    return 0;
}
