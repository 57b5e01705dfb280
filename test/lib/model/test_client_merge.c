#include "model/client_contact.h"
#include "model/client_merge.h"
#include "model/client_site.h"
#include "model/consent.h"
#include "model/file.h"
#include "model/user.h"
#include "test/database.h"

static int64_t add(struct db *db, const char *name, const char *number)
{
    struct client c = {.kind = "natural",
                       .service_kind = "single",
                       .doc_type = number[0] != '\0' ? "13" : "",
                       .doc_number = number,
                       .doc_dv = "",
                       .name = name,
                       .company = "",
                       .email = "",
                       .phone = "",
                       .address = "",
                       .city = "",
                       .dane_city = "",
                       .notes = ""};
    int64_t id = 0;
    enum err e = client_create(db, t_arena, &c, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static struct client get(struct db *db, int64_t id)
{
    struct client c;
    t_ok(client_get(db, t_arena, id, &c));
    return c;
}

static void merge(struct db *db, int64_t kept, int64_t gone)
{
    struct client k = get(db, kept);
    enum err e =
        client_merge(db, t_arena, &k, gone, get(db, gone).version, t_actor(0));
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
}

static void add_file(struct db *db, int64_t client, bool archived)
{
    struct file f = {.entity = "client",
                     .entity_id = client,
                     .name = "a.txt",
                     .mime = "text/plain",
                     .bytes = 1,
                     .sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e"
                               "1b161e5c1fa7425e73043362938b9824"};
    t_ok(file_create(db, t_arena, &f, t_actor(0), &f.id));
    if (archived)
        t_ok(file_archive(db, t_arena, f.id, 1, true, t_actor(0)));
}

static void has(struct db *db, int64_t id, int64_t files, int64_t accounts)
{
    int64_t n[CLIENT_CHILDREN];
    t_ok(client_merge_count(db, t_arena, id, n));
    ck_assert_int_eq(n[CLIENT_FILES], files);
    ck_assert_int_eq(n[CLIENT_ACCOUNTS], accounts);
}

START_TEST(fields_and_children_are_of_the_one_that_stays)
{
    struct db *db = t_db_new(_i);
    struct user u = {.email = "ana@example.com",
                     .name = "Ana",
                     .role = "client",
                     .pass_hash = ""};
    int64_t a = add(db, "Ana", ""), b = add(db, "Ana Ruiz", "1234567");
    int64_t other = add(db, "Otra", "");
    u.client_id = b;
    t_ok(user_create(db, t_arena, &u, t_actor(0), &u.id));
    add_file(db, a, false);
    add_file(db, b, false);
    add_file(db, b, true);
    add_file(db, other, false);
    has(db, b, 2, 1);
    struct client kept = get(db, a);
    kept.name = "Ana Ruiz";
    kept.doc_type = "13";
    kept.doc_number = "1234567";
    t_ok(client_merge(db, t_arena, &kept, b, 1, t_actor(0)));
    has(db, a, 3, 1);
    has(db, b, 0, 0);
    has(db, other, 1, 0);
    ck_assert_str_eq(get(db, a).name, "Ana Ruiz");
    ck_assert_str_eq(get(db, a).doc_number, "1234567");
    ck_assert_int_eq(get(db, a).version, 2);
    ck_assert_int_eq(get(db, a).archived_at, 0);
    struct client gone = get(db, b);
    ck_assert_int_eq(gone.merged_into, a);
    ck_assert_int_ne(gone.archived_at, 0);
    ck_assert_str_eq(gone.doc_number, "1234567");
    t_ok(client_by_document(db, t_arena, "13", "1234567", &gone));
    ck_assert_int_eq(gone.id, a);
    t_ok(user_get(db, t_arena, u.id, &u));
    ck_assert_int_eq(u.client_id, a);
    ck_assert_int_eq(u.version, 2);
    db_close(db);
}
END_TEST

static int64_t add_contact(struct db *db, int64_t client, bool primary)
{
    struct client_contact c = {.client_id = client,
                               .name = "Luz",
                               .position = "",
                               .email = "",
                               .phone = "",
                               .is_primary = primary};
    t_ok(client_contact_create(db, t_arena, &c, t_actor(0), &c.id));
    return c.id;
}

static bool is_primary(struct db *db, int64_t client, int64_t id)
{
    struct client_contact c;
    t_ok(client_contact_get(db, t_arena, client, id, &c));
    return c.is_primary;
}

/* The first merger finds no primary contact where it goes, the second one. */
START_TEST(contacts_sites_and_consents_go_along)
{
    struct db *db = t_db_new(_i);
    int64_t a = add(db, "A", ""), b = add(db, "B", ""), c = add(db, "C", "");
    int64_t of_b = add_contact(db, b, true), of_c = add_contact(db, c, true);
    int64_t n[CLIENT_CHILDREN];
    struct client_site site = {.client_id = b,
                               .name = "Bodega",
                               .address = "Calle 1",
                               .city = "",
                               .access_notes = ""};
    struct consent consent = {.client_id = b,
                              .purpose = "service",
                              .text_version = "1",
                              .channel = "phone",
                              .signed_by = "B",
                              .ip = "",
                              .user_agent = ""};
    add_contact(db, b, false);
    t_ok(client_site_create(db, t_arena, &site, t_actor(0), &site.id));
    t_ok(consent_grant(db, t_arena, &consent, t_actor(0), &consent.id));
    merge(db, a, b);
    merge(db, a, c);
    t_ok(client_merge_count(db, t_arena, a, n));
    ck_assert_int_eq(n[CLIENT_CONTACTS], 3);
    ck_assert_int_eq(n[CLIENT_SITES], 1);
    ck_assert_int_eq(n[CLIENT_CONSENTS], 1);
    ck_assert(is_primary(db, a, of_b));
    ck_assert(!is_primary(db, a, of_c));
    t_ok(consent_get(db, t_arena, a, consent.id, &consent));
    t_is(client_site_get(db, t_arena, b, site.id, &site), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(what_was_merged_takes_no_changes)
{
    struct db *db = t_db_new(_i);
    int64_t a = add(db, "A", ""), b = add(db, "B", ""), c = add(db, "C", "");
    merge(db, a, b);
    struct client gone = get(db, b), third = get(db, c);
    t_is(client_update(db, t_arena, &gone, t_actor(0)), ERR_CONFLICT);
    t_is(client_archive(db, t_arena, b, gone.version, false, t_actor(0)),
         ERR_CONFLICT);
    t_is(client_merge(db, t_arena, &gone, c, 1, t_actor(0)), ERR_CONFLICT);
    t_is(client_merge(db, t_arena, &third, b, gone.version, t_actor(0)),
         ERR_CONFLICT);
    t_is(client_merge(db, t_arena, &third, c, 1, t_actor(0)), ERR_INVALID);
    ck_assert_int_eq(get(db, c).version, 1);
    ck_assert_int_eq(get(db, b).merged_into, a);
    db_close(db);
}
END_TEST

START_TEST(chains_lead_to_the_end)
{
    struct db *db = t_db_new(_i);
    int64_t a = add(db, "A", ""), b = add(db, "B", ""), c = add(db, "C", "");
    merge(db, b, c);
    merge(db, a, b);
    ck_assert_int_eq(get(db, b).merged_into, a);
    ck_assert_int_eq(get(db, c).merged_into, a);
    db_close(db);
}
END_TEST

START_TEST(other_versions_change_nothing)
{
    struct db *db = t_db_new(_i);
    int64_t a = add(db, "A", ""), b = add(db, "B", "");
    struct client kept = get(db, a);
    add_file(db, b, false);
    t_is(client_merge(db, t_arena, &kept, b, 2, t_actor(0)), ERR_CONFLICT);
    kept.version = 9;
    t_is(client_merge(db, t_arena, &kept, b, 1, t_actor(0)), ERR_CONFLICT);
    kept.version = 1;
    t_is(client_merge(db, t_arena, &kept, b + 1, 1, t_actor(0)), ERR_NOTFOUND);
    /* an error at the end undoes what was done before */
    add(db, "C", "7654321");
    kept.doc_type = "13";
    kept.doc_number = "7654321";
    t_is(client_merge(db, t_arena, &kept, b, 1, t_actor(0)), ERR_DUPLICATE);
    ck_assert_int_eq(get(db, b).merged_into, 0);
    has(db, a, 0, 0);
    has(db, b, 1, 0);
    db_close(db);
}
END_TEST

Suite *client_merge_suite(void)
{
    Suite *s = suite_create("client_merge");
    TCase *tc = t_db_case(s, "client_merge");
    t_add_both(tc, fields_and_children_are_of_the_one_that_stays);
    t_add_both(tc, contacts_sites_and_consents_go_along);
    t_add_both(tc, what_was_merged_takes_no_changes);
    t_add_both(tc, chains_lead_to_the_end);
    t_add_both(tc, other_versions_change_nothing);
    return s;
}
