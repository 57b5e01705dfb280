#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/user_totp.h"
#include "test/database.h"

static const char *const hashes[USER_RECOVERY_CODES] = {
    "h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9"};
static const char *const others[USER_RECOVERY_CODES] = {
    "i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9"};

static struct db *db;

static int64_t add_user(const char *email)
{
    struct user u = {
        .email = email, .name = "X", .role = "office", .pass_hash = "x"};
    int64_t id = 0;
    enum err e = user_create(db, t_arena, &u, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static int64_t on_since(int64_t id)
{
    struct user u;
    t_ok(user_get(db, t_arena, id, &u));
    return u.totp_at;
}

static int64_t left(int64_t id)
{
    int64_t n = -1;
    t_ok(user_recovery_left(db, t_arena, id, &n));
    return n;
}

/* As a page does it: what is counted stays, whatever comes of it. */
static enum err use_recovery(int64_t id, const char *hash)
{
    struct actor *by = t_actor(id);
    t_ok(audit_begin(db, by));
    enum err e = user_recovery_use(db, id, hash, by);
    t_ok(audit_end(db, by, ERR_OK));
    return e;
}

START_TEST(on_and_off)
{
    struct user_totp t;
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co"), other = add_user("c@d.co");
    ck_assert_int_eq(on_since(id), 0);
    t_is(user_totp_try(db, t_arena, id, &t), ERR_NOTFOUND);
    t_is(user_totp_off(db, id, "totp_off", t_actor(id)), ERR_NOTFOUND);
    t_ok(user_totp_on(db, id, "sealed", 100, t_actor(id)));
    t_is(user_totp_on(db, id, "again", 100, t_actor(id)), ERR_DUPLICATE);
    ck_assert_int_ge(on_since(id), clock_now() - 5);
    ck_assert_int_eq(on_since(other), 0);
    t_ok(user_recovery_set(db, id, hashes, t_actor(id)));
    t_ok(user_totp_try(db, t_arena, id, &t));
    ck_assert_str_eq(t.secret, "sealed");
    ck_assert_int_eq(t.last_step, 100);
    t_ok(user_totp_off(db, id, "totp_reset", t_actor(other)));
    ck_assert_int_eq(on_since(id), 0);
    ck_assert_int_eq(left(id), 0);
    t_is(user_totp_try(db, t_arena, id, &t), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(a_step_is_taken_once)
{
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co"), other = add_user("c@d.co");
    t_ok(user_totp_on(db, id, "sealed", 100, t_actor(id)));
    t_ok(user_totp_on(db, other, "sealed", 100, t_actor(other)));
    t_is(user_totp_accept(db, id, 100), ERR_NOTFOUND);
    t_ok(user_totp_accept(db, id, 102));
    t_is(user_totp_accept(db, id, 102), ERR_NOTFOUND);
    t_is(user_totp_accept(db, id, 101), ERR_NOTFOUND); /* an earlier one */
    t_ok(user_totp_accept(db, other, 101));
    t_ok(user_totp_accept(db, id, 103));
    db_close(db);
}
END_TEST

enum { RACERS = 4 };

/* Exits with 1 when it was taken here. */
static _Noreturn void race(const char *url, int64_t id, int go)
{
    char c;
    struct db *own = t_db_open(url);
    ssize_t n = read(go, &c, 1);
    enum err e = user_totp_accept(own, id, 102);
    db_close(own);
    _exit(n == 0 && e == ERR_OK ? 1 : n == 0 && e == ERR_NOTFOUND ? 0 : 9);
}

START_TEST(of_several_at_once_one_is_taken)
{
    int go[2], status, taken = 0;
    pid_t pid[RACERS];
    const char *url = t_db_new_url(_i);
    db = t_db_open(url);
    int64_t id = add_user("a@b.co");
    t_ok(user_totp_on(db, id, "sealed", 100, t_actor(id)));
    db_close(db);
    ck_assert_int_eq(pipe(go), 0);
    for (int i = 0; i < RACERS; i++) {
        pid[i] = fork();
        ck_assert_int_ge(pid[i], 0);
        if (pid[i] == 0) {
            close(go[1]);
            race(url, id, go[0]);
        }
    }
    close(go[1]); /* all of them read its end */
    for (int i = 0; i < RACERS; i++) {
        ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
        ck_assert(WIFEXITED(status));
        ck_assert_int_le(WEXITSTATUS(status), 1);
        taken += WEXITSTATUS(status);
    }
    close(go[0]);
    ck_assert_int_eq(taken, 1);
}
END_TEST

/* How long the next one has to wait, after n more wrong codes. */
static int64_t wait_after(int64_t id, int n)
{
    struct user_totp t;
    struct wait {
        int64_t s;
    } w;
    static const struct column columns[] = {COL(COL_INT, struct wait, s), {0}};
    static const char wait[] =
        "SELECT CASE WHEN wait_until = 0 THEN 0 ELSE wait_until - $1 END AS s"
        " FROM user_totp WHERE user_id = $2";
    for (int i = 0; i < n; i++) {
        t_ok(db_script(db, "UPDATE user_totp SET wait_until = 0"));
        t_ok(user_totp_try(db, t_arena, id, &t));
    }
    t_ok(db_one(db, t_arena, QUERY(wait, db_int(clock_now()), db_int(id)),
                columns, &w));
    return w.s;
}

static void is_about(int64_t s, int64_t want)
{
    ck_assert_int_le(s, want);
    ck_assert_int_ge(s, want - 5);
}

START_TEST(wrong_ones_make_the_next_wait)
{
    struct user_totp t;
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co");
    t_ok(user_totp_on(db, id, "sealed", 100, t_actor(id)));
    ck_assert_int_eq(wait_after(id, USER_TOTP_FREE), 0);
    is_about(wait_after(id, 1), 60);
    t_is(user_totp_try(db, t_arena, id, &t), ERR_THROTTLED);
    is_about(wait_after(id, 1), 240);
    is_about(wait_after(id, 8), 6000);
    is_about(wait_after(id, 90), 86400);
    t_is(user_totp_try(db, t_arena, id, &t), ERR_THROTTLED);
    t_ok(user_totp_accept(db, id, 101)); /* the right one ends it */
    t_ok(user_totp_try(db, t_arena, id, &t));
    db_close(db);
}
END_TEST

START_TEST(a_recovery_code_works_once)
{
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co"), other = add_user("c@d.co");
    t_ok(user_recovery_set(db, id, hashes, t_actor(id)));
    ck_assert_int_eq(left(id), 10);
    t_is(use_recovery(other, "h3"), ERR_NOTFOUND);
    t_ok(use_recovery(id, "h3"));
    t_is(use_recovery(id, "h3"), ERR_NOTFOUND);
    t_is(use_recovery(id, "none"), ERR_NOTFOUND);
    ck_assert_int_eq(left(id), 9);
    t_ok(user_recovery_set(db, id, others, t_actor(id)));
    ck_assert_int_eq(left(id), 10);
    t_is(use_recovery(id, "h4"), ERR_NOTFOUND);
    t_ok(use_recovery(id, "i4"));
    db_close(db);
}
END_TEST

START_TEST(the_audit_tells)
{
    static const char all[] =
        "SELECT action, actor_id FROM audit_log WHERE entity_id = $1"
        " AND action <> 'create' ORDER BY seq";
    static const struct column columns[] = {
        COL(COL_TEXT, struct audit_row, action),
        COL(COL_INT, struct audit_row, actor_id),
        {0}};
    static const char *const want[] = {"totp_on", "recovery_new",
                                       "recovery_use", "totp_refused",
                                       "totp_reset"};
    struct db_rows rows;
    db = t_db_new(_i);
    int64_t id = add_user("a@b.co"), other = add_user("c@d.co");
    t_ok(user_totp_on(db, id, "sealed", 100, t_actor(id)));
    t_ok(user_recovery_set(db, id, hashes, t_actor(id)));
    t_ok(use_recovery(id, "h3"));
    t_ok(user_totp_refused(db, id, t_actor(0)));
    t_ok(user_totp_off(db, id, "totp_reset", t_actor(other)));
    t_ok(db_all(db, t_arena, QUERY(all, db_int(id)), columns,
                sizeof(struct audit_row), &rows));
    const struct audit_row *r = rows.items;
    ck_assert_uint_eq(rows.n, ARRAY_LEN(want));
    for (size_t i = 0; i < rows.n; i++)
        ck_assert_str_eq(r[i].action, want[i]);
    ck_assert_int_eq(r[4].actor_id, other);
    db_close(db);
}
END_TEST

Suite *user_totp_suite(void)
{
    Suite *s = suite_create("user_totp");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, on_and_off);
    t_add_both(tc, a_step_is_taken_once);
    t_add_both(tc, of_several_at_once_one_is_taken);
    t_add_both(tc, wrong_ones_make_the_next_wait);
    t_add_both(tc, a_recovery_code_works_once);
    t_add_both(tc, the_audit_tells);
    return s;
}
