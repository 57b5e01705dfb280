#include "worker/observe.h"

#include <string.h>

#include "base/clock.h"
#include "web/reqlog.h"
#include "web/route.h"

enum { NAME_BYTES = EVENT_TEXT_BYTES + 1, STATUS_BYTES = 4 };

/* "GET /clientes/{id}/". Not by printf: that takes longer than all the rest. */
static void put_name(char to[NAME_BYTES], const char *method, const char *path)
{
    size_t n = strnlen(method, 7), room = NAME_BYTES - 1;
    memcpy(to, method, n);
    if (path != NULL) {
        to[n++] = ' ';
        size_t more = strnlen(path, room - n);
        memcpy(to + n, path, more);
        n += more;
    }
    to[n] = '\0';
}

static void put_status(char to[STATUS_BYTES], int status)
{
    to[0] = (char)('0' + status / 100 % 10);
    to[1] = (char)('0' + status / 10 % 10);
    to[2] = (char)('0' + status % 10);
    to[3] = '\0';
}

static int64_t spent(const struct phases *p, enum phase phase)
{
    return p->seen[phase] ? p->spent_us[phase] : -1;
}

static void put_numbers(struct event *e, const struct ctx *c)
{
    const struct phases *p = &c->app->phases;
    e->number[EVENT_QUEUE_US] = spent(p, PHASE_QUEUE);
    e->number[EVENT_DATABASE_US] = spent(p, PHASE_DATABASE);
    e->number[EVENT_CACHE_US] = spent(p, PHASE_CACHE);
    e->number[EVENT_STATEMENTS] = c->statements;
    e->number[EVENT_BYTES] = (int64_t)c->resp->body.n;
}

static void put_error(struct event *e, enum err error, bool late)
{
    if (late) {
        e->text[EVENT_ERROR] = "LATE";
        e->text[EVENT_DETAIL] = "longer than request_timeout";
    } else if (err_http(error) >= 500) {
        e->text[EVENT_ERROR] = err_name(error);
        e->text[EVENT_DETAIL] = err_text(error);
    }
}

void observe_page(struct spool *spool, const struct ctx *c, bool late)
{
    char name[NAME_BYTES], text[STATUS_BYTES], client[48];
    const struct config *conf = &c->app->conf;
    int status = late ? 503 : c->resp->status;
    int64_t took_us = c->app->phases.spent_us[PHASE_TOTAL];
    bool ours = status >= 500;
    if (spool == NULL || reqlog_hides(conf, &c->req, status))
        return;
    if (!ours && !event_sampled(c->req.request_id, conf->telemetry.sample))
        return;
    struct event e = {.kind = EVENT_REQUEST,
                      .failed = status >= 400,
                      .sample = ours ? 100 : (unsigned)conf->telemetry.sample,
                      .at_ms = c->req.start_ms > 0
                                   ? c->req.start_ms
                                   : clock_wall_ms() - took_us / 1000,
                      .took_us = took_us};
    put_name(name, c->req.method_name,
             c->route != NULL ? c->route->path : NULL);
    put_status(text, status);
    event_mask(c->req.remote_addr, client);
    put_numbers(&e, c);
    put_error(&e, c->failed, late);
    e.text[EVENT_ID] = c->req.request_id;
    e.text[EVENT_NAME] = name;
    e.text[EVENT_ROUTE] = c->route != NULL ? c->route->name : "";
    e.text[EVENT_RESULT] = text;
    e.text[EVENT_CLIENT] = client;
    event_add(spool, &e);
}

void observe_other(struct spool *spool, const struct observe_other *o)
{
    char name[NAME_BYTES], status[STATUS_BYTES], client[48];
    if (spool == NULL)
        return;
    put_name(name, o->method, NULL);
    put_status(status, o->status);
    event_mask(o->client, client);
    struct event e = {.kind = EVENT_REQUEST,
                      .failed = true,
                      .sample = 100,
                      .at_ms = clock_wall_ms(),
                      .number = {[EVENT_QUEUE_US] = o->queue_us,
                                 [EVENT_DATABASE_US] = -1,
                                 [EVENT_CACHE_US] = -1},
                      .text = {[EVENT_ID] = o->id,
                               [EVENT_NAME] = name,
                               [EVENT_RESULT] = status,
                               [EVENT_ERROR] = o->error,
                               [EVENT_DETAIL] = o->detail,
                               [EVENT_CLIENT] = client}};
    event_add(spool, &e);
}
