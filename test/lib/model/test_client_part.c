#include "model/client_part.h"
#include "test/client.h"

static void add_contact(struct db *db, int64_t client_id, const char *name,
                        bool primary)
{
    const struct client_contact p = {.client_id = client_id,
                                     .name = name,
                                     .position = "Compras",
                                     .email = "",
                                     .phone = "+576041234567",
                                     .is_primary = primary};
    int64_t id;
    t_ok(client_contact_create(db, t_arena, &p, t_actor(0), &id));
}

static int64_t add_site(struct db *db, int64_t client_id, const char *name)
{
    const struct client_site p = {.client_id = client_id,
                                  .name = name,
                                  .address = "Calle 1",
                                  .city = "Bello",
                                  .access_notes = "Timbre"};
    int64_t id = 0;
    t_ok(client_site_create(db, t_arena, &p, t_actor(0), &id));
    return id;
}

static int64_t add_consent(struct db *db, int64_t client_id,
                           const char *purpose)
{
    const struct consent p = {.client_id = client_id,
                              .purpose = purpose,
                              .text_version = "v1",
                              .channel = "web",
                              .signed_by = "Ana",
                              .ip = "",
                              .user_agent = ""};
    int64_t id = 0;
    t_ok(consent_grant(db, t_arena, &p, t_actor(0), &id));
    return id;
}

static struct client_parts parts_of(struct db *db, int64_t client_id)
{
    struct client_parts p;
    db_statements(db, true);
    enum err e = client_parts_get(db, t_arena, client_id, &p);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    ck_assert_uint_eq(db_statements(db, false), 1);
    return p;
}

START_TEST(all_of_one_client_at_once)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    add_contact(db, client, "Ana", false);
    add_contact(db, other, "Luz", true);
    add_contact(db, client, "Eva", true);
    struct client_site old = {.client_id = client, .version = 1};
    old.id = add_site(db, client, "Vieja");
    add_site(db, client, "Nueva");
    t_ok(client_site_archive(db, t_arena, &old, true, t_actor(0)));
    int64_t first = add_consent(db, client, "service");
    add_consent(db, client, "photos");
    t_ok(consent_revoke(db, t_arena, client, first, "phone", t_actor(0)));
    struct client_parts p = parts_of(db, client);
    ck_assert_uint_eq(p.n_contacts, 2);
    ck_assert_str_eq(p.contacts[0].name, "Eva");
    ck_assert(p.contacts[0].is_primary && !p.contacts[1].is_primary);
    ck_assert_str_eq(p.contacts[1].name, "Ana");
    ck_assert_str_eq(p.contacts[1].position, "Compras");
    ck_assert_str_eq(p.contacts[1].phone, "+576041234567");
    ck_assert_int_eq(p.contacts[1].client_id, client);
    ck_assert_uint_eq(p.n_sites, 2);
    ck_assert_str_eq(p.sites[0].name, "Vieja");
    ck_assert_int_ne(p.sites[0].archived_at, 0);
    ck_assert_int_eq(p.sites[0].version, 2);
    ck_assert_str_eq(p.sites[1].access_notes, "Timbre");
    ck_assert_str_eq(p.sites[1].address, "Calle 1");
    ck_assert_str_eq(p.sites[1].city, "Bello");
    ck_assert_uint_eq(p.n_consents, 2);
    ck_assert_str_eq(p.consents[0].purpose, "photos");
    ck_assert_int_eq(p.consents[0].revoked_at, 0);
    ck_assert_str_eq(p.consents[1].signed_by, "Ana");
    ck_assert_str_eq(p.consents[1].channel, "web");
    ck_assert_str_eq(p.consents[1].revoke_channel, "phone");
    ck_assert_int_ge(p.consents[1].revoked_at, p.consents[1].granted_at);
    db_close(db);
}
END_TEST

START_TEST(a_client_may_have_none)
{
    struct db *db = t_db_new(_i);
    struct client_parts p = parts_of(db, t_client(db, "Ferretería"));
    ck_assert_uint_eq(p.n_contacts + p.n_sites + p.n_consents, 0);
    db_close(db);
}
END_TEST

Suite *client_part_suite(void)
{
    Suite *s = suite_create("client_part");
    TCase *tc = t_db_case(s, "client_part");
    t_add_both(tc, all_of_one_client_at_once);
    t_add_both(tc, a_client_may_have_none);
    return s;
}
