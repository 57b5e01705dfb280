#include <string.h>

#include "test/site.h"
#include "web/flash.h"

static const char mine[] = "1111111111111111111111111111111111111111111";
static const char theirs[] = "2222222222222222222222222222222222222222222";

static struct t_site *site;

static void setup(void)
{
    site = t_site_new(NULL);
}

static void teardown(void)
{
    t_site_done(site);
}

static struct ctx *request(const char *token, const char *cookies)
{
    struct ctx *c = t_request(site, cookies);
    c->session = token != NULL ? t_session(token, ROLE_admin) : NULL;
    return c;
}

START_TEST(the_next_page_shows_it_once)
{
    struct flash f = {0};
    flash_set_undo(request(mine, ""), MSG_client_flash_archived,
                   "/clientes/7/restaurar/", 12);
    const char *cookie = t_cookie_back(site, "pt_flash");
    ck_assert(flash_take(request(mine, cookie), &f));
    ck_assert_int_eq(f.text, MSG_client_flash_archived);
    ck_assert_str_eq(f.undo, "/clientes/7/restaurar/");
    ck_assert_str_eq(f.version, "12");
    t_contains(buf_str(&site->resp.headers),
               "Set-Cookie: pt_flash=; Path=/; HttpOnly; SameSite=Lax; "
               "Max-Age=0; Secure\r\n");
}
END_TEST

START_TEST(without_undo)
{
    struct flash f = {0};
    flash_set(request(NULL, ""), MSG_account_logged_out);
    const char *cookie = t_cookie_back(site, "pt_flash");
    ck_assert(flash_take(request(NULL, cookie), &f));
    ck_assert_int_eq(f.text, MSG_account_logged_out);
    ck_assert_str_eq(f.undo, "");
    ck_assert_str_eq(f.version, "0");
}
END_TEST

START_TEST(another_person_does_not_see_it)
{
    struct flash f;
    flash_set(request(mine, ""), MSG_client_flash_saved);
    const char *cookie = t_cookie_back(site, "pt_flash");
    ck_assert(!flash_take(request(theirs, cookie), &f));
    ck_assert(!flash_take(request(NULL, cookie), &f));
    ck_assert(flash_take(request(mine, cookie), &f));
}
END_TEST

START_TEST(a_forged_one_is_dropped)
{
    struct flash f;
    flash_set_undo(request(mine, ""), MSG_client_flash_saved, "/x/", 1);
    const char *good = t_cookie_back(site, "pt_flash");
    for (size_t i = strlen("pt_flash="); good[i] != '\0'; i++) {
        char *bad = arena_strdup(t_arena, good);
        bad[i] = bad[i] == 'x' ? 'y' : 'x';
        ck_assert_msg(!flash_take(request(mine, bad), &f), "byte %zu", i);
    }
    static const char *const others[] = {"",
                                         "pt_flash=",
                                         "pt_flash=|",
                                         "pt_flash=|||",
                                         "pt_flash=a|b|c|d",
                                         "pt_flash=client_flash_saved|/x/|1"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        ck_assert(!flash_take(request(mine, others[i]), &f));
    ck_assert(!flash_take(
        request(mine, arena_dup(t_arena, good, strlen(good) - 1)), &f));
    site->app.secret[31] ^= 1;
    ck_assert(!flash_take(request(mine, good), &f));
}
END_TEST

Suite *flash_suite(void)
{
    Suite *s = suite_create("flash");
    TCase *tc = t_case(s, "flash");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_next_page_shows_it_once);
    tcase_add_test(tc, without_undo);
    tcase_add_test(tc, another_person_does_not_see_it);
    tcase_add_test(tc, a_forged_one_is_dropped);
    return s;
}
