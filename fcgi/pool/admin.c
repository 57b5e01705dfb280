#include "pool/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

enum { DOORS = 2 };

static const char json[] = "application/json";

enum client_state {
    CL_FREE,
    CL_READING, /* the request comes */
    CL_WAITING, /* for its ticket */
    CL_WRITING, /* the response goes */
    CL_CLOSING  /* all sent; reads on, so that closing does not cut it off */
};

struct client {
    struct admin *admin;
    struct source source;
    enum client_state state;
    bool control, head;
    int64_t since_ms, deadline_ms; /* deadline 0: none */
    uint64_t ticket;
    size_t n; /* bytes in */
    char in[MAX_ADMIN_REQUEST + 1];
    size_t sent;
    struct buf out;
};

struct door {
    struct admin *admin;
    struct source source;
    struct listener listener;
    bool control;
    int64_t pause_until_ms; /* 0: open */
};

struct admin {
    struct loop *loop;
    const struct admin_route *routes;
    void *arg;
    struct door doors[DOORS];
    size_t n_doors;
    struct client clients[MAX_ADMIN_CLIENTS];
};

/* --- clients --- */

static void client_close(struct client *c)
{
    loop_remove(c->admin->loop, &c->source);
    fd_done(&c->source.fd);
    buf_done(&c->out);
    c->state = CL_FREE;
    c->deadline_ms = 0;
}

static void enter(struct client *c, enum client_state state, int64_t ms)
{
    c->state = state;
    c->deadline_ms = ms > 0 ? clock_ms() + ms : 0;
}

static void send_more(struct client *c)
{
    while (c->sent < c->out.n) {
        ssize_t n = send(c->source.fd, c->out.p + c->sent, c->out.n - c->sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            loop_change(c->admin->loop, &c->source, EPOLLOUT);
            return;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            client_close(c);
            return;
        }
        c->sent += (size_t)n;
    }
    shutdown(c->source.fd, SHUT_WR);
    enter(c, CL_CLOSING, ADMIN_LINGER_MS);
    loop_change(c->admin->loop, &c->source, EPOLLIN | EPOLLRDHUP);
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {{200, "OK"},
                   {202, "Accepted"},
                   {400, "Bad Request"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {408, "Request Timeout"},
                   {409, "Conflict"},
                   {422, "Unprocessable Content"},
                   {431, "Request Header Fields Too Large"},
                   {503, "Service Unavailable"}};
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Internal Server Error";
}

/* allow: the method a 405 names, else NULL. */
static void respond(struct client *c, int status, const char *allow,
                    const char *type, const struct buf *body)
{
    bool whole = buf_ok(body);
    const char *text = whole ? buf_str(body) : "{\"error\":\"too large\"}";
    size_t n = whole ? body->n : strlen(text);
    buf_init(&c->out, MAX_ADMIN_RESPONSE + 1024);
    buf_addf(&c->out, "HTTP/1.1 %d %s\r\n", whole ? status : 500,
             reason_of(whole ? status : 500));
    if (allow != NULL)
        buf_addf(&c->out, "Allow: %s\r\n", allow);
    buf_addf(&c->out,
             "Content-Type: %s\r\nContent-Length: %zu\r\n"
             "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
             type, n);
    if (!c->head)
        buf_add(&c->out, text, n);
    c->sent = 0;
    enter(c, CL_WRITING, ADMIN_RESPONSE_MS);
    send_more(c);
}

static void refuse(struct client *c, int status, const char *allow)
{
    struct buf body;
    buf_init(&body, 128);
    buf_addf(&body, "{\"error\":\"%s\"}\n", reason_of(status));
    respond(c, status, allow, json, &body);
    buf_done(&body);
}

/* --- requests --- */

static void run(struct client *c, admin_fn *fn, struct admin_call call)
{
    struct buf body;
    call.arg = c->admin->arg;
    call.body = &body;
    call.type = json;
    buf_init(&body, MAX_ADMIN_RESPONSE);
    int status = fn(&call);
    if (status != 0) {
        respond(c, status, NULL, call.type, &body);
    } else {
        c->ticket = call.ticket;
        enter(c, CL_WAITING, 0);
        loop_change(c->admin->loop, &c->source, 0); /* hang-ups only */
    }
    buf_done(&body);
}

static void route(struct client *c, const char *method, const char *path,
                  const struct admin_call *call)
{
    const char *allow = NULL;
    c->head = strcmp(method, "HEAD") == 0;
    const char *wanted = c->head ? "GET" : method;
    const struct admin_route *r = c->admin->routes;
    for (; r->method != NULL; r++) {
        if (strcmp(r->path, path) != 0 || (r->control && !c->control))
            continue;
        if (strcmp(r->method, wanted) == 0) {
            run(c, r->fn, *call);
            return;
        }
        allow = r->method;
    }
    refuse(c, allow != NULL ? 405 : 404, allow);
}

/* The value of that header, which is ended by a NUL; "": there is none. */
static const char *find_accept(char *request)
{
    static const char name[] = "\naccept:";
    char *at = strcasestr(request, name);
    if (at == NULL)
        return "";
    at += sizeof(name) - 1;
    at[strcspn(at, "\r\n")] = '\0';
    return at;
}

/* "METHOD /path?query HTTP/1.x", the line ended by a NUL. */
static void parse(struct client *c, char *line, const char *accept)
{
    char *save = NULL;
    const char *method = strtok_r(line, " ", &save);
    char *path = strtok_r(NULL, " ", &save);
    const char *version = strtok_r(NULL, " ", &save);
    if (method == NULL || path == NULL || version == NULL || path[0] != '/' ||
        strncmp(version, "HTTP/1.", 7) != 0 || strtok_r(NULL, " ", &save)) {
        refuse(c, 400, NULL);
        return;
    }
    char *query = path + strcspn(path, "?");
    if (*query != '\0')
        *query++ = '\0';
    const struct admin_call call = {.query = query, .accept = accept};
    route(c, method, path, &call);
}

static void read_request(struct client *c)
{
    ssize_t n = recv(c->source.fd, c->in + c->n, MAX_ADMIN_REQUEST - c->n,
                     MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        client_close(c);
        return;
    }
    c->n += (size_t)n;
    c->in[c->n] = '\0';
    if (strstr(c->in, "\r\n\r\n") != NULL || strstr(c->in, "\n\n") != NULL) {
        const char *accept = find_accept(c->in);
        c->in[strcspn(c->in, "\r\n")] = '\0';
        parse(c, c->in, accept);
    } else if (c->n == MAX_ADMIN_REQUEST) {
        refuse(c, 431, NULL);
    }
}

static void discard(struct client *c)
{
    char block[4096];
    ssize_t n = recv(c->source.fd, block, sizeof(block), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        client_close(c);
}

static void on_client(void *arg, uint32_t events)
{
    struct client *c = arg;
    switch (c->state) {
    case CL_READING:
        read_request(c);
        return;
    case CL_WAITING:
        if ((events & (EPOLLHUP | EPOLLERR)) != 0)
            client_close(c);
        return;
    case CL_WRITING:
        send_more(c);
        return;
    case CL_CLOSING:
        discard(c);
        return;
    case CL_FREE:
        return;
    }
}

/* --- accepting --- */

/* A free place; else that of the client who has had his turn longest. */
static struct client *find_place(struct admin *a)
{
    struct client *oldest = NULL;
    for (size_t i = 0; i < MAX_ADMIN_CLIENTS; i++) {
        struct client *c = &a->clients[i];
        if (c->state == CL_FREE)
            return c;
        if (c->state != CL_WAITING &&
            (oldest == NULL || c->since_ms < oldest->since_ms))
            oldest = c;
    }
    if (oldest != NULL)
        client_close(oldest);
    return oldest;
}

static void welcome(struct door *d, int fd)
{
    struct admin *a = d->admin;
    struct client *c = find_place(a);
    if (c == NULL) {
        close(fd);
        return;
    }
    c->admin = a;
    c->source = (struct source){.fd = fd, .fn = on_client, .arg = c};
    c->control = d->control;
    c->head = false;
    c->n = c->sent = 0;
    c->ticket = 0;
    c->since_ms = clock_ms();
    enter(c, CL_READING, ADMIN_REQUEST_MS);
    if (loop_add(a->loop, &c->source, EPOLLIN, NULL) != ERR_OK)
        client_close(c);
}

static void on_door(void *arg, uint32_t events UNUSED)
{
    struct door *d = arg;
    int fd = accept4(d->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        welcome(d, fd);
        return;
    }
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM &&
        errno != ENOBUFS)
        return;
    /* The connection would wake the loop again at once. */
    loop_change(d->admin->loop, &d->source, 0);
    d->pause_until_ms = clock_ms() + ADMIN_PAUSE_MS;
}

enum err admin_listen(struct admin *a, const struct listen_spec *spec,
                      bool control, struct err_note *why)
{
    if (a->n_doors == DOORS)
        return err_set(why, ERR_BUG, "more than %d admin sockets", DOORS);
    struct door *d = &a->doors[a->n_doors];
    TRY(listen_open(spec, &d->listener, why));
    a->n_doors++;
    d->admin = a;
    d->control = control;
    d->source = (struct source){.fd = d->listener.fd, .fn = on_door, .arg = d};
    return loop_add(a->loop, &d->source, EPOLLIN, why);
}

int admin_door(const struct admin *a, bool control)
{
    for (size_t i = 0; i < a->n_doors; i++)
        if (a->doors[i].control == control)
            return a->doors[i].listener.fd;
    return -1;
}

/* --- all --- */

enum err admin_new(struct loop *loop, const struct admin_route *routes,
                   void *arg, struct admin **ret_admin, struct err_note *why)
{
    struct admin *a = calloc(1, sizeof(*a));
    if (a == NULL)
        return err_errno(why, ERR_SYSTEM, "admin");
    a->loop = loop;
    a->routes = routes;
    a->arg = arg;
    *ret_admin = a;
    return ERR_OK;
}

struct admin *admin_free(struct admin *a)
{
    if (a == NULL)
        return NULL;
    for (size_t i = 0; i < MAX_ADMIN_CLIENTS; i++)
        if (a->clients[i].state != CL_FREE)
            client_close(&a->clients[i]);
    for (size_t i = 0; i < a->n_doors; i++) {
        loop_remove(a->loop, &a->doors[i].source);
        listen_close(&a->doors[i].listener);
    }
    free(a);
    return NULL;
}

void admin_answer(struct admin *a, uint64_t ticket, int status,
                  const struct buf *body)
{
    for (size_t i = 0; i < MAX_ADMIN_CLIENTS; i++) {
        struct client *c = &a->clients[i];
        if (c->state == CL_WAITING && c->ticket == ticket)
            respond(c, status, NULL, json, body);
    }
}

void admin_tick(struct admin *a, int64_t now_ms)
{
    for (size_t i = 0; i < MAX_ADMIN_CLIENTS; i++) {
        struct client *c = &a->clients[i];
        if (c->deadline_ms == 0 || now_ms < c->deadline_ms)
            continue;
        if (c->state == CL_READING)
            refuse(c, 408, NULL);
        else
            client_close(c);
    }
    for (size_t i = 0; i < a->n_doors; i++) {
        struct door *d = &a->doors[i];
        if (d->pause_until_ms > 0 && now_ms >= d->pause_until_ms) {
            d->pause_until_ms = 0;
            loop_change(a->loop, &d->source, EPOLLIN);
        }
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

int64_t admin_next_ms(const struct admin *a)
{
    int64_t next = 0;
    for (size_t i = 0; i < MAX_ADMIN_CLIENTS; i++)
        next = earlier(next, a->clients[i].deadline_ms);
    for (size_t i = 0; i < a->n_doors; i++)
        next = earlier(next, a->doors[i].pause_until_ms);
    return next;
}
