/*
 * spool - records that one process writes and another one takes away.
 *
 * A folder of segments, files of one size. Each process that writes has one
 * of its own, mapped into its memory, and holds a lock on it: a record is a
 * copy of bytes, without a system call, and is there for others when
 * spool_add() returns, also when the process is killed the moment after. (Not
 * when the machine loses its power: nothing is written through.) A segment is
 * begun anew when all of it is taken; a full one is let go, and another made.
 *
 * Who takes them away reads each segment up to its end, and notes in it how
 * far it got; a segment that nobody holds and of which all is taken is
 * removed. When the folder is full the oldest segment that nobody holds goes,
 * and what is lost is counted in the head of the next one. A record that was
 * damaged is left out.
 *
 * All are on one machine: the folder must be on a file system of its own
 * kernel, not on one that comes over a network.
 *
 * Ownership  spool_new() copies what it is given. A segment's text is the
 *            caller's buffer.
 * Errors     spool_new(): SYSTEM. spool_add() loses what finds no room, and
 *            counts it.
 * Layer      base.
 */
#ifndef PT_BASE_SPOOL_H
#define PT_BASE_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    SPOOL_SEGMENT_BYTES = 1 << 20,
    SPOOL_READ_BYTES = 256 << 10, /* of a segment, at once */
    MAX_SPOOL_RECORD_BYTES = 2048,
    SPOOL_NAME = 48 /* bytes of a segment's name, with its NUL */
};

/* --- who writes --- */

struct spool_conf {
    const char *folder;   /* made if it is missing */
    int64_t most_bytes;   /* of all segments together */
    const char *program;  /* these three stand in each segment */
    const char *instance; /* the machine or container */
    const char *version;
};

struct spool;

enum err spool_new(const struct spool_conf *conf, struct spool **ret_spool,
                   struct err_note *why) MUST_USE;
struct spool *spool_free(struct spool *s);

/* A NULL s is allowed. */
void spool_add(struct spool *s, const void *record, size_t n);

/* --- who takes away --- */

/* The first bytes of a segment. */
struct spool_head {
    char magic[8];
    uint32_t size;          /* of the file */
    uint32_t unused;        /* 0 */
    _Atomic uint32_t end;   /* of the last record that is complete */
    _Atomic uint32_t n;     /* records up to there */
    _Atomic uint32_t taken; /* the same two of what was taken away */
    _Atomic uint32_t n_taken;
    _Atomic uint64_t lost; /* records lost before this segment was begun */
    char program[24], instance[64], version[24];
};

struct spool_segment {
    char name[SPOOL_NAME];
    bool held; /* somebody may still add to it */
    struct spool_head head;
    struct buf text;  /* of the file, from head.taken on */
    uint32_t at;      /* of the next record … */
    uint32_t n_read;  /* … and those before it */
    uint32_t damaged; /* of these: they make no sense */
};

/* The names of all segments in fd's folder, oldest first, a NUL after each. */
enum err spool_list(int folder, struct buf *ret_names,
                    struct err_note *why) MUST_USE;

/*
 * Reads what is not taken of the segment into s, whose text is an initialised
 * buffer. NOTFOUND: it is gone, or there is nothing in it. One that nobody
 * holds and that is taken, or is none, goes at this.
 */
enum err spool_read(int folder, const char *name, struct spool_segment *s,
                    struct err_note *why) MUST_USE;

/* The next record of it; false at the end. */
bool spool_next(struct spool_segment *s, const char **ret_record,
                size_t *ret_n);

/* What the segment had up to there, with so many records, is taken. */
enum err spool_take(int folder, const char *name, uint32_t at, uint32_t n,
                    struct err_note *why) MUST_USE;

/* How many records wait in a folder; 0 when it cannot be read. */
uint64_t spool_waiting(int folder);

#endif
