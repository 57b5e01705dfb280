#include <string.h>

#include "gen/tpl.h"
#include "test/support.h"
#include "web/route.h"

static const struct field no_fields[] = {{0}};

static enum err nothing(struct ctx *c UNUSED)
{
    return ERR_OK;
}

#define ROW(id, where)                                                         \
    {                                                                          \
        .name = (id), .path = (where), .need = PERM_public, .get = nothing     \
    }

static const struct route good[] = {
    ROW("home", "/"),
    ROW("list", "/clientes/"),
    ROW("new", "/clientes/nuevo/"),
    ROW("show", "/clientes/{id}/"),
    ROW("edit", "/clientes/{id}/editar/"),
    ROW("part", "/clientes/{id}/partes/{part}/"),
    ROW("file", "/datos.xml"),
    {.name = "moved",
     .path = "/old/{id}/",
     .need = PERM_public,
     .moved = "/clientes/{id}/"},
    {.name = "post",
     .path = "/x/",
     .need = PERM_own,
     .post = nothing,
     .menu = {MSG_layout_login, "x", 20}},
    {.name = "both",
     .path = "/y/",
     .need = PERM_own,
     .get = nothing,
     .post = nothing,
     .menu = {MSG_layout_logout, "y", 10}},
    {0},
};

static const struct router *r;

static void setup(void)
{
    static const struct route *const tables[] = {good, NULL};
    struct err_note why = {""};
    ck_assert_msg(router_new(tables, &r, &why) == ERR_OK, "%s", why.text);
}

static void teardown(void)
{
    r = router_free(r);
}

/* The name of the row of path, NULL for none. */
static const char *find(const char *path, int64_t params[MAX_PATH_PARAMS],
                        bool *ret_slash)
{
    const struct route *row = router_find(r, path, params, ret_slash);
    return row != NULL ? row->name : NULL;
}

START_TEST(rows_are_found)
{
    static const struct {
        const char *path, *name;
        int64_t first, second;
        bool slash;
    } vectors[] = {
        {"/", "home", 0, 0, false},
        {"/clientes/", "list", 0, 0, false},
        {"/clientes", "list", 0, 0, true},
        {"/clientes/nuevo/", "new", 0, 0, false},
        {"/clientes/7/", "show", 7, 0, false},
        {"/clientes/7", "show", 7, 0, true},
        {"/clientes/12/editar/", "edit", 12, 0, false},
        {"/clientes/12/editar", "edit", 12, 0, true},
        {"/clientes/1/partes/22/", "part", 1, 22, false},
        {"/datos.xml", "file", 0, 0, false},
        {"/old/7/", "moved", 7, 0, false},
        {"/clientes/999999999999999999/", "show", 999999999999999999, 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        int64_t params[MAX_PATH_PARAMS] = {0};
        bool slash = !vectors[i].slash;
        ck_assert_pstr_eq(find(vectors[i].path, params, &slash),
                          vectors[i].name);
        ck_assert_int_eq(params[0], vectors[i].first);
        ck_assert_int_eq(params[1], vectors[i].second);
        ck_assert_int_eq(slash, vectors[i].slash);
    }
}
END_TEST

START_TEST(other_paths_are_not)
{
    static const char *const none[] = {
        "/nada/",
        "/Clientes/",
        "/datos.xml/",
        "//",
        "/clientes//",
        "/clientes/0/",
        "/clientes/07/", /* one address per page */
        "/clientes/-7/",
        "/clientes/+7/",
        "/clientes/7x/",
        "/clientes/x7/",
        "/clientes/7.0/",
        "/clientes/ 7/",
        "/clientes/{id}/",
        "/clientes/{id}",
        "/clientes/7/editar/x/",
        "/clientes/7/partes/",
        "/clientes/7/partes/0/",
        "/clientes/1000000000000000000/", /* 19 digits might overflow */
        "/clientes/99999999999999999999999/",
        "/clientes/nuevo/x/",
    };
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        int64_t params[MAX_PATH_PARAMS];
        bool slash;
        ck_assert_msg(find(none[i], params, &slash) == NULL, "found: %s",
                      none[i]);
    }
    int64_t params[MAX_PATH_PARAMS];
    bool slash;
    char *path = arena_fmt(t_arena, "/%0*d", MAX_PATH_BYTES + 100, 1);
    ck_assert_ptr_null(find(path, params, &slash));
    path[MAX_PATH_BYTES - 1] = '\0';
    ck_assert_ptr_null(find(path, params, &slash));
}
END_TEST

START_TEST(rows_and_menu_have_their_order)
{
    const char *before = "";
    size_t n = 0;
    for (; router_row(r, n) != NULL; n++) {
        ck_assert_int_lt(strcmp(before, router_row(r, n)->path), 0);
        before = router_row(r, n)->path;
    }
    ck_assert_uint_eq(n, ARRAY_LEN(good) - 1);
    const struct route *const *menu = router_menu(r);
    ck_assert_str_eq(menu[0]->name, "both");
    ck_assert_str_eq(menu[1]->name, "post");
    ck_assert_ptr_null(menu[2]);
}
END_TEST

static void print_all(void)
{
    router_print(r, stdout);
}

START_TEST(rows_are_printed)
{
    const char *text = t_capture(1, print_all);
    t_contains(text, "GET       /clientes/{id}/ ");
    t_contains(text, "POST      /x/ ");
    t_contains(text, "GET       /old/{id}/ ");
    t_contains(text, "GET,POST  /y/ ");
    t_contains(text, " own              both\n");
}
END_TEST

static const struct route no_permission[] = {
    {.name = "a", .path = "/a/", .get = nothing}, {0}};
static const struct route no_handler[] = {
    {.name = "a", .path = "/a/", .need = PERM_public}, {0}};
static const struct route no_slash[] = {ROW("a", "/a"), {0}};
static const struct route no_root[] = {ROW("a", "a/"), {0}};
static const struct route empty_path[] = {ROW("a", ""), {0}};
static const struct route one_path[] = {
    ROW("a", "/a/"), ROW("b", "/b/"), ROW("c", "/a/"), {0}};
static const struct route same_pattern[] = {
    ROW("a", "/a/{x}/"), ROW("b", "/a/{y}/"), {0}};
static const struct route many_ids[] = {ROW("a", "/{a}/{b}/{c}/{d}/{e}/"), {0}};
static const struct route dot_before[] = {ROW("a", "/a.b/c"), {0}};
static const struct route moved_more[] = {
    {.name = "a", .path = "/a/{x}/", .need = PERM_public, .moved = "/{x}/{y}/"},
    {0}};
static const struct route open_brace[] = {ROW("a", "/{a/"), {0}};

static const struct route kept_form[] = {{.name = "a",
                                          .path = "/a/",
                                          .need = PERM_public,
                                          .tpl = &tpl__layout_error,
                                          .form = no_fields,
                                          .post = nothing,
                                          .reads = "client"},
                                         {0}};
static const struct route kept_token[] = {{.name = "a",
                                           .path = "/a/",
                                           .need = PERM_public,
                                           .tpl = &tpl_clients_form,
                                           .reads = ""},
                                          {0}};
static const struct route kept_nothing[] = {{.name = "a",
                                             .path = "/a/",
                                             .need = PERM_public,
                                             .get = nothing,
                                             .reads = ""},
                                            {0}};
static const struct route kept_much[] = {{.name = "a",
                                          .path = "/a/",
                                          .need = PERM_public,
                                          .tpl = &tpl__layout_error,
                                          .reads = "a b c d e f g h i j k l m"},
                                         {0}};

START_TEST(wrong_tables_are_refused)
{
    static const struct {
        const struct route *table;
        const char *says;
    } vectors[] = {
        {no_permission, "route a names no permission"},
        {no_handler, "route a does nothing"},
        {no_slash, "route a: path must begin and end with /"},
        {no_root, "route a: path must begin and end with /"},
        {empty_path, "route a: path must begin and end with /"},
        {one_path, "have one path"},
        {same_pattern, "have one path"},
        {many_ids, "route a: over 4 placeholders"},
        {dot_before, "route a: path must begin and end with /"},
        {moved_more, "route a: moved with other placeholders"},
        {open_brace, "route a: { without }"},
        {kept_form, "route a: a page with a form is not kept"},
        {kept_token, "route a: a page with a form is not kept"},
        {kept_nothing, "route a: a page with a form is not kept"},
        {kept_much, "route a reads over 12 tables"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        const struct router *wrong = NULL;
        struct err_note why = {""};
        const struct route *const tables[] = {vectors[i].table, NULL};
        t_is(router_new(tables, &wrong, &why), ERR_BUG);
        t_contains(why.text, vectors[i].says);
        ck_assert_ptr_null(wrong);
    }
}
END_TEST

START_TEST(two_tables_share_no_path)
{
    const struct router *wrong = NULL;
    struct err_note why = {""};
    static const struct route mine[] = {ROW("mine", "/a/"), {0}};
    static const struct route theirs[] = {ROW("theirs", "/a/"), {0}};
    const struct route *const tables[] = {mine, theirs, NULL};
    t_is(router_new(tables, &wrong, &why), ERR_BUG);
    t_contains(why.text, "mine");
    t_contains(why.text, "theirs");
}
END_TEST

START_TEST(the_menu_has_a_limit)
{
    struct route rows[MENU_MAX + 2] = {0};
    for (int i = 0; i <= MENU_MAX; i++)
        rows[i] = (struct route){.name = "x",
                                 .path = arena_fmt(t_arena, "/%d/", i),
                                 .need = PERM_public,
                                 .get = nothing,
                                 .menu = {MSG_layout_login, "x", i}};
    const struct router *wrong = NULL;
    struct err_note why = {""};
    const struct route *const tables[] = {rows, NULL};
    t_is(router_new(tables, &wrong, &why), ERR_BUG);
    t_contains(why.text, "over 16 menu rows");
    rows[MENU_MAX].name = NULL;
    t_ok(router_new(tables, &wrong, &why));
    router_free(wrong);
}
END_TEST

/* The site's own tables: every row is complete. */
START_TEST(the_site_starts)
{
    const struct router *site = NULL;
    struct err_note why = {""};
    ck_assert_msg(router_new(feature_routes, &site, &why) == ERR_OK, "%s",
                  why.text);
    for (size_t i = 0; router_row(site, i) != NULL; i++) {
        const struct route *row = router_row(site, i);
        ck_assert_int_ne(row->need, PERM_UNSET);
        ck_assert_msg(row->tpl == NULL || row->title != MSG_none, "%s",
                      row->name);
    }
    router_free(site);
    ck_assert_ptr_null(router_free(NULL));
}
END_TEST

Suite *route_suite(void)
{
    Suite *s = suite_create("route");
    TCase *tc = t_case(s, "route");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, rows_are_found);
    tcase_add_test(tc, other_paths_are_not);
    tcase_add_test(tc, rows_and_menu_have_their_order);
    tcase_add_test(tc, rows_are_printed);
    tcase_add_test(tc, wrong_tables_are_refused);
    tcase_add_test(tc, two_tables_share_no_path);
    tcase_add_test(tc, the_menu_has_a_limit);
    tcase_add_test(tc, the_site_starts);
    return s;
}
