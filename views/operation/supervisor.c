#include "supervisor.h"

#include <stdlib.h>

#include "base/local_http.h"
#include "text/member.h"

enum {
    PATIENCE_MS = 1000, /* it answers within one, whatever the workers do */
    MAX_SHOWN_WORKERS = 8192
};

/* Copied: what was parsed does not live long. */
static const char *text(struct arena *a, struct json_object *o,
                        const char *name)
{
    return arena_strdup(a, member_text(o, name));
}

/* --- its parts --- */

static void read_pool(struct arena *a, struct json_object *o,
                      struct supervisor_pool *ret)
{
    struct json_object *workers = member_get(o, "workers");
    struct json_object *queued = member_get(o, "queued");
    *ret = (struct supervisor_pool){
        .name = text(a, o, "name"),
        .last_error = text(a, o, "last_error"),
        .ready = member_number(workers, "ready"),
        .wanted = member_number(workers, "configured"),
        .busy = member_number(workers, "busy"),
        .queued = queued != NULL ? json_object_get_int64(queued) : -1,
        .requests = member_number(o, "requests"),
        .shed = member_number(o, "shed"),
        .late = member_number(o, "late"),
        .deaths = member_number(o, "deaths"),
    };
}

static void add_routes(struct arena *a, struct json_object *pool,
                       struct supervisor *s)
{
    struct json_object *all = member_get(pool, "latency");
    if (!json_object_is_type(all, json_type_object))
        return;
    size_t room = s->n_routes + (size_t)json_object_object_length(all);
    struct supervisor_route *routes =
        ARENA_ARRAY(a, struct supervisor_route, room);
    for (size_t i = 0; i < s->n_routes; i++)
        routes[i] = s->routes[i];
    s->routes = routes;
    json_object_object_foreach(all, name, phases)
    {
        struct json_object *total = member_get(phases, "total");
        struct json_object *buckets = member_get(total, "buckets");
        struct supervisor_route r = {
            .name = arena_strdup(a, name),
            .sum_us = member_number(total, "sum_us"),
            .p50_us = member_number(total, "p50_us"),
            .p99_us = member_number(total, "p99_us"),
        };
        for (size_t i = 0; i < member_length(buckets); i++)
            r.requests +=
                json_object_get_int64(json_object_array_get_idx(buckets, i));
        if (r.requests > 0)
            routes[s->n_routes++] = r;
    }
}

static void add_requests(struct arena *a, struct json_object *pool,
                         struct supervisor *s)
{
    struct json_object *list = member_get(pool, "list");
    for (size_t i = 0; i < member_length(list); i++) {
        struct json_object *worker = json_object_array_get_idx(list, i);
        struct json_object *o = member_get(worker, "request");
        if (o == NULL || s->n_requests == MAX_SHOWN_WORKERS)
            continue;
        s->requests[s->n_requests++] = (struct supervisor_request){
            .method = text(a, o, "method"),
            .path = text(a, o, "path"),
            .phase = text(a, o, "phase"),
            .pid = member_number(worker, "pid"),
            .age_ms = member_number(o, "age_ms"),
        };
    }
}

static int by_time(const void *a, const void *b)
{
    const struct supervisor_route *x = a, *y = b;
    return (x->sum_us < y->sum_us) - (x->sum_us > y->sum_us);
}

static int by_age(const void *a, const void *b)
{
    const struct supervisor_request *x = a, *y = b;
    return (x->age_ms < y->age_ms) - (x->age_ms > y->age_ms);
}

static size_t count_workers(struct json_object *pools)
{
    size_t n = 0;
    for (size_t i = 0; i < member_length(pools); i++)
        n += member_length(
            member_get(json_object_array_get_idx(pools, i), "list"));
    return n < MAX_SHOWN_WORKERS ? n : MAX_SHOWN_WORKERS;
}

static void read_all(struct arena *a, struct json_object *o,
                     struct supervisor *ret)
{
    struct json_object *pools = member_get(o, "pools");
    *ret = (struct supervisor){.status = text(a, o, "status"),
                               .age_ms = member_number(o, "age_ms")};
    ret->pools = ARENA_ARRAY(a, struct supervisor_pool, member_length(pools));
    ret->requests =
        ARENA_ARRAY(a, struct supervisor_request, count_workers(pools));
    for (size_t i = 0; i < member_length(pools); i++) {
        struct json_object *pool = json_object_array_get_idx(pools, i);
        read_pool(a, pool, &ret->pools[ret->n_pools++]);
        add_routes(a, pool, ret);
        add_requests(a, pool, ret);
    }
    if (ret->n_routes > 0)
        qsort(ret->routes, ret->n_routes, sizeof(ret->routes[0]), by_time);
    if (ret->n_requests > 0)
        qsort(ret->requests, ret->n_requests, sizeof(ret->requests[0]), by_age);
}

enum err supervisor_read(struct arena *a, const char *address,
                         struct supervisor *ret, struct err_note *why)
{
    const struct local_http_request r = {.address = address,
                                         .method = "GET",
                                         .path = "/status",
                                         .timeout_ms = PATIENCE_MS};
    struct buf body;
    int status = 0;
    if (address[0] == '\0')
        return err_set(why, ERR_UNAVAIL, "supervisor.control_socket: none");
    buf_init(&body, MAX_LOCAL_HTTP_BYTES);
    enum err e = local_http_call(&r, &status, &body, why);
    struct json_object *answer =
        e == ERR_OK ? json_tokener_parse(buf_str(&body)) : NULL;
    buf_done(&body);
    if (e == ERR_OK && (status != 200 || answer == NULL))
        e = err_set(why, ERR_SYSTEM, "%s: not the answer of ptpool", address);
    if (e == ERR_OK)
        read_all(a, answer, ret);
    json_object_put(answer);
    return e;
}
