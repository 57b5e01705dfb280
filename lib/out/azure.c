#include "out/azure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "out/transfer.h"
#include "text/connection.h"

#define API_VERSION "2021-08-06"

enum {
    BLOCK_BYTES = 4 << 20,
    MAX_BLOCKS = 50000,         /* of one file, by the service */
    MAX_ANSWER_BYTES = 4 << 20, /* of what is not a file */
    CONNECT_S = 15,
    SILENCE_S = 60,
    MAX_KEY_BYTES = 256
};

struct azure {
    struct azure_conf conf;
    CURL *curl;
    struct arena *arena;                  /* of the settings below */
    const char *account, *key, *endpoint; /* without a final / */
    const char *host; /* of the endpoint, and what follows there */
    const char *base; /* path of the endpoint: "" or "/account" */
    char error[CURL_ERROR_SIZE];
};

/* --- settings --- */

static enum err take_settings(struct azure *az, struct err_note *why)
{
    struct arena *a = az->arena;
    const char *text = az->conf.connection;
    const char *endpoint = connection_value(a, text, "BlobEndpoint");
    const char *scheme = connection_value(a, text, "DefaultEndpointsProtocol");
    const char *suffix = connection_value(a, text, "EndpointSuffix");
    az->account = connection_value(a, text, "AccountName");
    az->key = connection_value(a, text, "AccountKey");
    if (az->account == NULL || az->key == NULL)
        return err_set(why, ERR_CONFIG,
                       "backup.azure: a connection string with AccountName= "
                       "and AccountKey= is needed, as the portal shows it");
    if (endpoint == NULL)
        endpoint = arena_fmt(a, "%s://%s.blob.%s",
                             scheme != NULL ? scheme : "https", az->account,
                             suffix != NULL ? suffix : "core.windows.net");
    az->endpoint = connection_base(a, endpoint);
    const char *host = strstr(az->endpoint, "://");
    if (host == NULL)
        return err_set(why, ERR_CONFIG,
                       "backup.azure: BlobEndpoint= is no URL");
    az->host = host + 3;
    const char *base = strchr(az->host, '/');
    az->base = base != NULL ? base : "";
    return ERR_OK;
}

enum err azure_new(const struct azure_conf *conf, struct azure **ret_azure,
                   struct err_note *why)
{
    struct azure *az = calloc(1, sizeof(*az));
    if (az == NULL)
        abort();
    az->conf = *conf;
    az->arena = arena_new(64 << 10, NULL, NULL);
    enum err e = take_settings(az, why);
    if (e == ERR_OK && (az->curl = curl_easy_init()) == NULL)
        e = err_set(why, ERR_SYSTEM, "libcurl does not start");
    if (e != ERR_OK) {
        azure_free(az);
        return e;
    }
    *ret_azure = az;
    return ERR_OK;
}

struct azure *azure_free(struct azure *az)
{
    if (az == NULL)
        return NULL;
    curl_easy_cleanup(az->curl);
    arena_free(az->arena);
    free(az);
    return NULL;
}

/* --- a request --- */

struct request {
    const char *method;
    const char *path;           /* below the endpoint, "/backups/name" */
    const char *query;          /* as in the URL, "" for none */
    const char *resource_query; /* as it is signed: "\ncomp:list…" */
    const char *headers;        /* x-ms-… of its own, "name:value\n" */
    const void *body;
    size_t n_body;
    int out; /* what is received goes there; -1: into answer */
    bool hashed;
    struct azure *az;
    crypto_hash_sha256_state hash;
    size_t at; /* of the body */
    int wrote; /* errno when out took no more */
    struct buf answer;
};

enum err azure_sign(struct arena *a, const char *account, const char *key,
                    const char *text, const char **ret)
{
    unsigned char bytes[MAX_KEY_BYTES], code[crypto_auth_hmacsha256_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof(code),
                                          sodium_base64_VARIANT_ORIGINAL)];
    crypto_auth_hmacsha256_state state;
    size_t n = 0;
    if (sodium_base642bin(bytes, sizeof(bytes), key, strlen(key), NULL, &n,
                          NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return ERR_CONFIG;
    crypto_auth_hmacsha256_init(&state, bytes, n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text,
                                  strlen(text));
    crypto_auth_hmacsha256_final(&state, code);
    sodium_memzero(bytes, sizeof(bytes));
    sodium_bin2base64(base64, sizeof(base64), code, sizeof(code),
                      sodium_base64_VARIANT_ORIGINAL);
    *ret = arena_fmt(a, "SharedKey %s:%s", account, base64);
    return ERR_OK;
}

static const char *http_date(struct arena *a)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)clock_now();
    struct tm tm;
    gmtime_r(&now, &tm);
    return arena_fmt(a, "%s, %02d %s %d %02d:%02d:%02d GMT", days[tm.tm_wday],
                     tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                     tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/*
 * Method, eleven headers of which only the length is ever set, ours in their
 * order (x-ms-blob-… comes before x-ms-date), and what is asked for.
 */
static const char *to_sign(const struct azure *az, struct arena *a,
                           const struct request *r, const char *date)
{
    const char *length = r->n_body > 0 ? arena_fmt(a, "%zu", r->n_body) : "";
    return arena_fmt(a,
                     "%s\n\n\n%s\n\n\n\n\n\n\n\n\n%sx-ms-date:%s\n"
                     "x-ms-version:" API_VERSION "\n/%s%s%s%s",
                     r->method, length, r->headers, date, az->account, az->base,
                     r->path, r->resource_query);
}

static struct curl_slist *headers(struct arena *a, const struct request *r,
                                  const char *date, const char *signature)
{
    struct curl_slist *l = NULL;
    for (const char *at = r->headers; *at != '\0';) {
        size_t n = strcspn(at, "\n");
        l = transfer_line(l, arena_dup(a, at, n));
        at += n + 1;
    }
    l = transfer_line(l, arena_fmt(a, "x-ms-date:%s", date));
    l = transfer_line(l, "x-ms-version:" API_VERSION);
    l = transfer_line(l, arena_fmt(a, "Authorization: %s", signature));
    l = transfer_line(l, "Expect:");
    return transfer_line(l, "Content-Type:");
}

static size_t give(char *p, size_t size, size_t n, void *arg)
{
    struct request *r = arg;
    size_t left = r->n_body - r->at, want = size * n;
    size_t part = left < want ? left : want;
    if (part > 0)
        memcpy(p, (const char *)r->body + r->at, part);
    r->at += part;
    return part;
}

/* An answer that is no success is text, whatever was asked for. */
static size_t take(char *p, size_t size, size_t n, void *arg)
{
    struct request *r = arg;
    long status = 0;
    curl_easy_getinfo(r->az->curl, CURLINFO_RESPONSE_CODE, &status);
    if (!r->hashed || status != 200) {
        buf_add(&r->answer, p, size * n);
        return buf_ok(&r->answer) ? size * n : 0;
    }
    crypto_hash_sha256_update(&r->hash, (const unsigned char *)p, size * n);
    if (r->out < 0 || fd_write_all(r->out, p, size * n))
        return size * n;
    r->wrote = errno;
    return 0;
}

static int progress(void *arg, curl_off_t a UNUSED, curl_off_t b UNUSED,
                    curl_off_t c UNUSED, curl_off_t d UNUSED)
{
    const struct azure *az = arg;
    if (az->conf.alive != NULL)
        az->conf.alive(az->conf.arg);
    return 0;
}

static void set_up(struct azure *az, struct request *r, const char *url,
                   struct curl_slist *list)
{
    CURL *c = az->curl;
    transfer_begin(c, &(struct transfer){.url = url,
                                         .protocols = "http,https",
                                         .ca_file = az->conf.ca_file,
                                         .error = az->error});
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_S);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, az);
    if (strcmp(r->method, "PUT") == 0) {
        curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(c, CURLOPT_READDATA, r);
        curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->n_body);
    } else if (strcmp(r->method, "DELETE") == 0) {
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "DELETE");
    }
}

/* The <Code> of an answer in XML, or nothing. */
static const char *code_of(struct arena *a, const char *answer)
{
    const char *at = strstr(answer, "<Code>");
    return at == NULL ? "" : arena_dup(a, at + 6, strcspn(at + 6, "<"));
}

/* No answer at all. */
static enum err no_answer(const struct azure *az, const struct request *r,
                          CURLcode rc, struct err_note *why)
{
    if (r->wrote != 0) {
        errno = r->wrote;
        bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
        return err_errno(why, full ? ERR_NOSPACE : ERR_SYSTEM,
                         "the backup cannot be written");
    }
    return err_set(why, ERR_UNAVAIL, "%s: %s", az->endpoint,
                   transfer_problem(az->error, rc));
}

static enum err judge(const struct azure *az, struct arena *a,
                      const struct request *r, CURLcode rc,
                      struct err_note *why)
{
    long status = 0;
    if (rc != CURLE_OK)
        return no_answer(az, r, rc, why);
    curl_easy_getinfo(az->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300)
        return ERR_OK;
    enum err e = status == 404                    ? ERR_NOTFOUND
                 : status == 409                  ? ERR_DUPLICATE
                 : status == 401 || status == 403 ? ERR_CONFIG
                                                  : ERR_UNAVAIL;
    return err_set(why, e, "%s answers %ld %s to %s %s", az->endpoint, status,
                   code_of(a, buf_str(&r->answer)), r->method, r->path);
}

/* Without the name of a file: which it was, the log of the backup says. */
static void tell(const struct azure *az, const struct request *r, CURLcode rc,
                 int64_t took_us)
{
    long status = 0;
    char result[24] = "";
    char host[EVENT_TEXT_BYTES];
    snprintf(host, sizeof(host), "%.*s", (int)strcspn(az->host, "/"), az->host);
    curl_easy_getinfo(az->curl, CURLINFO_RESPONSE_CODE, &status);
    snprintf(result, sizeof(result), rc == CURLE_OK ? "%ld" : "no answer",
             status);
    event_add(az->conf.telemetry,
              &(struct event){.kind = EVENT_CALL,
                              .failed = rc != CURLE_OK || status >= 400,
                              .sample = 100,
                              .at_ms = clock_wall_ms() - took_us / 1000,
                              .took_us = took_us,
                              .text = {[EVENT_ID] = az->conf.operation,
                                       [EVENT_NAME] = r->method,
                                       [EVENT_RESULT] = result,
                                       [EVENT_TYPE] = "Azure blob",
                                       [EVENT_TARGET] = host}});
}

static enum err perform(struct azure *az, struct arena *a, struct request *r,
                        struct err_note *why)
{
    const char *date = http_date(a), *signature = NULL;
    if (azure_sign(a, az->account, az->key, to_sign(az, a, r, date),
                   &signature) != ERR_OK)
        return err_set(why, ERR_CONFIG,
                       "backup.azure: AccountKey= is not base64");
    const char *url = arena_fmt(a, "%s%s%s%s", az->endpoint, r->path,
                                r->query[0] != '\0' ? "?" : "", r->query);
    struct curl_slist *list = headers(a, r, date, signature);
    r->az = az;
    buf_init(&r->answer, MAX_ANSWER_BYTES);
    set_up(az, r, url, list);
    int64_t start_us = clock_us();
    CURLcode rc = curl_easy_perform(az->curl);
    tell(az, r, rc, clock_us() - start_us);
    enum err e = judge(az, a, r, rc, why);
    curl_slist_free_all(list);
    return e;
}

/* A request whose answer nobody reads. */
static enum err simply(struct azure *az, struct arena *a, struct request *r,
                       struct err_note *why)
{
    enum err e = perform(az, a, r, why);
    buf_done(&r->answer);
    return e;
}

static const char *blob_path(const struct azure *az, struct arena *a,
                             const char *name)
{
    return arena_fmt(a, "/%s/%s", az->conf.container, name);
}

/* --- storing --- */

static enum err make_container(struct azure *az, struct arena *a,
                               struct err_note *why)
{
    struct request r = {.method = "PUT",
                        .path = arena_fmt(a, "/%s", az->conf.container),
                        .query = "restype=container",
                        .resource_query = "\nrestype:container",
                        .headers = "",
                        .out = -1};
    enum err e = simply(az, a, &r, why);
    return e == ERR_DUPLICATE ? ERR_OK : e;
}

/* A piece of a file on its way. */
struct block {
    const char *id;
    const void *p;
    size_t n;
};

/* All blocks of a file have ids of one length. */
static const char *block_id(struct arena *a, int number)
{
    char base64[sodium_base64_ENCODED_LEN(8, sodium_base64_VARIANT_ORIGINAL)];
    const char *id = arena_fmt(a, "%06d", number);
    sodium_bin2base64(base64, sizeof(base64), (const unsigned char *)id,
                      strlen(id), sodium_base64_VARIANT_ORIGINAL);
    return arena_strdup(a, base64); /* six digits need no padding */
}

static enum err put_block(struct azure *az, struct arena *a, const char *name,
                          const struct block *b, struct err_note *why)
{
    struct request r = {.method = "PUT",
                        .path = blob_path(az, a, name),
                        .query = arena_fmt(a, "comp=block&blockid=%s", b->id),
                        .resource_query =
                            arena_fmt(a, "\nblockid:%s\ncomp:block", b->id),
                        .headers = "",
                        .body = b->p,
                        .n_body = b->n,
                        .out = -1};
    return simply(az, a, &r, why);
}

static enum err put_blocks(struct azure *az, struct arena *a, const char *name,
                           int fd, struct buf *list, struct err_note *why)
{
    struct arena *block = arena_new(1 << 20, NULL, NULL);
    char *piece = arena_alloc(a, BLOCK_BYTES);
    enum err e = ERR_OK;
    for (int i = 0; e == ERR_OK; i++) {
        ssize_t n = pread(fd, piece, BLOCK_BYTES, (off_t)i * BLOCK_BYTES);
        if (n == 0)
            break;
        struct block b = {.id = block_id(block, i), .p = piece, .n = (size_t)n};
        if (n < 0)
            e = err_errno(why, ERR_SYSTEM, "the backup cannot be read");
        else if (i == MAX_BLOCKS)
            e = err_set(why, ERR_TOOLARGE, "the backup has too many blocks");
        else
            e = put_block(az, block, name, &b, why);
        buf_addf(list, "<Latest>%s</Latest>", b.id);
        arena_reset(block);
    }
    arena_free(block);
    return e;
}

enum err azure_put(struct azure *az, struct arena *a, const char *name, int fd,
                   struct err_note *why)
{
    CLEANUP(buf_done) struct buf list;
    buf_init(&list, MAX_ANSWER_BYTES);
    buf_adds(&list, "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
    TRY(make_container(az, a, why));
    TRY(put_blocks(az, a, name, fd, &list, why));
    buf_adds(&list, "</BlockList>");
    struct request r = {.method = "PUT",
                        .path = blob_path(az, a, name),
                        .query = "comp=blocklist",
                        .resource_query = "\ncomp:blocklist",
                        .headers =
                            "x-ms-blob-content-type:application/octet-stream\n",
                        .body = buf_str(&list),
                        .n_body = list.n,
                        .out = -1};
    return simply(az, a, &r, why);
}

/* --- fetching --- */

enum err azure_get(struct azure *az, struct arena *a, const char *name, int fd,
                   char ret_hash[crypto_hash_sha256_BYTES * 2 + 1],
                   struct err_note *why)
{
    unsigned char bytes[crypto_hash_sha256_BYTES];
    struct request r = {.method = "GET",
                        .path = blob_path(az, a, name),
                        .query = "",
                        .resource_query = "",
                        .headers = "",
                        .out = fd,
                        .hashed = true};
    crypto_hash_sha256_init(&r.hash);
    TRY(simply(az, a, &r, why));
    crypto_hash_sha256_final(&r.hash, bytes);
    sodium_bin2hex(ret_hash, crypto_hash_sha256_BYTES * 2 + 1, bytes,
                   sizeof(bytes));
    return ERR_OK;
}

/* --- listing --- */

/* The text of the next <tag>, NULL when none is left before `end`. */
static const char *element(struct arena *a, const char *at, const char *tag,
                           const char *end)
{
    const char *found = strstr(at, tag);
    if (found == NULL || (end != NULL && found > end))
        return NULL;
    found += strlen(tag);
    return arena_dup(a, found, strcspn(found, "<"));
}

/* Appends the names of a page at end; returns the new end. */
static const struct azure_blob **take_page(struct arena *a, const char *text,
                                           const struct azure_blob **end)
{
    static const char tag[] = "<Blob>";
    for (const char *at = text; (at = strstr(at, tag)) != NULL;) {
        at += strlen(tag);
        const char *close = strstr(at, "</Blob>");
        const char *name = element(a, at, "<Name>", close);
        const char *bytes = element(a, at, "<Content-Length>", close);
        if (name == NULL)
            continue;
        struct azure_blob *b = ARENA_NEW(a, struct azure_blob);
        b->name = name;
        b->bytes = bytes != NULL ? strtoll(bytes, NULL, 10) : 0;
        *end = b;
        end = &b->next;
    }
    return end;
}

static enum err get_page(struct azure *az, struct arena *a, const char *prefix,
                         const char *marker, struct request *r,
                         struct err_note *why)
{
    char *escaped = curl_easy_escape(az->curl, marker, 0);
    if (escaped == NULL)
        abort();
    bool more = marker[0] != '\0';
    *r = (struct request){
        .method = "GET",
        .path = arena_fmt(a, "/%s", az->conf.container),
        .query = arena_fmt(a, "restype=container&comp=list&prefix=%s%s%s",
                           prefix, more ? "&marker=" : "", escaped),
        .resource_query =
            arena_fmt(a, "\ncomp:list%s%s\nprefix:%s\nrestype:container",
                      more ? "\nmarker:" : "", marker, prefix),
        .headers = "",
        .out = -1};
    curl_free(escaped);
    return perform(az, a, r, why);
}

enum err azure_list(struct azure *az, struct arena *a, const char *prefix,
                    const struct azure_blob **ret_first, struct err_note *why)
{
    const char *marker = "";
    const struct azure_blob **end = ret_first;
    *ret_first = NULL;
    do {
        struct request r;
        enum err e = get_page(az, a, prefix, marker, &r, why);
        if (e == ERR_OK) {
            end = take_page(a, buf_str(&r.answer), end);
            marker = element(a, buf_str(&r.answer), "<NextMarker>", NULL);
        }
        buf_done(&r.answer);
        if (e == ERR_NOTFOUND) /* no container: nothing was ever stored */
            return ERR_OK;
        TRY(e);
    } while (marker != NULL && marker[0] != '\0');
    return ERR_OK;
}

enum err azure_delete(struct azure *az, struct arena *a, const char *name,
                      struct err_note *why)
{
    struct request r = {.method = "DELETE",
                        .path = blob_path(az, a, name),
                        .query = "",
                        .resource_query = "",
                        .headers = "",
                        .out = -1};
    enum err e = simply(az, a, &r, why);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}
