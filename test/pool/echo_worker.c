/*
 * echo-worker - a small FastCGI responder for the tests of the supervisor.
 *
 * It keeps the worker's side of the contract (ready byte, scoreboard, SIGTERM
 * drains, SIGUSR1 and SIGUSR2 are survived) and misbehaves on demand:
 *
 *   path /crash        abort()
 *   path /segv         SIGSEGV
 *   path /sleep/MS     sleeps before it answers
 *   path /database/MS  the same, in the phase "database"
 *   path /spin/MS      the same, without waiting for anything
 *   path /garbage/MS   the same as /sleep, and says nonsense of where it is
 *   path /eat/MIB      takes so much memory
 *   path /scribble/N   fills all it has mapped of the scoreboard with the
 *                      byte N, or with random ones (N above 255)
 *   path /after/MS     answers, hangs up, and goes on for so long
 *   path /exit         answers, then exits with status 3
 *   path /write/FD/FILE      writes the text of FILE to FD (1 or 2)
 *   path /both/FILE          writes its lines to 1 and 2 by turns
 *   path /die/FD/FILE        the same, then abort() without an answer
 *   path /late/FD/FILE       the same as soon as FILE is there
 *   path /leave/FD/FILE      exits; a child of it, which keeps FD, writes it
 *                            as soon as it is there and lives 5 s more
 *   ECHO=mute          never writes the ready byte, accepts nothing
 *   ECHO=fail          exits with status 7 before it is ready
 *   ECHO=brief         exits with status 8 right after the ready byte
 *   ECHO=stubborn      ignores SIGTERM
 *   ECHO=silent        knows no contract: no byte, no board
 *   ECHO_MODE_FILE     a file whose text is used instead of $ECHO
 *
 * The answer is "pid generation slot uid text".
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "board.h"
#include "ready.h"
#include "trace.h"

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN_RECORD = 5, STDOUT_RECORD = 6 };
enum { HEADER = 8, MAX_RECORD = 65535 + 255 };

static volatile sig_atomic_t stopping;

static void on_term(int sig UNUSED)
{
    stopping = 1;
}

static void on_usr1(int sig UNUSED)
{
}

struct request {
    char path[160], id[65];
    unsigned char record[MAX_RECORD];
};

static bool read_exactly(int fd, void *to, size_t n)
{
    char *at = to;
    while (n > 0) {
        ssize_t r = read(fd, at, n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        at += r;
        n -= (size_t)r;
    }
    return true;
}

/* The content's length and type; the content lies in rq->record. */
static bool read_record(int fd, struct request *rq, int *ret_type,
                        size_t *ret_n)
{
    unsigned char h[HEADER];
    if (!read_exactly(fd, h, sizeof(h)))
        return false;
    *ret_type = h[1];
    *ret_n = (size_t)h[4] << 8 | h[5];
    return read_exactly(fd, rq->record, *ret_n + h[6]);
}

static size_t read_length(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *p = *at;
    if (p < end && p[0] < 128) {
        *at = p + 1;
        return p[0];
    }
    if (end - p < 4) {
        *at = end;
        return 0;
    }
    *at = p + 4;
    return (size_t)(p[0] & 127) << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
           p[3];
}

static void take_params(struct request *rq, size_t n)
{
    const unsigned char *at = rq->record, *end = at + n;
    while (at < end) {
        size_t k = read_length(&at, end), v = read_length(&at, end);
        if (k + v > (size_t)(end - at))
            return;
        const char *name = (const char *)at, *value = name + k;
        if (k == 11 && memcmp(name, "REQUEST_URI", 11) == 0)
            snprintf(rq->path, sizeof(rq->path), "%.*s", (int)v, value);
        if (k == 10 && memcmp(name, "REQUEST_ID", 10) == 0)
            snprintf(rq->id, sizeof(rq->id), "%.*s", (int)v, value);
        at += k + v;
    }
}

static bool read_request(int fd, struct request *rq)
{
    int type;
    size_t n;
    rq->path[0] = rq->id[0] = '\0';
    while (read_record(fd, rq, &type, &n)) {
        if (type == PARAMS)
            take_params(rq, n);
        if (type == STDIN_RECORD && n == 0)
            return true;
    }
    return false;
}

static const char *variable(const char *name)
{
    const char *v = getenv(name);
    return v != NULL ? v : "-";
}

static void answer(int fd)
{
    char text[300];
    unsigned char out[512] = {1, STDOUT_RECORD, 0, 1};
    int n = snprintf(
        text, sizeof(text), "Content-Type: text/plain\r\n\r\n%d %s %s %d %s",
        (int)getpid(), variable("PTPOOL_GENERATION"), variable("PTPOOL_SLOT"),
        (int)getuid(), variable("ECHO_TEXT"));
    const unsigned char tail[] = {1, STDOUT_RECORD,
                                  0, 1,
                                  0, 0,
                                  0, 0,
                                  1, END,
                                  0, 1,
                                  0, 8,
                                  0, 0,
                                  0, 0,
                                  0, 0,
                                  0, 0,
                                  0, 0};
    out[4] = (unsigned char)(n >> 8);
    out[5] = (unsigned char)n;
    memcpy(out + HEADER, text, (size_t)n);
    memcpy(out + HEADER + n, tail, sizeof(tail));
    (void)fd_write_all(fd, out, HEADER + (size_t)n + sizeof(tail));
}

#define NOINLINE __attribute__((noinline)) /* a frame of its own */

NOINLINE static void sleep_ms(long ms)
{
    struct timespec left = {.tv_sec = ms / 1000,
                            .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

NOINLINE static void spin_ms(long ms)
{
    struct timespec now;
    int64_t end = 0, at;
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
        at = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
        end = end == 0 ? at + ms : end;
    } while (at < end);
}

/* A trace of the present request as nobody has made it. */
static void lie(struct board *board)
{
    struct board_trace t = {.of_ms = board_since(board), .n = BOARD_FRAMES};
    sigset_t ask;
    for (size_t i = 0; i < BOARD_FRAMES; i++)
        t.frame[i] = (uint64_t)rand() << 32 | (uint64_t)rand();
    t.base = t.frame[0];
    t.size = ~UINT64_C(0);
    board_trace(board, &t);
    sigemptyset(&ask);
    sigaddset(&ask, TRACE_SIGNAL);
    sigprocmask(SIG_BLOCK, &ask, NULL);
}

/* Every byte of the scoreboard that this process can write. */
static void scribble(long what)
{
    unsigned long from, to;
    char line[512];
    FILE *f = fopen("/proc/self/maps", "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (strstr(line, "memfd:ptpool-board") == NULL ||
            sscanf(line, "%lx-%lx rw", &from, &to) != 2)
            continue;
        unsigned char *p = (unsigned char *)from;
        for (size_t i = 0; i < to - from; i++)
            p[i] = (unsigned char)(what < 256 ? what : rand());
    }
    if (f != NULL)
        fclose(f);
}

static void eat(size_t mib)
{
    volatile char *p = malloc(mib << 20); /* else it is left out */
    for (size_t i = 0; p != NULL && i < mib << 20; i += 4096)
        p[i] = 1;
    free((void *)(uintptr_t)p);
}

static const char *route_of(const char *path)
{
    static const char *const routes[][2] = {{"/database/", "echo.database"},
                                            {"/sleep/", "echo.sleep"},
                                            {"/garbage/", "echo.garbage"},
                                            {"/spin/", "echo.spin"}};
    for (size_t i = 0; i < ARRAY_LEN(routes); i++)
        if (strncmp(path, routes[i][0], strlen(routes[i][0])) == 0)
            return routes[i][1];
    return NULL;
}

/* AddressSanitizer asks for it: a crash is to be a crash. */
const char *__asan_default_options(void); /* NOLINT: its name is not ours */
const char *__asan_default_options(void)  /* NOLINT */
{
    return "handle_segv=0:disable_coredump=0";
}

/* What the path asks for. */
NOINLINE static void act(struct board *board, const char *path,
                         struct phases *phases)
{
    const char *arg = strrchr(path, '/');
    long n = arg != NULL ? strtol(arg + 1, NULL, 10) : 0;
    if (strcmp(path, "/crash") == 0)
        abort();
    if (strcmp(path, "/segv") == 0)
        raise(SIGSEGV);
    if (strncmp(path, "/database/", 10) == 0) {
        enum phase before = phase_enter(phases, PHASE_DATABASE);
        sleep_ms(n);
        phase_enter(phases, before);
    }
    if (strncmp(path, "/eat/", 5) == 0)
        eat((size_t)n);
    if (strncmp(path, "/scribble/", 10) == 0)
        scribble(n);
    if (strncmp(path, "/garbage/", 9) == 0)
        lie(board);
    if (strncmp(path, "/sleep/", 7) == 0 || strncmp(path, "/garbage/", 9) == 0)
        sleep_ms(n);
    if (strncmp(path, "/spin/", 6) == 0)
        spin_ms(n);
}

static void write_file(int fd, const char *path)
{
    struct buf text;
    buf_init(&text, 64 << 20);
    if (fd_read_file(path, &text, NULL) == ERR_OK)
        (void)fd_write_all(fd, buf_str(&text), text.n);
    buf_done(&text);
}

/* For as long as a test waits for anything. */
static void wait_for_file(const char *path)
{
    for (int i = 0; access(path, R_OK) != 0 && i < 3000; i++)
        sleep_ms(10);
}

static void write_by_turns(const char *path)
{
    struct buf text;
    int fd = STDOUT_FILENO;
    buf_init(&text, 64 << 20);
    if (fd_read_file(path, &text, NULL) != ERR_OK)
        abort();
    for (const char *at = buf_str(&text); *at != '\0';) {
        size_t n = strcspn(at, "\n") + 1;
        (void)fd_write_all(fd, at, n);
        fd = fd == STDOUT_FILENO ? STDERR_FILENO : STDOUT_FILENO;
        at += n;
    }
    buf_done(&text);
}

/* What a request for the standard descriptors asks for, see above. */
static void talk(const char *path)
{
    char verb[8];
    int fd, at = 0;
    if (strncmp(path, "/both/", 6) == 0)
        write_by_turns(path + 5);
    /* NOLINTNEXTLINE(cert-err34-c): anything else is no such request */
    if (sscanf(path, "/%7[a-z]/%1d%n", verb, &fd, &at) != 2 || at == 0 ||
        path[at] != '/' || fd < 1 || fd > 2)
        return;
    if (strcmp(verb, "late") == 0)
        wait_for_file(path + at);
    if (strcmp(verb, "leave") == 0) {
        if (fork() != 0)
            _exit(0);
        setsid();
        close(STDIN_FILENO);
        close_range(3, ~0U, 0);
        wait_for_file(path + at);
        write_file(fd, path + at);
        sleep_ms(5000);
        _exit(0);
    }
    write_file(fd, path + at);
    if (strcmp(verb, "die") == 0)
        abort();
}

static void hang_up(int *fd)
{
    if (*fd < 0)
        return;
    shutdown(*fd, SHUT_WR);
    fd_done(fd);
}

static void serve(int fd, struct board *board, struct request *rq)
{
    static struct phases phases;
    if (read_request(fd, rq)) {
        board_show(board, &phases);
        board_begin(board, rq->id, "GET", rq->path);
        phase_begin(&phases, -1);
        const char *route = route_of(rq->path);
        board_route(board, route);
        act(board, rq->path, &phases);
        talk(rq->path);
        phase_enter(&phases, PHASE_WRITE);
        answer(fd);
        if (strncmp(rq->path, "/after/", 7) == 0) {
            hang_up(&fd);
            phase_enter(&phases, PHASE_AFTER);
            sleep_ms(strtol(rq->path + 7, NULL, 10));
        }
        phase_end(&phases);
        board_took(board, route, &phases);
        board_end(board);
    }
    hang_up(&fd);
    if (strcmp(rq->path, "/exit") == 0)
        exit(3);
}

static const char *find_mode(char ret_text[32])
{
    const char *path = getenv("ECHO_MODE_FILE"), *mode = getenv("ECHO");
    snprintf(ret_text, 32, "%s", mode != NULL ? mode : "");
    FILE *f = path != NULL ? fopen(path, "re") : NULL;
    if (f != NULL) {
        if (fgets(ret_text, 32, f) == NULL)
            ret_text[0] = '\0';
        fclose(f);
    }
    ret_text[strcspn(ret_text, "\n")] = '\0';
    return ret_text;
}

/* Blocked but while it waits: a request is never interrupted. */
static void set_signals(bool stubborn, sigset_t *ret_waiting)
{
    sigset_t block;
    const struct sigaction term = {.sa_handler = stubborn ? SIG_IGN : on_term};
    const struct sigaction usr1 = {.sa_handler = on_usr1};
    sigaction(SIGTERM, &term, NULL);
    sigaction(SIGUSR1, &usr1, NULL);
    sigaction(SIGUSR2, &usr1, NULL); /* too late? it cannot help it */
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, ret_waiting);
}

int main(void)
{
    static struct request rq;
    char text[32];
    sigset_t waiting;
    const char *mode = find_mode(text);
    if (strcmp(mode, "fail") == 0)
        return 7;
    set_signals(strcmp(mode, "stubborn") == 0, &waiting);
    bool silent = strcmp(mode, "silent") == 0;
    struct board *board = silent ? NULL : board_attach();
    (void)trace_install(board, __builtin_frame_address(0));
    if (!silent && strcmp(mode, "mute") != 0)
        ready_notify();
    if (strcmp(mode, "brief") == 0)
        _exit(8);
    while (!stopping && strcmp(mode, "mute") == 0)
        ppoll(NULL, 0, NULL, &waiting);
    while (!stopping) {
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
        if (ppoll(&p, 1, NULL, &waiting) != 1)
            continue;
        int fd = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            serve(fd, board, &rq);
    }
    board_free(board);
    return 0;
}
