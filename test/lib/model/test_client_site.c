#include "model/client_part.h"
#include "test/client.h"

static struct client_site at(int64_t client_id, const char *name)
{
    return (struct client_site){.client_id = client_id,
                                .name = name,
                                .address = "Calle 1 # 2-03",
                                .city = "Itagüí",
                                .access_notes = "Portería\nsótano"};
}

static int64_t add(struct db *db, int64_t client_id, const char *name)
{
    struct client_site p = at(client_id, name);
    int64_t id = 0;
    enum err e = client_site_create(db, t_arena, &p, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static struct client_site get(struct db *db, int64_t client_id, int64_t id)
{
    struct client_site p;
    t_ok(client_site_get(db, t_arena, client_id, id, &p));
    return p;
}

START_TEST(everything_is_stored)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    int64_t id = add(db, client, "Sede ñ");
    struct client_site p = get(db, client, id);
    ck_assert_int_eq(p.id, id);
    ck_assert_int_eq(p.client_id, client);
    ck_assert_str_eq(p.name, "Sede ñ");
    ck_assert_str_eq(p.address, "Calle 1 # 2-03");
    ck_assert_str_eq(p.city, "Itagüí");
    ck_assert_str_eq(p.access_notes, "Portería\nsótano");
    ck_assert_int_eq(p.version, 1);
    ck_assert_int_eq(p.archived_at, 0);
    t_is(client_site_get(db, t_arena, other, id, &p), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(a_change_is_of_the_version_that_was_seen)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    int64_t id = add(db, client, "Sede");
    struct client_site p = get(db, client, id);
    p.city = "Bello";
    t_ok(client_site_update(db, t_arena, &p, t_actor(0)));
    ck_assert_str_eq(get(db, client, id).city, "Bello");
    ck_assert_int_eq(get(db, client, id).version, 2);
    t_is(client_site_update(db, t_arena, &p, t_actor(0)), ERR_CONFLICT);
    p.version = 2;
    p.client_id = other;
    t_is(client_site_update(db, t_arena, &p, t_actor(0)), ERR_NOTFOUND);
    t_is(client_site_archive(db, t_arena, &p, true, t_actor(0)), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(archive_and_back)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería");
    int64_t id = add(db, client, "Sede");
    struct client_site p = get(db, client, id);
    t_is(client_site_archive(db, t_arena, &p, false, t_actor(0)), ERR_CONFLICT);
    t_ok(client_site_archive(db, t_arena, &p, true, t_actor(0)));
    t_is(client_site_archive(db, t_arena, &p, true, t_actor(0)), ERR_CONFLICT);
    p = get(db, client, id);
    ck_assert_int_ne(p.archived_at, 0);
    t_is(client_site_update(db, t_arena, &p, t_actor(0)), ERR_CONFLICT);
    t_ok(client_site_archive(db, t_arena, &p, false, t_actor(0)));
    ck_assert_int_eq(get(db, client, id).archived_at, 0);
    db_close(db);
}
END_TEST

START_TEST(there_is_a_largest_number)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"), id;
    for (int i = 0; i < CLIENT_PARTS_MAX; i++)
        add(db, client, "Sede");
    struct client_site p = at(client, "Otra");
    t_is(client_site_create(db, t_arena, &p, t_actor(0), &id), ERR_TOOLARGE);
    db_close(db);
}
END_TEST

Suite *client_site_suite(void)
{
    Suite *s = suite_create("client_site");
    TCase *tc = t_db_case(s, "client_site");
    t_add_both(tc, everything_is_stored);
    t_add_both(tc, a_change_is_of_the_version_that_was_seen);
    t_add_both(tc, archive_and_back);
    t_add_both(tc, there_is_a_largest_number);
    return s;
}
