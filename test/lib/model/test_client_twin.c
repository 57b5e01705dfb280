#include "model/client_twin.h"
#include "test/database.h"

static struct client named(const char *name, const char *phone,
                           const char *email)
{
    return (struct client){.kind = "natural",
                           .service_kind = "single",
                           .doc_type = "",
                           .doc_number = "",
                           .doc_dv = "",
                           .name = name,
                           .company = "",
                           .email = email,
                           .phone = phone,
                           .address = "",
                           .city = "",
                           .dane_city = "",
                           .notes = ""};
}

static int64_t add(struct db *db, struct client c)
{
    int64_t id = 0;
    enum err e = client_create(db, t_arena, &c, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

/* The names of the twins: "a|b". */
static const char *twins_of(struct db *db, struct client like, int64_t own)
{
    struct db_rows rows;
    const char *names = "";
    like.id = own;
    enum err e = client_twins(db, t_arena, &like, &rows);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    const struct client *c = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        names =
            arena_fmt(t_arena, "%s%s%s", names, i > 0 ? "|" : "", c[i].name);
    return names;
}

START_TEST(alike_by_name_phone_or_mail)
{
    struct db *db = t_db_new(_i);
    add(db, named("José Peña", "+573001111111", "jose@example.com"));
    add(db, named("Ana Ruiz", "+573002222222", "ana@example.com"));
    add(db, named("Nadie", "", ""));
    ck_assert_str_eq(twins_of(db, named("JOSE  PENA", "", ""), 0), "José Peña");
    ck_assert_str_eq(twins_of(db, named("Otra", "+573002222222", ""), 0),
                     "Ana Ruiz");
    ck_assert_str_eq(twins_of(db, named("Otra", "", "ana@example.com"), 0),
                     "Ana Ruiz");
    ck_assert_str_eq(
        twins_of(db, named("jose pena", "+573001111111", "ana@example.com"), 0),
        "José Peña|Ana Ruiz");
    ck_assert_str_eq(twins_of(db, named("Jose", "+57300", "ana@"), 0), "");
    ck_assert_str_eq(twins_of(db, named("Otra", "", ""), 0), "");
    db_close(db);
}
END_TEST

START_TEST(neither_itself_nor_archived_ones)
{
    struct db *db = t_db_new(_i);
    struct client c = named("Ana Ruiz", "+573002222222", "ana@example.com");
    int64_t id = add(db, c);
    ck_assert_str_eq(twins_of(db, c, id), "");
    ck_assert_str_eq(twins_of(db, c, id + 1), "Ana Ruiz");
    t_ok(client_archive(db, t_arena, id, 1, true, t_actor(0)));
    ck_assert_str_eq(twins_of(db, c, 0), "");
    db_close(db);
}
END_TEST

START_TEST(some_of_many)
{
    struct db *db = t_db_new(_i);
    struct db_rows rows;
    struct client c = named("Ana Ruiz", "+573002222222", "ana@example.com");
    for (int i = 0; i < CLIENT_TWINS + 3; i++)
        add(db, c);
    t_ok(client_twins(db, t_arena, &c, &rows));
    ck_assert_uint_eq(rows.n, CLIENT_TWINS);
    db_close(db);
}
END_TEST

static struct client_known known_of(struct db *db, struct client like)
{
    struct client_known k = {-1, -1, -1, -1};
    enum err e = client_known(db, t_arena, &like, &k);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return k;
}

START_TEST(each_way_of_being_known_by_itself)
{
    struct db *db = t_db_new(_i);
    int64_t by_name = add(db, named("José Peña", "", "")),
            by_phone = add(db, named("Ana Ruiz", "+573002222222", "")),
            by_email = add(db, named("Luz", "", "luz@example.com"));
    struct client like = named("Otra", "", "");
    like.doc_type = "13";
    like.doc_number = "52123456";
    struct client owner = like;
    owner.name = "Archivada";
    int64_t by_document = add(db, owner);
    t_ok(client_archive(db, t_arena, by_document, 1, true, t_actor(0)));

    struct client_known k = known_of(db, like);
    ck_assert_int_eq(k.same_document, by_document);
    ck_assert_int_eq(k.same_name + k.same_phone + k.same_email, 0);
    like = named("JOSE  PENA", "+573002222222", "luz@example.com");
    k = known_of(db, like);
    ck_assert_int_eq(k.same_document, 0);
    ck_assert_int_eq(k.same_name, by_name);
    ck_assert_int_eq(k.same_phone, by_phone);
    ck_assert_int_eq(k.same_email, by_email);

    t_ok(client_archive(db, t_arena, by_name, 1, true, t_actor(0)));
    t_ok(client_archive(db, t_arena, by_phone, 1, true, t_actor(0)));
    t_ok(client_archive(db, t_arena, by_email, 1, true, t_actor(0)));
    k = known_of(db, like);
    ck_assert_int_eq(k.same_name + k.same_phone + k.same_email, 0);
    k = known_of(db, named("", "", ""));
    ck_assert_int_eq(k.same_document + k.same_name + k.same_phone, 0);
    ck_assert_int_eq(k.same_email, 0);
    db_close(db);
}
END_TEST

Suite *client_twin_suite(void)
{
    Suite *s = suite_create("client_twin");
    TCase *tc = t_db_case(s, "client_twin");
    t_add_both(tc, alike_by_name_phone_or_mail);
    t_add_both(tc, neither_itself_nor_archived_ones);
    t_add_both(tc, some_of_many);
    t_add_both(tc, each_way_of_being_known_by_itself);
    return s;
}
