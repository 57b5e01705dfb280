#include <string.h>

#include "test/support.h"
#include "text/msg.h"
#include "text/utf8.h"

START_TEST(every_message_has_both_texts)
{
    for (int m = MSG_none + 1; m < MSG__MAX; m++) {
        for (int lang = 0; lang < LANG__MAX; lang++) {
            const char *text = msg_text((enum lang)lang, (enum msg)m);
            ck_assert_msg(text[0] != '\0', "%s", msg_name((enum msg)m));
            ck_assert_msg(utf8_valid(text, strlen(text)), "%s",
                          msg_name((enum msg)m));
        }
    }
    ck_assert_str_eq(msg_text(LANG_ES, MSG_none), "");
    ck_assert_str_eq(msg_text(LANG_ES, MSG_layout_login), "Entrar");
    ck_assert_str_eq(msg_text(LANG_EN, MSG_layout_login), "Log in");
    ck_assert_str_eq(msg_text(LANG_ES, MSG__MAX), "");
    ck_assert_str_eq(msg_text(LANG__MAX, MSG_layout_login), "");
}
END_TEST

START_TEST(names_are_found)
{
    for (int m = MSG_none + 1; m < MSG__MAX; m++) {
        const char *name = msg_name((enum msg)m);
        enum msg found = MSG_none;
        ck_assert(msg_find(name, strlen(name), &found));
        ck_assert_int_eq((int)found, m);
    }
    ck_assert_str_eq(msg_name(MSG__MAX), "none");
}
END_TEST

START_TEST(other_names_are_not)
{
    enum msg found = MSG_layout_login;
    ck_assert(!msg_find("nobody_has_this", 15, &found));
    ck_assert(!msg_find("layout_login", 11, &found)); /* layout_logi */
    ck_assert(!msg_find("layout_loginx", 13, &found));
    ck_assert(!msg_find("layout_login\0zzzzzzzzzzzzzzzz", 29, &found));
    ck_assert(!msg_find("", 0, &found));
    ck_assert(!msg_find("none", 4, &found));
    ck_assert_int_eq(found, MSG_layout_login);
    ck_assert(msg_find("layout_loginx", 12, &found)); /* obeys n */
}
END_TEST

START_TEST(languages_have_codes)
{
    ck_assert_str_eq(lang_code(LANG_ES), "es");
    ck_assert_str_eq(lang_code(LANG_EN), "en");
}
END_TEST

Suite *msg_suite(void)
{
    Suite *s = suite_create("msg");
    TCase *tc = t_case(s, "msg");
    tcase_add_test(tc, every_message_has_both_texts);
    tcase_add_test(tc, names_are_found);
    tcase_add_test(tc, other_names_are_not);
    tcase_add_test(tc, languages_have_codes);
    return s;
}
