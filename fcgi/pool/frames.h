/*
 * frames - the addresses of a trace as text that can be turned into names.
 *
 * "ptworker+0x1f32a" is what `addr2line -e ptworker 0x1f32a` wants: the
 * address as the file has it; "+0x…" alone is of the same file as the one
 * before. The program says itself where it lies; for its
 * libraries /proc/PID/maps is read, if that is allowed, else they are "?".
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_FRAMES_H
#define PT_FCGI_POOL_FRAMES_H

#include <sys/types.h>

#include "board.h"

enum { FRAMES_TEXT = 1536 };

/* ` build=… frames="…"`; command is how the program was started. */
void frames_text(pid_t pid, const char *command, const struct board_trace *t,
                 char ret_text[FRAMES_TEXT]);

#endif
