#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/db.h"
#include "test/database.h"

struct number {
    int64_t n;
};

static const struct column number_cols[] = {COL(COL_INT, struct number, n),
                                            {0}};

static const char create[] = "CREATE TABLE thing (n BIGINT PRIMARY KEY)";
static const char add[] = "INSERT INTO thing (n) VALUES ($1)";
static const char count[] = "SELECT count(*) AS n FROM thing";
static const char my_pid[] = "SELECT pg_backend_pid() AS n";
static const char end_backend[] =
    "SELECT CAST(pg_terminate_backend(CAST($1 AS integer), 5000) AS integer)"
    " AS n";

static const char *url;
static struct db *db;    /* the one that loses its server */
static struct db *other; /* the one that watches */

static void setup(void)
{
    url = t_db_url(ON_PG);
    db = t_db_open(url);
    other = t_db_open(url);
    t_ok(db_script(db, create));
}

static void teardown(void)
{
    db_close(db);
    db_close(other);
}

static int64_t ask(struct db *where, const char *sql)
{
    struct number n = {.n = -1};
    enum err e = db_one(where, t_arena, QUERY(sql), number_cols, &n);
    ck_assert_msg(e == ERR_OK, "%s", db_error(where));
    return n.n;
}

static enum err put(struct db *where, int64_t n)
{
    return db_write(where, QUERY(add, db_int(n)), NULL);
}

/* Ends the server process of `pid` and waits until it is gone. */
static void end_process(struct db *with, int64_t pid)
{
    struct number done = {0};
    t_ok(db_one(with, t_arena, QUERY(end_backend, db_int(pid)), number_cols,
                &done));
    ck_assert_int_eq(done.n, 1);
}

static void cut_off(void)
{
    end_process(other, ask(db, my_pid));
}

START_TEST(a_read_is_tried_again)
{
    t_ok(put(db, 1));
    int64_t before = ask(db, my_pid);
    cut_off();
    ck_assert_int_eq(ask(db, count), 1);
    ck_assert_int_ne(ask(db, my_pid), before);
}
END_TEST

START_TEST(a_write_after_idle_loss_succeeds)
{
    t_ok(put(db, 1));
    for (int i = 2; i < 5; i++) {
        cut_off();
        ck_assert_msg(put(db, i) == ERR_OK, "%s", db_error(db));
    }
    ck_assert_int_eq(ask(other, count), 4);
}
END_TEST

START_TEST(a_transaction_can_begin_after_idle_loss)
{
    cut_off();
    t_ok(db_begin(db));
    t_ok(put(db, 1));
    t_ok(db_commit(db));
    ck_assert_int_eq(ask(other, count), 1);
}
END_TEST

START_TEST(a_transaction_is_not_half_done)
{
    t_ok(db_begin(db));
    t_ok(put(db, 1));
    cut_off();
    t_is(put(db, 2), ERR_UNAVAIL);
    t_is(put(db, 3), ERR_UNAVAIL);
    struct number n;
    t_is(db_one(db, t_arena, QUERY(count), number_cols, &n), ERR_UNAVAIL);
    t_is(db_commit(db), ERR_UNAVAIL);
    db_rollback(db);
    ck_assert_int_eq(ask(other, count), 0);
    t_ok(put(db, 4));
    ck_assert_int_eq(ask(other, count), 1);
}
END_TEST

/* Begins a transaction that the end of the connection undoes. */
static void begin_in_vain(void)
{
    t_ok(db_begin(db));
    t_ok(put(db, 1));
    cut_off();
    t_is(put(db, 2), ERR_UNAVAIL);
    db_rollback(db);
}

START_TEST(a_lost_transaction_may_be_done_again)
{
    db_set_request(db, "a");
    begin_in_vain();
    ck_assert(db_undone(db));
    ck_assert_int_eq(ask(db, count), 0);
    db_set_request(db, "b");
    ck_assert(!db_undone(db));
    t_ok(put(db, 3)); /* this one is there */
    begin_in_vain();
    ck_assert(!db_undone(db));
    ck_assert_int_eq(ask(db, count), 1);
}
END_TEST

START_TEST(what_rolls_back_by_itself_is_not_lost)
{
    db_set_request(db, "a");
    t_ok(db_begin(db));
    t_ok(put(db, 1));
    t_is(put(db, 1), ERR_DUPLICATE);
    db_rollback(db);
    ck_assert(!db_undone(db));
}
END_TEST

START_TEST(a_commit_that_is_cut_off_says_so)
{
    db_set_request(db, "a");
    t_ok(db_begin(db));
    t_ok(put(db, 1));
    cut_off();
    t_is(db_commit(db), ERR_UNAVAIL);
    db_rollback(db);
    ck_assert(!db_undone(db)); /* nobody knows */
    ck_assert_int_eq(ask(db, count), 0);
}
END_TEST

/* Ends db's server process from another process, once it sleeps. */
static pid_t cut_off_soon(void)
{
    int64_t pid = ask(db, my_pid);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child > 0)
        return child;
    struct db *mine = t_db_open(url);
    const char *asleep =
        arena_fmt(t_arena,
                  "SELECT count(*) AS n FROM pg_stat_activity"
                  " WHERE pid = %" PRId64 " AND wait_event = 'PgSleep'",
                  pid);
    for (int i = 0; i < 1000 && ask(mine, asleep) == 0; i++)
        poll(NULL, 0, 10);
    end_process(mine, pid);
    db_close(mine);
    _exit(0);
}

START_TEST(a_write_under_way_is_never_repeated)
{
    static const char slow[] = "INSERT INTO thing (n) SELECT count(*) + 7"
                               " FROM pg_sleep(30)";
    pid_t child = cut_off_soon();
    int64_t start = clock_ms();
    t_is(db_write(db, QUERY(slow), NULL), ERR_UNAVAIL);
    ck_assert_int_lt(clock_ms() - start, 15000); /* not its end */
    waitpid(child, NULL, 0);
    ck_assert_int_eq(ask(db, count), 0);
}
END_TEST

START_TEST(a_read_under_way_is_repeated)
{
    static const char slow[] = "SELECT count(*) AS n FROM pg_sleep(1)";
    pid_t child = cut_off_soon();
    ck_assert_int_eq(ask(db, slow), 1);
    waitpid(child, NULL, 0);
}
END_TEST

START_TEST(a_long_statement_is_stopped)
{
    static const char slow[] = "SELECT count(*) AS n FROM pg_sleep(60)";
    struct db_conf conf = {.url = url, .reconnect_ms = 100, .statement_ms = 50};
    struct db *hasty = NULL;
    struct number n;
    t_ok(db_open(&conf, &hasty, NULL));
    int64_t start = clock_ms();
    t_is(db_one(hasty, t_arena, QUERY(slow), number_cols, &n), ERR_UNAVAIL);
    ck_assert_int_lt(clock_ms() - start, 10000);
    ck_assert_int_gt(ask(hasty, my_pid), 0); /* the connection is kept */
    db_close(hasty);
}
END_TEST

struct text {
    const char *s;
};

static const struct column text_cols[] = {COL(COL_TEXT, struct text, s), {0}};

/* What the server shows of the statement itself. */
static const char myself[] = "SELECT query AS s FROM pg_stat_activity"
                             " WHERE pid = pg_backend_pid() AND $1 = 7";

static const char *seen_of(struct db *where, const char *request)
{
    struct text t = {0};
    db_set_request(where, request);
    enum err e =
        db_one(where, t_arena, QUERY(myself, db_int(7)), text_cols, &t);
    ck_assert_msg(e == ERR_OK, "%s", db_error(where));
    return t.s;
}

START_TEST(a_statement_names_its_request)
{
    const struct db_conf conf = {
        .url = url, .reconnect_ms = 100, .unprepared = true};
    struct db *plain = NULL;
    t_ok(db_open(&conf, &plain, NULL));
    const char *expected =
        arena_fmt(t_arena, "%s /*request_id='ab-12_C'*/", myself);
    ck_assert_str_eq(seen_of(plain, "ab-12_C"), expected);
    ck_assert_str_eq(seen_of(plain, NULL), myself);
    ck_assert_str_eq(seen_of(db, "ab-12_C"), myself); /* prepared */
    t_ok(put(plain, 1));
    t_is(put(plain, 1), ERR_DUPLICATE);
    ck_assert_int_eq(ask(plain, "SELECT count(*) AS n"
                                " FROM pg_prepared_statements"),
                     0);
    db_close(plain);
}
END_TEST

START_TEST(a_standby_takes_no_writes)
{
    t_ok(db_script(db, "SET default_transaction_read_only = on"));
    t_is(put(db, 1), ERR_UNAVAIL);
    t_ok(db_script(db, "SET default_transaction_read_only = off"));
    t_ok(put(db, 1));
}
END_TEST

/* --- a server that stops --- */

static struct db *open_soon(const char *where, int64_t reconnect_ms,
                            struct log *log)
{
    struct db_conf conf = {.url = where,
                           .reconnect_ms = reconnect_ms,
                           .statement_ms = 10000,
                           .log = log};
    struct db *opened = NULL;
    struct err_note why = {""};
    ck_assert_msg(db_open(&conf, &opened, &why) == ERR_OK, "%s", why.text);
    return opened;
}

/* Each call gives up within the time it may wait, and one second. */
static void expect_unavailable(struct db *where, int64_t reconnect_ms)
{
    struct number n;
    int64_t start = clock_ms();
    t_is(db_one(where, t_arena, QUERY(my_pid), number_cols, &n), ERR_UNAVAIL);
    ck_assert_int_lt(clock_ms() - start, reconnect_ms + 1000);
    start = clock_ms();
    t_is(put(where, 1), ERR_UNAVAIL);
    ck_assert_int_lt(clock_ms() - start, reconnect_ms + 1000);
    ck_assert_int_ge(clock_ms() - start, reconnect_ms - 100);
    t_is(db_begin(where), ERR_UNAVAIL);
}

START_TEST(a_stopped_server)
{
    struct t_pg pg;
    struct log *log = NULL;
    const char *path = t_path("log");
    struct log_conf conf = {
        .console_level = LOG_OFF, .file = path, .program = "unit"};
    t_ok(log_new(&conf, &log, NULL));
    t_pg_create(&pg);
    t_pg_start(&pg);
    struct db *hasty = open_soon(t_pg_url(&pg, "postgres"), 300, log);
    struct db *patient = open_soon(t_pg_url(&pg, "postgres"), 20000, NULL);
    t_ok(db_script(hasty, create));
    t_pg_stop(&pg);
    expect_unavailable(hasty, 300);
    t_contains(t_read(path), "db.lost");
    ck_assert_ptr_null(strstr(t_read(path), "db.back"));
    t_pg_launch(&pg); /* a call that waits finds it again */
    t_ok(put(patient, 1));
    ck_assert_int_eq(ask(hasty, count), 1);
    t_contains(t_read(path), "db.back");
    db_close(hasty);
    db_close(patient);
    t_pg_stop(&pg);
    log_free(log);
}
END_TEST

START_TEST(a_server_that_is_not_there)
{
    struct db *none = NULL;
    struct err_note why = {""};
    struct db_conf conf = {.url =
                               "postgresql://someone:hidden@/x?host=/nowhere",
                           .reconnect_ms = 100};
    t_is(db_open(&conf, &none, &why), ERR_UNAVAIL);
    t_contains(why.text, "database.url: cannot reach PostgreSQL");
    t_contains(why.text, "/nowhere");
    ck_assert_ptr_null(strstr(why.text, "hidden"));
    ck_assert_ptr_null(none);
}
END_TEST

Suite *db_pg_suite(void)
{
    Suite *s = suite_create("db_pg");
    TCase *tc = t_db_case(s, "lost connections");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_read_is_tried_again);
    tcase_add_test(tc, a_write_after_idle_loss_succeeds);
    tcase_add_test(tc, a_transaction_can_begin_after_idle_loss);
    tcase_add_test(tc, a_transaction_is_not_half_done);
    tcase_add_test(tc, a_lost_transaction_may_be_done_again);
    tcase_add_test(tc, what_rolls_back_by_itself_is_not_lost);
    tcase_add_test(tc, a_commit_that_is_cut_off_says_so);
    tcase_add_test(tc, a_write_under_way_is_never_repeated);
    tcase_add_test(tc, a_read_under_way_is_repeated);
    tcase_add_test(tc, a_long_statement_is_stopped);
    tcase_add_test(tc, a_statement_names_its_request);
    tcase_add_test(tc, a_standby_takes_no_writes);
    tc = t_db_case(s, "lost servers");
    tcase_add_test(tc, a_stopped_server);
    tcase_add_test(tc, a_server_that_is_not_there);
    return s;
}
