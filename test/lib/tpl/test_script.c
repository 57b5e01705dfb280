#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "test/suites.h"
#include "tpl/entity.h"
#include "tpl/script.h"

Suite *script_suite(void);

/* A double quote after text opens a string, and at its end we are in it. */
static bool opens(const char *text)
{
    struct script_context s;
    script_init(&s);
    for (; *text != '\0'; text++)
        script_byte(&s, *text);
    script_byte(&s, '"');
    return script_is_quoted(&s);
}

static const struct {
    const char *text;
    bool opens;
} texts[] = {
    {"", true},
    {"'a", true}, /* in the other kind of string */
    {"'a'", true},
    {"\"a", false},
    {"\"a\\\"", false},
    {"\"a\\\\\"", true},
    {"// ", false},
    {"// \n", true},
    {"/* ", false},
    {"/* */", true},
    {"/*/ */", true},
    {"= /", false}, /* in a regular expression */
    {"= /'/", true},
    {"= /[/']/", true},
    {"= /\\//", true},
    {"= /[\\]/", false},
    {"a /x ", true}, /* a division */
    {"a /* */ /x ", true},
    {"a++ /x ", true},
    {"a + /x ", false},
    {"a + + /x ", false},
    {") /x ", true},
    {"} /x ", false},
    {"return /x ", false},
    {"a.returned /x ", true},
    {"return/**/ /x ", false},
    {"ret/**/urn /x ", true},
};

START_TEST(knows_strings)
{
    ck_assert_msg(opens(texts[_i].text) == texts[_i].opens, "%s",
                  texts[_i].text);
}
END_TEST

static const struct {
    const char *from, *to;
} references[] = {
    {"a&b", "a"}, /* a reference may follow */
    {"&quot;&LT;&gt;&amp;&apos;", "\"<>&'"},
    {"&#34;&#x22;&#X22 &#290;", "\"\"\"\""},
    {"&nbsp;&;&quot ", "&nbsp;&;\""},
    {"&#0;&#;", ""},
    {"&longname;", "&longname;"},
    {"&#0000034;", "&#0000034;"},
};

START_TEST(decodes_references)
{
    struct entity e = {.n = 0};
    char got[64] = "";
    for (const char *s = references[_i].from; *s != '\0'; s++)
        strncat(got, entity_byte(&e, *s), sizeof(got) - strlen(got) - 1);
    ck_assert_str_eq(got, references[_i].to);
}
END_TEST

Suite *script_suite(void)
{
    Suite *s = suite_create("script");
    TCase *tc = tcase_create("script");
    tcase_add_loop_test(tc, knows_strings, 0, (int)ARRAY_LEN(texts));
    tcase_add_loop_test(tc, decodes_references, 0, (int)ARRAY_LEN(references));
    suite_add_tcase(s, tc);
    return s;
}
