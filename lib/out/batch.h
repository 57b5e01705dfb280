/*
 * batch - what is sent at once, and where in the spool it came from.
 *
 * Ownership  The batch owns its lines.
 * Layer      out.
 */
#ifndef PT_OUT_BATCH_H
#define PT_OUT_BATCH_H

#include "base/spool.h"
#include "out/envelope.h"
#include "out/ingestion.h"

enum {
    MAX_BATCH_ITEMS = 500,
    MAX_BATCH_BYTES = 1000 * 1000, /* before compression */
    MAX_BATCH_PIECES = 256         /* segments */
};

struct batch {
    struct buf lines;
    size_t n, n_open;                  /* items; of these: not dealt with */
    size_t begin[MAX_BATCH_ITEMS + 1]; /* of each line; and the end */
    bool open[MAX_BATCH_ITEMS];
    size_t n_pieces;
    struct batch_piece {
        char name[SPOOL_NAME];
        uint32_t at, n; /* of the segment: up to there it is in the batch */
    } piece[MAX_BATCH_PIECES];
    int64_t oldest_ms; /* of the events */
    uint64_t lost;     /* records that are missing before or in it */
    bool full;         /* there was more */
};

void batch_init(struct batch *b);
void batch_done(struct batch *b);
void batch_reset(struct batch *b);

/*
 * Adds what is not taken of a segment, as far as there is room; source lacks
 * only what the segment says of its program.
 */
void batch_add(struct batch *b, struct spool_segment *s,
               struct envelope_source *source);

/* The first `most` open lines; *ret_n of them, whose numbers are in index. */
void batch_open_lines(const struct batch *b, size_t most, struct buf *ret_lines,
                      size_t index[MAX_BATCH_ITEMS], size_t *ret_n);

/* What an answer to these lines means for them; returns how many are refused.
 */
size_t batch_answer(struct batch *b, const size_t *index, size_t n,
                    const struct ingestion_answer *answer);

#endif
