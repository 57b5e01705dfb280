#include "base/clock.h"
#include "model/contact.h"
#include "model/user.h"
#include "test/database.h"

static const struct contact ana = {.name = "Ana Ñúñez",
                                   .email = "ana@example.com",
                                   .phone = "+573001234567",
                                   .subject = "cloud",
                                   .message = "one\ntwo '\"%",
                                   .lang = "es",
                                   .ip = "192.0.2.7",
                                   .consent_text = "1"};

static int64_t add(struct db *db, const char *name, const char *ip)
{
    struct contact c = ana;
    int64_t id = 0;
    c.name = name;
    c.ip = ip;
    enum err e = contact_create(db, t_arena, &c, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static const struct contact *list(struct db *db, int64_t before, int64_t limit,
                                  size_t want)
{
    struct db_rows rows;
    enum err e = contact_list(db, t_arena, before, limit, &rows);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    ck_assert_uint_eq(rows.n, want);
    return rows.items;
}

START_TEST(everything_is_stored)
{
    struct db *db = t_db_new(_i);
    int64_t before = clock_now(), id = add(db, ana.name, ana.ip);
    const struct contact *got = list(db, 0, 10, 1);
    ck_assert_int_eq(got->id, id);
    ck_assert_str_eq(got->name, ana.name);
    ck_assert_str_eq(got->email, ana.email);
    ck_assert_str_eq(got->phone, ana.phone);
    ck_assert_str_eq(got->subject, ana.subject);
    ck_assert_str_eq(got->message, ana.message);
    ck_assert_str_eq(got->lang, ana.lang);
    ck_assert_str_eq(got->ip, ana.ip);
    ck_assert_str_eq(got->consent_text, ana.consent_text);
    ck_assert_int_ge(got->created_at, before);
    ck_assert_int_eq(got->consent_at, got->created_at);
    ck_assert_int_eq(got->attended_at, 0);
    ck_assert_str_eq(got->attended_by, "");
    db_close(db);
}
END_TEST

START_TEST(other_subjects_and_languages_are_refused)
{
    struct db *db = t_db_new(_i);
    struct contact c = ana;
    int64_t id = 0;
    c.subject = "prices";
    t_is(contact_create(db, t_arena, &c, t_actor(0), &id), ERR_BUG);
    c.subject = "other";
    c.lang = "fr";
    t_is(contact_create(db, t_arena, &c, t_actor(0), &id), ERR_BUG);
    list(db, 0, 10, 0);
    db_close(db);
}
END_TEST

START_TEST(the_newest_come_first)
{
    struct db *db = t_db_new(_i);
    add(db, "a", ana.ip);
    add(db, "b", ana.ip);
    add(db, "c", ana.ip);
    const struct contact *page = list(db, 0, 2, 2);
    ck_assert_str_eq(page[0].name, "c");
    ck_assert_str_eq(page[1].name, "b");
    ck_assert_str_eq(list(db, page[1].id, 2, 1)->name, "a");
    db_close(db);
}
END_TEST

START_TEST(who_attends_first_is_noted)
{
    struct db *db = t_db_new(_i);
    static const struct user names[] = {
        {.email = "x@example.com", .name = "X", .role = "office"},
        {.email = "y@example.com", .name = "Y", .role = "office"}};
    int64_t by[2], id = add(db, "a", ana.ip);
    for (size_t i = 0; i < ARRAY_LEN(by); i++) {
        struct user u = names[i];
        u.pass_hash = "";
        t_ok(user_create(db, t_arena, &u, t_actor(0), &by[i]));
    }
    t_ok(contact_attend(db, t_arena, id, t_actor(by[0])));
    t_ok(contact_attend(db, t_arena, id, t_actor(by[1])));
    const struct contact *got = list(db, 0, 10, 1);
    ck_assert_str_eq(got->attended_by, "X");
    ck_assert_int_gt(got->attended_at, 0);
    t_is(contact_attend(db, t_arena, id + 1, t_actor(by[0])), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(messages_of_an_address_are_counted)
{
    struct db *db = t_db_new(_i);
    int64_t n = -1, now = clock_now();
    add(db, "a", "192.0.2.7");
    add(db, "b", "192.0.2.7");
    add(db, "c", "2001:db8::7");
    t_ok(contact_count(db, t_arena, "192.0.2.7", now - 10, &n));
    ck_assert_int_eq(n, 2);
    t_ok(contact_count(db, t_arena, "192.0.2.7", now + 10, &n));
    ck_assert_int_eq(n, 0);
    t_ok(contact_count(db, t_arena, "192.0.2.8", now - 10, &n));
    ck_assert_int_eq(n, 0);
    db_close(db);
}
END_TEST

Suite *contact_suite(void)
{
    Suite *s = suite_create("contact");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, everything_is_stored);
    t_add_both(tc, other_subjects_and_languages_are_refused);
    t_add_both(tc, the_newest_come_first);
    t_add_both(tc, who_attends_first_is_noted);
    t_add_both(tc, messages_of_an_address_are_counted);
    return s;
}
