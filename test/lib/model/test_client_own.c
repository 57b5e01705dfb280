/*
 * What a client may change of itself: client_update_own().
 */
#include "model/client_merge.h"
#include "test/database.h"

static const struct client ana = {.kind = "natural",
                                  .service_kind = "single",
                                  .doc_type = "",
                                  .doc_number = "",
                                  .doc_dv = "",
                                  .name = "Ana",
                                  .company = "",
                                  .email = "",
                                  .phone = "",
                                  .address = "",
                                  .city = "",
                                  .dane_city = "",
                                  .notes = "pays late"};

static int64_t add(struct db *db, const struct client *c)
{
    int64_t id = 0;
    t_ok(client_create(db, t_arena, c, t_actor(0), &id));
    return id;
}

/* All that client_update() stores, as some client that wants to be another. */
static const struct client pretender = {.kind = "legal",
                                        .service_kind = "contract",
                                        .doc_type = "31",
                                        .doc_number = "900123456",
                                        .doc_dv = "8",
                                        .name = "Otra",
                                        .company = "Café Ñ",
                                        .email = "n@example.com",
                                        .phone = "+573001234567",
                                        .address = "Calle 1",
                                        .city = "Bello",
                                        .dane_city = "05088",
                                        .whatsapp_ok = true,
                                        .notes = "mine",
                                        .version = 1,
                                        .archived_at = 7,
                                        .merged_into = 7};

START_TEST(a_client_says_how_to_reach_it_and_no_more)
{
    struct db *db = t_db_new(_i);
    struct client c = pretender, got, was = ana;
    c.id = add(db, &was);
    t_ok(client_update_own(db, t_arena, &c, t_actor(0)));
    t_ok(client_get(db, t_arena, c.id, &got));
    ck_assert_str_eq(got.company, "Café Ñ");
    ck_assert_str_eq(got.email, "n@example.com");
    ck_assert_str_eq(got.phone, "+573001234567");
    ck_assert_str_eq(got.address, "Calle 1");
    ck_assert_str_eq(got.city, "Bello");
    ck_assert_str_eq(got.dane_city, "05088");
    ck_assert(got.whatsapp_ok);
    ck_assert_int_eq(got.version, 2);
    ck_assert_str_eq(got.name, was.name);
    ck_assert_str_eq(got.kind, was.kind);
    ck_assert_str_eq(got.service_kind, was.service_kind);
    ck_assert_str_eq(got.doc_type, was.doc_type);
    ck_assert_str_eq(got.doc_number, was.doc_number);
    ck_assert_str_eq(got.doc_dv, was.doc_dv);
    ck_assert_str_eq(got.notes, was.notes);
    ck_assert_int_eq(got.archived_at, 0);
    ck_assert_int_eq(got.merged_into, 0);
    struct db_rows found;
    struct client_filter by_news = {.search = "cafe n", .limit = 10};
    t_ok(client_list(db, t_arena, &by_news, &found, NULL));
    ck_assert_int_eq(found.n, 1);
    t_is(client_update_own(db, t_arena, &c, t_actor(0)), ERR_CONFLICT);
    c.id++;
    t_is(client_update_own(db, t_arena, &c, t_actor(0)), ERR_NOTFOUND);
    c.id = 0;
    t_is(client_update_own(db, t_arena, &c, t_actor(0)), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(an_archived_client_changes_nothing_of_itself)
{
    struct db *db = t_db_new(_i);
    int64_t kept = add(db, &ana);
    struct client c = pretender, got, stays;
    c.id = add(db, &ana);
    t_ok(client_archive(db, t_arena, c.id, 1, true, t_actor(0)));
    c.version = 2;
    t_is(client_update_own(db, t_arena, &c, t_actor(0)), ERR_NOTFOUND);
    t_ok(client_archive(db, t_arena, c.id, 2, false, t_actor(0)));
    c.version = 3;
    t_ok(client_update_own(db, t_arena, &c, t_actor(0)));
    t_ok(client_get(db, t_arena, kept, &stays));
    t_ok(client_merge(db, t_arena, &stays, c.id, 4, t_actor(0)));
    t_ok(client_get(db, t_arena, c.id, &got));
    for (c.version = 0; c.version <= got.version + 1; c.version++)
        t_is(client_update_own(db, t_arena, &c, t_actor(0)), ERR_NOTFOUND);
    t_ok(client_get(db, t_arena, kept, &stays));
    ck_assert_str_eq(stays.email, "");
    db_close(db);
}
END_TEST

Suite *client_own_suite(void)
{
    Suite *s = suite_create("client_own");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, a_client_says_how_to_reach_it_and_no_more);
    t_add_both(tc, an_archived_client_changes_nothing_of_itself);
    return s;
}
