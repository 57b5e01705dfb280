#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/db.h"
#include "test/database.h"

static const char create[] = "CREATE TABLE thing (n BIGINT PRIMARY KEY,"
                             " t TEXT)";
static const char add[] = "INSERT INTO thing (n, t) VALUES ($1, $2)";
static const char count[] = "SELECT count(*) AS n FROM thing";

struct number {
    int64_t n;
};

static const struct column number_cols[] = {COL(COL_INT, struct number, n),
                                            {0}};

static enum err put(struct db *db, int64_t n)
{
    return db_write(db, QUERY(add, db_int(n), db_text("x")), NULL);
}

START_TEST(busy_is_unavailable_and_readers_go_on)
{
    const char *url = t_db_url(ON_SQLITE);
    struct db *writer = t_db_open(url), *db = t_db_open(url);
    struct number n;
    t_ok(db_script(writer, create));
    t_ok(db_begin(writer));
    t_ok(put(writer, 1));
    t_ok(db_one(db, t_arena, QUERY(count), number_cols, &n));
    ck_assert_int_eq(n.n, 0);
    int64_t start = clock_ms();
    t_is(put(db, 2), ERR_UNAVAIL);
    ck_assert_int_lt(clock_ms() - start, 8000);
    t_contains(db_error(db), "locked");
    t_ok(db_commit(writer));
    t_ok(put(db, 2));
    t_ok(db_one(writer, t_arena, QUERY(count), number_cols, &n));
    ck_assert_int_eq(n.n, 2);
    db_close(writer);
    db_close(db);
}
END_TEST

START_TEST(a_full_disk_is_unavailable_and_loses_nothing)
{
    struct db *db = t_db_open(t_db_url(ON_SQLITE));
    const char *text = arena_fmt(t_arena, "%01000000d", 1);
    struct number n;
    t_ok(db_script(db, create));
    t_ok(put(db, 1));
    t_ok(db_script(db, "PRAGMA max_page_count = 20"));
    t_is(db_write(db, QUERY(add, db_int(2), db_text(text)), NULL), ERR_UNAVAIL);
    t_contains(db_error(db), "full");
    t_ok(db_one(db, t_arena, QUERY(count), number_cols, &n));
    ck_assert_int_eq(n.n, 1);
    db_close(db);
}
END_TEST

START_TEST(a_statement_has_its_time)
{
    static const char endless[] =
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)"
        " SELECT count(*) AS n FROM t";
    struct db *db = NULL;
    struct number n;
    struct db_conf conf = {.url = t_db_url(ON_SQLITE), .statement_ms = 50};
    t_ok(db_open(&conf, &db, NULL));
    int64_t start = clock_ms();
    t_is(db_one(db, t_arena, QUERY(endless), number_cols, &n), ERR_UNAVAIL);
    ck_assert_int_lt(clock_ms() - start, 10000);
    t_ok(db_script(db, create));
    t_ok(put(db, 1));
    db_close(db);
}
END_TEST

/* A process that opens url as soon as the pipe ends. */
static pid_t open_at_once(const char *url, const int gate[2])
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    char c;
    struct db *db = NULL;
    struct db_conf conf = {.url = url};
    close(gate[1]);
    ssize_t n UNUSED = read(gate[0], &c, 1);
    bool ok = db_open(&conf, &db, NULL) == ERR_OK;
    db_close(db);
    _exit(ok ? 0 : 1);
}

/* Workers that start together all find a new database usable. */
START_TEST(a_new_file_opened_by_many)
{
    enum { ROUNDS = 10, VALGRIND_ROUNDS = 3, PROCESSES = 8 };
    int rounds = t_is_valgrind() ? VALGRIND_ROUNDS : ROUNDS;
    for (int round = 0; round < rounds; round++) {
        const char *url = t_db_url(ON_SQLITE);
        pid_t pids[PROCESSES];
        int gate[2];
        ck_assert_int_eq(pipe(gate), 0);
        for (size_t i = 0; i < PROCESSES; i++)
            pids[i] = open_at_once(url, gate);
        close(gate[0]);
        close(gate[1]);
        for (size_t i = 0; i < PROCESSES; i++) {
            int status = -1;
            waitpid(pids[i], &status, 0);
            ck_assert_int_eq(status, 0);
        }
    }
}
END_TEST

START_TEST(paths_that_cannot_be_used)
{
    const char *no_database = t_path("text");
    t_write(no_database, arena_fmt(t_arena, "%05000d", 1));
    const char *const paths[] = {"/nowhere/x.db", t_dir(), no_database};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct db *db = NULL;
        struct err_note why = {""};
        struct db_conf conf = {.url =
                                   arena_fmt(t_arena, "sqlite:%s", paths[i])};
        t_is(db_open(&conf, &db, &why), ERR_UNAVAIL);
        t_contains(why.text, "database.url: cannot use ");
        t_contains(why.text, paths[i]);
        t_contains(why.text, "check that the directory exists");
        ck_assert_ptr_null(db);
    }
}
END_TEST

Suite *db_sqlite_suite(void)
{
    Suite *s = suite_create("db_sqlite");
    TCase *tc = t_case(s, "sqlite");
    tcase_add_test(tc, busy_is_unavailable_and_readers_go_on);
    tcase_add_test(tc, a_full_disk_is_unavailable_and_loses_nothing);
    tcase_add_test(tc, a_statement_has_its_time);
    tcase_add_test(tc, a_new_file_opened_by_many);
    tcase_add_test(tc, paths_that_cannot_be_used);
    return s;
}
