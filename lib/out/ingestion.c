#include "out/ingestion.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "out/transfer.h"
#include "text/connection.h"
#include "text/member.h"

#define PUBLIC_ENDPOINT "https://dc.services.visualstudio.com"
#define TRACK           "/v2.1/track"

enum {
    MAX_REDIRECTS = 5,
    MAX_ANSWER_BYTES = 1 << 20,
    MAX_WAIT_S = 3600,
    CONNECT_S = 10,
    GZIP_WINDOW = 15 + 16, /* zlib: with the head and tail of gzip */
    GZIP_MEMORY = 8        /* zlib's default */
};

struct ingestion {
    struct ingestion_conf conf;
    CURL *curl;
    struct arena *arena;  /* of the settings */
    const char *key, *at; /* where the connection string says */
    char *moved;          /* where that has sent us; NULL: nowhere */
    char error[CURL_ERROR_SIZE];
};

/* --- the connection string --- */

static bool is_http(const char *url)
{
    return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

static const char *endpoint(struct arena *a, const char *text)
{
    const char *url = connection_value(a, text, "IngestionEndpoint");
    const char *suffix = connection_value(a, text, "EndpointSuffix");
    const char *location = connection_value(a, text, "Location");
    if (url == NULL && suffix != NULL)
        url =
            arena_fmt(a, "https://%s%sdc.%s", location != NULL ? location : "",
                      location != NULL ? "." : "", suffix);
    if (url == NULL)
        url = PUBLIC_ENDPOINT;
    return connection_base(a, url);
}

static enum err take_settings(struct ingestion *in, struct err_note *why)
{
    static const char hex[] = "0123456789abcdefABCDEF-";
    struct arena *a = in->arena;
    const char *text = in->conf.connection;
    in->key = connection_value(a, text, "InstrumentationKey");
    if (in->key == NULL || in->key[strspn(in->key, hex)] != '\0')
        return err_set(why, ERR_CONFIG,
                       "telemetry.connection_string: InstrumentationKey= is "
                       "missing, or no key; copy the string as the portal "
                       "shows it");
    const char *url = endpoint(a, text);
    if (!is_http(url))
        return err_set(why, ERR_CONFIG,
                       "telemetry.connection_string: IngestionEndpoint= is no "
                       "URL");
    in->at = arena_fmt(a, "%s" TRACK, url);
    return ERR_OK;
}

enum err ingestion_new(const struct ingestion_conf *conf,
                       struct ingestion **ret_in, struct err_note *why)
{
    struct ingestion *in = calloc(1, sizeof(*in));
    if (in == NULL)
        abort();
    in->conf = *conf;
    in->arena = arena_new(64 << 10, NULL, NULL);
    enum err e = take_settings(in, why);
    if (e == ERR_OK && (in->curl = curl_easy_init()) == NULL)
        e = err_set(why, ERR_SYSTEM, "libcurl does not start");
    if (e != ERR_OK) {
        ingestion_free(in);
        return e;
    }
    *ret_in = in;
    return ERR_OK;
}

struct ingestion *ingestion_free(struct ingestion *in)
{
    if (in == NULL)
        return NULL;
    curl_easy_cleanup(in->curl);
    arena_free(in->arena);
    free(in->moved);
    free(in);
    return NULL;
}

const char *ingestion_key(const struct ingestion *in)
{
    return in->key;
}

const char *ingestion_url(const struct ingestion *in)
{
    return in->moved != NULL ? in->moved : in->at;
}

/* --- an answer --- */

/* What a status says of an item, or of all. */
static enum ingestion_fate fate_of(long status)
{
    static const long later[] = {0,   401, 402, 403, 404, 408,
                                 429, 439, 500, 502, 503, 504};
    if (status >= 200 && status < 300)
        return ITEM_TAKEN;
    for (size_t i = 0; i < ARRAY_LEN(later); i++)
        if (status == later[i])
            return ITEM_LATER;
    /* another failure of the server's may pass; what it dislikes may not */
    return status >= 500 || (status >= 300 && status < 400) ? ITEM_LATER
                                                            : ITEM_REFUSED;
}

/* Seconds, or a date. */
static int64_t wait_of(const char *retry_after, int64_t now)
{
    int64_t s = 0;
    if (retry_after[0] >= '0' && retry_after[0] <= '9')
        s = strtoll(retry_after, NULL, 10);
    else if (retry_after[0] != '\0')
        s = (int64_t)curl_getdate(retry_after, NULL) - now;
    return s < 0 ? 0 : s > MAX_WAIT_S ? MAX_WAIT_S : s;
}

/* The errors of {"errors":[{"index":1,"statusCode":429,"message":"…"}]}. */
static void take_errors(struct arena *a, struct json_object *body,
                        struct ingestion_answer *ret)
{
    struct json_object *errors = member_get(body, "errors");
    size_t n = member_length(errors);
    ret->errors = ARENA_ARRAY(a, struct ingestion_error, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(errors, i);
        if (!json_object_is_type(o, json_type_object))
            continue;
        struct ingestion_error *e = &ret->errors[ret->n_errors++];
        int64_t index = member_number(o, "index");
        long status = (long)member_number(o, "statusCode");
        e->index = index >= 0 ? (size_t)index : SIZE_MAX;
        e->fate = status == 0 ? ITEM_REFUSED : fate_of(status);
        if (ret->why.text[0] == '\0')
            err_set(&ret->why, ERR_UNAVAIL, "%ld of an item: %.200s", status,
                    member_text(o, "message"));
    }
}

void ingestion_judge(struct arena *a, long status, const char *body,
                     const char *retry_after, int64_t now,
                     struct ingestion_answer *ret)
{
    *ret = (struct ingestion_answer){.all = fate_of(status),
                                     .status = status,
                                     .too_large = status == 413,
                                     .wait_s = wait_of(retry_after, now)};
    if (ret->too_large)
        ret->all = ITEM_LATER;
    struct json_object *o = json_tokener_parse(body);
    if (json_object_is_type(o, json_type_object) &&
        (status == 206 || status == 400))
        take_errors(a, o, ret);
    json_object_put(o);
    ret->partial = status == 206;
    if (status == 206 && ret->n_errors == 0) {
        ret->all = ITEM_LATER; /* some were not taken, but which? */
        err_set(&ret->why, ERR_UNAVAIL, "206 without errors");
    }
    if (status == 400)
        ret->n_errors = 0; /* nothing of it was taken, nor will be */
    if (ret->all != ITEM_TAKEN && ret->why.text[0] == '\0')
        err_set(&ret->why, ERR_UNAVAIL, "status %ld: %.200s", status, body);
}

/* --- a request --- */

static size_t take(char *p, size_t size, size_t n, void *arg)
{
    struct buf *b = arg;
    buf_add(b, p, size * n);
    return buf_ok(b) ? size * n : 0;
}

static int progress(void *arg, curl_off_t a UNUSED, curl_off_t b UNUSED,
                    curl_off_t c UNUSED, curl_off_t d UNUSED)
{
    const struct ingestion *in = arg;
    return in->conf.give_up != NULL && in->conf.give_up(in->conf.arg);
}

static void set_up(struct ingestion *in, const char *url, struct buf *answer)
{
    CURL *c = in->curl;
    transfer_begin(c, &(struct transfer){.url = url,
                                         .protocols = "http,https",
                                         .ca_file = in->conf.ca_file,
                                         .error = in->error});
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)in->conf.timeout_ms);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, in);
}

static struct curl_slist *headers(void)
{
    static const char *const lines[] = {
        "Content-Type: application/x-json-stream", "Content-Encoding: gzip",
        "Accept: application/json", "Expect:"};
    struct curl_slist *l = NULL;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        l = transfer_line(l, lines[i]);
    return l;
}

static void *compress_all(struct arena *a, const char *p, size_t n,
                          size_t *ret_n)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* out of memory */
    size_t room = deflateBound(&z, n);
    unsigned char *out = arena_alloc(a, room), *in = arena_alloc(a, n);
    memcpy(in, p, n); /* zlib reads from what is not const */
    z.next_in = in;
    z.avail_in = (unsigned)n;
    z.next_out = out;
    z.avail_out = (unsigned)room;
    int rc = deflate(&z, Z_FINISH);
    *ret_n = z.total_out;
    deflateEnd(&z);
    if (rc != Z_STREAM_END)
        abort(); /* deflateBound() says that it fits */
    return out;
}

static void no_answer(const struct ingestion *in, CURLcode rc,
                      struct ingestion_answer *ret)
{
    *ret = (struct ingestion_answer){.all = ITEM_LATER};
    err_set(&ret->why, ERR_UNAVAIL, "%s: %s", ingestion_url(in),
            transfer_problem(in->error, rc));
}

/* True when the answer leads elsewhere, where we may go. */
static bool is_led_on(struct ingestion *in, long status,
                      struct ingestion_answer *ret)
{
    const char *to = NULL;
    if (status != 307 && status != 308)
        return false;
    curl_easy_getinfo(in->curl, CURLINFO_REDIRECT_URL, &to);
    if (to != NULL && strncasecmp(to, "https://", 8) == 0) {
        char *moved = strdup(to);
        if (moved == NULL)
            abort();
        free(in->moved);
        in->moved = moved;
        return true;
    }
    *ret = (struct ingestion_answer){.all = ITEM_LATER, .status = status};
    err_set(&ret->why, ERR_UNAVAIL, "%s leads to no https address: %.200s",
            ingestion_url(in), to != NULL ? to : "");
    return false;
}

/* One POST; true when it is to be made again, elsewhere. */
static bool post(struct ingestion *in, struct arena *a, const void *body,
                 size_t n, struct ingestion_answer *ret)
{
    struct buf answer;
    struct curl_slist *list = headers();
    struct curl_header *retry = NULL;
    long status = 0;
    buf_init(&answer, MAX_ANSWER_BYTES);
    set_up(in, ingestion_url(in), &answer);
    curl_easy_setopt(in->curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(in->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
    curl_easy_setopt(in->curl, CURLOPT_POSTFIELDS, body);
    CURLcode rc = curl_easy_perform(in->curl);
    curl_easy_getinfo(in->curl, CURLINFO_RESPONSE_CODE, &status);
    bool again = false;
    if (rc != CURLE_OK) {
        no_answer(in, rc, ret);
        free(in->moved); /* next time where we were told first */
        in->moved = NULL;
    } else if (!(again = is_led_on(in, status, ret)) && status != 307 &&
               status != 308) {
        (void)curl_easy_header(in->curl, "Retry-After", 0, CURLH_HEADER, -1,
                               &retry);
        ingestion_judge(a, status, buf_str(&answer),
                        retry != NULL ? retry->value : "", clock_now(), ret);
    }
    curl_slist_free_all(list);
    buf_done(&answer);
    return again;
}

void ingestion_send(struct ingestion *in, struct arena *a, const char *lines,
                    size_t n_bytes, struct ingestion_answer *ret)
{
    size_t n;
    const void *body = compress_all(a, lines, n_bytes, &n);
    for (int i = 0; i <= MAX_REDIRECTS; i++)
        if (!post(in, a, body, n, ret))
            return;
    *ret = (struct ingestion_answer){.all = ITEM_LATER};
    err_set(&ret->why, ERR_UNAVAIL, "%s: led in a circle", in->at);
    free(in->moved);
    in->moved = NULL;
}

enum err ingestion_visit(struct ingestion *in, const char *url,
                         int64_t *ret_took_us, struct err_note *why)
{
    struct buf answer;
    long status = 0;
    curl_off_t took = 0;
    buf_init(&answer, MAX_ANSWER_BYTES);
    set_up(in, url, &answer);
    CURLcode rc = curl_easy_perform(in->curl);
    curl_easy_getinfo(in->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(in->curl, CURLINFO_TOTAL_TIME_T, &took);
    buf_done(&answer);
    *ret_took_us = (int64_t)took;
    if (rc != CURLE_OK)
        return err_set(why, ERR_UNAVAIL, "%s", transfer_problem(in->error, rc));
    return status == 200 ? ERR_OK
                         : err_set(why, ERR_UNAVAIL, "status %ld", status);
}
