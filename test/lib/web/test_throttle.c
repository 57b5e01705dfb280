#include "test/database.h"
#include "test/site.h"
#include "web/throttle.h"

static struct t_site *site;
static struct db *db;

static void open_site(int which)
{
    db = t_db_new(which);
    site = t_site_new(db);
}

static void close_site(void)
{
    t_site_done(site);
    db_close(db);
}

static struct ctx *from(const char *address)
{
    struct ctx *c = t_request(site, "");
    c->req.remote_addr = address;
    return c;
}

static void fail_times(const char *address, const char *email, int n)
{
    for (int i = 0; i < n; i++)
        t_ok(throttle_failure(from(address), email));
}

START_TEST(an_account_waits_at_one_address)
{
    open_site(_i);
    t_ok(throttle_check(from("192.0.2.1"), "a@b.co"));
    fail_times("192.0.2.1", "a@b.co", 4);
    t_ok(throttle_check(from("192.0.2.1"), "a@b.co"));
    fail_times("192.0.2.1", "a@b.co", 1);
    t_is(throttle_check(from("192.0.2.1"), "a@b.co"), ERR_THROTTLED);
    t_ok(throttle_check(from("192.0.2.2"), "a@b.co")); /* from elsewhere */
    t_ok(throttle_check(from("192.0.2.1"), "c@d.co")); /* another person */
    close_site();
}
END_TEST

START_TEST(an_address_waits_for_all_accounts)
{
    open_site(_i);
    for (int i = 0; i < 24; i++)
        fail_times("192.0.2.1", arena_fmt(t_arena, "u%d@b.co", i), 1);
    t_ok(throttle_check(from("192.0.2.1"), "new@b.co"));
    fail_times("192.0.2.1", "u24@b.co", 1);
    t_is(throttle_check(from("192.0.2.1"), "new@b.co"), ERR_THROTTLED);
    t_ok(throttle_check(from("192.0.2.2"), "new@b.co"));
    close_site();
}
END_TEST

START_TEST(an_account_waits_everywhere_at_last)
{
    open_site(_i);
    for (int i = 0; i < 99; i++)
        fail_times(arena_fmt(t_arena, "192.0.2.%d", i), "a@b.co", 1);
    t_ok(throttle_check(from("198.51.100.1"), "a@b.co"));
    fail_times("192.0.2.99", "a@b.co", 1);
    t_is(throttle_check(from("198.51.100.1"), "a@b.co"), ERR_THROTTLED);
    t_ok(throttle_check(from("198.51.100.1"), "c@d.co"));
    close_site();
}
END_TEST

START_TEST(the_right_password_forgets_here)
{
    open_site(_i);
    fail_times("192.0.2.1", "a@b.co", 5);
    fail_times("192.0.2.2", "a@b.co", 5);
    t_ok(throttle_success(from("192.0.2.1"), "a@b.co"));
    t_ok(throttle_check(from("192.0.2.1"), "a@b.co"));
    t_is(throttle_check(from("192.0.2.2"), "a@b.co"), ERR_THROTTLED);
    close_site();
}
END_TEST

START_TEST(time_heals)
{
    static const char count[] = "SELECT count(*) AS n FROM login_failure";
    struct row {
        int64_t n;
    } row;
    const struct column cols[] = {COL(COL_INT, struct row, n), {0}};
    open_site(_i);
    fail_times("192.0.2.1", "a@b.co", 5);
    t_ok(db_script(db, "UPDATE login_failure SET at = at - 890"));
    t_is(throttle_check(from("192.0.2.1"), "a@b.co"), ERR_THROTTLED);
    t_ok(db_script(db, "UPDATE login_failure SET at = at - 11"));
    t_ok(throttle_check(from("192.0.2.1"), "a@b.co"));
    fail_times("192.0.2.1", "a@b.co", 1); /* sweeps the old ones away */
    t_ok(db_one(db, t_arena, QUERY(count), cols, &row));
    ck_assert_int_eq(row.n, 1);
    close_site();
}
END_TEST

/* A database that fails says so: nobody gets in unchecked. */
START_TEST(a_broken_database_is_no_pass)
{
    open_site(_i);
    t_ok(db_script(db, "DROP TABLE login_failure"));
    struct ctx *c = from("192.0.2.1");
    t_is(throttle_check(c, "a@b.co"), ERR_BUG);
    ck_assert_str_ne(c->note.text, "");
    t_is(throttle_failure(c, "a@b.co"), ERR_BUG);
    t_is(throttle_success(c, "a@b.co"), ERR_BUG);
    close_site();
}
END_TEST

Suite *throttle_suite(void)
{
    Suite *s = suite_create("throttle");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, an_account_waits_at_one_address);
    t_add_both(tc, an_address_waits_for_all_accounts);
    t_add_both(tc, an_account_waits_everywhere_at_last);
    t_add_both(tc, the_right_password_forgets_here);
    t_add_both(tc, time_heals);
    t_add_both(tc, a_broken_database_is_no_pass);
    return s;
}
