#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "out/backup_drill.h"
#include "test/database.h"

static struct config conf;
static struct backup_env env;

static struct db *begin(int which)
{
    struct err_note why = {""};
    const char *url = t_db_new_url(which);
    ck_assert_msg(config_load(NULL, t_arena, &conf, &why) == ERR_OK, "%s",
                  why.text);
    conf.database.url = url;
    conf.files.dir = t_path("files");
    conf.backup.folder = t_path("backups");
    conf.backup.key = "0123456789012345678901234567890123456789";
    t_ok(backup_env_init(&env, &conf, t_arena, &why));
    return t_db_open(url);
}

static struct backup_info make(void)
{
    struct err_note why = {""};
    struct backup_info info = {0};
    ck_assert_msg(backup_make(&env, &info, &why) == ERR_OK, "%s", why.text);
    return info;
}

START_TEST(one_is_made_noted_and_comes_back)
{
    struct err_note why = {""};
    struct backup_drill d;
    struct backup_row row;
    struct db *db = begin(_i);
    struct actor *by = t_actor(0);
    struct backup_info info = make();
    t_is(backup_row_newest(db, t_arena, &row), ERR_NOTFOUND);
    t_is(backup_row_last_test(db, t_arena, &row), ERR_NOTFOUND);
    t_ok(backup_row_add(db, t_arena, by, "page", &info));
    t_ok(backup_row_newest(db, t_arena, &row));
    ck_assert_str_eq(row.file, info.file);
    ck_assert_str_eq(row.kind, "page");
    ck_assert_str_eq(row.sha256, info.sha256);
    ck_assert_int_eq(row.size, info.bytes);
    ck_assert_int_eq(row.restore_test_at, 0);
    ck_assert_int_gt(row.verified_at, 0);
    ck_assert_msg(backup_drill(&env, &t_audit_keys, NULL, &d, &why) == ERR_OK,
                  "%s", why.text);
    ck_assert_str_eq(d.file, info.file);
    ck_assert_int_eq(d.rows, info.rows);
    t_ok(backup_row_tested(db, by, d.file, d.ms, NULL));
    t_ok(backup_row_last_test(db, t_arena, &row));
    ck_assert_str_eq(row.state, "good");
    db_close(db);
}
END_TEST

START_TEST(what_happens_to_one_is_noted)
{
    struct db *db = begin(_i);
    struct actor *by = t_actor(0);
    struct db_rows rows;
    struct backup_info info = make();
    t_ok(backup_row_add(db, t_arena, by, "clock", &info));
    t_ok(backup_row_offsite(db, by, info.file, "no network"));
    t_ok(backup_row_list(db, t_arena, 0, 9, &rows));
    const struct backup_row *row = rows.items;
    ck_assert_int_eq(row->offsite_at, 0);
    ck_assert_str_eq(row->result, "no network");
    t_ok(backup_row_offsite(db, by, info.file, NULL));
    t_ok(backup_row_tested(db, by, info.file, 12, "a row is missing"));
    t_ok(backup_row_failed(db, t_arena, by, "clock", "no room"));
    t_ok(backup_row_list(db, t_arena, 0, 9, &rows));
    row = rows.items;
    ck_assert_uint_eq(rows.n, 2);
    ck_assert_str_eq(row[0].state, "failed");
    ck_assert_str_eq(row[0].result, "no room");
    ck_assert_str_eq(row[0].file, "");
    ck_assert_str_eq(row[1].state, "bad");
    ck_assert_str_eq(row[1].result, "a row is missing");
    ck_assert_int_eq(row[1].restore_test_ms, 12);
    ck_assert_int_gt(row[1].offsite_at, 0);
    t_ok(backup_row_gone(db, by, info.file));
    t_ok(backup_row_list(db, t_arena, 0, 9, &rows));
    ck_assert_str_eq(((const struct backup_row *)rows.items)[1].state, "gone");
    /* made before the database was restored: nothing to note */
    t_ok(backup_row_gone(db, by, "personal-tech-unknown"));
    db_close(db);
}
END_TEST

static const struct {
    const char *name;
    int64_t at;
} names[] = {
    {"personal-tech-20261129T123456.789Z-0a1b.ptb", 1795955696},
    {"personal-tech-20261129T123456.789Z-0a1b.ptb~", 0},
    {"personal-tech-20261129T123456.789Z-0a1.ptb", 0},
    {"personal-tech-20261129T123456.789Z-0a1x.ptb", 0},
    {"personal-tech-20261129T123456.78xZ-0a1b.ptb", 0},
    {"personal-tech-20261129T123456Z-0a1b.ptb", 0},
    {"personal-tech-20261129T123456.789Z.ptb", 0},
    {"personal-tech-2026112.ptb", 0},
    {".backup-0a1b", 0},
    {"", 0},
};

START_TEST(only_names_of_ours_have_a_time)
{
    ck_assert_int_eq(backup_name_time(names[_i].name), names[_i].at);
}
END_TEST

/* An empty one called as if made so many hours ago, less half an hour: none
 * comes of age while the test runs. */
static void put(int hours)
{
    char stamp[64];
    time_t t = (time_t)(clock_now() - hours * 3600 + 1800);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(stamp, sizeof(stamp), "personal-tech-%Y%m%dT%H%M%S.000Z-0000.ptb",
             &tm);
    t_write(arena_fmt(t_arena, "%s/%s", conf.backup.folder, stamp), "");
}

static size_t kept(void)
{
    struct backup_kept *all;
    struct err_note why = {""};
    size_t n = 0;
    t_ok(backup_kept_list(&env, &all, &n, &why));
    return n;
}

START_TEST(old_ones_go_by_the_rule)
{
    struct db *db = begin(_i);
    struct actor *by = t_actor(0);
    struct err_note why = {""};
    size_t removed;
    ck_assert_int_eq(mkdir(conf.backup.folder, 0700), 0);
    for (int hours = 1; hours <= 40 * 24; hours++)
        put(hours);
    /* without a good one all stay */
    t_ok(backup_kept_prune(&env, db, by, &removed, &why));
    ck_assert_uint_eq(removed, 0);
    struct backup_info info = make();
    t_ok(backup_row_add(db, t_arena, by, "clock", &info));
    t_ok(backup_kept_prune(&env, db, by, &removed, &why));
    /* two days of hours, then one a day up to the thirtieth day */
    ck_assert_int_ge((int)kept(), 1 + 47 + 27);
    ck_assert_int_le((int)kept(), 1 + 48 + 29);
    t_ok(backup_kept_prune(&env, db, by, &removed, &why));
    ck_assert_uint_eq(removed, 0);
    db_close(db);
}
END_TEST

Suite *backup_suite(void)
{
    Suite *s = suite_create("backup");
    TCase *tc = t_db_case(s, "backup");
    tcase_set_timeout(tc, 60);
    t_add_both(tc, one_is_made_noted_and_comes_back);
    t_add_both(tc, what_happens_to_one_is_noted);
    t_add_both(tc, old_ones_go_by_the_rule);
    tcase_add_loop_test(tc, only_names_of_ours_have_a_time, 0,
                        sizeof(names) / sizeof(names[0]));
    return s;
}
