#include "out/batch.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_LINE_BYTES = 4096,
    MAX_EVENT_BYTES = ENVELOPE_ITEMS * MAX_LINE_BYTES
};

void batch_init(struct batch *b)
{
    *b = (struct batch){.n = 0};
    buf_init(&b->lines, MAX_BATCH_BYTES);
}

void batch_done(struct batch *b)
{
    buf_done(&b->lines);
}

void batch_reset(struct batch *b)
{
    buf_reset(&b->lines);
    b->n = b->n_open = b->n_pieces = 0;
    b->oldest_ms = 0;
    b->lost = 0;
    b->full = false;
}

static bool has_room(const struct batch *b)
{
    return b->n + ENVELOPE_ITEMS <= MAX_BATCH_ITEMS &&
           b->lines.n + MAX_EVENT_BYTES <= MAX_BATCH_BYTES;
}

/* Each line of it is an item, open. */
static void add_event(struct batch *b, const struct envelope_source *source,
                      const struct event *e)
{
    size_t at = b->lines.n;
    size_t n = envelope_write(&b->lines, source, e);
    if (!buf_ok(&b->lines)) { /* no memory, or no room for so odd a text */
        b->lines.n = at;
        b->lines.failed = false;
        b->lost++;
        b->full = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const char *line = b->lines.p + at;
        b->begin[b->n] = at;
        b->open[b->n++] = true;
        b->n_open++;
        at += strcspn(line, "\n") + 1;
    }
    b->begin[b->n] = at;
    if (b->oldest_ms == 0 || e->at_ms < b->oldest_ms)
        b->oldest_ms = e->at_ms;
}

static void add_lost(struct batch *b, const struct envelope_source *source,
                     uint64_t lost, int64_t at_ms)
{
    struct event e = {.kind = EVENT_LOST,
                      .sample = 100,
                      .at_ms = at_ms,
                      .number = {[EVENT_STATEMENTS] = (int64_t)lost}};
    if (lost == 0)
        return;
    b->lost += lost;
    add_event(b, source, &e);
}

/* When the segment was begun, by its name. */
static int64_t begun_ms(const struct spool_segment *s)
{
    int64_t ms = strtoll(s->name, NULL, 10);
    return ms > 0 ? ms : 1;
}

void batch_add(struct batch *b, struct spool_segment *s,
               struct envelope_source *source)
{
    const char *record;
    size_t n;
    uint32_t at = s->at, n_read = s->n_read, bad = 0;
    if (b->n_pieces == MAX_BATCH_PIECES || !has_room(b)) {
        b->full = true;
        return;
    }
    s->head.program[sizeof(s->head.program) - 1] = '\0';
    s->head.instance[sizeof(s->head.instance) - 1] = '\0';
    s->head.version[sizeof(s->head.version) - 1] = '\0';
    source->program = s->head.program;
    source->instance = s->head.instance;
    source->version = s->head.version;
    if (s->head.n_taken == 0)
        add_lost(b, source, s->head.lost, begun_ms(s));
    /* one more for what is said of the damaged ones */
    while (has_room(b) && b->n + ENVELOPE_ITEMS < MAX_BATCH_ITEMS &&
           spool_next(s, &record, &n)) {
        struct event e;
        char space[MAX_SPOOL_RECORD_BYTES];
        if (event_read(record, n, &e, space))
            add_event(b, source, &e);
        else
            bad++;
    }
    b->full |= s->at < s->head.end;
    add_lost(b, source, bad + s->damaged, begun_ms(s));
    if (s->at == at && s->n_read == n_read)
        return;
    struct batch_piece *p = &b->piece[b->n_pieces++];
    *p = (struct batch_piece){.at = s->at, .n = s->n_read};
    memcpy(p->name, s->name, sizeof(p->name));
}

void batch_open_lines(const struct batch *b, size_t most, struct buf *ret_lines,
                      size_t index[MAX_BATCH_ITEMS], size_t *ret_n)
{
    *ret_n = 0;
    for (size_t i = 0; i < b->n && *ret_n < most; i++) {
        if (!b->open[i])
            continue;
        buf_add(ret_lines, b->lines.p + b->begin[i],
                b->begin[i + 1] - b->begin[i]);
        index[(*ret_n)++] = i;
    }
}

static void close_item(struct batch *b, size_t i)
{
    b->n_open -= b->open[i];
    b->open[i] = false;
}

size_t batch_answer(struct batch *b, const size_t *index, size_t n,
                    const struct ingestion_answer *answer)
{
    enum ingestion_fate fate[MAX_BATCH_ITEMS];
    size_t refused = 0;
    for (size_t i = 0; i < n; i++)
        fate[i] = answer->all;
    for (size_t i = 0; i < answer->n_errors; i++)
        if (answer->errors[i].index < n)
            fate[answer->errors[i].index] = answer->errors[i].fate;
    for (size_t i = 0; i < n; i++) {
        refused += fate[i] == ITEM_REFUSED;
        if (fate[i] != ITEM_LATER)
            close_item(b, index[i]);
    }
    return refused;
}
