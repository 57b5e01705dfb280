#include <check.h>
#include <string.h>

#include "test/suites.h"
#include "tpl/compile.h"

Suite *compile_suite(void);

static struct arena *arena;
static struct tpl_names *names;
static struct buf out;

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

static const struct tpl *compiled(const char *text)
{
    const struct tpl *t = NULL;
    struct err_note why;
    struct tpl_source src = {.file = "views/a/b.tpl",
                             .p = text,
                             .n = strlen(text),
                             .strip = TPL_STRIP_BLANK};
    ck_assert_int_eq(tpl_parse(arena, names, &src, &t, &why), ERR_OK);
    return t;
}

static const char golden_want[] =
    "#include \"gen/tplnames.h\"\n"
    "#include \"tpl/program.h\"\n\n"
    "static const char text_es[17 + TPL_TEXT_PAD] =\n"
    "    \"<a href=\\\"\\\">\\n\"\n"
    "    \"?\\077=\\001\\\\\";\n\n"
    "static const uint8_t mods_es[] = {\n"
    "    7, 0,\n};\n\n"
    "static const struct tpl_op ops_es[] = {\n"
    "    {TPL_OP_VAR, N_GOLD_URL, 0, 0, 9},\n"
    "    {TPL_OP_TEXT, 0, 0, 9, 3},\n"
    "    {TPL_OP_SECTION, N_GOLD_S, 6, 0, 0},\n"
    "    {TPL_OP_TEXT, 0, 0, 12, 5},\n"
    "    {TPL_OP_INCLUDE, N_GOLD_I, 1, 0, 0},\n"
    "    {TPL_OP_TEXT, 0, 0, 11, 1},\n};\n\n"
    "extern const struct tpl tpl_a_b;\n"
    "const struct tpl tpl_a_b = {\n"
    "    .file = \"views/a/b.tpl\",\n"
    "    .in[0] = {ops_es, text_es, mods_es, 6, 17, 2},\n"
    "    .in[1] = {ops_es, text_es, mods_es, 6, 17, 2},\n"
    "};\n";

START_TEST(golden)
{
    compile_emit(&out,
                 compiled("{{%AUTOESCAPE context=\"HTML\"}}\n"
                          "<a href=\"{{GOLD_URL}}\">{{! note }}\n"
                          "{{#GOLD_S}}\n?\?=\x01\\{{>GOLD_I}}\n{{/GOLD_S}}\n"),
                 names, "tpl_a_b");
    ck_assert_str_eq(buf_str(&out), golden_want);
}
END_TEST

START_TEST(no_markers_left)
{
    static const char *const texts[] = {
        "{{A}}{{#B}}{ {{{! x }}} {{/B}}{{>C}}",
        "{{=<% %>=}}{{A}} {{{{ <%A%>",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        buf_reset(&out);
        compile_emit(&out, compiled(texts[i]), names, "tpl_x");
        ck_assert_ptr_null(strstr(buf_str(&out), "{{"));
    }
}
END_TEST

START_TEST(text_is_joined)
{
    const struct tpl_program *p = &compiled("a{{! x }}b{{! y }} c")->in[0];
    ck_assert_uint_eq(p->n_ops, 1);
    ck_assert_uint_eq(p->n_text, 4);
    ck_assert_int_eq(memcmp(p->text, "ab c", 4), 0);
}
END_TEST

START_TEST(text_is_not_joined_over_sections)
{
    const struct tpl_program *p =
        &compiled("a{{#S}}b{{/S}}{{A}}c{{#S}}{{/S}}")->in[0];
    ck_assert_uint_eq(p->n_ops, 6);
    ck_assert_uint_eq(p->ops[1].a, 3);
    ck_assert_uint_eq(p->ops[3].kind, TPL_OP_VAR);
    ck_assert_uint_eq(p->ops[3].c, 0); /* b is not text before A */
    ck_assert_uint_eq(p->ops[5].a, 6);
}
END_TEST

START_TEST(messages_are_text)
{
    static const char *const want[] = {
        [LANG_ES] = "[Administraci\xc3\xb3n|Administraci%C3%B3n]",
        [LANG_EN] = "[Administrator|Administrator]",
    };
    const struct tpl *t = compiled("[{{T_role_admin}}|{{T_role_admin:u}}]");
    for (int lang = 0; lang < LANG__MAX; lang++) {
        ck_assert_uint_eq(t->in[lang].n_ops, 1);
        ck_assert_uint_eq(t->in[lang].n_text, strlen(want[lang]));
        ck_assert_str_eq(t->in[lang].text, want[lang]);
    }
    compile_emit(&out, t, names, "tpl_x");
    ck_assert_ptr_nonnull(strstr(buf_str(&out), ".in[1] = {ops_en, text_en,"));
}
END_TEST

START_TEST(names_are_numbers)
{
    unsigned a = tpl_name(names, "NAMES_A", 7),
             b = tpl_name(names, "names_b", 7);
    ck_assert_uint_ne(a, 0);
    ck_assert_uint_ne(a, b);
    ck_assert_uint_eq(tpl_name(names, "NAMES_AB", 7), a);
    ck_assert_uint_ne(tpl_name(names, "NAMES_AB", 8), a);
    ck_assert_str_eq(tpl_name_text(names, a), "NAMES_A");
    ck_assert_str_eq(tpl_name_text(names, 0), "");
    ck_assert_str_eq(tpl_name_text(names, 59999), "");
    ck_assert_uint_eq(tpl_name_of_column(names, "names_a"), a);
    ck_assert_uint_eq(tpl_name_of_column(names, "names_b"), 0);
    ck_assert_uint_eq(tpl_name_of_column(names, "never_a_marker"), 0);
    for (unsigned i = 1; i <= tpl_static_names.n; i++) {
        const char *text = tpl_name_text(NULL, i);
        ck_assert_uint_eq(tpl_name(names, text, strlen(text)), i);
    }
}
END_TEST

Suite *compile_suite(void)
{
    Suite *s = suite_create("compile");
    TCase *tc = tcase_create("compile");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, golden);
    tcase_add_test(tc, no_markers_left);
    tcase_add_test(tc, text_is_joined);
    tcase_add_test(tc, text_is_not_joined_over_sections);
    tcase_add_test(tc, messages_are_text);
    tcase_add_test(tc, names_are_numbers);
    suite_add_tcase(s, tc);
    return s;
}
