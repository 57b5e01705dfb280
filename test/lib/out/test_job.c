#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "out/job.h"
#include "test/database.h"

static struct config conf;
static struct job_env env;
static int runs, deaths;
static int64_t number;
static const char *text;

static enum err good(struct job_run *r)
{
    runs++;
    number = job_int(r, "n");
    text = arena_strdup(t_arena, job_text(r, "text"));
    return job_progress(r, 3, 10);
}

static enum err bad(struct job_run *r)
{
    runs++;
    return err_set(&r->note, ERR_UNAVAIL, "not today");
}

static enum err hopeless(struct job_run *r)
{
    runs++;
    r->hopeless = true;
    return ERR_INVALID;
}

static enum err waits(struct job_run *r)
{
    runs++;
    r->wait_s = 100;
    return err_set(&r->note, ERR_UNAVAIL, "later");
}

/* It fails inside a transaction, which must leave nothing behind. */
static enum err untidy(struct job_run *r)
{
    TRY(db_begin(r->db));
    TRY(db_script(r->db, "DELETE FROM job"));
    return ERR_BUG;
}

static enum err buried(struct job_run *r)
{
    deaths++;
    number = job_int(r, "n");
    return ERR_OK;
}

static const struct job_kind test_kinds[] = {
    {.name = "good", .run = good, .attempts = 3},
    {.name = "bad", .run = bad, .dead = buried, .attempts = 3},
    {.name = "hopeless", .run = hopeless, .dead = buried, .attempts = 3},
    {.name = "waits", .run = waits, .attempts = 1},
    {.name = "untidy", .run = untidy, .attempts = 2},
    {0},
};

static const struct job_kind clock_kinds[] = {
    {.name = "hourly", .run = good, .attempts = 3, .every_s = 3600},
    {0},
};

static const struct job_kind *const tables[] = {test_kinds, clock_kinds, NULL};

static struct db *open_jobs(int which)
{
    struct err_note why = {""};
    ck_assert_msg(config_load(NULL, t_arena, &conf, &why) == ERR_OK, "%s",
                  why.text);
    runs = deaths = 0;
    env = (struct job_env){
        .conf = &conf, .db = t_db_new(which), .name = "unit 1"};
    return env.db;
}

static void close_jobs(void)
{
    alarm(0);
    env.db = db_close(env.db);
}

static int64_t add(const char *kind, const char *payload)
{
    int64_t id = 0;
    struct job_new j = {.kind = kind, .payload = payload};
    t_ok(job_add(env.db, t_arena, &j, &id));
    return id;
}

static void due_now(void)
{
    t_ok(db_script(env.db, "UPDATE job SET due_at = 0 WHERE state = 'ready'"));
}

/* Runs what is due; false when nothing is. */
static bool step(void)
{
    struct job_run r;
    enum err e = job_claim(&env, t_arena, &r);
    if (e == ERR_NOTFOUND)
        return false;
    ck_assert_msg(e == ERR_OK, "%s", db_error(env.db));
    t_ok(job_perform(&r, tables));
    return true;
}

static struct job get(int64_t id)
{
    struct job j = {0};
    t_ok(job_get(env.db, t_arena, id, &j));
    return j;
}

START_TEST(a_job_is_done_once)
{
    open_jobs(_i);
    int64_t id = add("good", "{\"n\":7,\"text\":\"ñ\\\"\"}");
    ck_assert(step());
    ck_assert(!step());
    ck_assert_int_eq(runs, 1);
    ck_assert_int_eq(number, 7);
    ck_assert_str_eq(text, "ñ\"");
    struct job j = get(id);
    ck_assert_str_eq(j.state, "done");
    ck_assert_int_eq(j.attempts, 1);
    ck_assert_int_eq(j.done_n, 3);
    ck_assert_int_eq(j.total_n, 10);
    ck_assert_int_ne(j.finished_at, 0);
    close_jobs();
}
END_TEST

START_TEST(the_oldest_comes_first_and_the_future_waits)
{
    open_jobs(_i);
    struct job_new late = {
        .kind = "good", .payload = "{\"n\":1}", .due_at = clock_now() + 100};
    struct job_new first = {
        .kind = "good", .payload = "{\"n\":2}", .due_at = clock_now() - 100};
    t_ok(job_add(env.db, t_arena, &late, NULL));
    add("good", "{\"n\":3}");
    t_ok(job_add(env.db, t_arena, &first, NULL));
    ck_assert(step());
    ck_assert_int_eq(number, 2);
    ck_assert(step());
    ck_assert_int_eq(number, 3);
    ck_assert(!step());
    close_jobs();
}
END_TEST

START_TEST(a_key_is_there_once)
{
    open_jobs(_i);
    int64_t id = -1;
    struct job_new j = {.kind = "good", .dedupe_key = "k"};
    t_ok(job_add(env.db, t_arena, &j, &id));
    ck_assert_int_gt(id, 0);
    t_ok(job_add(env.db, t_arena, &j, &id));
    ck_assert_int_eq(id, 0);
    ck_assert(step());
    t_ok(job_add(env.db, t_arena, &j, &id)); /* done is done */
    ck_assert(!step());
    j.payload = "{\"n\":5}";
    t_ok(job_again(env.db, t_arena, &j));
    ck_assert(step());
    ck_assert_int_eq(number, 5);
    j.dedupe_key = "other";
    t_ok(job_again(env.db, t_arena, &j));
    ck_assert(step());
    close_jobs();
}
END_TEST

START_TEST(a_payload_is_an_object)
{
    open_jobs(_i);
    static const char *const wrong[] = {"", "[1]", "7", "{", "{\"a\":}"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct job_new j = {.kind = "good", .payload = wrong[i]};
        t_is(job_add(env.db, t_arena, &j, NULL), ERR_INVALID);
        t_is(job_again(env.db, t_arena, &j), ERR_INVALID);
    }
    int64_t id = add("good", NULL);
    ck_assert(step());
    ck_assert_int_eq(number, 0);
    ck_assert_str_eq(text, "");
    /* one that somebody spoilt is buried at once */
    id = add("bad", NULL);
    t_ok(db_script(env.db, "UPDATE job SET payload = '[' WHERE kind = 'bad'"));
    ck_assert(step());
    ck_assert_str_eq(get(id).state, "dead");
    ck_assert_int_eq(deaths, 1);
    close_jobs();
}
END_TEST

START_TEST(failures_wait_longer_and_longer_and_end)
{
    open_jobs(_i);
    int64_t id = add("bad", "{\"n\":9}"), waited[2];
    struct number {
        int64_t n;
    } due;
    static const struct column cols[] = {COL(COL_INT, struct number, n), {0}};
    static const char sql[] = "SELECT due_at AS n FROM job";
    static const struct query q = {.sql = sql};
    for (int i = 0; i < 2; i++) {
        ck_assert(step());
        ck_assert(!step());
        t_ok(db_one(env.db, t_arena, &q, cols, &due));
        waited[i] = due.n - clock_now();
        ck_assert_str_eq(get(id).state, "ready");
        ck_assert_str_eq(get(id).last_error, "not today");
        due_now();
    }
    ck_assert_int_ge(waited[0], 10); /* 15 s, a quarter more or less */
    ck_assert_int_le(waited[0], 20);
    ck_assert_int_ge(waited[1], 21);
    ck_assert_int_le(waited[1], 40);
    ck_assert_int_eq(deaths, 0);
    ck_assert(step());
    ck_assert_int_eq(runs, 3);
    ck_assert_int_eq(deaths, 1);
    ck_assert_int_eq(number, 9);
    ck_assert_str_eq(get(id).state, "dead");
    due_now();
    ck_assert(!step());
    close_jobs();
}
END_TEST

START_TEST(what_is_hopeless_is_not_tried_again)
{
    open_jobs(_i);
    int64_t id = add("hopeless", NULL);
    ck_assert(step());
    ck_assert_str_eq(get(id).state, "dead");
    ck_assert_int_eq(deaths, 1);
    struct db_rows rows;
    t_ok(job_list_open(env.db, t_arena, "good", 10, &rows));
    ck_assert_uint_eq(rows.n, 1);
    t_ok(job_list_open(env.db, t_arena, "hopeless", 10, &rows));
    ck_assert_uint_eq(rows.n, 0);
    struct job_counts counts;
    (void)add("good", NULL);
    t_ok(job_count(env.db, t_arena, "mail.send", &counts));
    ck_assert_int_eq(counts.ready, 1);
    ck_assert_int_eq(counts.running, 0);
    ck_assert_int_eq(counts.dead, 1);
    t_ok(job_count(env.db, t_arena, "hopeless", &counts));
    ck_assert_int_eq(counts.dead, 0);
    ck_assert(step());
    t_ok(job_retry(env.db, t_actor(0), id));
    t_is(job_retry(env.db, t_actor(0), id), ERR_NOTFOUND);
    ck_assert(step());
    ck_assert_int_eq(deaths, 2);
    close_jobs();
}
END_TEST

START_TEST(to_wait_is_no_failure)
{
    open_jobs(_i);
    int64_t id = add("waits", NULL);
    for (int i = 0; i < 3; i++) {
        ck_assert(step());
        ck_assert_str_eq(get(id).state, "ready");
        ck_assert_int_eq(get(id).attempts, 0);
        ck_assert(!step());
        t_ok(job_hurry(env.db, "other"));
        ck_assert(!step());
        t_ok(job_hurry(env.db, "waits"));
    }
    ck_assert_int_eq(runs, 3);
    close_jobs();
}
END_TEST

START_TEST(a_kind_nobody_knows_is_tried_later)
{
    open_jobs(_i);
    int64_t id = add("news", NULL);
    ck_assert(step());
    ck_assert_str_eq(get(id).state, "ready");
    t_contains(get(id).last_error, "no kind news");
    close_jobs();
}
END_TEST

START_TEST(a_failed_handler_leaves_no_transaction)
{
    open_jobs(_i);
    int64_t id = add("untidy", NULL);
    ck_assert(step());
    ck_assert_str_eq(get(id).state, "ready");
    close_jobs();
}
END_TEST

/* Who died holding it: the lease runs out, and the next one gets it. */
START_TEST(a_lease_runs_out)
{
    open_jobs(_i);
    struct job_run dead, heir;
    int64_t id = add("good", NULL);
    t_ok(job_claim(&env, t_arena, &dead));
    t_is(job_claim(&env, t_arena, &heir), ERR_NOTFOUND);
    ck_assert_str_eq(get(id).state, "running");
    t_ok(db_script(env.db, "UPDATE job SET due_at = due_at - 63"));
    t_ok(job_claim(&env, t_arena, &heir));
    ck_assert_int_eq(heir.id, dead.id);
    ck_assert_int_eq(heir.attempt, 2);
    /* whoever comes back too late has no say */
    t_is(job_alive(&dead, 0), ERR_CONFLICT);
    t_is(job_progress(&dead, 1, 2), ERR_CONFLICT);
    t_is(job_perform(&dead, tables), ERR_CONFLICT);
    t_ok(job_alive(&heir, 1000));
    t_ok(db_script(env.db, "UPDATE job SET due_at = due_at - 63"));
    t_is(job_claim(&env, t_arena, &dead), ERR_NOTFOUND);
    t_ok(job_perform(&heir, tables));
    ck_assert_str_eq(get(id).state, "done");
    close_jobs();
}
END_TEST

/* One that kills whoever takes it is given up, too. */
START_TEST(a_deadly_job_is_buried)
{
    open_jobs(_i);
    struct job_run r;
    int64_t id = add("bad", "{\"n\":4}");
    for (int i = 0; i < 3; i++) {
        t_ok(job_claim(&env, t_arena, &r));
        t_ok(db_script(env.db, "UPDATE job SET due_at = 0"));
    }
    ck_assert(step());
    ck_assert_int_eq(runs, 0);
    ck_assert_int_eq(deaths, 1);
    ck_assert_int_eq(number, 4);
    ck_assert_str_eq(get(id).state, "dead");
    t_contains(get(id).last_error, "without a word");
    close_jobs();
}
END_TEST

static void hold_too_long(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL}; /* Check has its own */
    struct job_run r;
    sigaction(SIGALRM, &plain, NULL);
    conf.jobs.lease_ms = 1000;
    if (job_claim(&env, t_arena, &r) == ERR_OK)
        pause();
}

START_TEST(silence_ends_the_process)
{
    open_jobs(ON_SQLITE);
    add("good", NULL);
    int status = t_status_of(hold_too_long);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGALRM);
    close_jobs();
}
END_TEST

START_TEST(two_take_different_ones)
{
    struct db *first = open_jobs(_i);
    (void)first;
    struct job_run a, b;
    add("good", NULL);
    add("good", NULL);
    t_ok(job_claim(&env, t_arena, &a));
    t_ok(job_claim(&env, t_arena, &b));
    ck_assert_int_ne(a.id, b.id);
    close_jobs();
}
END_TEST

START_TEST(the_clock_makes_one_a_period)
{
    open_jobs(_i);
    t_ok(job_schedule(&env, t_arena, tables));
    t_ok(job_schedule(&env, t_arena, tables));
    ck_assert(step());
    ck_assert(!step());
    t_ok(db_script(env.db, "UPDATE job SET dedupe_key = 'every:hourly:1'"));
    t_ok(job_schedule(&env, t_arena, tables));
    ck_assert(step());
    ck_assert_int_eq(runs, 2);
    close_jobs();
}
END_TEST

START_TEST(long_done_jobs_go)
{
    open_jobs(_i);
    int64_t id = add("good", NULL), open = add("good", NULL);
    ck_assert(step());
    t_ok(db_script(env.db, "UPDATE job SET finished_at = finished_at - 2600000,"
                           " created_at = 1 WHERE state = 'done'"));
    struct job_new prune = {.kind = "job.prune", .due_at = 1};
    struct job_run r;
    struct job j;
    t_ok(job_add(env.db, t_arena, &prune, NULL));
    t_ok(job_claim(&env, t_arena, &r));
    t_ok(job_perform(&r, feature_jobs));
    t_is(job_get(env.db, t_arena, id, &j), ERR_NOTFOUND);
    t_ok(job_get(env.db, t_arena, open, &j));
    close_jobs();
}
END_TEST

START_TEST(a_stop_is_seen)
{
    static volatile sig_atomic_t stop;
    open_jobs(ON_SQLITE);
    struct job_run r = {.env = &env};
    ck_assert(!job_must_stop(&r));
    env.stop = &stop;
    ck_assert(!job_must_stop(&r));
    stop = 1;
    ck_assert(job_must_stop(&r));
    close_jobs();
}
END_TEST

Suite *job_suite(void)
{
    Suite *s = suite_create("job");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, a_job_is_done_once);
    t_add_both(tc, the_oldest_comes_first_and_the_future_waits);
    t_add_both(tc, a_key_is_there_once);
    t_add_both(tc, a_payload_is_an_object);
    t_add_both(tc, failures_wait_longer_and_longer_and_end);
    t_add_both(tc, what_is_hopeless_is_not_tried_again);
    t_add_both(tc, to_wait_is_no_failure);
    t_add_both(tc, a_kind_nobody_knows_is_tried_later);
    t_add_both(tc, a_failed_handler_leaves_no_transaction);
    t_add_both(tc, a_lease_runs_out);
    t_add_both(tc, a_deadly_job_is_buried);
    t_add_both(tc, two_take_different_ones);
    t_add_both(tc, the_clock_makes_one_a_period);
    t_add_both(tc, long_done_jobs_go);
    tcase_add_test(tc, silence_ends_the_process);
    tcase_add_test(tc, a_stop_is_seen);
    return s;
}
