/*
 * FastCGI records: the input is all that a peer sends on one connection to a
 * worker's listener, from its first record to the last of the body. Whatever
 * it is, the next connection is served. Needs no excuse for libfcgi, which
 * gets to see only heads that are in order: what it does with others is in
 * crash/fcgi, named after it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "web/fcgi.h"
#include "web/req.h"

enum { ANSWER_BYTES = 64 << 10, WAIT_MS = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool ok)
{
    if (!ok)
        abort();
}

/* A worker's side, made once: its socket has no name in the file system. */
struct server {
    struct sockaddr_un address;
    socklen_t address_len;
    struct fcgi *fcgi;
};

static void listen_here(struct server *s)
{
    static struct arena *lasting;
    static const char *const none[] = {NULL};
    struct err_note why;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    lasting = arena_new(1 << 16, NULL, NULL);
    s->address.sun_family = AF_UNIX;
    s->address_len = sizeof(s->address);
    /* an address of the family alone: the kernel chooses a name */
    expect(bind(fd, (struct sockaddr *)&s->address, sizeof(sa_family_t)) == 0);
    expect(listen(fd, 8) == 0);
    expect(getsockname(fd, (struct sockaddr *)&s->address, &s->address_len) ==
           0);
    struct fcgi_conf conf = {.listener = fd,
                             .read_timeout_ms = WAIT_MS,
                             .write_timeout_ms = WAIT_MS};
    struct log_conf quiet = {.console_level = LOG_OFF,
                             .file_level = LOG_OFF,
                             .file = "",
                             .program = "fuzz"};
    expect(log_new(&quiet, &conf.log, &why) == ERR_OK);
    expect(peer_list_new(lasting, none, none, &conf.peers, &why) == ERR_OK);
    expect(fcgi_new(&conf, &s->fcgi, &why) == ERR_OK);
}

static struct server *server(void)
{
    static struct server s;
    if (s.fcgi == NULL)
        listen_here(&s);
    return &s;
}

static int connect_to(const struct server *s)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int room = 1 << 20; /* what is sent never waits for a reader */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    expect(connect(fd, (const struct sockaddr *)&s->address, s->address_len) ==
           0);
    return fd;
}

/* Reads the request as a worker does, its body to the end, and answers. */
static void answer(struct fcgi *f)
{
    char block[1000];
    struct err_note why;
    struct req r;
    struct resp resp;
    struct arena *a = arena_new(64 << 20, NULL, NULL);
    enum err parsed = req_parse(a, fcgi_environment(f), &r, &why);
    expect(parsed == ERR_OK || why.text[0] != '\0');
    while (fcgi_read_body(f, block, sizeof(block)) > 0)
        continue;
    resp_init(&resp);
    buf_adds(&resp.body, "answer");
    (void)fcgi_send(f, &resp);
    fcgi_finish(f);
    resp_done(&resp);
    arena_free(a);
}

/* True when the peer's bytes were a request. */
static bool serve(const struct server *s, const uint8_t *data, size_t size)
{
    sigset_t none;
    sigemptyset(&none);
    int fd = connect_to(s);
    if (size > 0)
        expect(send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size);
    shutdown(fd, SHUT_WR);
    enum fcgi_event event = fcgi_next(s->fcgi, &none);
    expect(event == FCGI_REQUEST || event == FCGI_NOTHING);
    if (event == FCGI_REQUEST)
        answer(s->fcgi);
    close(fd);
    return event == FCGI_REQUEST;
}

/* BEGIN_REQUEST (responder), a PARAMS of one pair, its end, STDIN's end. */
static const uint8_t good[] = "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
                              "\1\4\0\1\0\5\3\0\1\2A12\0\0\0"
                              "\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    serve(server(), data, size);
    expect(serve(server(), good, sizeof(good) - 1));
    return 0;
}
