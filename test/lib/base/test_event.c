#include <fcntl.h>
#include <string.h>

#include "base/event.h"
#include "base/fd.h"
#include "base/limits.h"
#include "test/support.h"

/* The bytes that event_add() writes for e. */
static const char *record_of(const struct event *e, size_t *ret_n)
{
    const char *folder = t_path("events"), *record = NULL;
    struct spool *spool = NULL;
    struct spool_segment s = {.at = 0};
    struct buf names;
    struct err_note why;
    const struct spool_conf conf = {.folder = folder,
                                    .most_bytes = 4 << 20,
                                    .program = "p",
                                    .instance = "i",
                                    .version = "v"};
    t_ok(spool_new(&conf, &spool, &why));
    event_add(spool, e);
    spool_free(spool);
    buf_init(&names, MAX_SPOOL_NAMES_BYTES);
    buf_init(&s.text, SPOOL_READ_BYTES);
    CLEANUP(fd_done) int fd = open(folder, O_RDONLY | O_DIRECTORY);
    t_ok(spool_list(fd, &names, &why));
    t_ok(spool_read(fd, buf_str(&names), &s, &why));
    ck_assert(spool_next(&s, &record, ret_n));
    record = arena_dup(t_arena, record, *ret_n);
    buf_done(&s.text);
    buf_done(&names);
    return record;
}

START_TEST(an_event_comes_back)
{
    char space[MAX_SPOOL_RECORD_BYTES];
    size_t n;
    const char *long_text = arena_fmt(t_arena, "%0300d", 1);
    const struct event e = {
        .kind = EVENT_REQUEST,
        .failed = true,
        .sample = 40,
        .at_ms = 1700000000123,
        .took_us = 4567,
        .number = {[EVENT_QUEUE_US] = -1, [EVENT_STATEMENTS] = 3},
        .text = {[EVENT_ID] = "abc",
                 [EVENT_NAME] = "GET /ñ/",
                 [EVENT_DETAIL] = long_text}};
    struct event back;
    const char *record = record_of(&e, &n);
    ck_assert(event_read(record, n, &back, space));
    ck_assert_int_eq(back.kind, EVENT_REQUEST);
    ck_assert(back.failed);
    ck_assert_uint_eq(back.sample, 40);
    ck_assert_int_eq(back.at_ms, e.at_ms);
    ck_assert_int_eq(back.took_us, 4567);
    ck_assert_int_eq(back.number[EVENT_QUEUE_US], -1);
    ck_assert_int_eq(back.number[EVENT_STATEMENTS], 3);
    ck_assert_str_eq(back.text[EVENT_ID], "abc");
    ck_assert_str_eq(back.text[EVENT_NAME], "GET /ñ/");
    ck_assert_str_eq(back.text[EVENT_ROUTE], "");
    ck_assert_uint_eq(strlen(back.text[EVENT_DETAIL]), EVENT_TEXT_BYTES);
    /* no shorter one is an event, nor one of another form */
    for (size_t i = 0; i < n; i++)
        ck_assert(!event_read(arena_dup(t_arena, record, i), i, &back, space));
    ck_assert(!event_read(arena_dup(t_arena, record, n), n + 1, &back, space));
    char *other = arena_dup(t_arena, record, n);
    other[0]++;
    ck_assert(!event_read(other, n, &back, space));
}
END_TEST

START_TEST(addresses_lose_their_end)
{
    static const char *const pairs[][2] = {
        {"203.0.113.77", "203.0.113.0"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1::"},
        {"::1", "::"},
        {"unix:", ""},
        {"", ""}};
    char masked[48];
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        event_mask(pairs[i][0], masked);
        ck_assert_str_eq(masked, pairs[i][1]);
    }
}
END_TEST

START_TEST(a_sample_is_of_the_size_it_says)
{
    int kept = 0;
    for (int i = 0; i < 10000; i++)
        kept += event_sampled(arena_fmt(t_arena, "%032x", i * 7919), 25);
    ck_assert_int_gt(kept, 2300);
    ck_assert_int_lt(kept, 2700);
    ck_assert(event_sampled("anything", 100));
    ck_assert_int_eq(event_sampled("the same", 50),
                     event_sampled("the same", 50));
}
END_TEST

Suite *event_suite(void)
{
    Suite *s = suite_create("event");
    TCase *tc = t_case(s, "event");
    tcase_add_test(tc, an_event_comes_back);
    tcase_add_test(tc, addresses_lose_their_end);
    tcase_add_test(tc, a_sample_is_of_the_size_it_says);
    return s;
}
