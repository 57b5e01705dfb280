#include "model/client.h"
#include "model/history.h"
#include "model/user.h"
#include "test/database.h"

static const struct user ana = {.email = "ana@example.com",
                                .name = "Ana",
                                .role = "admin",
                                .pass_hash = ""};

static const struct client cedro = {.kind = "legal",
                                    .service_kind = "single",
                                    .doc_type = "",
                                    .doc_number = "",
                                    .doc_dv = "",
                                    .name = "Cedro",
                                    .company = "",
                                    .email = "",
                                    .phone = "",
                                    .address = "",
                                    .city = "Cali",
                                    .dane_city = "76001",
                                    .notes = ""};

static int64_t user_id, first_id, second_id;

/* Five rows: Ana is made, she makes two clients, one of them moves, she logs
 * in; their times are 10, 20 … 50. */
static struct db *filled(int which)
{
    struct db *db = t_db_new(which);
    struct client c;
    struct user u;
    t_ok(user_create(db, t_arena, &ana, t_actor(0), &user_id));
    t_ok(client_create(db, t_arena, &cedro, t_actor(user_id), &first_id));
    t_ok(client_create(db, t_arena, &cedro, t_actor(user_id), &second_id));
    t_ok(client_get(db, t_arena, first_id, &c));
    c.city = "Bello";
    t_ok(client_update(db, t_arena, &c, t_actor(0)));
    t_ok(user_get(db, t_arena, user_id, &u));
    t_ok(user_logged_in(db, &u, t_actor(user_id)));
    t_ok(db_script(db, "UPDATE audit_log SET at = seq * 10"));
    return db;
}

/* The rows as "4 update client, 2 …". */
static const char *words(const struct db_rows *rows)
{
    const struct history_row *r = rows->items;
    const char *all = "";
    for (size_t i = 0; i < rows->n; i++)
        all = arena_fmt(t_arena, "%s%s%d %s %s", all, i > 0 ? ", " : "",
                        (int)r[i].seq, r[i].action, r[i].entity);
    return all;
}

static const char *list(struct db *db, struct history_filter f)
{
    struct db_rows rows;
    if (f.entity == NULL)
        f.entity = "";
    if (f.limit == 0)
        f.limit = 10;
    t_ok(history_list(db, t_arena, &f, &rows));
    return words(&rows);
}

START_TEST(rows_come_with_their_names)
{
    struct db *db = filled(_i);
    struct history_filter f = {.entity = "", .limit = 10};
    struct db_rows rows;
    t_ok(history_list(db, t_arena, &f, &rows));
    ck_assert_uint_eq(rows.n, 5);
    const struct history_row *r = rows.items;
    ck_assert_str_eq(r[0].actor, "Ana");
    ck_assert_str_eq(r[0].subject, "Ana");
    ck_assert_int_eq(r[0].at, 50);
    ck_assert_str_eq(r[1].actor, "");
    ck_assert_str_eq(r[1].role, "system");
    ck_assert_str_eq(r[1].subject, "Cedro");
    ck_assert_int_eq(r[1].entity_id, first_id);
    ck_assert_str_eq(r[1].diff,
                     "{\"city\":{\"from\":\"Cali\",\"to\":\"Bello\"}}");
    db_close(db);
}
END_TEST

START_TEST(each_filter_narrows)
{
    struct db *db = filled(_i);
    ck_assert_str_eq(list(db, (struct history_filter){.entity = "client"}),
                     "4 update client, 3 create client, 2 create client");
    ck_assert_str_eq(list(db, (struct history_filter){.entity = "client",
                                                      .entity_id = first_id}),
                     "4 update client, 2 create client");
    ck_assert_str_eq(list(db, (struct history_filter){.actor_id = user_id}),
                     "5 login user, 3 create client, 2 create client");
    ck_assert_str_eq(list(db, (struct history_filter){.actor_id = user_id,
                                                      .entity = "client",
                                                      .entity_id = second_id}),
                     "3 create client");
    ck_assert_str_eq(list(db, (struct history_filter){.from = 20, .to = 40}),
                     "3 create client, 2 create client");
    ck_assert_str_eq(list(db, (struct history_filter){.from = 41}),
                     "5 login user");
    ck_assert_str_eq(list(db, (struct history_filter){.from = 51}), "");
    ck_assert_str_eq(list(db, (struct history_filter){.to = 10}), "");
    ck_assert_str_eq(
        list(db, (struct history_filter){.entity = "user", .to = 50}),
        "1 create user");
    db_close(db);
}
END_TEST

START_TEST(pages_go_back_in_time)
{
    struct db *db = filled(_i);
    ck_assert_str_eq(list(db, (struct history_filter){.limit = 2}),
                     "5 login user, 4 update client");
    ck_assert_str_eq(list(db, (struct history_filter){.limit = 2, .before = 4}),
                     "3 create client, 2 create client");
    ck_assert_str_eq(list(db, (struct history_filter){.limit = 2, .before = 2}),
                     "1 create user");
    db_close(db);
}
END_TEST

/* Once each, though the login is of her and by her. */
START_TEST(an_account_did_and_suffered)
{
    struct db *db = filled(_i);
    struct db_rows rows;
    t_ok(history_of_user(db, t_arena, user_id, 0, 10, &rows));
    ck_assert_str_eq(words(&rows), "5 login user, 3 create client, "
                                   "2 create client, 1 create user");
    t_ok(history_of_user(db, t_arena, user_id, 3, 1, &rows));
    ck_assert_str_eq(words(&rows), "2 create client");
    db_close(db);
}
END_TEST

Suite *history_suite(void)
{
    Suite *s = suite_create("history");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, rows_come_with_their_names);
    t_add_both(tc, each_filter_narrows);
    t_add_both(tc, pages_go_back_in_time);
    t_add_both(tc, an_account_did_and_suffered);
    return s;
}
