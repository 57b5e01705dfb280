/* Writes of every kind, and what the cache says then. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/cache_impl.h"
#include "store/db.h"
#include "test/cache.h"
#include "test/database.h"

static const char insert[] = "INSERT INTO throwaway (id, n) VALUES ($1, $2)";
static const char insert_back[] =
    "INSERT INTO throwaway (id, n) VALUES ($1, $2) RETURNING n";
static const char update[] = "UPDATE throwaway SET n = $1 WHERE id = $2";
static const char other[] = "INSERT INTO elsewhere (id) VALUES ($1)";
static const char get[] = "SELECT n FROM throwaway WHERE id = $1";
static const char get_epoch[] = "SELECT epoch AS n FROM cache_epoch";
static const char nonsense[] = "DROP TABLE throwaway";

struct number {
    int64_t n;
};

static const struct column number_cols[] = {COL(COL_INT, struct number, n),
                                            {0}};

static struct t_caches t;
static struct tables tags;
static const char *url, *cache_url;
static struct db *db;

/* A database, and t.a told of what is written on db. */
static void begin_on(int database, int cache)
{
    struct t_caches *made = &t;
    url = t_db_new_url(database);
    db = t_db_open(url);
    t_ok(db_script(db, "CREATE TABLE throwaway (id BIGINT PRIMARY KEY,"
                       " n BIGINT NOT NULL);"
                       "CREATE TABLE elsewhere (id BIGINT PRIMARY KEY)"));
    tags = t_tags("throwaway");
    t_caches_new(made, cache);
    db_use_cache(db, t.a);
    cache_close(t.b);
    t.b = t_cache_open(&t, "one");
}

static void end(void)
{
    db_close(db);
    t.a = NULL;
    t_caches_done(&t);
}

static int64_t number(const char *sql, int64_t id)
{
    struct number row;
    if (strchr(sql, '$') != NULL)
        t_ok(db_one(db, t_arena, QUERY(sql, db_int(id)), number_cols, &row));
    else
        t_ok(db_one(db, t_arena, &(struct query){.sql = sql}, number_cols,
                    &row));
    return row.n;
}

#define finds(what) ck_assert_str_eq(t_found(t.a, "k", &tags), (what))

/* Each leaves a value behind that the next write has to make void. */
static void keep(void)
{
    t_keep(t.a, "k", &tags, "v");
    finds("hit:v");
}

static void check_writes(void)
{
    struct number row;
    keep();
    t_ok(db_write(db, QUERY(insert, db_int(1), db_int(10)), NULL));
    finds("miss");
    keep();
    t_ok(db_write_one(db, t_arena, QUERY(insert_back, db_int(2), db_int(20)),
                      number_cols, &row));
    finds("miss");
    keep();
    t_is(db_write(db, QUERY(insert, db_int(1), db_int(10)), NULL),
         ERR_DUPLICATE);
    finds("miss"); /* nobody asked for it, but it is not closed */
    keep();
    t_ok(db_write(db, QUERY(other, db_int(1)), NULL));
    finds("hit:v");
    t_ok(db_touch(db, QUERY(update, db_int(11), db_int(1))));
    finds("hit:v");
}

static void check_transactions(void)
{
    t_ok(db_begin(db));
    t_ok(db_write(db, QUERY(update, db_int(12), db_int(1)), NULL));
    t_ok(db_write(db, QUERY(other, db_int(2)), NULL));
    finds("hit:v"); /* nobody can see it yet */
    t_ok(db_commit(db));
    finds("miss");
    keep();
    t_ok(db_begin(db));
    t_ok(db_write(db, QUERY(update, db_int(13), db_int(1)), NULL));
    db_rollback(db);
    finds("hit:v");
    t_ok(db_begin(db));
    t_ok(db_write(db, QUERY(other, db_int(3)), NULL));
    t_ok(db_commit(db));
    finds("hit:v");
}

START_TEST(writes_make_values_void)
{
    for (int cache = 0; cache < CACHES; cache++) {
        begin_on(_i, cache);
        int64_t epoch = number(get_epoch, 0);
        check_writes();
        check_transactions();
        ck_assert_int_eq(number(get_epoch, 0), epoch);
        end();
    }
}
END_TEST

START_TEST(everything_is_forgotten)
{
    begin_on(_i, IN_SHM);
    keep();
    t_ok(db_forget_cached(db));
    finds("miss");
    keep();
    t_ok(db_script(db, "INSERT INTO throwaway (id, n) VALUES (9, 9)"));
    finds("miss");
    keep();
    t_ok(db_begin(db));
    t_ok(db_script(db, "DELETE FROM throwaway"));
    t_ok(db_commit(db));
    finds("miss");
    end();
}
END_TEST

/* Its epoch went back, perhaps below that of values which are still kept. */
START_TEST(a_restored_database_is_another_one)
{
    static const char back[] = "UPDATE cache_epoch SET epoch = 1 WHERE id = 1";
    const int64_t ahead = INT64_C(9000000000); /* of the clock */
    begin_on(_i, IN_SHM);
    t_ok(db_forget_cached_past(db, ahead));
    keep();
    int64_t before = db_epoch(db);
    ck_assert_int_gt(before, ahead);
    t_ok(db_touch(db, QUERY(back)));
    ck_assert_int_eq(db_epoch(db), 1);
    t_ok(db_forget_cached_past(db, before));
    ck_assert_int_gt(db_epoch(db), before);
    finds("miss");
    end();
}
END_TEST

START_TEST(an_unknown_statement_is_refused)
{
    struct number row;
    begin_on(_i, IN_SHM);
    t_is(db_write(db, QUERY(nonsense), NULL), ERR_BUG);
    t_contains(db_error(db), "cannot tell the tables");
    t_is(db_one(db, t_arena, QUERY(insert_back, db_int(5), db_int(5)),
                number_cols, &row),
         ERR_BUG);
    t_contains(db_error(db), "a write that is read");
    end();
}
END_TEST

START_TEST(what_was_read_is_known)
{
    begin_on(_i, IN_SHM);
    t_ok(db_write(db, QUERY(insert, db_int(1), db_int(10)), NULL));
    ck_assert_uint_eq(db_reads(db, true)->n, 0);
    (void)number(get, 1);
    (void)number(get, 1);
    ck_assert_uint_eq(db_reads(db, false)->n, 1);
    ck_assert_ptr_null(tables_missing(db_reads(db, false), &tags));
    (void)number(get_epoch, 0);
    ck_assert_ptr_nonnull(tables_missing(db_reads(db, false), &tags));
    ck_assert_uint_eq(db_reads(db, true)->n, 0);
    end();
}
END_TEST

/* Redis is away: the write goes on, and the epoch with it. */
START_TEST(the_epoch_goes_with_the_write)
{
    begin_on(_i, IN_REDIS);
    keep();
    int64_t epoch = number(get_epoch, 0);
    t_redis_kill(&t.redis);
    t_ok(db_write(db, QUERY(insert, db_int(1), db_int(10)), NULL));
    ck_assert_int_eq(number(get, 1), 10);
    ck_assert_int_gt(number(get_epoch, 0), epoch);
    epoch = number(get_epoch, 0);
    t_ok(db_begin(db));
    t_ok(db_write(db, QUERY(update, db_int(11), db_int(1)), NULL));
    t_ok(db_commit(db));
    ck_assert_int_gt(number(get_epoch, 0), epoch);
    epoch = number(get_epoch, 0);
    /* both, or neither */
    t_is(db_write(db, QUERY(insert, db_int(1), db_int(10)), NULL),
         ERR_DUPLICATE);
    ck_assert_int_eq(number(get_epoch, 0), epoch);
    t_ok(db_begin(db));
    t_ok(db_write(db, QUERY(update, db_int(12), db_int(1)), NULL));
    db_rollback(db);
    ck_assert_int_eq(number(get_epoch, 0), epoch);
    end();
}
END_TEST

/* A host that Redis cannot be reached from tells the others all the same. */
START_TEST(another_host_is_cut_off)
{
    struct db *far = NULL;
    struct cache *nothing;
    struct err_note why = {""};
    struct cache_conf conf = {
        .url = "redis://127.0.0.1:1", .shm_fd = -1, .build = ""};
    begin_on(ON_PG, IN_REDIS);
    far = t_db_open(url);
    t_ok(cache_open(&conf, &nothing, &why));
    db_use_cache(far, nothing);
    for (int i = 0; i < 3; i++) {
        int64_t until = clock_ms() + 20000;
        keep();
        t_ok(db_write(far, QUERY(insert, db_int(i), db_int(i)), NULL));
        while (strcmp(t_found(t.a, "k", &tags), "hit:v") == 0 &&
               clock_ms() < until)
            poll(NULL, 0, 1);
        finds("miss");
    }
    (void)db_statements(db, true);
    finds("miss");
    ck_assert_uint_eq(db_statements(db, true), 0); /* asked for nothing */
    db_close(far);
    end();
}
END_TEST

/* Nor is a notice lost with the connection to the database. */
START_TEST(the_database_was_away)
{
    struct t_pg pg;
    t_pg_create(&pg);
    t_pg_start(&pg);
    struct t_caches *made = &t;
    url = t_pg_url(&pg, "postgres");
    db = t_db_migrated(url);
    t_ok(db_script(db, "CREATE TABLE throwaway (id BIGINT PRIMARY KEY,"
                       " n BIGINT NOT NULL)"));
    tags = t_tags("throwaway");
    t_caches_new(made, IN_REDIS);
    db_use_cache(db, t.a);
    keep();
    t_pg_stop(&pg);
    t_pg_start(&pg);
    struct db *far = t_db_open(url); /* has no cache, and raises the epoch */
    t_ok(db_forget_cached(far));
    finds("hit:v"); /* nobody has told it: its connection is broken */
    db_close(far);
    (void)number(get_epoch, 0); /* connects again */
    finds("miss");
    end();
    t_pg_stop(&pg);
}
END_TEST

/* --- killed at any moment, between commit and the end of the write too --- */

/* The real functions of a cache, and others in their place. */
static const struct cache_ops *real;
static struct cache_ops cut;

static void die(struct cache *c UNUSED, const struct cache_write *w UNUSED)
{
    raise(SIGKILL);
}

static bool begin_and_stop(struct cache *c, const struct tables *changed,
                           struct cache_write *ret)
{
    bool told = real->write_begin(c, changed, ret);
    raise(SIGSTOP); /* somebody reads meanwhile */
    return told;
}

enum { SHORT_MARK_MS = 1000 };

/* Stops before its commit, and dies after it. */
static void write_and_die(void)
{
    struct db *own;
    struct cache *c;
    const struct db_conf dc = {.url = url, .statement_ms = 20000};
    const struct cache_conf cc = {.url = t.redis.port != 0 ? cache_url : "shm",
                                  .shm_fd = t.shm_fd,
                                  .build = "one"};
    if (db_open(&dc, &own, NULL) != ERR_OK ||
        cache_open(&cc, &c, NULL) != ERR_OK)
        _exit(1);
    db_use_cache(own, c);
    c->write_ms = SHORT_MARK_MS;
    real = c->ops;
    cut = *real;
    cut.write_begin = begin_and_stop;
    cut.write_end = die;
    c->ops = &cut;
    (void)!db_write(own, QUERY(update, db_int(77), db_int(1)), NULL);
    _exit(1);
}

START_TEST(killed_right_after_the_commit)
{
    int status;
    begin_on(ON_SQLITE, _i);
    cache_url = t_redis_url(&t.redis);
    t_ok(db_write(db, QUERY(insert, db_int(1), db_int(10)), NULL));
    t_keep(t.a, "n", &tags, "10");
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        write_and_die();
    ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
    ck_assert(WIFSTOPPED(status));
    ck_assert_int_eq(number(get, 1), 10);
    ck_assert_str_eq(t_found(t.a, "n", &tags), "closed");
    t_keep(t.a, "n", &tags, "10"); /* is not kept */
    kill(pid, SIGCONT);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(number(get, 1), 77);
    ck_assert_str_eq(t_found(t.a, "n", &tags), "closed");
    poll(NULL, 0, SHORT_MARK_MS + 100);
    ck_assert_str_eq(t_found(t.a, "n", &tags), "miss");
    end();
}
END_TEST

/*
 * A process that only writes. It asserts nothing: Check's messages go through
 * a file that it shares with us, and it is killed at any moment.
 */
static void write_for_ever(void)
{
    struct db *own;
    struct cache *c;
    const struct db_conf dc = {.url = url, .statement_ms = 20000};
    const struct cache_conf cc = {.url = t.redis.port != 0 ? cache_url : "shm",
                                  .write_ms = 20000,
                                  .shm_fd = t.shm_fd,
                                  .build = "one"};
    if (db_open(&dc, &own, NULL) != ERR_OK ||
        cache_open(&cc, &c, NULL) != ERR_OK)
        _exit(1);
    db_use_cache(own, c);
    for (int64_t n = 1;; n++) {
        if (n % 2 == 0 && db_begin(own) != ERR_OK)
            continue;
        (void)!db_write(own, QUERY(update, db_int(n), db_int(1)), NULL);
        if (n % 2 == 0 && db_commit(own) != ERR_OK)
            db_rollback(own);
    }
}

/* Reads as a page does: from the cache, else from the database. */
static void check_not_stale(void)
{
    struct cache_item item = t_look(t.a, "n", &tags);
    int64_t n = number(get, 1);
    if (item.state == CACHE_HIT)
        ck_assert_int_eq(strtoll(item.value, NULL, 10), n);
    const char *text = arena_fmt(t_arena, "%lld", (long long)n);
    cache_put(t.a, &item, text, strlen(text));
}

static void kill_writers(int cache)
{
    enum { ROUNDS = 60 };
    begin_on(ON_SQLITE, cache);
    cache_url = t_redis_url(&t.redis);
    t_ok(db_write(db, QUERY(insert, db_int(1), db_int(0)), NULL));
    srandom((unsigned)clock_us());
    for (int i = 0; i < ROUNDS; i++) {
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
            write_for_ever();
        int64_t until = clock_us() + 2000 + random() % 20000;
        while (clock_us() < until) { /* and keep what a reader may keep */
            struct cache_item item = t_look(t.a, "n", &tags);
            const char *text =
                arena_fmt(t_arena, "%lld", (long long)number(get, 1));
            cache_put(t.a, &item, text, strlen(text));
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        check_not_stale();
        check_not_stale();
        arena_reset(t_arena);
    }
    end();
}

START_TEST(killed_at_any_moment)
{
    kill_writers(_i);
}
END_TEST

Suite *db_cache_suite(void)
{
    Suite *s = suite_create("db_cache");
    TCase *tc = t_db_case(s, "writes");
    t_add_both(tc, writes_make_values_void);
    t_add_both(tc, everything_is_forgotten);
    t_add_both(tc, a_restored_database_is_another_one);
    t_add_both(tc, an_unknown_statement_is_refused);
    t_add_both(tc, what_was_read_is_known);
    t_add_both(tc, the_epoch_goes_with_the_write);
    tcase_add_test(tc, another_host_is_cut_off);
    tcase_add_test(tc, the_database_was_away);
    tc = t_db_case(s, "killed");
    t_add_caches(tc, killed_right_after_the_commit);
    t_add_caches(tc, killed_at_any_moment);
    return s;
}
