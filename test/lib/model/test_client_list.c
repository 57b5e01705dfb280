/*
 * The list against another that is made here, in every shape; and searches
 * that look through more than a page.
 */
#include <string.h>

#include "model/client.h"
#include "model/search.h"
#include "test/database.h"

/* --- every shape --- */

enum { ALL = 60, PAGE = 7 };

static const char *const kinds[] = {"", "natural", "legal"};
static const char *const services[] = {"", "single", "contract"};
static const char *const cities[] = {"", "Bello", "Cali"};

/* The i-th client: everything about it follows from i. */
static struct client nth(int i)
{
    static const char *const names[] = {"Eva", "Ana", "Luz", "Bea"};
    struct client c = {.kind = kinds[1 + i % 2],
                       .service_kind = services[1 + i / 2 % 2],
                       .doc_type = "",
                       .doc_number = "",
                       .doc_dv = "",
                       .name = names[i % 4],
                       .company = i % 3 == 0 ? "Shop" : "",
                       .email = "",
                       .phone = "",
                       .address = "",
                       .city = cities[i / 3 % 3],
                       .dane_city = "",
                       .notes = ""};
    return c;
}

static bool passes(const struct client_filter *f, int i)
{
    struct client c = nth(i);
    return (f->kind[0] == '\0' || strcmp(f->kind, c.kind) == 0) &&
           (f->service_kind[0] == '\0' ||
            strcmp(f->service_kind, c.service_kind) == 0) &&
           (f->city[0] == '\0' || strcmp(f->city, c.city) == 0) &&
           (f->search[0] == '\0' || c.company[0] != '\0') &&
           f->archived == (i % 5 == 0);
}

/* Negative if client a comes before b; ids grow with the numbers. */
static int order(enum client_sort sort, int a, int b)
{
    struct client x = nth(a), y = nth(b);
    int cities_first = strcmp(x.city, y.city), names = strcmp(x.name, y.name);
    if (sort == CLIENT_NEWEST)
        return b - a;
    if (sort == CLIENT_BY_CITY && cities_first != 0)
        return cities_first;
    return names != 0 ? names : a - b;
}

/* The numbers that pass, in order. */
static size_t expect(const struct client_filter *f, int want[ALL])
{
    size_t n = 0;
    for (int i = 0; i < ALL; i++) {
        if (!passes(f, i))
            continue;
        size_t at = n++;
        for (; at > 0 && order(f->sort, i, want[at - 1]) < 0; at--)
            want[at] = want[at - 1];
        want[at] = i;
    }
    return n;
}

static void check_rows(struct db *db, const struct client_filter *f,
                       const int64_t ids[ALL], const int *want, size_t n)
{
    struct db_rows rows;
    enum err e = client_list(db, t_arena, f, &rows, NULL);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    const struct client *c = rows.items;
    ck_assert_msg(rows.n == n, "%zu rows, not %zu: %d %s %s %s %s %d", rows.n,
                  n, (int)f->sort, f->kind, f->service_kind, f->city, f->search,
                  f->archived);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(c[i].id, ids[want[i]]);
}

/* All pages of a list, forwards and backwards. */
static void check_list(struct db *db, struct client_filter f,
                       const int64_t ids[ALL])
{
    int want[ALL];
    size_t n = expect(&f, want);
    f.limit = PAGE;
    for (size_t i = 0; i == 0 || i < n; i += PAGE) {
        f.after = i > 0 ? ids[want[i - 1]] : 0;
        check_rows(db, &f, ids, want + i, n - i < PAGE ? n - i : PAGE);
    }
    f.after = 0;
    for (size_t i = n; i > 0; i -= i < PAGE ? i : PAGE) {
        size_t rows = i - 1 < PAGE ? i - 1 : PAGE;
        f.before = ids[want[i - 1]];
        check_rows(db, &f, ids, want + i - 1 - rows, rows);
    }
}

START_TEST(every_list_is_as_it_should_be)
{
    struct db *db = t_db_new(_i);
    int64_t ids[ALL];
    for (int i = 0; i < ALL; i++) {
        struct client c = nth(i);
        t_ok(client_create(db, t_arena, &c, t_actor(0), &ids[i]));
        if (i % 5 == 0)
            t_ok(client_archive(db, t_arena, ids[i], 1, true, t_actor(0)));
    }
    for (int i = 0; i < 3 * 3 * 3 * 3 * 2 * 2; i++) {
        struct client_filter f = {.kind = kinds[i % 3],
                                  .service_kind = services[i / 3 % 3],
                                  .city = cities[i / 9 % 3],
                                  .sort = (enum client_sort)(i / 27 % 3),
                                  .archived = i / 81 % 2 == 1,
                                  .search = i / 162 == 1 ? "shop" : ""};
        check_list(db, f, ids);
    }
    db_close(db);
}
END_TEST

/* A list shows a part of each client, an export all of it. */
START_TEST(whole_clients_are_read_when_asked_for)
{
    struct db *db = t_db_new(_i);
    struct db_rows rows;
    int64_t id;
    struct client made = nth(1);
    made.doc_type = "13";
    made.doc_number = "1020304050";
    made.email = "ana@example.com";
    made.phone = "+573001112233";
    made.address = "Calle 1";
    made.notes = "Rings twice.";
    t_ok(client_create(db, t_arena, &made, t_actor(0), &id));
    struct client_filter f = {.limit = PAGE};
    for (int whole = 0; whole < 2; whole++) {
        f.whole = whole == 1;
        t_ok(client_list(db, t_arena, &f, &rows, NULL));
        ck_assert_uint_eq(rows.n, 1);
        const struct client *c = rows.items;
        ck_assert_int_eq(c->id, id);
        ck_assert_str_eq(c->kind, made.kind);
        ck_assert_str_eq(c->doc_type, "13");
        ck_assert_str_eq(c->doc_number, "1020304050");
        ck_assert_str_eq(c->name, made.name);
        ck_assert_str_eq(c->company, made.company);
        ck_assert_str_eq(c->email, "ana@example.com");
        ck_assert_str_eq(c->phone, "+573001112233");
        ck_assert_str_eq(c->city, made.city);
        if (f.whole) {
            ck_assert_str_eq(c->address, "Calle 1");
            ck_assert_str_eq(c->notes, "Rings twice.");
            ck_assert_int_eq(c->version, 1);
        }
    }
    db_close(db);
}
END_TEST

/* n characters of three bytes, which do not repeat, from the first on. */
static const char *long_text(size_t n, unsigned first)
{
    char *text = arena_calloc(t_arena, 3 * n + 1, 1);
    for (size_t i = 0; i < n; i++) {
        unsigned cp = 0x4e00 + (first + (unsigned)i * 97) % 0x5000;
        text[3 * i] = (char)(0xe0 | cp >> 12);
        text[3 * i + 1] = (char)(0x80 | (cp >> 6 & 0x3f));
        text[3 * i + 2] = (char)(0x80 | (cp & 0x3f));
    }
    return text;
}

/* The longest that a form takes: an index has a limit of its own. */
START_TEST(the_longest_client_is_listed)
{
    struct db *db = t_db_new(_i);
    struct db_rows rows;
    int64_t id;
    struct client c = nth(1);
    const char *label = "abcdefghijklmnopqrstuvwxyz01234567890123456789012345";
    c.name = long_text(200, 1);
    c.company = long_text(200, 5000);
    c.city = long_text(100, 9000);
    c.address = long_text(200, 13000);
    c.email = arena_fmt(t_arena, "%s@%s.%s.%s.%s.co", label, label, label,
                        label, label + 20);
    c.phone = "+573001112233";
    c.doc_type = "41";
    c.doc_number = "ABCDEFGHIJ12345";
    ck_assert_uint_le(strlen(c.email), 254);
    enum err e = client_create(db, t_arena, &c, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    struct client_filter f = {.limit = PAGE};
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 1);
    ck_assert_str_eq(((const struct client *)rows.items)->company, c.company);
    db_close(db);
}
END_TEST

/* --- searches --- */

/*
 * n clients "common 0001" … in order of name, each hundredth a "rare" one too;
 * made at once, without the program.
 */
static void fill(struct db *db, int n, const char *word)
{
    t_ok(db_script(
        db, arena_fmt(
                t_arena,
                "INSERT INTO client (uid, kind, name, name_key, search_text,"
                " created_at, updated_at) WITH RECURSIVE n (i) AS (SELECT 1"
                " UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                " SELECT '%s' || i, 'natural', '%s ' || i,"
                " '%s ' || substr(CAST(1000000 + i AS TEXT), 2),"
                " ' %s ' || i || CASE i %% 100 WHEN 0 THEN ' rare' ELSE '' END,"
                " i, i FROM n",
                n, word, word, word, word)));
}

/* Rows of a page of the search, their first and last name. */
static void check_page(struct db *db, const struct client_filter *f, size_t n,
                       const char *first, const char *last)
{
    struct db_rows rows;
    bool partial = true;
    t_ok(client_list(db, t_arena, f, &rows, &partial));
    const struct client *c = rows.items;
    ck_assert_uint_eq(rows.n, n);
    ck_assert(!partial);
    ck_assert_str_eq(c[0].name, first);
    ck_assert_str_eq(c[n - 1].name, last);
}

/* Near the start of the list, or only somewhere in it: the same order. */
START_TEST(matches_are_found_wherever_they_are)
{
    struct db *db = t_db_new(_i);
    struct db_rows rows;
    fill(db, SEARCH_NEAR + 500, "common");
    fill(db, 5, "zone");
    struct client_filter f = {.search = "rare", .limit = 10};
    check_page(db, &f, 10, "common 100", "common 1000");
    f.limit = 100;
    check_page(db, &f, 25, "common 100", "common 2500");
    f.search = "co ra"; /* where words begin */
    check_page(db, &f, 25, "common 100", "common 2500");
    f.search = "zone";
    check_page(db, &f, 5, "zone 1", "zone 5");
    f.search = "z";
    check_page(db, &f, 5, "zone 1", "zone 5");
    f.sort = CLIENT_NEWEST;
    f.search = "rare";
    check_page(db, &f, 25, "common 2500", "common 100");
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    f.before = ((struct client *)rows.items)[24].id;
    f.limit = 20;
    check_page(db, &f, 20, "common 2100", "common 200");
    f.after = f.before;
    f.before = 0;
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 0);
    f.after = 0;
    f.kind = "legal";
    t_ok(client_list(db, t_arena, &f, &rows, NULL));
    ck_assert_uint_eq(rows.n, 0);
    db_close(db);
}
END_TEST

/* On PostgreSQL alone: the server fills faster than we do. */
START_TEST(a_search_for_too_many_says_so)
{
    struct db *db = t_db_new(ON_PG);
    struct client_filter f = {.search = "zone", .limit = 50};
    struct db_rows rows;
    bool partial;
    fill(db, SEARCH_NEAR, "common");
    fill(db, SEARCH_FOUND, "zone");
    t_ok(client_list(db, t_arena, &f, &rows, &partial));
    ck_assert_uint_eq(rows.n, 50);
    ck_assert(partial);
    f.search = "common"; /* as many, but near */
    t_ok(client_list(db, t_arena, &f, &rows, &partial));
    ck_assert_uint_eq(rows.n, 50);
    ck_assert(!partial);
    db_close(db);
}
END_TEST

Suite *client_list_suite(void)
{
    Suite *s = suite_create("client_list");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, every_list_is_as_it_should_be);
    t_add_both(tc, whole_clients_are_read_when_asked_for);
    t_add_both(tc, the_longest_client_is_listed);
    t_add_both(tc, matches_are_found_wherever_they_are);
    tcase_add_test(tc, a_search_for_too_many_says_so);
    return s;
}
