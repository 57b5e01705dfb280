/*
 * ptctl top: frames, on a terminal until q or Ctrl-C, or so many as plain
 * text.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "ctl/top.h"

enum {
    FRAME_MS = 1000,
    MAX_FRAME_BYTES = 4 << 20,
    MAX_SCREEN_BYTES = 8 << 20,
    MAX_FRAMES = 1000000,
    DEFAULT_ROWS = 24
};

/* The other screen, no cursor, no wrapping of long lines; and back. */
static const char screen_on[] = "\033[?1049h\033[?25l\033[?7l";
static const char screen_off[] = "\033[?7h\033[?25h\033[?1049l";

static volatile sig_atomic_t ended;

static void on_end(int sig UNUSED)
{
    ended = 1;
}

struct top {
    const struct ctl *ctl;
    struct json_object *now, *before;
    int64_t at_ms, before_ms;
};

/* Another look; false when nobody answers. */
static bool look(struct top *t, struct err_note *why)
{
    json_object_put(t->before);
    t->before = t->now;
    t->before_ms = t->at_ms;
    t->now = NULL;
    t->at_ms = clock_ms();
    if (!state_read(t->ctl, "GET", "/status", &t->now, why))
        return false;
    /* Another supervisor counts from the beginning. */
    if (t->before != NULL &&
        member_number(t->now, "pid") != member_number(t->before, "pid")) {
        json_object_put(t->before);
        t->before = NULL;
    }
    return true;
}

static void render(const struct top *t, size_t rows, struct buf *out)
{
    const struct top_view v = {
        .now = t->now,
        .before = t->before,
        .over_ms = t->before != NULL ? t->at_ms - t->before_ms : 0,
        .rows = rows};
    top_render(&v, out);
}

/* True when q was pressed, or a signal came, before the next frame. */
static bool wait_for_frame(bool keys)
{
    int64_t until = clock_ms() + FRAME_MS;
    for (int64_t left = FRAME_MS; left > 0 && !ended;
         left = until - clock_ms()) {
        struct pollfd p = {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN};
        char c;
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        if (read(STDIN_FILENO, &c, 1) != 1)
            keys = false;
        else if (c == 'q' || c == 'Q')
            return true;
    }
    return ended;
}

/* --- plainly --- */

static int print_frames(struct top *t, const char *command, long n)
{
    struct err_note why;
    if (!look(t, &why))
        return state_complain(command, why.text);
    for (long i = 0; i < n; i++) {
        struct buf out;
        if (wait_for_frame(false))
            return CTL_OK;
        if (!look(t, &why))
            return state_complain(command, why.text);
        buf_init(&out, MAX_FRAME_BYTES);
        render(t, 0, &out);
        printf("%s%s", i > 0 ? "\n" : "", buf_str(&out));
        fflush(stdout);
        buf_done(&out);
    }
    return CTL_OK;
}

/* --- on a terminal --- */

static size_t screen_rows(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
        return DEFAULT_ROWS;
    return size.ws_row;
}

/* Over what is there, line by line, so that nothing flickers. */
static void draw(const char *text, size_t rows)
{
    struct buf out;
    buf_init(&out, MAX_SCREEN_BYTES);
    buf_adds(&out, "\033[H");
    for (size_t i = 0; i < rows && *text != '\0'; i++) {
        size_t n = strcspn(text, "\n");
        buf_addf(&out, "%s%.*s\033[K", i > 0 ? "\n" : "", (int)n, text);
        text += n + (text[n] == '\n');
    }
    buf_adds(&out, "\033[J");
    (void)fd_write_all(STDOUT_FILENO, buf_str(&out), out.n);
    buf_done(&out);
}

/* A supervisor that is away may come back. */
static void draw_frame(struct top *t)
{
    size_t rows = screen_rows();
    struct err_note why;
    struct buf out;
    buf_init(&out, MAX_FRAME_BYTES);
    if (look(t, &why))
        render(t, rows, &out);
    else
        buf_addf(&out, "%s\n", why.text);
    draw(buf_str(&out), rows);
    buf_done(&out);
}

static int run_live(struct top *t)
{
    struct termios before, raw;
    bool keys = tcgetattr(STDIN_FILENO, &before) == 0;
    if (keys) {
        raw = before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_lflag |= NOFLSH; /* Ctrl-C would drop what is on its way */
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    (void)fd_write_all(STDOUT_FILENO, screen_on, sizeof(screen_on) - 1);
    do {
        draw_frame(t);
    } while (!wait_for_frame(keys));
    (void)fd_write_all(STDOUT_FILENO, screen_off, sizeof(screen_off) - 1);
    if (keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return CTL_OK;
}

static void end_on_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction act = {.sa_handler = on_end};
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &act, NULL);
}

/* The number of frames of "-n N"; 0: that is not one. */
static long frames(const char *text)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    bool ok = errno == 0 && end != text && *end == '\0' && n <= MAX_FRAMES;
    return ok && n > 0 ? n : 0;
}

int top_run(struct ctl *ctl, int argc, char **argv)
{
    struct top t = {.ctl = ctl};
    bool live = argc == 1 && isatty(STDOUT_FILENO);
    long n = argc == 1 ? 1 : 0;
    if (argc == 3 && strcmp(argv[1], "-n") == 0)
        n = frames(argv[2]);
    if (n == 0)
        return CTL_USAGE;
    end_on_signals();
    int rc = live ? run_live(&t) : print_frames(&t, argv[0], n);
    json_object_put(t.now);
    json_object_put(t.before);
    return rc;
}
