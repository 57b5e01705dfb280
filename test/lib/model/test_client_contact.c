#include "model/client_part.h"
#include "test/client.h"

static struct client_contact called(int64_t client_id, const char *name,
                                    bool primary)
{
    return (struct client_contact){.client_id = client_id,
                                   .name = name,
                                   .position = "Sistemas",
                                   .email = "ana@example.com",
                                   .phone = "+573001234567",
                                   .is_primary = primary,
                                   .gets_reports = true};
}

static int64_t add(struct db *db, int64_t client_id, const char *name,
                   bool primary)
{
    struct client_contact p = called(client_id, name, primary);
    int64_t id = 0;
    enum err e = client_contact_create(db, t_arena, &p, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static struct client_contact get(struct db *db, int64_t client_id, int64_t id)
{
    struct client_contact p;
    t_ok(client_contact_get(db, t_arena, client_id, id, &p));
    return p;
}

START_TEST(everything_is_stored)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    int64_t id = add(db, client, "Ana Ñ. \"X\"", false);
    struct client_contact p = get(db, client, id);
    ck_assert_int_eq(p.id, id);
    ck_assert_int_eq(p.client_id, client);
    ck_assert_str_eq(p.name, "Ana Ñ. \"X\"");
    ck_assert_str_eq(p.position, "Sistemas");
    ck_assert_str_eq(p.email, "ana@example.com");
    ck_assert_str_eq(p.phone, "+573001234567");
    ck_assert(!p.is_primary && p.gets_reports);
    ck_assert_int_eq(p.version, 1);
    ck_assert_int_eq(p.archived_at, 0);
    /* it is of its client only */
    t_is(client_contact_get(db, t_arena, other, id, &p), ERR_NOTFOUND);
    t_is(client_contact_get(db, t_arena, client, id + 1, &p), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(a_change_is_of_the_version_that_was_seen)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    struct client_contact p = called(client, "Ana", false);
    p.id = add(db, client, "Ana", false);
    p.name = "Eva";
    p.phone = "";
    p.version = 1;
    t_ok(client_contact_update(db, t_arena, &p, t_actor(0)));
    ck_assert_str_eq(get(db, client, p.id).name, "Eva");
    ck_assert_str_eq(get(db, client, p.id).phone, "");
    ck_assert_int_eq(get(db, client, p.id).version, 2);
    t_is(client_contact_update(db, t_arena, &p, t_actor(0)), ERR_CONFLICT);
    p.version = 2;
    p.client_id = other;
    t_is(client_contact_update(db, t_arena, &p, t_actor(0)), ERR_NOTFOUND);
    t_is(client_contact_archive(db, t_arena, &p, true, t_actor(0)),
         ERR_NOTFOUND);
    ck_assert_int_eq(get(db, client, p.id).version, 2);
    db_close(db);
}
END_TEST

START_TEST(only_one_is_the_primary_one)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    int64_t far = add(db, other, "Luz", true);
    int64_t ana = add(db, client, "Ana", true);
    int64_t eva = add(db, client, "Eva", true);
    ck_assert(!get(db, client, ana).is_primary);
    ck_assert_int_eq(get(db, client, ana).version, 2);
    ck_assert(get(db, client, eva).is_primary);
    struct client_contact p = get(db, client, ana);
    p.is_primary = true;
    t_ok(client_contact_update(db, t_arena, &p, t_actor(0)));
    ck_assert(get(db, client, ana).is_primary);
    ck_assert(!get(db, client, eva).is_primary);
    /* saving the primary one again takes nothing from it */
    p = get(db, client, ana);
    t_ok(client_contact_update(db, t_arena, &p, t_actor(0)));
    ck_assert(get(db, client, ana).is_primary);
    ck_assert_int_eq(get(db, client, ana).version, 4);
    ck_assert(get(db, other, far).is_primary);
    db_close(db);
}
END_TEST

START_TEST(a_change_that_is_refused_demotes_nobody)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería");
    int64_t ana = add(db, client, "Ana", true);
    struct client_contact p = called(client, "Eva", true);
    p.id = add(db, client, "Eva", false);
    p.version = 7;
    t_is(client_contact_update(db, t_arena, &p, t_actor(0)), ERR_CONFLICT);
    p.name = "";
    t_is(client_contact_create(db, t_arena, &p, t_actor(0), &p.id), ERR_BUG);
    ck_assert(get(db, client, ana).is_primary);
    db_close(db);
}
END_TEST

START_TEST(archive_and_back)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería");
    int64_t id = add(db, client, "Ana", true);
    struct client_contact p = {.client_id = client, .id = id, .version = 9};
    t_is(client_contact_archive(db, t_arena, &p, true, t_actor(0)),
         ERR_CONFLICT);
    p.version = 1;
    t_is(client_contact_archive(db, t_arena, &p, false, t_actor(0)),
         ERR_CONFLICT);
    t_ok(client_contact_archive(db, t_arena, &p, true, t_actor(0)));
    p = get(db, client, id);
    ck_assert_int_ne(p.archived_at, 0);
    ck_assert(!p.is_primary);
    t_is(client_contact_update(db, t_arena, &p, t_actor(0)), ERR_CONFLICT);
    t_is(client_contact_archive(db, t_arena, &p, true, t_actor(0)),
         ERR_CONFLICT);
    int64_t eva = add(db, client, "Eva", true);
    t_ok(client_contact_archive(db, t_arena, &p, false, t_actor(0)));
    ck_assert_int_eq(get(db, client, id).archived_at, 0);
    ck_assert(!get(db, client, id).is_primary);
    ck_assert(get(db, client, eva).is_primary);
    db_close(db);
}
END_TEST

START_TEST(there_is_a_largest_number)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería"), id;
    for (int i = 0; i < CLIENT_PARTS_MAX; i++)
        add(db, client, "Ana", false);
    struct client_contact p = called(client, "Eva", false);
    t_is(client_contact_create(db, t_arena, &p, t_actor(0), &id), ERR_TOOLARGE);
    add(db, other, "Eva", false);
    db_close(db);
}
END_TEST

Suite *client_contact_suite(void)
{
    Suite *s = suite_create("client_contact");
    TCase *tc = t_db_case(s, "client_contact");
    t_add_both(tc, everything_is_stored);
    t_add_both(tc, a_change_is_of_the_version_that_was_seen);
    t_add_both(tc, only_one_is_the_primary_one);
    t_add_both(tc, a_change_that_is_refused_demotes_nobody);
    t_add_both(tc, archive_and_back);
    t_add_both(tc, there_is_a_largest_number);
    return s;
}
