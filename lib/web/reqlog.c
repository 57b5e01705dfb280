#include "web/reqlog.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "text/url.h"
#include "web/route.h"

enum { MAX_ESCAPED = 3 }; /* bytes for one, as %XX */

enum err reqlog_check(const struct config *conf, struct err_note *why)
{
    const char *const *paths = conf->http.suppress_paths;
    for (; *paths != NULL; paths++)
        if ((*paths)[0] != '/')
            return err_set(why, ERR_CONFIG,
                           "http.suppress_paths: \"%s\" does not begin with /",
                           *paths);
    return ERR_OK;
}

bool reqlog_hides(const struct config *conf, const struct req *r, int status)
{
    const char *const *paths = conf->http.suppress_paths;
    if ((r->method != METHOD_GET && r->method != METHOD_HEAD) || status < 200 ||
        status > 299 || r->query[0] != '\0' || r->content_length > 0)
        return false;
    for (; *paths != NULL; paths++)
        if (strcmp(*paths, r->path) == 0)
            return true;
    return false;
}

/* Only an address: whatever else the web server says cannot be one. */
static const char *client_of(const struct req *r)
{
    unsigned char to[sizeof(struct in6_addr)];
    bool is_address = inet_pton(AF_INET, r->remote_addr, to) == 1 ||
                      inet_pton(AF_INET6, r->remote_addr, to) == 1;
    return is_address ? r->remote_addr : "-";
}

void reqlog_write(const struct ctx *c, int64_t us, unsigned statements)
{
    const struct config *conf = &c->app->conf;
    const struct req *r = &c->req;
    struct buf path;
    if (conf->http.access_log && reqlog_hides(conf, r, c->resp->status))
        return;
    /* a blank or quote in it would look like another value */
    buf_init(&path, (size_t)MAX_ESCAPED * MAX_PATH_BYTES);
    url_query_escape(&path, r->path, strlen(r->path));
    log_event(c->app->log, conf->http.access_log ? LOG_INFO : LOG_DEBUG,
              "request",
              "client=%s method=%s path=%s query_bytes=%zu status=%d "
              "bytes=%zu us=%" PRId64 " statements=%u route=%s",
              client_of(r), r->method_name, buf_str(&path), strlen(r->query),
              c->resp->status, c->resp->body.n, us, statements,
              c->route != NULL ? c->route->name : "-");
    buf_done(&path);
}
