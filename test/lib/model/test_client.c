#include <string.h>

#include "base/buf.h"
#include "model/client.h"
#include "test/database.h"

static struct client client_called(const char *name)
{
    return (struct client){.kind = "natural",
                           .service_kind = "single",
                           .doc_type = "",
                           .doc_number = "",
                           .doc_dv = "",
                           .name = name,
                           .company = "",
                           .email = "",
                           .phone = "",
                           .address = "",
                           .city = "",
                           .dane_city = "",
                           .notes = ""};
}

static int64_t add(struct db *db, const struct client *c)
{
    int64_t id = 0;
    enum err e = client_create(db, t_arena, c, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static int64_t add_called(struct db *db, const char *name)
{
    struct client c = client_called(name);
    return add(db, &c);
}

/* The names of a page of the list: "a|b|c". */
static const char *names_of(struct db *db, const struct client_filter *f)
{
    struct db_rows rows;
    struct buf b;
    enum err e = client_list(db, t_arena, f, &rows, NULL);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    buf_init(&b, 10000);
    const struct client *c = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        buf_addf(&b, "%s%s", i > 0 ? "|" : "", c[i].name);
    const char *names = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    return names;
}

static const char *search(struct db *db, const char *text)
{
    struct client_filter f = {.search = text, .limit = 100};
    return names_of(db, &f);
}

START_TEST(everything_is_stored)
{
    struct db *db = t_db_new(_i);
    struct client c = {.kind = "legal",
                       .service_kind = "contract",
                       .doc_type = "31",
                       .doc_number = "900123456",
                       .doc_dv = "8",
                       .name = "José Ñúñez",
                       .company = "Café S.A.S.",
                       .email = "jose@example.com",
                       .phone = "+573001234567",
                       .address = "Calle 1 # 2-3",
                       .city = "Medellín",
                       .dane_city = "05001",
                       .whatsapp_ok = true,
                       .notes = "line 1\nline 2 '\"%"};
    struct client got;
    int64_t id = add(db, &c);
    t_ok(client_get(db, t_arena, id, &got));
    ck_assert_int_eq(got.id, id);
    ck_assert_str_eq(got.kind, c.kind);
    ck_assert_str_eq(got.service_kind, c.service_kind);
    ck_assert_str_eq(got.doc_type, c.doc_type);
    ck_assert_str_eq(got.doc_number, c.doc_number);
    ck_assert_str_eq(got.doc_dv, c.doc_dv);
    ck_assert_str_eq(got.name, c.name);
    ck_assert_str_eq(got.company, c.company);
    ck_assert_str_eq(got.email, c.email);
    ck_assert_str_eq(got.phone, c.phone);
    ck_assert_str_eq(got.address, c.address);
    ck_assert_str_eq(got.city, c.city);
    ck_assert_str_eq(got.dane_city, "05001");
    ck_assert(got.whatsapp_ok);
    ck_assert_str_eq(got.notes, c.notes);
    ck_assert_int_eq(got.version, 1);
    ck_assert_int_eq(got.archived_at, 0);
    ck_assert_int_gt(got.created_at, 1700000000);
    ck_assert_int_eq(got.updated_at, got.created_at);
    t_is(client_get(db, t_arena, id + 1, &got), ERR_NOTFOUND);
    c.doc_number = "900123457";
    c.kind = "other";
    t_is(client_create(db, t_arena, &c, t_actor(0), &id), ERR_BUG);
    c.kind = "legal";
    c.service_kind = "other";
    t_is(client_create(db, t_arena, &c, t_actor(0), &id), ERR_BUG);
    c.service_kind = "single";
    c.doc_type = "99";
    t_is(client_create(db, t_arena, &c, t_actor(0), &id), ERR_BUG);
    db_close(db);
}
END_TEST

static struct client client_with(const char *name, const char *type,
                                 const char *number, const char *dv)
{
    struct client c = client_called(name);
    c.doc_type = type;
    c.doc_number = number;
    c.doc_dv = dv;
    return c;
}

/* Whatever a program may ask for, the database keeps to it. */
START_TEST(whatsapp_is_of_a_mobile_and_a_code_has_five_digits)
{
    static const char *const codes[] = {"5001", "050011", "0500a", "-5001",
                                        " 5001"};
    static const char *const phones[] = {"", "+576045551234", "+13055551234"};
    struct db *db = t_db_new(_i);
    struct client c = client_called("Ana"), got;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        c.dane_city = codes[i];
        t_is(client_create(db, t_arena, &c, t_actor(0), &c.id), ERR_BUG);
    }
    c.dane_city = "05001";
    c.whatsapp_ok = true;
    for (size_t i = 0; i < ARRAY_LEN(phones); i++) {
        c.phone = phones[i];
        t_is(client_create(db, t_arena, &c, t_actor(0), &c.id), ERR_BUG);
    }
    c.phone = "+573001234567";
    c.id = add(db, &c);
    c.version = 1;
    c.phone = "+576045551234"; /* nor does the permission outlive it */
    t_is(client_update(db, t_arena, &c, t_actor(0)), ERR_BUG);
    c.whatsapp_ok = false;
    c.dane_city = "";
    t_ok(client_update(db, t_arena, &c, t_actor(0)));
    t_ok(client_get(db, t_arena, c.id, &got));
    ck_assert_str_eq(got.dane_city, "");
    ck_assert(!got.whatsapp_ok);
    db_close(db);
}
END_TEST

START_TEST(a_document_has_one_client)
{
    struct db *db = t_db_new(_i);
    struct client nit = client_with("Cedro", "31", "900123456", "8"), got;
    struct client card = client_with("Ana", "13", "900123456", "");
    struct client again = client_with("Roble", "31", "900123456", "");
    int64_t id = add(db, &nit), other = 0;
    t_is(client_create(db, t_arena, &again, t_actor(0), &other), ERR_DUPLICATE);
    add(db, &card); /* the same digits on another paper */
    add_called(db, "Nobody");
    add_called(db, "Neither"); /* many have none */
    t_ok(client_by_document(db, t_arena, "31", "900123456", &got));
    ck_assert_int_eq(got.id, id);
    t_is(client_by_document(db, t_arena, "31", "900123457", &got),
         ERR_NOTFOUND);
    t_is(client_by_document(db, t_arena, "", "", &got), ERR_NOTFOUND);
    again.doc_number = "860002964";
    again.doc_dv = "4";
    again.id = add(db, &again);
    again.version = 1;
    again.doc_number = "900123456";
    t_is(client_update(db, t_arena, &again, t_actor(0)), ERR_DUPLICATE);
    t_ok(client_archive(db, t_arena, id, 1, true, t_actor(0)));
    t_is(client_update(db, t_arena, &again, t_actor(0)), ERR_DUPLICATE);
    db_close(db);
}
END_TEST

START_TEST(documents_are_found)
{
    struct db *db = t_db_new(_i);
    struct client nit = client_with("Cedro", "31", "900123456", "8");
    struct client card = client_with("Ana", "13", "1017123456", "");
    static const struct {
        const char *text, *found;
    } vectors[] = {
        {"900123456", "Cedro"},    {"900.123.456-8", "Cedro"},
        {"9001234568", "Cedro"},   {"900123456 8", "Cedro"},
        {"1.017.123.456", "Ana"},  {"1017123456", "Ana"},
        {"123456", "Ana|Cedro"},   {"900.123.456-7", ""},
        {"cedro 900123", "Cedro"},
    };
    add(db, &nit);
    add(db, &card);
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_msg(
            strcmp(search(db, vectors[i].text), vectors[i].found) == 0,
            "\"%s\" found %s", vectors[i].text, search(db, vectors[i].text));
    nit.id = 1;
    nit.version = 1;
    nit.doc_number = "860002964";
    nit.doc_dv = "4";
    t_ok(client_update(db, t_arena, &nit, t_actor(0)));
    ck_assert_str_eq(search(db, "900123456"), "");
    ck_assert_str_eq(search(db, "860002964"), "Cedro");
    db_close(db);
}
END_TEST

START_TEST(the_list_is_in_order_of_letters_alone)
{
    static const char *const names[] = {"Óscar", "ana b",  "Ana A", "Zoe",
                                        "ábaco", "anabel", "Ñandú", "nube"};
    struct db *db = t_db_new(_i);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        add_called(db, names[i]);
    /* bytes of the folded name: a blank comes before every letter */
    ck_assert_str_eq(search(db, ""),
                     "ábaco|Ana A|ana b|anabel|Ñandú|nube|Óscar|Zoe");
    db_close(db);
}
END_TEST

enum { MANY = 25 };

/* 25 clients in order, each name three times, so that ids decide too. */
static void add_many(struct db *db, int64_t ids[MANY])
{
    for (int i = 0; i < MANY; i++)
        ids[i] = add_called(db, arena_fmt(t_arena, "n%02d", i / 3));
}

/* The positions in ids of a page. */
static const char *page(struct db *db, const int64_t ids[MANY],
                        const struct client_filter *f)
{
    struct db_rows rows;
    const char *text = "";
    t_ok(client_list(db, t_arena, f, &rows, NULL));
    const struct client *c = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        for (int k = 0; k < MANY; k++)
            if (ids[k] == c[i].id)
                text = arena_fmt(t_arena, "%s%d ", text, k);
    return text;
}

START_TEST(pages_forwards)
{
    struct db *db = t_db_new(_i);
    int64_t ids[MANY];
    add_many(db, ids);
    struct client_filter f = {.search = "", .limit = 10};
    ck_assert_str_eq(page(db, ids, &f), "0 1 2 3 4 5 6 7 8 9 ");
    f.after = ids[9];
    ck_assert_str_eq(page(db, ids, &f), "10 11 12 13 14 15 16 17 18 19 ");
    f.after = ids[19];
    ck_assert_str_eq(page(db, ids, &f), "20 21 22 23 24 ");
    f.after = ids[24];
    ck_assert_str_eq(page(db, ids, &f), "");
    f.after = 999999; /* a client that is not there */
    ck_assert_str_eq(page(db, ids, &f), "");
    db_close(db);
}
END_TEST

START_TEST(pages_backwards)
{
    struct db *db = t_db_new(_i);
    int64_t ids[MANY];
    add_many(db, ids);
    struct client_filter f = {.search = "", .limit = 10, .before = ids[20]};
    ck_assert_str_eq(page(db, ids, &f), "10 11 12 13 14 15 16 17 18 19 ");
    f.before = ids[5];
    ck_assert_str_eq(page(db, ids, &f), "0 1 2 3 4 ");
    f.before = ids[0];
    ck_assert_str_eq(page(db, ids, &f), "");
    f.before = ids[10];
    f.search = "n02";
    ck_assert_str_eq(page(db, ids, &f), "6 7 8 ");
    db_close(db);
}
END_TEST

/* Names of all clients, page after page of two, in both directions. */
static void check_order(struct db *db, struct client_filter f,
                        const char *const want[], size_t n)
{
    struct db_rows rows;
    int64_t ids[16];
    f.limit = 2;
    for (size_t i = 0; i < n; i += 2) {
        t_ok(client_list(db, t_arena, &f, &rows, NULL));
        const struct client *c = rows.items;
        ck_assert_int_eq(rows.n, n - i < 2 ? n - i : 2);
        for (size_t k = 0; k < rows.n; k++) {
            ck_assert_str_eq(c[k].name, want[i + k]);
            ids[i + k] = c[k].id;
        }
        f.after = c[rows.n - 1].id;
    }
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_int_eq(rows.n, 0);
    f.after = 0;
    for (size_t i = n - 1; i > 0; i--) {
        f.before = ids[i];
        t_ok(client_list(db, t_arena, &f, &rows, NULL));
        const struct client *c = rows.items;
        ck_assert_int_eq(rows.n, i < 2 ? i : 2);
        ck_assert_str_eq(c[rows.n - 1].name, want[i - 1]);
    }
}

/* Name, city; in the order of their making. */
static const char *const townsfolk[][2] = {
    {"Beto", "Medellín"}, {"Ana", "Bello"}, {"Óscar", "medellin"},
    {"Ana", "Ábrego"},    {"Zoe", ""},      {"Luz", "Bogotá D.C."},
    {"Eva", "MEDELLÍN"},
};

START_TEST(three_orders)
{
    static const char *const by_name[] = {"Ana", "Ana",   "Beto", "Eva",
                                          "Luz", "Óscar", "Zoe"};
    static const char *const newest[] = {"Eva",   "Luz", "Zoe", "Ana",
                                         "Óscar", "Ana", "Beto"};
    static const char *const by_city[] = {"Zoe",  "Ana", "Ana",  "Luz",
                                          "Beto", "Eva", "Óscar"};
    static const char *const *const want[] = {[CLIENT_BY_NAME] = by_name,
                                              [CLIENT_NEWEST] = newest,
                                              [CLIENT_BY_CITY] = by_city};
    struct db *db = t_db_new(_i);
    size_t n = ARRAY_LEN(townsfolk);
    for (size_t i = 0; i < n; i++) {
        struct client c = client_called(townsfolk[i][0]);
        c.city = townsfolk[i][1];
        add(db, &c);
    }
    for (int archived = 0; archived < 2; archived++) {
        for (size_t s = 0; s < ARRAY_LEN(want); s++) {
            struct client_filter f = {.archived = archived != 0,
                                      .sort = (enum client_sort)s};
            check_order(db, f, want[s], n);
        }
        t_ok(db_script(db, "UPDATE client SET archived_at = 1"));
    }
    db_close(db);
}
END_TEST

START_TEST(filters_narrow)
{
    struct db *db = t_db_new(_i);
    for (size_t i = 0; i < ARRAY_LEN(townsfolk); i++) {
        struct client c = client_called(townsfolk[i][0]);
        c.city = townsfolk[i][1];
        c.kind = i % 2 == 0 ? "natural" : "legal";
        c.service_kind = i % 3 == 0 ? "contract" : "single";
        add(db, &c);
    }
    static const struct {
        struct client_filter f;
        const char *names;
    } vectors[] = {
        {{.kind = "legal"}, "Ana|Ana|Luz"},
        {{.service_kind = "contract"}, "Ana|Beto|Eva"},
        {{.city = "Medellin"}, "Beto|Eva|Óscar"},
        {{.city = "bogotá d. c."}, "Luz"},
        {{.city = "Mede"}, ""},
        {{.city = "' OR 1=1 --"}, ""},
        {{.kind = "natural", .city = "medellín"}, "Beto|Eva|Óscar"},
        {{.kind = "legal", .city = "medellín"}, ""},
        {{.service_kind = "contract", .city = "medellín"}, "Beto|Eva"},
        {{.search = "ana", .service_kind = "single"}, "Ana"},
        {{.kind = "", .service_kind = "", .city = "", .search = "luz"}, "Luz"},
        {{.archived = true, .kind = "legal"}, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct client_filter f = vectors[i].f;
        f.limit = 100;
        ck_assert_str_eq(names_of(db, &f), vectors[i].names);
    }
    /* a change of city is one of place, too */
    struct client zoe;
    t_ok(client_get(db, t_arena, 5, &zoe));
    zoe.city = "Itagüí";
    t_ok(client_update(db, t_arena, &zoe, t_actor(0)));
    struct client_filter f = {.city = "itagui", .limit = 9};
    ck_assert_str_eq(names_of(db, &f), "Zoe");
    db_close(db);
}
END_TEST

/* A client whose name changed, or that was archived, still marks a place. */
START_TEST(a_page_starts_where_the_client_is_now)
{
    struct db *db = t_db_new(_i);
    int64_t ids[MANY];
    add_many(db, ids);
    struct client_filter f = {.search = "", .limit = 3, .after = ids[5]};
    t_ok(client_archive(db, t_arena, ids[5], 1, true, t_actor(0)));
    ck_assert_str_eq(page(db, ids, &f), "6 7 8 ");
    f.archived = true;
    f.after = 0;
    ck_assert_str_eq(page(db, ids, &f), "5 ");
    db_close(db);
}
END_TEST

START_TEST(words_in_any_order_without_accents)
{
    struct db *db = t_db_new(_i);
    struct client c = client_called("José Ñúñez");
    c.company = "Panadería El Cedro S.A.S.";
    c.email = "jose.nunez@example.com";
    c.phone = "+573001234567";
    add(db, &c);
    add_called(db, "Josefina Núñez");
    add_called(db, "Ana");
    static const struct {
        const char *text, *found;
    } vectors[] = {
        {"", "Ana|José Ñúñez|Josefina Núñez"},
        {"jose", "José Ñúñez|Josefina Núñez"},
        {"JOSÉ", "José Ñúñez|Josefina Núñez"},
        {"nunez jose", "José Ñúñez|Josefina Núñez"},
        {"ñúñez", "José Ñúñez|Josefina Núñez"},
        {"cedro jose", "José Ñúñez"},
        {"sas", ""},
        {"s.a.s. cedro", "José Ñúñez"},
        {"cedro pan nun jo", "José Ñúñez"}, /* four words, any order */
        {"jose nunez panaderia el cedro", "José Ñúñez"},
        {"300 123", "José Ñúñez"},
        {"1234", "José Ñúñez"},
        {"573001234567", ""}, /* stored as people write it */
        {"jose.nunez@example", "José Ñúñez"},
        {"  jose   nunez  ", "José Ñúñez|Josefina Núñez"},
        {"jose\xcc\x81", "José Ñúñez|Josefina Núñez"}, /* combining mark */
        {"nobody", ""},
        {"zoe jose", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_msg(
            strcmp(search(db, vectors[i].text), vectors[i].found) == 0,
            "\"%s\" found %s", vectors[i].text, search(db, vectors[i].text));
    db_close(db);
}
END_TEST

/* No text that people type is a pattern, or SQL. */
START_TEST(wildcards_are_harmless)
{
    struct db *db = t_db_new(_i);
    add_called(db, "Ana");
    add_called(db, "100% Café_1");
    static const struct {
        const char *text, *found;
    } vectors[] = {
        {"%", "100% Café_1|Ana"}, /* nothing to look for */
        {"_", "100% Café_1|Ana"},
        {"\\", "100% Café_1|Ana"},
        {"1%caf", "100% Café_1"}, /* words: as a pattern it would fail */
        {"fe%ca", ""},            /* fe begins no word */
        {"caf_100", "100% Café_1"},
        {"x%", ""},
        {"100%", "100% Café_1"},
        {"cafe_1", "100% Café_1"},
        {"%cafe%", "100% Café_1"},
        {"' OR '1'='1", ""}, /* the words or, 1 and 1 */
        {"'; DROP TABLE client; --", ""},
        {"$1", "100% Café_1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        ck_assert_msg(
            strcmp(search(db, vectors[i].text), vectors[i].found) == 0,
            "\"%s\" found %s", vectors[i].text, search(db, vectors[i].text));
    }
    char *longer = arena_alloc(t_arena, 10001);
    memset(longer, 'a', 10000);
    longer[10000] = '\0';
    ck_assert_str_eq(search(db, longer), "");
    db_close(db);
}
END_TEST

START_TEST(a_change_needs_the_version_seen)
{
    struct db *db = t_db_new(_i);
    int64_t id = add_called(db, "Ana");
    struct client c, got;
    t_ok(client_get(db, t_arena, id, &c));
    c.name = "Beatriz";
    c.email = "b@example.com";
    t_ok(client_update(db, t_arena, &c, t_actor(0)));
    t_ok(client_get(db, t_arena, id, &got));
    ck_assert_str_eq(got.name, "Beatriz");
    ck_assert_int_eq(got.version, 2);
    ck_assert_str_eq(search(db, "beatriz"), "Beatriz");
    ck_assert_str_eq(search(db, "ana"), "");
    c.name = "Carla"; /* still version 1 */
    t_is(client_update(db, t_arena, &c, t_actor(0)), ERR_CONFLICT);
    t_ok(client_get(db, t_arena, id, &got));
    ck_assert_str_eq(got.name, "Beatriz");
    ck_assert_int_eq(got.version, 2);
    c.id = id + 1;
    t_is(client_update(db, t_arena, &c, t_actor(0)), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(archived_and_brought_back)
{
    struct db *db = t_db_new(_i);
    int64_t id = add_called(db, "Ana");
    struct client got;
    struct client_filter archived = {
        .search = "", .archived = true, .limit = 10};
    t_is(client_archive(db, t_arena, id, 1, false, t_actor(0)), ERR_CONFLICT);
    t_is(client_archive(db, t_arena, id, 2, true, t_actor(0)), ERR_CONFLICT);
    t_ok(client_archive(db, t_arena, id, 1, true, t_actor(0)));
    t_ok(client_get(db, t_arena, id, &got));
    ck_assert_int_gt(got.archived_at, 0);
    ck_assert_int_eq(got.version, 2);
    ck_assert_str_eq(search(db, ""), "");
    ck_assert_str_eq(names_of(db, &archived), "Ana");
    archived.before = id;
    ck_assert_str_eq(names_of(db, &archived), "");
    t_is(client_archive(db, t_arena, id, 2, true, t_actor(0)), ERR_CONFLICT);
    t_is(client_archive(db, t_arena, id, 1, false, t_actor(0)), ERR_CONFLICT);
    t_ok(client_archive(db, t_arena, id, 2, false, t_actor(0)));
    t_ok(client_get(db, t_arena, id, &got));
    ck_assert_int_eq(got.archived_at, 0);
    ck_assert_int_eq(got.version, 3);
    ck_assert_str_eq(search(db, ""), "Ana");
    t_is(client_archive(db, t_arena, id + 1, 1, true, t_actor(0)),
         ERR_NOTFOUND);
    t_is(client_archive(db, t_arena, id + 1, 1, false, t_actor(0)),
         ERR_NOTFOUND);
    db_close(db);
}
END_TEST

Suite *client_suite(void)
{
    Suite *s = suite_create("client");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, everything_is_stored);
    t_add_both(tc, whatsapp_is_of_a_mobile_and_a_code_has_five_digits);
    t_add_both(tc, a_document_has_one_client);
    t_add_both(tc, documents_are_found);
    t_add_both(tc, the_list_is_in_order_of_letters_alone);
    t_add_both(tc, pages_forwards);
    t_add_both(tc, pages_backwards);
    t_add_both(tc, three_orders);
    t_add_both(tc, filters_narrow);
    t_add_both(tc, a_page_starts_where_the_client_is_now);
    t_add_both(tc, words_in_any_order_without_accents);
    t_add_both(tc, wildcards_are_harmless);
    t_add_both(tc, a_change_needs_the_version_seen);
    t_add_both(tc, archived_and_brought_back);
    return s;
}
