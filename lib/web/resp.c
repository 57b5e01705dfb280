#include "web/resp.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"

void resp_init(struct resp *r)
{
    r->status = 200;
    buf_init(&r->headers, MAX_HEADER_BYTES);
    buf_init(&r->body, MAX_RESPONSE_BYTES);
}

void resp_done(struct resp *r)
{
    buf_done(&r->headers);
    buf_done(&r->body);
}

void resp_reset(struct resp *r)
{
    r->status = 200;
    buf_reset(&r->headers);
    buf_reset(&r->body);
}

void resp_cut_headers(struct resp *r, size_t n)
{
    if (r->headers.p == NULL || r->headers.n <= n)
        return;
    r->headers.n = n;
    r->headers.p[n] = '\0';
}

const char *resp_reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {301, "Moved Permanently"},
        {303, "See Other"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "";
}

void resp_header(struct resp *r, const char *name, const char *value)
{
    if (strpbrk(value, "\r\n") != NULL)
        return;
    buf_adds(&r->headers, name);
    buf_adds(&r->headers, ": ");
    buf_adds(&r->headers, value);
    buf_adds(&r->headers, "\r\n");
}

void resp_cookie(struct resp *r, const char *name, const char *value,
                 int64_t max_age, bool https)
{
    if (strpbrk(value, "\r\n;, \"\\") != NULL)
        return;
    buf_addf(&r->headers, "Set-Cookie: %s=%s; Path=/; HttpOnly; SameSite=Lax",
             name, value);
    if (max_age >= 0)
        buf_addf(&r->headers, "; Max-Age=%" PRId64, max_age);
    buf_adds(&r->headers, https ? "; Secure\r\n" : "\r\n");
}

void resp_redirect(struct resp *r, const char *location)
{
    r->status = 303;
    resp_header(r, "Location", location);
}
