/*
 * Segments of the spool, after their head: whatever a disk made of one, all of
 * it is passed over, and each event in it becomes whole lines of JSON. The
 * input as one record, too.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "out/envelope.h"

enum { MAX_LINES_BYTES = 64 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool ok)
{
    if (!ok)
        abort();
}

static void check_lines(const struct buf *lines, size_t n)
{
    const char *at = buf_str(lines);
    for (; n > 0; n--) {
        size_t length = strcspn(at, "\n");
        char *line = strndup(at, length);
        struct json_object *o = json_tokener_parse(line);
        expect(at[length] == '\n' && o != NULL);
        json_object_put(o);
        free(line);
        at += length + 1;
    }
    expect(*at == '\0');
}

static void read_record(const char *record, size_t n)
{
    static const struct envelope_source source = {.key = "1",
                                                  .program = "p",
                                                  .instance = "i",
                                                  .version = "v",
                                                  .site = "https://s",
                                                  .database = "SQLite",
                                                  .database_host = "",
                                                  .redis_host = "r:1"};
    char space[MAX_SPOOL_RECORD_BYTES];
    struct event e;
    struct buf lines;
    if (!event_read(record, n, &e, space))
        return;
    buf_init(&lines, MAX_LINES_BYTES);
    size_t items = envelope_write(&lines, &source, &e);
    expect(buf_ok(&lines) && items > 0 && items <= ENVELOPE_ITEMS);
    check_lines(&lines, items);
    buf_done(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *record;
    size_t n;
    struct spool_segment s = {.at = sizeof(s.head)};
    if (size > SPOOL_READ_BYTES)
        return 0;
    s.head.taken = sizeof(s.head);
    s.head.end = (uint32_t)(sizeof(s.head) + size);
    buf_init(&s.text, SPOOL_READ_BYTES);
    buf_add(&s.text, data, size);
    while (spool_next(&s, &record, &n))
        read_record(record, n);
    expect(s.at == s.head.end);
    buf_done(&s.text);
    read_record((const char *)data, size);
    return 0;
}
