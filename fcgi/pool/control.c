#include "pool/control.h"

#include <stdlib.h>
#include <string.h>

#include "pool/metrics.h"
#include "pool/status.h"
#include "pool/super.h"

enum { MAX_PARAM_BYTES = 64 };

/* The value of name in "a=b&c=d"; "" when it is not there, or too long. */
static void param(const char *query, const char *name,
                  char ret_value[MAX_PARAM_BYTES])
{
    size_t len = strlen(name);
    ret_value[0] = '\0';
    for (const char *at = query; at != NULL; at = strchr(at, '&')) {
        at += *at == '&';
        if (strncmp(at, name, len) != 0 || at[len] != '=')
            continue;
        const char *value = at + len + 1;
        size_t n = strcspn(value, "&");
        if (n < MAX_PARAM_BYTES) {
            memcpy(ret_value, value, n);
            ret_value[n] = '\0';
        }
        return;
    }
}

/* A number above 0; 0 when text is none. */
static int64_t number(const char *text)
{
    char *end;
    long long v = strtoll(text, &end, 10);
    return end != text && *end == '\0' && v > 0 ? v : 0;
}

static int refuse(struct buf *body, int status, const char *reason)
{
    status_answer(body, false, reason);
    return status;
}

static int accept_it(struct buf *body, int status)
{
    status_answer(body, true, "");
    return status;
}

/* --- reading --- */

static int get_health(struct admin_call *call)
{
    return status_health(call->arg, call->body);
}

static int get_status(struct admin_call *call)
{
    status_full(call->arg, call->body);
    return 200;
}

static int get_metrics(struct admin_call *call)
{
    call->type = metrics_write(call->arg, call->accept, call->body);
    return 200;
}

/* --- changing --- */

static int post_reload(struct admin_call *call)
{
    struct super *s = call->arg;
    if (s->life != LIFE_SERVING)
        return refuse(call->body, 409, "ptpool is stopping");
    call->ticket = reload_request(s);
    return 0;
}

static int post_stop(struct admin_call *call)
{
    struct super *s = call->arg;
    super_stop(s, s->life != LIFE_SERVING);
    return accept_it(call->body, 202);
}

static int post_scale(struct admin_call *call)
{
    struct super *s = call->arg;
    struct err_note why;
    char name[MAX_PARAM_BYTES], workers[MAX_PARAM_BYTES];
    param(call->query, "pool", name);
    param(call->query, "workers", workers);
    if (s->life != LIFE_SERVING)
        return refuse(call->body, 409, "ptpool is stopping");
    for (size_t i = 0; i < s->n_pools; i++) {
        if (strcmp(pool_name(s->pools[i]), name) != 0)
            continue;
        if (super_scale(s, i, number(workers), &why) != ERR_OK)
            return refuse(call->body, 422, why.text);
        return accept_it(call->body, 200);
    }
    err_set(&why, ERR_NOTFOUND, "no pool \"%s\"", name);
    return refuse(call->body, 404, why.text);
}

static int post_recycle(struct admin_call *call)
{
    struct super *s = call->arg;
    struct err_note why;
    char pid[MAX_PARAM_BYTES];
    param(call->query, "pid", pid);
    for (size_t i = 0; i < s->n_pools; i++)
        if (pool_recycle(s->pools[i], (pid_t)number(pid)))
            return accept_it(call->body, 202);
    err_set(&why, ERR_NOTFOUND, "no worker that is ready has the pid \"%s\"",
            pid);
    return refuse(call->body, 404, why.text);
}

const struct admin_route control_routes[] = {
    /* method, path, control only, handler */
    {"GET", "/health/", false, get_health},
    {"GET", "/health", false, get_health},
    {"GET", "/metrics", false, get_metrics},
    {"GET", "/status", true, get_status},
    {"POST", "/reload", true, post_reload},
    {"POST", "/stop", true, post_stop},
    {"POST", "/scale", true, post_scale},
    {"POST", "/recycle", true, post_recycle},
    {0},
};
