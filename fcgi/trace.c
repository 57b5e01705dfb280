#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "base/build.h"
#include "base/compiler.h"

enum {
    RECORD_BYTES = 2 * sizeof(uintptr_t), /* frame pointer, return address */
    LONGEST_CALL = 7,                     /* bytes of an instruction */
    MAX_SCAN_BYTES = 64 << 10             /* of a library's frames */
};

/*
 * Of the stack and of the code, which the sanitizers have their own opinion
 * about: locals of others are read here, and what lies between them.
 */
NO_SANITIZE static uintptr_t word_at(uintptr_t at)
{
    return *(const volatile uintptr_t *)at;
}

NO_SANITIZE static unsigned byte_at(uintptr_t at)
{
    return *(const volatile unsigned char *)at;
}

static bool is_code(const struct trace_space *s, uintptr_t pc)
{
    return pc >= s->code_low && pc < s->code_high;
}

/* Does an instruction that calls end here? `call rel32`, or `call *…`. */
static bool follows_call(const struct trace_space *s, uintptr_t pc)
{
    static const unsigned char indirect[] = {2, 3, 4, 6, 7}; /* lengths */
    if (pc < s->code_low + LONGEST_CALL || pc >= s->code_high)
        return false;
    if (byte_at(pc - 5) == 0xe8)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(indirect); i++)
        if (byte_at(pc - indirect[i]) == 0xff &&
            (byte_at(pc - indirect[i] + 1) & 0x38) == 0x10)
            return true;
    return false;
}

/* Is fp, at `from` or above, the frame pointer of a function of ours? */
static bool is_record(const struct trace_space *s, uintptr_t from, uintptr_t fp)
{
    return fp >= from && fp % RECORD_BYTES == 0 && fp < s->stack_high &&
           s->stack_high - fp >= RECORD_BYTES &&
           follows_call(s, word_at(fp + sizeof(uintptr_t)));
}

/* The first frame pointer that somebody has saved; *at is where. 0: none. */
static uintptr_t find_record(const struct trace_space *s, uintptr_t *at)
{
    uintptr_t end = s->stack_high - *at > MAX_SCAN_BYTES ? *at + MAX_SCAN_BYTES
                                                         : s->stack_high;
    for (; *at < end && end - *at >= sizeof(uintptr_t);
         *at += sizeof(uintptr_t)) {
        uintptr_t fp = word_at(*at);
        if (is_record(s, *at + sizeof(uintptr_t), fp))
            return fp;
    }
    return 0;
}

/* The return address into the function whose frame pointer is fp; 0: none. */
static uintptr_t find_return(const struct trace_space *s, uintptr_t from,
                             uintptr_t fp)
{
    for (uintptr_t at = from; at < fp; at += sizeof(uintptr_t))
        if (follows_call(s, word_at(at)))
            return word_at(at);
    return 0;
}

size_t trace_walk(const struct trace_at *at, const struct trace_space *s,
                  uint64_t *ret_frames, size_t max)
{
    size_t n = 0;
    uintptr_t from = at->sp, fp = at->fp;
    bool ours = is_code(s, at->pc);
    if (n < max)
        ret_frames[n++] = at->pc;
    if (from % sizeof(uintptr_t) != 0 || from >= s->stack_high)
        return n;
    while (n < max && fp != s->stack_high) {
        if (!is_record(s, from, fp)) {
            ours = false;
            fp = find_record(s, &from);
        }
        if (fp == 0)
            break;
        uintptr_t into = ours ? 0 : find_return(s, from, fp);
        if (into != 0)
            ret_frames[n++] = into;
        if (n < max)
            ret_frames[n++] = word_at(fp + sizeof(uintptr_t));
        from = fp + RECORD_BYTES;
        fp = word_at(fp);
        ours = true;
    }
    return n;
}

#ifdef __x86_64__

static struct {
    struct board *board;
    struct trace_space space;
    uint64_t build;
} traced; /* for the handler of TRACE_SIGNAL */

/* Where the linker has put this program. */
extern const char __executable_start[], etext[];

static void on_trace(int sig UNUSED, siginfo_t *info, void *context)
{
    int saved = errno;
    const ucontext_t *u = context;
    const greg_t *regs = u->uc_mcontext.gregs;
    const struct trace_at at = {.pc = (uintptr_t)regs[REG_RIP],
                                .sp = (uintptr_t)regs[REG_RSP],
                                .fp = (uintptr_t)regs[REG_RBP]};
    const struct trace_space *s = &traced.space;
    struct board_trace t = {.of_ms = board_since(traced.board),
                            .base = s->code_low,
                            .size = s->code_high - s->code_low,
                            .build = traced.build};
    if (info->si_value.sival_int == (int)(uint32_t)t.of_ms) {
        t.n = trace_walk(&at, s, t.frame, BOARD_FRAMES);
        board_trace(traced.board, &t);
    }
    errno = saved;
}

static uint64_t build_number(void)
{
    char text[BUILD_ID_TEXT];
    build_id(text);
    text[sizeof(uint64_t) * 2] = '\0';
    return strtoull(text, NULL, 16);
}

bool trace_install(struct board *b, const void *top)
{
    struct sigaction act = {.sa_sigaction = on_trace,
                            .sa_flags = SA_SIGINFO | SA_RESTART};
    if (b == NULL)
        return false;
    traced.board = b;
    traced.build = build_number();
    traced.space = (struct trace_space){
        .stack_high = (uintptr_t)top,
        .code_low = (uintptr_t)__executable_start,
        .code_high = (uintptr_t)etext,
    };
    sigemptyset(&act.sa_mask);
    sigaction(TRACE_SIGNAL, &act, NULL);
    board_traces(b);
    return true;
}

#else

bool trace_install(struct board *b UNUSED, const void *top UNUSED)
{
    return false;
}

#endif
