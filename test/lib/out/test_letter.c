#include <string.h>

#include "out/letter.h"
#include "test/support.h"

static struct mail write_one(enum lang lang)
{
    struct mail m = {0};
    struct err_note why = {""};
    struct letter *l = letter_new(t_arena, lang, "Título & <más>");
    letter_text(l, "Uno & <dos>");
    letter_text(l, "Tres");
    letter_fact(l, "Nombre", "\"Ana\" <b>");
    letter_quote(l, "línea 1\r\n\n<i>línea 3</i>");
    letter_link(l, "Abrir", "https://pt.example/x/?a=1&b=2");
    letter_small(l, "Vence en una hora.");
    ck_assert_msg(letter_finish(l, &m, &why) == ERR_OK, "%s", why.text);
    return m;
}

START_TEST(the_text_is_as_it_was_written)
{
    struct mail m = write_one(LANG_ES);
    ck_assert_str_eq(m.subject, "Título & <más>");
    ck_assert_str_eq(m.lang, "es");
    const char *want = "Uno & <dos>\n"
                       "\n"
                       "Tres\n"
                       "\n"
                       "Nombre: \"Ana\" <b>\n"
                       "\n"
                       "> línea 1\n"
                       "> \n"
                       "> <i>línea 3</i>\n"
                       "\n"
                       "Abrir:\n"
                       "https://pt.example/x/?a=1&b=2\n"
                       "\n"
                       "Vence en una hora.\n"
                       "\n"
                       "-- \n"
                       "Personal Technology,";
    ck_assert_msg(strncmp(m.body_text, want, strlen(want)) == 0, "%s",
                  m.body_text);
}
END_TEST

START_TEST(the_html_is_escaped)
{
    struct mail m = write_one(LANG_ES);
    t_contains(m.body_html, "<html lang=\"es\">");
    t_contains(m.body_html, "Título &amp; &lt;más&gt;");
    t_contains(m.body_html, "Uno &amp; &lt;dos&gt;");
    t_contains(m.body_html, "&lt;i&gt;línea 3&lt;/i&gt;<br>");
    t_contains(m.body_html, "href=\"https://pt.example/x/?a=1&amp;b=2\"");
    ck_assert_ptr_null(strstr(m.body_html, "<i>"));
}
END_TEST

START_TEST(it_speaks_both_languages)
{
    struct mail es = write_one(LANG_ES), en = write_one(LANG_EN);
    ck_assert_str_eq(en.lang, "en");
    t_contains(es.body_text, "lo envió el sistema");
    t_contains(en.body_text, "was sent by the system");
    t_contains(en.body_html, "was sent by the system");
}
END_TEST

START_TEST(too_much_is_refused)
{
    struct mail m;
    struct err_note why;
    char *big = arena_alloc(t_arena, MAX_MAIL_BYTES + 1);
    memset(big, 'x', MAX_MAIL_BYTES);
    big[MAX_MAIL_BYTES] = '\0';
    struct letter *l = letter_new(t_arena, LANG_ES, "x");
    letter_text(l, big);
    t_is(letter_finish(l, &m, &why), ERR_TOOLARGE);
}
END_TEST

Suite *letter_suite(void)
{
    Suite *s = suite_create("letter");
    TCase *tc = t_case(s, "letter");
    tcase_add_test(tc, the_text_is_as_it_was_written);
    tcase_add_test(tc, the_html_is_escaped);
    tcase_add_test(tc, it_speaks_both_languages);
    tcase_add_test(tc, too_much_is_refused);
    return s;
}
