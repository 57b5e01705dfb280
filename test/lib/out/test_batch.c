#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "out/batch.h"
#include "test/support.h"

static struct envelope_source source = {
    .key = "1", .site = "", .database = "SQLite", .database_host = ""};

/* Checks of the address, one item each, and then something that is none. */
static void fill(const char *folder, int n, bool garbage)
{
    struct spool *s = NULL;
    struct err_note why;
    const struct spool_conf conf = {.folder = folder,
                                    .most_bytes = 16 << 20,
                                    .program = "p",
                                    .instance = "i",
                                    .version = "v"};
    t_ok(spool_new(&conf, &s, &why));
    for (int i = 0; i < n; i++)
        event_add(s, &(struct event){.kind = EVENT_CHECK,
                                     .sample = 100,
                                     .at_ms = 1700000000000 + i});
    if (garbage)
        spool_add(s, "garbage", 7);
    spool_free(s);
}

/* All segments of the folder into b; the folder. */
static int gather(const char *folder, struct batch *b)
{
    struct buf names;
    struct spool_segment s = {.at = 0};
    struct err_note why = {""};
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    buf_init(&names, MAX_SPOOL_NAMES_BYTES);
    buf_init(&s.text, SPOOL_READ_BYTES);
    t_ok(spool_list(fd, &names, &why));
    const char *end = buf_str(&names) + names.n;
    for (const char *at = buf_str(&names); at < end; at += strlen(at) + 1)
        if (spool_read(fd, at, &s, &why) == ERR_OK)
            batch_add(b, &s, &source);
    buf_done(&s.text);
    buf_done(&names);
    return fd;
}

START_TEST(a_batch_ends_where_it_is_full)
{
    const char *folder = t_path("full");
    struct batch *b = ARENA_NEW(t_arena, struct batch);
    struct err_note why;
    size_t items = 0, batches = 0;
    fill(folder, 1200, true);
    batch_init(b);
    do {
        batch_reset(b);
        CLEANUP(fd_done) int fd = gather(folder, b);
        items += b->n - (b->lost > 0);
        batches += b->n > 0;
        ck_assert_uint_le(b->n, MAX_BATCH_ITEMS);
        ck_assert_uint_eq(b->n_open, b->n);
        ck_assert_uint_eq(b->begin[b->n], b->lines.n);
        for (size_t i = 0; i < b->n_pieces; i++)
            t_ok(spool_take(fd, b->piece[i].name, b->piece[i].at, b->piece[i].n,
                            &why));
        if (b->n > 0 && !b->full)
            ck_assert_uint_eq(b->lost, 1); /* the garbage, at the end */
    } while (b->n > 0);
    ck_assert_uint_eq(items, 1200);
    ck_assert_uint_eq(batches, 3);
    batch_done(b);
}
END_TEST

/* The numbers of the lines that would be sent, "0 2 ". */
static const char *open_ones(const struct batch *b, size_t most)
{
    struct buf lines;
    size_t index[MAX_BATCH_ITEMS], n, newlines = 0;
    const char *all = "";
    buf_init(&lines, MAX_BATCH_BYTES);
    batch_open_lines(b, most, &lines, index, &n);
    for (size_t i = 0; i < lines.n; i++)
        newlines += lines.p[i] == '\n';
    ck_assert_uint_eq(newlines, n);
    for (size_t i = 0; i < n; i++)
        all = arena_fmt(t_arena, "%s%zu ", all, index[i]);
    buf_done(&lines);
    return all;
}

START_TEST(only_what_was_not_taken_is_sent_again)
{
    const char *folder = t_path("part");
    struct batch *b = ARENA_NEW(t_arena, struct batch);
    struct ingestion_error errors[] = {{1, ITEM_LATER},
                                       {2, ITEM_REFUSED},
                                       {3, ITEM_LATER},
                                       {99, ITEM_REFUSED}};
    const struct ingestion_answer part = {.all = ITEM_TAKEN,
                                          .partial = true,
                                          .n_errors = 4,
                                          .errors = errors},
                                  away = {.all = ITEM_LATER},
                                  bad = {.all = ITEM_REFUSED};
    const size_t first[] = {0, 1, 2, 3, 4}, second[] = {1, 3};
    fill(folder, 5, false);
    batch_init(b);
    CLEANUP(fd_done) int fd = gather(folder, b);
    ck_assert_int_ge(fd, 0);
    ck_assert_str_eq(open_ones(b, 500), "0 1 2 3 4 ");
    ck_assert_str_eq(open_ones(b, 2), "0 1 ");
    ck_assert_uint_eq(batch_answer(b, first, 5, &away), 0);
    ck_assert_uint_eq(b->n_open, 5);
    ck_assert_uint_eq(batch_answer(b, first, 5, &part), 1);
    ck_assert_str_eq(open_ones(b, 500), "1 3 ");
    ck_assert_uint_eq(batch_answer(b, second, 2, &bad), 2);
    ck_assert_uint_eq(b->n_open, 0);
    batch_done(b);
}
END_TEST

Suite *batch_suite(void)
{
    Suite *s = suite_create("batch");
    TCase *tc = t_case(s, "batch");
    tcase_add_test(tc, a_batch_ends_where_it_is_full);
    tcase_add_test(tc, only_what_was_not_taken_is_sent_again);
    return s;
}
