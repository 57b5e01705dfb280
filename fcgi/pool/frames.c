#include "pool/frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { MAX_MODULE_NAME = 32, MAX_MAPS_LINES = 2000 };

/* Part of a process' memory: a line of /proc/PID/maps. */
struct part {
    uint64_t low, high;
    uint64_t base; /* where the file begins */
    char name[MAX_MODULE_NAME];
};

struct frame {
    char module[MAX_MODULE_NAME]; /* "": not known */
    uint64_t offset;
};

/* Without its folders; a worker can map files of any name. */
static void set_name(char to[MAX_MODULE_NAME], const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ._+-";
    const char *slash = strrchr(path, '/');
    snprintf(to, MAX_MODULE_NAME, "%s", slash != NULL ? slash + 1 : path);
    for (char *c = to; *c != '\0'; c++)
        if (strchr(plain, *c) == NULL)
            *c = '?';
}

/* "7f12-7f34 r-xp 00001000 fe:01 1234   /lib/libc.so.6" */
static bool read_part(char *line, struct part *part)
{
    char *end, *path = strchr(line, '/');
    uint64_t low = strtoull(line, &end, 16);
    if (*end != '-' || path == NULL)
        return false;
    part->low = low;
    part->high = strtoull(end + 1, &end, 16);
    /* after the rights comes the offset in the file */
    uint64_t offset = strlen(end) > 6 ? strtoull(end + 6, NULL, 16) : 0;
    if (offset == 0)
        part->base = low;
    path[strcspn(path, "\n")] = '\0';
    set_name(part->name, path);
    return true;
}

static void find_modules(pid_t pid, const struct board_trace *t,
                         struct frame *frames)
{
    char path[64], line[512];
    struct part part = {0};
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *f = fopen(path, "re");
    for (int n = 0; f != NULL && n < MAX_MAPS_LINES; n++) {
        if (fgets(line, sizeof(line), f) == NULL)
            break;
        if (!read_part(line, &part))
            continue;
        for (uint64_t i = 0; i < t->n; i++) {
            if (t->frame[i] < part.low || t->frame[i] >= part.high)
                continue;
            frames[i].offset = t->frame[i] - part.base;
            memcpy(frames[i].module, part.name, MAX_MODULE_NAME);
        }
    }
    if (f != NULL)
        fclose(f);
}

static void add_frame(struct buf *b, const struct frame *f, const char *before)
{
    if (f->module[0] == '\0')
        buf_adds(b, "?");
    else if (strcmp(f->module, before) == 0)
        buf_addf(b, "+0x%" PRIx64, f->offset);
    else
        buf_addf(b, "%s+0x%" PRIx64, f->module, f->offset);
}

void frames_text(pid_t pid, const char *command, const struct board_trace *t,
                 char ret_text[FRAMES_TEXT])
{
    struct frame frames[BOARD_FRAMES] = {0};
    struct buf b;
    find_modules(pid, t, frames);
    buf_init(&b, FRAMES_TEXT - 1);
    buf_addf(&b, " build=%016" PRIx64 " frames=\"", t->build);
    for (uint64_t i = 0; i < t->n; i++) {
        uint64_t offset = t->frame[i] - t->base;
        if (offset < t->size) {
            set_name(frames[i].module, command);
            frames[i].offset = offset;
        }
        if (i > 0)
            buf_addc(&b, ' ');
        add_frame(&b, &frames[i], i > 0 ? frames[i - 1].module : "");
    }
    buf_addc(&b, '"');
    snprintf(ret_text, FRAMES_TEXT, "%s", buf_str(&b));
    buf_done(&b);
}
