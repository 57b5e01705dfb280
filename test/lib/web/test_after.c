#include "test/database.h"
#include "test/site.h"
#include "web/after.h"

static struct db *db;
static struct t_site *site;
static const char *said;

static enum err say(struct ctx *c UNUSED, void *arg)
{
    const char *word = arg;
    said = arena_fmt(t_arena, "%s%s ", said, word);
    return ERR_OK;
}

static enum err give_up(struct ctx *c, void *arg)
{
    t_ok(say(c, arg));
    t_ok(db_begin(db));
    return err_set(&c->note, ERR_UNAVAIL, "no %s", (const char *)arg);
}

static enum err say_more(struct ctx *c, void *arg)
{
    after_add(c, say, arg);
    return say(c, arg);
}

static char one[] = "one", two[] = "two", three[] = "three";

/* In order, whatever fails between; and once. */
START_TEST(all_of_it_runs)
{
    db = t_db_open(t_db_url(ON_SQLITE));
    site = t_site_new(db);
    said = "";
    const char *file = t_path("log");
    struct log_conf lc = {
        .console_level = LOG_OFF, .file = file, .program = "unit"};
    struct err_note why;
    t_ok(log_new(&lc, &site->app.log, &why));
    struct ctx *c = t_request(site, "");
    after_run(c);
    ck_assert_str_eq(said, "");
    after_add(c, say_more, one);
    after_add(c, give_up, two);
    after_add(c, say, three);
    after_run(c);
    ck_assert_str_eq(said, "one two three one ");
    after_run(c);
    ck_assert_str_eq(said, "one two three one ");
    t_ok(db_begin(db)); /* none is open */
    db_rollback(db);
    log_free(site->app.log);
    t_contains(t_read(file), "unit after.failed error=");
    t_contains(t_read(file), " route=- detail=\"no two\"");
    t_site_done(site);
    db_close(db);
}
END_TEST

Suite *after_suite(void)
{
    Suite *s = suite_create("after");
    TCase *t = t_db_case(s, "after");
    tcase_add_test(t, all_of_it_runs);
    return s;
}
