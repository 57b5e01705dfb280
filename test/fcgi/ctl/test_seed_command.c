#include <stdio.h>
#include <string.h>

#include "ctl/data.h"
#include "model/client.h"
#include "model/user.h"
#include "test/database.h"
#include "web/password.h"

static struct ctl ctl;
static int code;
static const char *wanted; /* NULL: no --clients */

static void run_seed(void)
{
    char number[16];
    char *argv[] = {(char[]){"seed"}, (char[]){"--clients"}, number, NULL};
    snprintf(number, sizeof(number), "%s", wanted != NULL ? wanted : "");
    code = seed_command(&ctl, wanted != NULL ? 3 : 1, argv);
}

static const char *seed(int fd)
{
    return t_capture(fd, run_seed);
}

static void use(const char *url)
{
    memset(&ctl, 0, sizeof(ctl));
    wanted = NULL;
    ctl.arena = t_arena;
    ctl.conf.database.url = url;
    ctl.conf.database.reconnect_ms = 1000;
    ctl.conf.database.statement_ms = 20000;
    ctl.conf.database.prepare = true;
    ctl.conf.audit.key = t_audit_keys.key[0].text;
    ctl.conf.cache.url = "none";
}

/* Twice is once; and the passwords it prints open the accounts. */
START_TEST(demo_data_once)
{
    const char *url = t_db_new_url(_i);
    struct db *db = t_db_open(url);
    use(url);
    struct client_filter f = {.search = "", .limit = 1000};
    struct db_rows rows;
    struct user u;
    const char *text = seed(1);
    ck_assert_int_eq(code, CTL_OK);
    t_contains(text, "admin@demo.example");
    ck_assert_str_eq(seed(1), text);
    ck_assert_int_eq(code, CTL_OK);
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 300);
    t_ok(user_by_email(db, t_arena, "admin@demo.example", &u));
    ck_assert(password_verify(u.pass_hash, "Demostracion-2026"));
    t_ok(user_by_email(db, t_arena, "cliente@demo.example", &u));
    ck_assert_int_gt(u.client_id, 0);
    db_close(db);
}
END_TEST

START_TEST(as_many_clients_as_wanted)
{
    static const char *const refused[] = {"", "x", "299", "1000x", "99999999"};
    const char *url = t_db_new_url(_i);
    struct db *db = t_db_open(url);
    struct client_filter f = {.search = "", .limit = 2000};
    struct db_rows rows;
    use(url);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        wanted = refused[i];
        seed(1);
        ck_assert_int_eq(code, CTL_USAGE);
    }
    wanted = "450";
    seed(1);
    ck_assert_int_eq(code, CTL_OK);
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 450);
    wanted = "460"; /* ten more */
    seed(1);
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 460);
    f.search = "300 0000 455";
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 1);
    const struct client *c = rows.items;
    ck_assert_str_eq(c[0].phone, "+573000000455");
    ck_assert_str_eq(c[0].email, "455@example.com");
    f.search = c[0].name;
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 1);
    db_close(db);
}
END_TEST

START_TEST(nothing_is_put_beside_real_data)
{
    static const struct user real = {.email = "real@example.com",
                                     .name = "Real",
                                     .role = "admin",
                                     .pass_hash = ""};
    const char *url = t_db_new_url(_i);
    struct db *db = t_db_open(url);
    struct client_filter f = {.search = "", .limit = 1000};
    struct db_rows rows;
    int64_t id;
    t_ok(user_create(db, t_arena, &real, t_actor(0), &id));
    use(url);
    t_contains(seed(2), "ptctl seed: the database has accounts already");
    ck_assert_int_eq(code, CTL_FAILED);
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 0);
    db_close(db);
}
END_TEST

START_TEST(without_a_schema_it_says_so)
{
    use(t_db_url(_i));
    t_contains(seed(2), "nothing was stored");
    ck_assert_int_eq(code, CTL_FAILED);
}
END_TEST

Suite *seed_command_suite(void)
{
    Suite *s = suite_create("seed_command");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, demo_data_once);
    t_add_both(tc, as_many_clients_as_wanted);
    t_add_both(tc, nothing_is_put_beside_real_data);
    t_add_both(tc, without_a_schema_it_says_so);
    return s;
}
