#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/suites.h"
#include "tpl/names.h"
#include "tpl/tpl.h"

Suite *tpl_suite(void);

#define HTML "{{%AUTOESCAPE context=\"HTML\"}}"

static struct arena *arena;
static struct tpl_names *names;
static struct buf out;
static struct err_note why;

static void setup(void)
{
    arena = arena_new(16 << 20, NULL, NULL);
    names = tpl_names_new(arena);
    buf_init(&out, 1 << 20);
}

static void teardown(void)
{
    buf_done(&out);
    arena = arena_free(arena);
}

static unsigned name(const char *text)
{
    return tpl_name(names, text, strlen(text));
}

static struct tpl_dict *dict(void)
{
    return tpl_dict_new_names(arena, LANG_ES, names);
}

static enum err parse_with(const char *text, enum tpl_strip strip, bool strict,
                           const struct tpl **ret_tpl)
{
    struct tpl_source src = {.file = "t.tpl",
                             .p = text,
                             .n = strlen(text),
                             .strip = strip,
                             .strict = strict};
    return tpl_parse(arena, names, &src, ret_tpl, &why);
}

static const struct tpl *template_of(const char *text)
{
    const struct tpl *t = NULL;
    enum err e = parse_with(text, TPL_STRIP_NONE, false, &t);
    ck_assert_msg(e == ERR_OK, "%s: %s", text, why.text);
    return t;
}

static const char *expand(const char *text, const struct tpl_dict *d)
{
    buf_reset(&out);
    ck_assert_int_eq(tpl_render(template_of(text), d, &out, &why), ERR_OK);
    return buf_str(&out);
}

#define EXPANDS(text, d, want) ck_assert_str_eq(expand((text), (d)), (want))

/* --- errors ----------------------------------------------------------------
 */

static const struct {
    const char *text, *message;
} refused[] = {
    {"a{{X", "t.tpl:1:2: this marker is never closed"},
    {"a\n b {{X Y}}", "t.tpl:2:4: bad character in the marker X"},
    {"\n{{#S}}x", "t.tpl:2:1: the section S is never closed"},
    {"{{/S}}", "t.tpl:1:1: {{/S}} without its start"},
    {"{{#A}}{{#B}}\n{{/A}}{{/B}}",
     "t.tpl:2:1: {{/A}} where the section B is open"},
    {"{{X:bogus}}", "t.tpl:1:1: unknown modifier 'bogus' of X"},
    {"{{X:h:}}", "t.tpl:1:1: unknown modifier '' of X"},
    {"{{=x=}}", "t.tpl:1:1: malformed set-delimiter marker"},
    {"{{%FOO}}", "t.tpl:1:1: unknown pragma FOO"},
    {"x" HTML, "t.tpl:1:2: the pragma must be the first thing"},
    {"{{%AUTOESCAPE context=\"Html\"}}",
     "t.tpl:1:1: malformed pragma; write {{%AUTOESCAPE context=\"HTML\"}}"},
    {"{{%AUTOESCAPE context=\"CSS\" state=\"IN_TAG\"}}",
     "t.tpl:1:1: malformed pragma; write {{%AUTOESCAPE context=\"HTML\"}}"},
    {HTML "<b onclick=f({{X}})>",
     "t.tpl:1:44: the value of an on… attribute must be quoted"},
    {HTML "<b style=color:{{X}}>",
     "t.tpl:1:46: the value of a style attribute must be quoted"},
    {HTML "<meta content=0;url={{X}}>",
     "t.tpl:1:51: the value of a URL attribute must be quoted"},
    {HTML "<a href={{X}}>",
     "t.tpl:1:39: the value of a URL attribute must be quoted"},
    {HTML "<a \"x>", "t.tpl:1:34: unexpected character in a tag"},
};

START_TEST(refuses)
{
    const struct tpl *t;
    ck_assert_int_eq(parse_with(refused[_i].text, TPL_STRIP_NONE, false, &t),
                     ERR_INVALID);
    ck_assert_str_eq(why.text, refused[_i].message);
}
END_TEST

START_TEST(strict_needs_pragma)
{
    const struct tpl *t;
    ck_assert_int_eq(parse_with("{{X}}", TPL_STRIP_BLANK, true, &t),
                     ERR_INVALID);
    ck_assert_str_eq(why.text, "t.tpl:1:1: must begin with {{%AUTOESCAPE "
                               "context=\"HTML\"}}");
    ck_assert_int_eq(parse_with("", TPL_STRIP_BLANK, true, &t), ERR_INVALID);
    ck_assert_int_eq(parse_with("{{%AUTOESCAPE context=\"XML\"}}",
                                TPL_STRIP_BLANK, true, &t),
                     ERR_OK);
    ck_assert_int_eq(parse_with(HTML "\n{{X}}", TPL_STRIP_BLANK, true, &t),
                     ERR_OK);
}
END_TEST

START_TEST(strict_is_strict)
{
    const struct tpl *t;
    static const char *const texts[] = {
        HTML "{{X:x-mine}}",
        HTML "<{{X}}>",
        HTML "</{{X}}>",
        HTML "<b {{>X}}>",
        HTML "{{}}",
        HTML "{{#}}{{/}}",
        HTML "{{BI_SPACE:h}}",
        HTML "x{{",
        HTML "{{= x=}}",
        HTML "{{=x =}}",
        HTML "{{T_never_a_text}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        ck_assert_int_eq(parse_with(texts[i], TPL_STRIP_NONE, false, &t),
                         ERR_OK);
        ck_assert_int_eq(parse_with(texts[i], TPL_STRIP_NONE, true, &t),
                         ERR_INVALID);
    }
}
END_TEST

START_TEST(position_survives_stripping)
{
    const struct tpl *t;
    ck_assert_int_eq(
        parse_with("\n\n   a\n\n   {{X:no}}", TPL_STRIP_WHITESPACE, false, &t),
        ERR_INVALID);
    ck_assert_str_eq(why.text, "t.tpl:5:4: unknown modifier 'no' of X");
}
END_TEST

START_TEST(depth_is_limited)
{
    const struct tpl *t;
    struct buf text;
    buf_init(&text, 1 << 16);
    for (int i = 0; i < TPL_DEPTH_MAX; i++)
        buf_adds(&text, "{{#S}}");
    for (int i = 0; i < TPL_DEPTH_MAX; i++)
        buf_adds(&text, "{{/S}}");
    ck_assert_int_eq(parse_with(buf_str(&text), TPL_STRIP_NONE, false, &t),
                     ERR_OK);
    buf_reset(&text);
    for (int i = 0; i <= TPL_DEPTH_MAX; i++)
        buf_adds(&text, "{{#S}}");
    ck_assert_int_eq(parse_with(buf_str(&text), TPL_STRIP_NONE, false, &t),
                     ERR_INVALID);
    buf_done(&text);
}
END_TEST

/* --- language --------------------------------------------------------------
 */

START_TEST(variables)
{
    struct tpl_dict *d = dict();
    tpl_set(d, name("A"), "one");
    tpl_set(d, name("A"), "two");
    tpl_set(d, name("NIL"), NULL);
    tpl_set_n(d, name("PART"), "partly", 4);
    tpl_set_int(d, name("MIN"), INT64_MIN);
    EXPANDS("{{A}}|{{NIL}}|{{PART}}|{{MIN}}|{{MISSING}}", d,
            "two||part|-9223372036854775808|");
    EXPANDS("{{{A}}}{{! gone }}{{BI_SPACE}}{{BI_NEWLINE}}x", d, "{two} \nx");
    EXPANDS("{{=<% %>=}}{{A}}<%A%><%={{ }}=%>{{A}}", d, "{{A}}twotwo");
    EXPANDS("{{=x =}}xAx", d, "A"); /* closed at once: without a name */
    EXPANDS("{{= x=}}{{A}}x", d, "{{A}}x");
    EXPANDS("", d, "");
}
END_TEST

START_TEST(built_in_variables)
{
    struct tpl_dict *d = dict();
    EXPANDS("{{BI_SPACE}}{{BI_SPACE:u}}{{BI_NEWLINE:j}}", d, " +\\n");
    EXPANDS(HTML "<b x={{BI_SPACE}}{{A}}>", d, "<b x= >");
    tpl_set(d, name("BI_SPACE"), "&nbsp;");
    EXPANDS(HTML "{{BI_SPACE}}{{BI_NEWLINE}}", d, "&nbsp;\n");
    const struct tpl *t; /* where views/ rules, it is text */
    ck_assert_int_eq(parse_with(HTML "{{BI_SPACE}}", TPL_STRIP_NONE, true, &t),
                     ERR_OK);
    buf_reset(&out);
    ck_assert_int_eq(tpl_render(t, d, &out, &why), ERR_OK);
    ck_assert_str_eq(buf_str(&out), " ");
}
END_TEST

START_TEST(messages)
{
    for (int m = MSG_none + 1; m < (int)MSG__MAX; m++) {
        const char *text = arena_fmt(arena, "{{T_%s}}", msg_name((enum msg)m));
        EXPANDS(text, dict(), msg_text(LANG_ES, (enum msg)m));
        EXPANDS(text, tpl_dict_new_names(arena, LANG_EN, names),
                msg_text(LANG_EN, (enum msg)m));
    }
}
END_TEST

START_TEST(many_names)
{
    struct tpl_dict *d = dict();
    for (unsigned i = 0; i < 500; i++)
        tpl_set_int(d, name(arena_fmt(arena, "N%u", i)), i);
    EXPANDS("{{N0}} {{N250}} {{N499}} {{N500}}", d, "0 250 499 ");
}
END_TEST

START_TEST(sections)
{
    struct tpl_dict *d = dict();
    tpl_set(d, name("X"), "top");
    tpl_show(d, name("S"));
    tpl_show(d, name("S"));
    tpl_set(tpl_add(d, name("R")), name("X"), "1");
    tpl_add(d, name("R"));
    tpl_set(tpl_add(d, name("R")), name("X"), "3");
    EXPANDS("{{#S}}s{{X}}{{/S}}{{#NO}}no{{/NO}}", d, "stop");
    EXPANDS("{{#R}}{{X}}{{#R_separator}}, {{/R_separator}}{{/R}}", d,
            "1, top, 3");
    /* S belongs to the top, so it does not see the values of R */
    EXPANDS("{{#R}}{{#S}}{{X}}{{/S}}{{/R}}", d, "toptoptop");
}
END_TEST

START_TEST(includes)
{
    struct tpl_dict *d = dict();
    const struct tpl *inner = template_of("<{{A}}{{G}}>\n{{#GS}}gs{{/GS}}");
    tpl_set(d, name("A"), "not seen");
    tpl_set_global(d, name("G"), "global");
    tpl_show_global(d, name("GS"));
    tpl_set(tpl_include(d, name("I"), inner), name("A"), "x\ny");
    tpl_include(d, name("I"), inner);
    EXPANDS("{{>I}}", d, "<x\nyglobal>\ngs<global>\ngs");
    EXPANDS("\n  {{>I}}", d, "\n  <x\n  yglobal>\n  gs<global>\n  gs");
    EXPANDS("{{! no\nline }}\\\n{{>I:p}}", d,
            "\n&lt;x\nyglobal&gt;\ngs&lt;global&gt;\ngs");
    EXPANDS(" {{>I:p}}", d, " &lt;x\n yglobal&gt;\n gs&lt;global&gt;\n gs");
    EXPANDS("{{>I:h}}", d, "&lt;x yglobal&gt; gs&lt;global&gt; gs");
    EXPANDS("{{>NOT_THERE}}", d, "");
    EXPANDS("{{#I}}an include is no section{{/I}}{{I}}", d, "");
}
END_TEST

START_TEST(includes_are_limited)
{
    struct tpl_dict *d = dict(), *inner = d;
    const struct tpl *t = template_of("{{>I}}");
    for (int i = 0; i < 100; i++)
        inner = tpl_include(inner, name("I"), t);
    ck_assert_int_eq(tpl_render(t, d, &out, &why), ERR_BUG);
}
END_TEST

START_TEST(strip_modes)
{
    static const char text[] =
        "\n <p>\n  {{#S}} \n  a {{X}} \n\t{{/S}}\n</p>\n";
    static const char *const want[] = {
        [TPL_STRIP_NONE] = "\n <p>\n   \n  a  \n\t\n</p>\n",
        [TPL_STRIP_BLANK] = " <p>\n  a  \n</p>\n",
        [TPL_STRIP_WHITESPACE] = "<p>a </p>"};
    struct tpl_dict *d = dict();
    tpl_show(d, name("S"));
    const struct tpl *t;
    buf_reset(&out);
    ck_assert_int_eq(parse_with(text, (enum tpl_strip)_i, false, &t), ERR_OK);
    ck_assert_int_eq(tpl_render(t, d, &out, &why), ERR_OK);
    ck_assert_str_eq(buf_str(&out), want[_i]);
}
END_TEST

START_TEST(output_is_limited)
{
    struct buf small;
    buf_init(&small, 5);
    ck_assert_int_eq(tpl_render(template_of("123456"), dict(), &small, &why),
                     ERR_TOOLARGE);
    buf_done(&small);
}
END_TEST

/* --- escaping --------------------------------------------------------------
 */

#define EVIL "\"><script>'&"

static const struct {
    const char *text, *want;
} escaped[] = {
    {"{{X}}", EVIL}, /* no pragma: as it is */
    {HTML "<p>{{X}}</p>", "<p>&quot;&gt;&lt;script&gt;&#39;&amp;</p>"},
    {HTML "<b title=\"{{X}}\">",
     "<b title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\">"},
    {HTML "<b title={{X}}>", "<b title=___script___>"},
    {HTML "<b {{X}}>", "<b ___script___>"},
    {HTML "<a href=\"?q={{X}}\">",
     "<a href=\"?q=&quot;&gt;&lt;script&gt;&#39;&amp;\">"},
    {HTML "<a href=?q={{X}}>", "<a href=?q=%22%3E%3Cscript%3E%27%26>"},
    {HTML "<a href=\"{{JS}}\">", "<a href=\"#\">"},
    {HTML "<a href=\"{{OK}}\">", "<a href=\"https://x/?a=1&amp;b\">"},
    {HTML "<img src='{{JS}}'>", "<img src='#'>"},
    {HTML "<img src='{{JS:I=html}}'>", "<img src='/images/cleardot.gif'>"},
    {HTML "<meta http-equiv=refresh content=\"0; url={{JS}}\">",
     "<meta http-equiv=refresh content=\"0; url=#\">"},
    {HTML "<!-- {{X}} -->", "<!-- &quot;&gt;&lt;script&gt;&#39;&amp; -->"},
    {HTML "<title>{{X}}</title>",
     "<title>&quot;&gt;&lt;script&gt;&#39;&amp;</title>"},
    {HTML "<textarea><a href=\"{{JS}}\"></textarea>",
     "<textarea><a href=\"javascript:alert(1)\"></textarea>"},
    {HTML "{{X:j}}", "\\x22\\x3e\\x3cscript\\x3e\\x27\\x26"},
    {HTML "{{X:u}}", "%22%3E%3Cscript%3E%27%26"},
    {HTML "{{X:h:h}}", "&amp;quot;&amp;gt;&amp;lt;script&amp;gt;&amp;#39;"
                       "&amp;amp;"},
    {HTML "{{NL}}|{{NL:p}}", "a b|a\nb"},
    {HTML "<a href=\"{{X:c}}\">", "<a href=\"script\">"},
    {HTML "<script src=\"/x.js\"></script>{{X}}",
     "<script src=\"/x.js\"></script>&quot;&gt;&lt;script&gt;&#39;&amp;"},
    {HTML "<script>f({{N}}, '{{X}}', {{X}})</script>",
     "<script>f(-1.5, '\\x22\\x3e\\x3cscript\\x3e\\x27\\x26', null)</script>"},
    {HTML "<script>'<!--</script>' + '{{X}}' --></script>{{X:none:u}}",
     "<script>'<!--</script>' + '\\x22\\x3e\\x3cscript\\x3e\\x27\\x26' -->"
     "</script>%22%3E%3Cscript%3E%27%26"},
    {HTML "<b onclick=\"f({{X}}, &quot;{{X}}&quot;)\">",
     "<b onclick=\"f(null, "
     "&quot;\\x22\\x3e\\x3cscript\\x3e\\x27\\x26&quot;)\">"},
    {HTML "<b style=\"color: {{X}}\">", "<b style=\"color: script\">"},
    {HTML "<style>b {color: {{X}}}</style>",
     "<style>b {color: script}</style>"},
    {"{{%AUTOESCAPE context=\"JAVASCRIPT\"}}a = {{X}}, b = \"{{X}}\"",
     "a = null, b = \"\\x22\\x3e\\x3cscript\\x3e\\x27\\x26\""},
    {HTML "<b x=\"{{X:h:j}}\">",
     "<b x=\"\\x26quot;\\x26gt;\\x26lt;script\\x26gt;\\x26#39;\\x26amp;\">"},
    {HTML "{{X:x-mine}}{{N:h:x-mine:h}}",
     "&quot;&gt;&lt;script&gt;&#39;&amp;-1.5"},
    {HTML "{{OVERLONG:j}}{{AMP:H=snippet}}", "\\x22\\x3c\xc0&amp;{&"},
    {HTML "<style>b{}</style><a href=\"{{JS}}\">",
     "<style>b{}</style><a href=\"#\">"},
    {"{{%AUTOESCAPE context=\"HTML\" state=\"IN_TAG\"}}href=\"{{JS}}\"",
     "href=\"#\""},
    {"{{%AUTOESCAPE context=\"XML\"}}{{X}}",
     "&quot;&gt;&lt;script&gt;&#39;&amp;"},
    {"{{%AUTOESCAPE context=\"JSON\"}}{{X}}",
     "\\x22\\x3e\\x3cscript\\x3e\\x27\\x26"},
    {"{{%AUTOESCAPE context=\"CSS\"}}{{X}}", "script"},
};

START_TEST(escapes)
{
    struct tpl_dict *d = dict();
    tpl_set(d, name("X"), EVIL);
    tpl_set(d, name("JS"), "javascript:alert(1)");
    tpl_set(d, name("OK"), "https://x/?a=1&b");
    tpl_set(d, name("NL"), "a\nb");
    tpl_set(d, name("N"), "-1.5");
    tpl_set(d, name("OVERLONG"), "\xc0\xa2\xe0\x80\xbc\xc0");
    tpl_set(d, name("AMP"), "&{&");
    EXPANDS(escaped[_i].text, d, escaped[_i].want);
}
END_TEST

START_TEST(none_is_for_safe_html)
{
    struct tpl_dict *d = dict();
    tpl_set(d, name("PLAIN"), "<b>");
    tpl_set_safe(d, name("SAFE"), (struct safe_html){"<b>", 3});
    EXPANDS(HTML "{{SAFE:none}}{{SAFE}}", d, "<b>&lt;b&gt;");
    EXPANDS(HTML "{{PLAIN:none}}<a href=\"{{PLAIN:none}}\">", d,
            "&lt;b&gt;<a href=\"&lt;b&gt;\">");
    EXPANDS(HTML "{{PLAIN:none:h}}{{PLAIN:j:none}}", d, "&lt;b&gt;\\x3cb\\x3e");
}
END_TEST

/* --- structs ---------------------------------------------------------------
 */

struct row {
    int64_t id;
    const char *doc_number;
    bool active;
    bool unseen;
};

static const struct column row_cols[] = {COL(COL_INT, struct row, id),
                                         COL(COL_TEXT, struct row, doc_number),
                                         COL(COL_BOOL, struct row, active),
                                         COL(COL_BOOL, struct row, unseen),
                                         {0}};

static const struct row rows[] = {{1, "<one>", true, false},
                                  {-2, "two", false, false},
                                  {3, NULL, true, false}};

START_TEST(bind_rows)
{
    static const char text[] =
        HTML "{{#R}}{{ID}}:{{DOC_NUMBER}}{{#ACTIVE}}+{{ID}}{{TOP}}{{/ACTIVE}}"
             "{{#R_separator}}, {{/R_separator}}{{/R}}";
    struct tpl_dict *d = dict();
    (void)template_of(text); /* its names are known before the binding */
    tpl_set(d, name("TOP"), "t");
    tpl_set(d, name("ID"), "hidden by the column");
    tpl_bind(d, name("R"), row_cols, rows, ARRAY_LEN(rows), sizeof(rows[0]));
    size_t used = arena_used(arena);
    const struct tpl *t = template_of(text);
    size_t parsed = arena_used(arena);
    ck_assert_int_eq(tpl_render(t, d, &out, &why), ERR_OK);
    ck_assert_str_eq(buf_str(&out), "1:&lt;one&gt;+1t, -2:two, 3:+3t");
    ck_assert_uint_ge(parsed, used);
    ck_assert_uint_eq(arena_used(arena), parsed); /* none per row */
}
END_TEST

START_TEST(bind_nothing)
{
    struct tpl_dict *d = dict(), *child = tpl_add(d, name("IN"));
    tpl_show(d, name("R"));
    tpl_bind(child, name("R"), row_cols, NULL, 0, sizeof(rows[0]));
    EXPANDS("{{#R}}x{{/R}}{{#IN}}{{#R}}y{{/R}}{{/IN}}", d, "x");
}
END_TEST

START_TEST(set_struct)
{
    static const char text[] = "{{ID}} {{DOC_NUMBER}} {{#ACTIVE}}A{{/ACTIVE}}"
                               "{{#S}}{{ID}}{{/S}}{{ACTIVE}}";
    struct tpl_dict *d = dict();
    (void)template_of(text);
    tpl_show(d, name("S"));
    tpl_set_struct(d, row_cols, &rows[0]);
    EXPANDS(text, d, "1 <one> A11");
    tpl_set_struct(d, row_cols, &rows[1]);
    EXPANDS(text, d, "-2 two -20");
}
END_TEST

Suite *tpl_suite(void)
{
    Suite *s = suite_create("tpl");
    TCase *tc = tcase_create("tpl");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, refuses, 0, (int)ARRAY_LEN(refused));
    tcase_add_test(tc, strict_needs_pragma);
    tcase_add_test(tc, strict_is_strict);
    tcase_add_test(tc, position_survives_stripping);
    tcase_add_test(tc, depth_is_limited);
    tcase_add_test(tc, variables);
    tcase_add_test(tc, built_in_variables);
    tcase_add_test(tc, messages);
    tcase_add_test(tc, many_names);
    tcase_add_test(tc, sections);
    tcase_add_test(tc, includes);
    tcase_add_test(tc, includes_are_limited);
    tcase_add_loop_test(tc, strip_modes, 0, 3);
    tcase_add_test(tc, output_is_limited);
    tcase_add_loop_test(tc, escapes, 0, (int)ARRAY_LEN(escaped));
    tcase_add_test(tc, none_is_for_safe_html);
    tcase_add_test(tc, bind_rows);
    tcase_add_test(tc, bind_nothing);
    tcase_add_test(tc, set_struct);
    suite_add_tcase(s, tc);
    return s;
}
