#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/migrate.h"
#include "test/database.h"

static const struct migration two[] = {
    {1, "0001_a", DB_ANY, "CREATE TABLE a (id ID_COLUMN, t TEXT);"},
    {2, "0002_b", DB_ANY,
     "CREATE TABLE b (id ID_COLUMN);\nINSERT INTO a (t) VALUES ('x');"},
    {0},
};

static const struct migration two_changed[] = {
    {1, "0001_a", DB_ANY, "CREATE TABLE a (id ID_COLUMN, t TEXT );"},
    {2, "0002_b", DB_ANY, "CREATE TABLE b (id ID_COLUMN);"},
    {3, "0003_c", DB_ANY, "CREATE TABLE c (id ID_COLUMN);"},
    {0},
};

static const struct migration then_bad[] = {
    {1, "0001_a", DB_ANY, "CREATE TABLE a (id ID_COLUMN, t TEXT);"},
    {2, "0002_b", DB_ANY,
     "CREATE TABLE b (id ID_COLUMN);\nINSERT INTO a (t) VALUES ('x');"},
    {3, "0003_bad", DB_ANY,
     "CREATE TABLE c (t TEXT); DELETE FROM a; INSERT INTO nowhere VALUES (1);"},
    {4, "0004_d", DB_ANY, "CREATE TABLE d (t TEXT);"},
    {0},
};

static const struct migration variants[] = {
    {1, "0001_a", DB_ANY, "CREATE TABLE a (t TEXT);"},
    {2, "0002_b", DB_PG, "CREATE TABLE only_pg (t TEXT);"},
    {2, "0002_b", DB_SQLITE, "CREATE TABLE only_sqlite (t TEXT);"},
    {0},
};

/* Which migrations were told of, in order: "0001_a 0002_b ". */
static void collect(void *arg, const struct migration *m)
{
    buf_addf(arg, "%s ", m->name);
}

static const char *run(struct db *db, const struct migration *all, bool plan)
{
    struct buf b;
    struct err_note why = {""};
    buf_init(&b, 1000);
    enum err e = migrate_run(db, all, plan, collect, &b, &why);
    const char *names = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    ck_assert_msg(e == ERR_OK, "%s", why.text);
    return names;
}

static bool has_table(struct db *db, const char *name)
{
    return db_script(db, arena_fmt(t_arena, "SELECT count(*) FROM %s", name)) ==
           ERR_OK;
}

START_TEST(each_is_applied_once_in_order)
{
    struct db *db = t_db_open(t_db_url(_i));
    ck_assert_str_eq(run(db, two, false), "0001_a 0002_b ");
    ck_assert_str_eq(run(db, two, false), "");
    ck_assert(has_table(db, "b"));
    struct {
        int64_t id;
    } new;
    const struct column cols[] = {{COL_INT, "id", 0}, {0}};
    static const char insert[] = "INSERT INTO a (t) VALUES ('y') RETURNING id";
    t_ok(db_write_one(db, t_arena, QUERY(insert), cols, &new));
    ck_assert_int_eq(new.id, 2); /* 0002_b put one in, once */
    db_close(db);
}
END_TEST

START_TEST(a_plan_changes_nothing)
{
    struct db *db = t_db_open(t_db_url(_i));
    ck_assert_str_eq(run(db, two, true), "0001_a 0002_b ");
    ck_assert(!has_table(db, "a"));
    ck_assert(!has_table(db, "schema_migration"));
    ck_assert_str_eq(run(db, two, false), "0001_a 0002_b ");
    ck_assert_str_eq(run(db, two, true), "");
    ck_assert_str_eq(run(db, variants + 1, true), "0002_b ");
    db_close(db);
}
END_TEST

START_TEST(a_changed_file_is_refused)
{
    struct db *db = t_db_open(t_db_url(_i));
    struct err_note why = {""};
    run(db, two, false);
    t_is(migrate_run(db, two_changed, false, NULL, NULL, &why), ERR_CONFIG);
    t_contains(why.text, "sql/0001_a.sql was changed after it had been "
                         "applied");
    ck_assert(!has_table(db, "c"));
    why.text[0] = '\0';
    t_is(migrate_run(db, two_changed, true, NULL, NULL, &why), ERR_CONFIG);
    t_contains(why.text, "sql/0001_a.sql was changed");
    why.text[0] = '\0';
    t_is(migrate_check(db, two_changed, &why), ERR_CONFIG);
    t_contains(why.text, "sql/0001_a.sql was changed");
    db_close(db);
}
END_TEST

START_TEST(a_failing_file_leaves_nothing_of_itself)
{
    static const char count[] = "SELECT count(*) AS n FROM a";
    const struct column cols[] = {{COL_INT, "n", 0}, {0}};
    struct db *db = t_db_open(t_db_url(_i));
    struct err_note why = {""};
    t_is(migrate_run(db, then_bad, false, NULL, NULL, &why), ERR_BUG);
    t_contains(why.text, "sql/0003_bad.sql: ");
    t_contains(why.text, "nowhere");
    t_contains(why.text, "nothing of it was applied");
    ck_assert(has_table(db, "b"));
    ck_assert(!has_table(db, "c"));
    ck_assert(!has_table(db, "d"));
    int64_t n = 0;
    t_ok(db_one(db, t_arena, QUERY(count), cols, &n));
    ck_assert_int_eq(n, 1); /* its DELETE was undone */
    ck_assert_str_eq(run(db, two, false), "");
    t_is(migrate_check(db, then_bad, &why), ERR_CONFIG);
    t_contains(why.text, "the database lacks sql/0003_bad.sql");
    db_close(db);
}
END_TEST

START_TEST(each_database_has_its_variant)
{
    struct db *db = t_db_open(t_db_url(_i));
    struct err_note why = {""};
    const char *mine = _i == ON_PG ? "only_pg" : "only_sqlite";
    const char *theirs = _i == ON_PG ? "only_sqlite" : "only_pg";
    t_is(migrate_check(db, variants + 1, &why), ERR_CONFIG);
    t_contains(why.text, _i == ON_PG ? "lacks sql/0002_b.pg.sql"
                                     : "lacks sql/0002_b.sqlite.sql");
    ck_assert_str_eq(run(db, variants, false), "0001_a 0002_b ");
    ck_assert(has_table(db, mine));
    ck_assert(!has_table(db, theirs));
    t_ok(migrate_check(db, variants, &why));
    db_close(db);
}
END_TEST

START_TEST(the_check_says_what_to_do)
{
    struct db *db = t_db_open(t_db_url(_i));
    struct err_note why = {""};
    t_is(migrate_check(db, two, &why), ERR_CONFIG);
    ck_assert_str_eq(why.text,
                     "the database lacks sql/0001_a.sql; run: ptctl migrate");
    run(db, two, false);
    t_ok(migrate_check(db, two, &why));
    t_is(migrate_check(db, then_bad, &why), ERR_CONFIG);
    t_contains(why.text, "lacks sql/0003_bad.sql; run: ptctl migrate");
    db_close(db);
}
END_TEST

static void count_one(void *arg, const struct migration *m UNUSED)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

/* A process that opens url when the pipe ends, and migrates. */
static pid_t start_migrating(const char *url, const int gate[2],
                             atomic_int *applied)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    char c;
    struct db *db = NULL;
    struct err_note why = {""};
    struct db_conf conf = {
        .url = url, .reconnect_ms = 5000, .statement_ms = 20000};
    close(gate[1]);
    ssize_t n UNUSED = read(gate[0], &c, 1);
    enum err e = db_open(&conf, &db, &why);
    if (e == ERR_OK)
        e = migrate_run(db, migrations, false, count_one, applied, &why);
    if (e != ERR_OK)
        fprintf(stderr, "%s\n", why.text);
    db_close(db);
    _exit(e == ERR_OK ? 0 : 1);
}

START_TEST(many_at_once_apply_each_once)
{
    enum { PROCESSES = 4 };
    const char *url = t_db_url(_i);
    pid_t pids[PROCESSES];
    int gate[2];
    atomic_int *applied = mmap(NULL, sizeof(*applied), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(applied != MAP_FAILED && pipe(gate) == 0);
    for (size_t i = 0; i < PROCESSES; i++)
        pids[i] = start_migrating(url, gate, applied);
    close(gate[0]);
    close(gate[1]);
    for (size_t i = 0; i < PROCESSES; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        ck_assert_int_eq(status, 0);
    }
    int there_are = 0;
    for (const struct migration *m = migrations; m->version != 0; m++)
        there_are +=
            m->only == DB_ANY || m->only == (_i == ON_PG ? DB_PG : DB_SQLITE);
    ck_assert_int_eq(*applied, there_are);
    munmap(applied, sizeof(*applied));
    struct db *db = t_db_open(url);
    t_ok(migrate_check(db, migrations, NULL));
    db_close(db);
}
END_TEST

START_TEST(the_schema_s_files_are_in_order)
{
    int version = 0;
    for (const struct migration *m = migrations; m->version != 0; m++) {
        ck_assert_int_ge(m->version, version);
        version = m->version;
    }
    ck_assert_int_gt(version, 0);
}
END_TEST

Suite *migrate_suite(void)
{
    Suite *s = suite_create("migrate");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, each_is_applied_once_in_order);
    t_add_both(tc, a_plan_changes_nothing);
    t_add_both(tc, a_changed_file_is_refused);
    t_add_both(tc, a_failing_file_leaves_nothing_of_itself);
    t_add_both(tc, each_database_has_its_variant);
    t_add_both(tc, the_check_says_what_to_do);
    t_add_both(tc, many_at_once_apply_each_once);
    tcase_add_test(tc, the_schema_s_files_are_in_order);
    return s;
}
