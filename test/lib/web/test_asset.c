#include <string.h>

#include "gen/assets.h"
#include "test/support.h"
#include "web/asset.h"

static struct assets got;

static enum err take(const char *prefix)
{
    struct err_note why = {""};
    enum err e = assets_init(&got, prefix, t_arena, &why);
    if (e != ERR_OK)
        t_contains(why.text, "site.static_prefix");
    return e;
}

START_TEST(without_a_prefix_all_is_here)
{
    t_ok(take(""));
    ck_assert_str_eq(got.css, ASSET_APP_CSS);
    ck_assert_str_eq(got.js, ASSET_SITE_JS);
    ck_assert_str_eq(got.favicon, ASSET_FAVICON_SVG);
    ck_assert(!got.elsewhere);
    ck_assert_ptr_null(strstr(got.policy, "//"));
    t_contains(got.policy, "style-src 'self'; script-src 'self'; ");
}
END_TEST

START_TEST(a_prefix_is_where_files_come_from_and_may)
{
    t_ok(take("https://cdn.example:8443/a"));
    ck_assert_str_eq(got.css, "https://cdn.example:8443/a" ASSET_APP_CSS);
    ck_assert_str_eq(got.js, "https://cdn.example:8443/a" ASSET_SITE_JS);
    ck_assert_str_eq(got.icons, ASSET_ICONS_SVG);
    ck_assert(got.elsewhere);
    t_contains(got.policy,
               "style-src 'self' https://cdn.example:8443/a/static/; ");
    t_contains(got.policy,
               "script-src 'self' https://cdn.example:8443/a/static/; ");
    t_contains(got.policy,
               "img-src 'self' data: https://cdn.example:8443/a/static/; ");
    t_contains(got.policy, "connect-src 'self'; ");
    t_ok(take("http://[::1]:81"));
}
END_TEST

START_TEST(what_could_change_the_policy_is_refused)
{
    static const char *const bad[] = {
        "https://",          "https:///a",
        "cdn.example",       "//cdn.example",
        "ftp://cdn.example", "https://cdn.example/",
        "https://a b",       "https://a;script-src *",
        "https://a'b",       "https://a,b",
        "https://a\r\nX: y", "https://u@a",
        "https://a/?q",      "https://*.example",
        "javascript://a"};
    char long_one[300] = "https://";
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(take(bad[i]) == ERR_CONFIG, "%s", bad[i]);
    memset(long_one + 8, 'a', sizeof(long_one) - 9);
    ck_assert(take(long_one) == ERR_CONFIG);
}
END_TEST

Suite *asset_suite(void)
{
    Suite *s = suite_create("asset");
    TCase *tc = t_case(s, "asset");
    tcase_add_test(tc, without_a_prefix_all_is_here);
    tcase_add_test(tc, a_prefix_is_where_files_come_from_and_may);
    tcase_add_test(tc, what_could_change_the_policy_is_refused);
    return s;
}
