#include "out/fetch.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

/* --- addresses --- */

/* What follows a beginning; NULL when url does not begin so. */
static const char *after(const char *url, const char *beginning)
{
    for (; *beginning != '\0'; url++, beginning++)
        if (*url != *beginning)
            return NULL;
    return url;
}

/* The end of a host's port; NULL when something else follows the host. */
static const char *after_port(const char *p)
{
    if (p != NULL && *p == ':')
        p += 1 + strspn(p + 1, "0123456789");
    return p != NULL && (*p == '/' || *p == '\0') ? p : NULL;
}

/* Letters that need no thought: no "user@", and no "[". */
static const char *after_name(const char *p)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    size_t n = p != NULL ? strspn(p, plain) : 0;
    return n > 0 ? p + n : NULL;
}

/* The length of "scheme://host:port"; 0 for what is not allowed. */
static size_t origin_length(const char *url)
{
    static const char *const ours[] = {"http://127.0.0.1", "http://localhost",
                                       "http://[::1]"};
    for (const char *p = url; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~' || *p == '#' || *p == '\\' || *p == '"')
            return 0;
    const char *end = after_port(after_name(after(url, "https://")));
    for (size_t i = 0; end == NULL && i < ARRAY_LEN(ours); i++)
        end = after_port(after(url, ours[i]));
    return end != NULL ? (size_t)(end - url) : 0;
}

bool fetch_allowed(const char *url)
{
    return origin_length(url) > 0;
}

const char *fetch_origin(struct arena *a, const char *url)
{
    size_t n = origin_length(url);
    return n > 0 ? arena_dup(a, url, n) : NULL;
}

/* --- libcurl --- */

struct curl_calls {
    CURL *(*init)(void);
    void (*cleanup)(CURL *);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
};

static bool load(struct curl_calls *ret, struct err_note *why)
{
    static const struct {
        const char *name;
        size_t at;
    } calls[] = {
        {"curl_easy_init", offsetof(struct curl_calls, init)},
        {"curl_easy_cleanup", offsetof(struct curl_calls, cleanup)},
        {"curl_easy_setopt", offsetof(struct curl_calls, setopt)},
        {"curl_easy_perform", offsetof(struct curl_calls, perform)},
        {"curl_easy_getinfo", offsetof(struct curl_calls, getinfo)},
    };
    void *lib = dlopen("libcurl.so.4", RTLD_NOW | RTLD_NODELETE);
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        void *call = lib != NULL ? dlsym(lib, calls[i].name) : NULL;
        if (call == NULL) {
            (void)err_set(why, ERR_CONFIG, "libcurl: %s", dlerror());
            return false;
        }
        memcpy((char *)ret + calls[i].at, &call, sizeof(call));
    }
    return true;
}

static size_t take(char *p, size_t size, size_t n, void *arg)
{
    struct buf *body = arg;
    buf_add(body, p, size * n);
    return buf_ok(body) ? size * n : 0;
}

static void set_options(const struct curl_calls *c, CURL *curl,
                        const struct fetch *f)
{
    c->setopt(curl, CURLOPT_URL, f->url);
    c->setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    c->setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    c->setopt(curl, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
    c->setopt(curl, CURLOPT_NOSIGNAL, 1L);
    c->setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    c->setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    c->setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    c->setopt(curl, CURLOPT_USERAGENT, "personal-technology");
    if (strncmp(f->url, "http:", 5) == 0)
        c->setopt(curl, CURLOPT_PROXY, ""); /* nobody in between */
    if (f->ca_file[0] != '\0')
        c->setopt(curl, CURLOPT_CAINFO, f->ca_file);
    if (f->form != NULL)
        c->setopt(curl, CURLOPT_POSTFIELDS, f->form);
    if (f->user == NULL)
        return;
    c->setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    c->setopt(curl, CURLOPT_USERNAME, f->user);
    c->setopt(curl, CURLOPT_PASSWORD, f->password);
}

/* What it says of a failure may name the address, never what is sent. */
static enum err perform(const struct curl_calls *c, CURL *curl,
                        const struct fetch *f, struct buf *body,
                        struct err_note *why)
{
    char error[CURL_ERROR_SIZE] = "";
    set_options(c, curl, f);
    c->setopt(curl, CURLOPT_ERRORBUFFER, error);
    c->setopt(curl, CURLOPT_WRITEFUNCTION, take);
    c->setopt(curl, CURLOPT_WRITEDATA, body);
    CURLcode code = c->perform(curl);
    if (code == CURLE_OK)
        return ERR_OK;
    return err_set(why, ERR_UNAVAIL, "%.200s: %s (%d)", f->url,
                   buf_ok(body) ? error : "the answer is too large", (int)code);
}

enum err fetch_perform(struct arena *a, const struct fetch *f,
                       struct fetch_answer *ret, struct err_note *why)
{
    struct curl_calls c;
    CLEANUP(buf_done) struct buf body;
    long status = 0;
    buf_init(&body, MAX_FETCH_BYTES);
    if (!fetch_allowed(f->url))
        return err_set(why, ERR_CONFIG, "not https: %.200s", f->url);
    if (f->timeout_ms <= 0)
        return err_set(why, ERR_UNAVAIL, "%.200s: no time is left", f->url);
    if (!load(&c, why))
        return ERR_CONFIG;
    CURL *curl = c.init();
    if (curl == NULL)
        return err_set(why, ERR_SYSTEM, "libcurl does not start");
    enum err e = perform(&c, curl, f, &body, why);
    c.getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    c.cleanup(curl);
    TRY(e);
    *ret = (struct fetch_answer){.status = (int)status,
                                 .body = arena_dup(a, buf_str(&body), body.n),
                                 .n = body.n};
    return ERR_OK;
}
