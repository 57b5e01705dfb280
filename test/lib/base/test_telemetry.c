#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/telemetry.h"
#include "test/support.h"

START_TEST(off_there_is_no_spool)
{
    struct config conf = {
        .telemetry = {.connection = "", .folder = t_path("off")}};
    struct telemetry_state state;
    struct stat st;
    ck_assert_ptr_null(telemetry_open(&conf, NULL, "p", "v"));
    ck_assert(!telemetry_state_read(&conf, &state));
    ck_assert_int_ne(stat(conf.telemetry.folder, &st), 0);
    conf.telemetry.connection = "InstrumentationKey=1";
    conf.telemetry.folder = "/proc/nowhere"; /* pages go on without */
    ck_assert_ptr_null(telemetry_open(&conf, NULL, "p", "v"));
}
END_TEST

START_TEST(the_state_is_read_by_others)
{
    struct config conf = {.telemetry = {.connection = "InstrumentationKey=1",
                                        .folder = t_path("state"),
                                        .max_bytes = 4 << 20}};
    const struct telemetry_state state = {.sent = 1,
                                          .refused = 2,
                                          .lost = 3,
                                          .waiting = UINT64_MAX,
                                          .oldest_ms = INT64_MAX};
    struct telemetry_state got = {0};
    struct spool *s = telemetry_open(&conf, NULL, "p", "v");
    ck_assert_ptr_nonnull(s);
    ck_assert(!telemetry_state_read(&conf, &got));
    CLEANUP(fd_done) int fd = open(conf.telemetry.folder, O_RDONLY);
    telemetry_state_write(fd, &state);
    ck_assert(telemetry_state_read(&conf, &got));
    ck_assert_uint_eq(got.sent, 1);
    ck_assert_uint_eq(got.refused, 2);
    ck_assert_uint_eq(got.lost, 3);
    ck_assert_uint_eq(got.waiting, UINT64_MAX);
    ck_assert_int_eq(got.oldest_ms, INT64_MAX);
    t_write(arena_fmt(t_arena, "%s/state", conf.telemetry.folder), "sent=x");
    ck_assert(!telemetry_state_read(&conf, &got));
    spool_free(s);
}
END_TEST

Suite *telemetry_suite(void)
{
    Suite *s = suite_create("telemetry");
    TCase *tc = t_case(s, "telemetry");
    tcase_add_test(tc, off_there_is_no_spool);
    tcase_add_test(tc, the_state_is_read_by_others);
    return s;
}
