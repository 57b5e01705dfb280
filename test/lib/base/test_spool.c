#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/spool.h"
#include "test/support.h"
#include "test/torn.h"

static struct spool *open_spool(const char *folder, int64_t most)
{
    struct spool *s = NULL;
    struct err_note why = {""};
    const struct spool_conf conf = {.folder = folder,
                                    .most_bytes = most,
                                    .program = "unit-tests",
                                    .instance = "here",
                                    .version = "1"};
    t_ok(spool_new(&conf, &s, &why));
    return s;
}

static int folder_fd(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* The names of all segments, each with a blank after it; how many. */
static const char *names_of(const char *folder, size_t *ret_n)
{
    struct buf b;
    CLEANUP(fd_done) int fd = folder_fd(folder);
    buf_init(&b, MAX_SPOOL_NAMES_BYTES);
    t_ok(spool_list(fd, &b, NULL));
    *ret_n = 0;
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] == '\0') {
            b.p[i] = ' ';
            (*ret_n)++;
        }
    }
    const char *names = arena_dup(t_arena, buf_str(&b), b.n);
    buf_done(&b);
    return names;
}

static const char *first_name(const char *folder)
{
    size_t n;
    const char *names = names_of(folder, &n);
    return arena_dup(t_arena, names, strcspn(names, " "));
}

/* What is left of the segment, "one two "; its state in *s, without text. */
static const char *rest_of(const char *folder, const char *name,
                           struct spool_segment *s)
{
    const char *record, *all = "";
    size_t n;
    struct err_note why = {""};
    CLEANUP(fd_done) int fd = folder_fd(folder);
    *s = (struct spool_segment){.at = 0};
    buf_init(&s->text, SPOOL_READ_BYTES);
    if (spool_read(fd, name, s, &why) == ERR_OK)
        while (spool_next(s, &record, &n))
            all = arena_fmt(t_arena, "%s%.*s ", all, (int)n, record);
    buf_done(&s->text);
    return all;
}

START_TEST(records_are_read_as_far_as_they_are_taken)
{
    const char *folder = t_path("spool");
    struct spool_segment at;
    struct err_note why;
    struct spool *s = open_spool(folder, 16 << 20);
    spool_add(s, "one", 3);
    spool_add(s, "two", 3);
    const char *name = first_name(folder);
    ck_assert_str_eq(rest_of(folder, name, &at), "one two ");
    ck_assert(at.held);
    ck_assert_str_eq(at.head.program, "unit-tests");
    ck_assert_uint_eq(at.n_read, 2);
    CLEANUP(fd_done) int fd = folder_fd(folder);
    t_ok(spool_take(fd, name, at.at, at.n_read, &why));
    ck_assert_str_eq(rest_of(folder, name, &at), "");
    spool_add(s, "three", 5);
    ck_assert_str_eq(rest_of(folder, name, &at), "three ");
    ck_assert_uint_eq(at.n_read, 3);
    ck_assert_uint_eq(spool_waiting(fd), 1);
    spool_free(s);
    ck_assert_str_eq(rest_of(folder, name, &at), "three ");
    ck_assert(!at.held);
    t_ok(spool_take(fd, name, at.at, at.n_read, &why));
    size_t n;
    names_of(folder, &n);
    ck_assert_uint_eq(n, 0);
    t_ok(spool_take(fd, name, at.at, at.n_read, &why)); /* dropped before */
}
END_TEST

static const char *killed_folder;
static struct spool *volatile of_killed; /* else valgrind misses it */

static void write_and_die(void)
{
    struct spool *s = of_killed = open_spool(killed_folder, 16 << 20);
    for (int i = 0; i < 100; i++)
        spool_add(s, "x", 1);
    kill(getpid(), SIGKILL);
}

START_TEST(what_a_killed_process_wrote_is_there)
{
    struct spool_segment at;
    killed_folder = t_path("killed");
    ck_assert(WIFSIGNALED(t_status_of(write_and_die)));
    ck_assert_uint_eq(
        strlen(rest_of(killed_folder, first_name(killed_folder), &at)), 200);
    ck_assert(!at.held);
    ck_assert_uint_eq(at.damaged, 0);
}
END_TEST

START_TEST(segments_follow_each_other)
{
    static const char record[1000] = "r";
    const char *folder = t_path("many");
    struct spool *s = open_spool(folder, 64 << 20);
    size_t n;
    for (int i = 0; i < 3000; i++)
        spool_add(s, record, sizeof(record));
    names_of(folder, &n);
    ck_assert_uint_eq(n, 3); /* 1040 in each */
    spool_add(s, record, MAX_SPOOL_RECORD_BYTES + 1);
    spool_add(NULL, record, 1);
    spool_free(s);
}
END_TEST

/* Takes all there is, as it is read, 256 KiB at a time; how many records. */
static size_t take_all(const char *folder)
{
    size_t n, all = 0;
    CLEANUP(fd_done) int fd = folder_fd(folder);
    const char *names = names_of(folder, &n), *record;
    for (const char *at = names; *at != '\0'; at += strcspn(at, " ") + 1) {
        const char *name = arena_dup(t_arena, at, strcspn(at, " "));
        struct spool_segment s = {.at = 0};
        struct err_note why;
        buf_init(&s.text, SPOOL_READ_BYTES);
        while (spool_read(fd, name, &s, &why) == ERR_OK) {
            while (spool_next(&s, &record, &n))
                all++;
            ck_assert_uint_eq(s.damaged, 0);
            ck_assert_uint_gt(s.at, s.head.taken);
            t_ok(spool_take(fd, name, s.at, s.n_read, &why));
        }
        buf_done(&s.text);
    }
    return all;
}

START_TEST(who_is_heard_in_time_needs_one_segment)
{
    static const char record[1000] = "r";
    const char *folder = t_path("again");
    struct spool *s = open_spool(folder, 64 << 20);
    size_t n;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 300; i++)
            spool_add(s, record, sizeof(record));
        ck_assert_uint_eq(take_all(folder), 300);
    }
    names_of(folder, &n);
    ck_assert_uint_eq(n, 1);
    for (int i = 0; i < 3000; i++)
        spool_add(s, record, sizeof(record));
    ck_assert_uint_eq(take_all(folder), 3000);
    spool_free(s);
}
END_TEST

static struct spool *of_torn;

static void add_while_it_is_read(void)
{
    spool_add(of_torn, "new", 3);
}

/*
 * A segment of which all is taken is begun anew between the bytes of its head:
 * whatever of it is read before that, only what is new is there afterwards.
 */
START_TEST(a_head_that_changes_while_it_is_read)
{
    static const char record[1000] = "r";
    const char *folder = t_path("torn");
    struct spool_segment at;
    size_t n;
    of_torn = open_spool(folder, 64 << 20);
    for (int i = 0; i < 20; i++)
        spool_add(of_torn, record, sizeof(record));
    ck_assert_uint_eq(take_all(folder), 20);
    torn_read((size_t)_i * 4, add_while_it_is_read);
    ck_assert_str_eq(rest_of(folder, first_name(folder), &at), "new ");
    ck_assert_uint_eq(at.damaged, 0);
    ck_assert_uint_eq(at.n_read, 1);
    ck_assert_uint_eq(at.head.n, 1);
    names_of(folder, &n);
    ck_assert_uint_eq(n, 1);
    spool_free(of_torn);
}
END_TEST

enum { BUSY_RECORDS = 200 * 1000, BUSY_BURST = 300 };

/* Some in a row, then a moment in which they may all be taken. */
static void *add_numbers(void *arg)
{
    char record[100];
    const int *most = arg;
    for (int i = 0; i < *most; i++) {
        memset(record, 'r', sizeof(record));
        memcpy(record, &i, sizeof(i));
        spool_add(of_torn, record, sizeof(record));
        if (i % BUSY_BURST == 0)
            usleep(200);
    }
    return NULL;
}

/* Reads and takes what is there; whether the numbers go on after *next. */
static bool take_numbers(int folder, const char *name, int *next)
{
    struct spool_segment s = {.at = 0};
    struct err_note why = {""};
    const char *record;
    size_t n;
    bool good = true;
    buf_init(&s.text, SPOOL_READ_BYTES);
    if (spool_read(folder, name, &s, &why) == ERR_OK) {
        for (; spool_next(&s, &record, &n); (*next)++)
            good &= n == 100 && memcmp(record, next, sizeof(*next)) == 0;
        good &= s.damaged == 0 && s.head.n >= s.n_read;
        t_ok(spool_take(folder, name, s.at, s.n_read, &why));
    }
    buf_done(&s.text);
    return good;
}

START_TEST(who_writes_and_who_takes_at_once)
{
    const char *folder = t_path("busy");
    int next = 0, most = t_is_valgrind() ? BUSY_BURST * 3 : BUSY_RECORDS;
    pthread_t writer;
    of_torn = open_spool(folder, 64 << 20);
    CLEANUP(fd_done) int fd = folder_fd(folder);
    ck_assert_int_eq(pthread_create(&writer, NULL, add_numbers, &most), 0);
    while (next < most) {
        struct buf names;
        buf_init(&names, MAX_SPOOL_NAMES_BYTES);
        t_ok(spool_list(fd, &names, NULL));
        for (size_t i = 0; i < names.n; i += strlen(names.p + i) + 1)
            ck_assert_msg(take_numbers(fd, names.p + i, &next), "%d", next);
        buf_done(&names);
    }
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    ck_assert_int_eq(next, most);
    spool_free(of_torn);
}
END_TEST

START_TEST(the_oldest_goes_when_the_folder_is_full)
{
    static const char record[1000] = "r";
    const char *folder = t_path("full");
    enum { MOST = 10, EACH = 1040 };
    struct spool *s = open_spool(folder, MOST * SPOOL_SEGMENT_BYTES);
    struct spool *idle = open_spool(folder, MOST * SPOOL_SEGMENT_BYTES);
    spool_add(idle, "keep", 4);
    const char *kept = first_name(folder);
    for (int i = 0; i < 20 * EACH; i++)
        spool_add(s, record, sizeof(record));
    size_t n, lost = 0;
    const char *names = names_of(folder, &n);
    ck_assert_uint_eq(n, MOST);
    t_contains(names, kept); /* somebody may still add to it */
    for (const char *at = names; *at != '\0'; at += strcspn(at, " ") + 1) {
        struct spool_segment segment;
        rest_of(folder, arena_dup(t_arena, at, strcspn(at, " ")), &segment);
        lost += segment.head.lost;
    }
    /* of 20 there are 9; those that went without one that tells of them: 0 */
    ck_assert_uint_ge(lost, 1 * EACH);
    ck_assert_uint_eq(lost % EACH, 0);
    spool_free(idle);
    spool_free(s);
}
END_TEST

/* Writes bytes over the segment at an offset. */
static void scribble(const char *folder, const char *name, size_t at,
                     const char *bytes, size_t n)
{
    CLEANUP(fd_done)
    int fd = open(arena_fmt(t_arena, "%s/%s", folder, name), O_RDWR);
    ck_assert_int_eq(pwrite(fd, bytes, n, (off_t)at), (ssize_t)n);
}

START_TEST(damage_is_left_out_and_counted)
{
    const char *folder = t_path("damaged");
    struct spool_segment at;
    struct spool *s = open_spool(folder, 16 << 20);
    spool_add(s, "one", 3);
    spool_add(s, "two", 3);
    spool_add(s, "three", 5);
    spool_free(s);
    const char *name = first_name(folder);
    size_t head = sizeof(struct spool_head), record = 16;
    scribble(folder, name, head + record + 8, "T", 1);
    ck_assert_str_eq(rest_of(folder, name, &at), "one three ");
    ck_assert_uint_eq(at.damaged, 1);
    ck_assert_uint_eq(at.n_read, 3);
    scribble(folder, name, head + record, "\xff\xff\xff\xff", 4);
    ck_assert_str_eq(rest_of(folder, name, &at), "one ");
    ck_assert_uint_eq(at.damaged, 2);
    ck_assert_uint_eq(at.at, at.head.end);
    /* cut off in the middle of a record */
    ck_assert_int_eq(truncate(arena_fmt(t_arena, "%s/%s", folder, name),
                              (off_t)(head + record + 4)),
                     0);
    ck_assert_str_eq(rest_of(folder, name, &at), "one ");
    ck_assert_uint_gt(at.damaged, 0);
}
END_TEST

START_TEST(what_is_no_segment_goes)
{
    const char *folder = t_path("strange");
    size_t n;
    struct err_note why = {""};
    struct spool_segment s = {.at = 0};
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    t_write(arena_fmt(t_arena, "%s/1.spool", folder), "garbage");
    t_write(arena_fmt(t_arena, "%s/other", folder), "stays");
    CLEANUP(fd_done) int fd = folder_fd(folder);
    t_is(spool_read(fd, "1.spool", &s, &why), ERR_INVALID);
    t_contains(why.text, "1.spool is no segment");
    t_is(spool_read(fd, "1.spool", &s, &why), ERR_NOTFOUND);
    names_of(folder, &n);
    ck_assert_uint_eq(n, 0);
    ck_assert_str_eq(t_read(arena_fmt(t_arena, "%s/other", folder)), "stays");
}
END_TEST

START_TEST(a_folder_that_cannot_be)
{
    struct spool *s = NULL;
    struct err_note why = {""};
    const struct spool_conf conf = {.folder = "/proc/nowhere",
                                    .most_bytes = 4 << 20,
                                    .program = "",
                                    .instance = "",
                                    .version = ""};
    t_is(spool_new(&conf, &s, &why), ERR_SYSTEM);
    t_contains(why.text, "/proc/nowhere");
}
END_TEST

Suite *spool_suite(void)
{
    Suite *s = suite_create("spool");
    TCase *tc = t_case(s, "spool");
    tcase_add_test(tc, records_are_read_as_far_as_they_are_taken);
    tcase_add_test(tc, what_a_killed_process_wrote_is_there);
    tcase_add_test(tc, segments_follow_each_other);
    tcase_add_test(tc, who_is_heard_in_time_needs_one_segment);
    tcase_add_loop_test(tc, a_head_that_changes_while_it_is_read, 1,
                        sizeof(struct spool_head) / 4);
    tcase_add_test(tc, who_writes_and_who_takes_at_once);
    tcase_add_test(tc, the_oldest_goes_when_the_folder_is_full);
    tcase_add_test(tc, damage_is_left_out_and_counted);
    tcase_add_test(tc, what_is_no_segment_goes);
    tcase_add_test(tc, a_folder_that_cannot_be);
    return s;
}
