#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cfg.h"
#include "base/limits.h"
#include "test/support.h"

struct entry {
    const char *name;
    const char *const *words;
    int64_t n;
};

struct sample {
    const char *title;
    const char *const *more;
    struct {
        const char *text;
        int64_t number, mode;
    } one;
    int64_t n_entries;
    struct entry entries[2];
};

#define AT(member) .offset = offsetof(struct sample, member)
#define ONE(member)                                                            \
    .offset = offsetof(struct sample, one.member) - offsetof(struct sample, one)

static const struct cfg_key top_keys[] = {
    {"title", CFG_TEXT, AT(title), .def = "none"},
    {"more", CFG_WORDS, AT(more), .def = "", .flags = CFG_FILES},
    {0},
};

static const struct cfg_key one_keys[] = {
    {"text", CFG_TEXT, ONE(text), .def = ""},
    {"number", CFG_INT, ONE(number), .def = "5", .min = 1, .max = 10},
    {"mode", CFG_OCTAL, ONE(mode), .def = "0640", .max = 0777},
    {0},
};

static const struct cfg_key entry_keys[] = {
    {"words", CFG_WORDS, offsetof(struct entry, words), .flags = CFG_REQUIRED},
    {"n", CFG_INT, offsetof(struct entry, n), .def = "3"},
    {0},
};

static const struct cfg_section sections[] = {
    {.name = "", .keys = top_keys},
    {.name = "one", .keys = one_keys, AT(one)},
    {.name = "many",
     .keys = entry_keys,
     AT(entries),
     .map = true,
     .size = sizeof(struct entry),
     .max = 2,
     .count_offset = offsetof(struct sample, n_entries)},
    {0},
};

static const char *home, *path;

static const char *at_home(const char *name)
{
    return arena_fmt(t_arena, "%s/%s", home, name);
}

/* A folder with the first file, and a folder d in it. */
static void setup(void)
{
    unsetenv("T_TEXT");
    home = t_path("home");
    path = at_home("sample.yaml");
    ck_assert_int_eq(mkdir(home, 0700), 0);
    ck_assert_int_eq(mkdir(at_home("d"), 0700), 0);
}

static void beside(const char *name, const char *yaml)
{
    t_write(at_home(name), yaml);
}

static struct sample load(const char *yaml)
{
    struct sample s = {0};
    struct err_note why = {""};
    t_write(path, yaml);
    enum err e = cfg_load(path, sections, t_arena, &s, &why);
    ck_assert_msg(e == ERR_OK, "%s", why.text);
    return s;
}

/* What the note says, the text being refused. */
static const char *refused(const char *yaml)
{
    struct sample s = {0};
    struct err_note why = {""};
    t_write(path, yaml);
    enum err e = cfg_load(path, sections, t_arena, &s, &why);
    ck_assert_msg(e == ERR_CONFIG, "accepted: %s", yaml);
    return arena_strdup(t_arena, why.text);
}

START_TEST(other_files_are_read_after_this_one)
{
    beside("d/20.yaml", "title: twenty\none: {number: 7}\n"
                        "many: {b: {words: y}}\n");
    beside("d/10.yaml", "title: ten\none: {mode: 0600, number: 6}\n"
                        "many: {a: {n: 9}}\n");
    beside("d/.hidden.yaml", "nonsense: 1\n");
    beside("d/30.yaml.off", "nonsense: 1\n");
    struct sample s = load("more: d/*.yaml\ntitle: first\none: {number: 2}\n"
                           "many: {a: {words: [x, z], n: 4}}\n");
    ck_assert_str_eq(s.title, "twenty");
    ck_assert_int_eq(s.one.number, 7);
    ck_assert_int_eq(s.one.mode, 0600);
    ck_assert_int_eq(s.n_entries, 2);
    ck_assert_str_eq(s.entries[0].name, "a");
    ck_assert_int_eq(s.entries[0].n, 9);
    ck_assert_str_eq(s.entries[0].words[1], "z");
    ck_assert_str_eq(s.entries[1].name, "b");
    ck_assert_int_eq(s.entries[1].n, 3);
}
END_TEST

/* From the folder of the file that names them. */
START_TEST(other_files_name_others)
{
    ck_assert_int_eq(mkdir(at_home("d/e"), 0700), 0);
    beside("d/1.yaml", "more: [e/a.yaml, '${T_TEXT:-2.yaml}']\ntitle: 1\n");
    beside("d/2.yaml", "title: 2\n");
    beside("d/e/a.yaml", "title: a\none: {text: a}\n");
    struct sample s = load("more: [d/1.yaml]\n");
    ck_assert_str_eq(s.title, "2");
    ck_assert_str_eq(s.one.text, "a");
    s = load(arena_fmt(t_arena, "more: ['%s']\n", at_home("d/2.yaml")));
    ck_assert_str_eq(s.title, "2");
    ck_assert_str_eq(load("more: d/*.none\n").title, "none");
    ck_assert_str_eq(load("more: []\n").title, "none");
}
END_TEST

START_TEST(mistakes_in_other_files_are_placed)
{
    static const struct {
        const char *yaml, *other, *says;
    } vectors[] = {
        {"more: d/1.yaml", "\ntitel: x\n", "/d/1.yaml:2: titel: unknown key"},
        {"more: d/*", "one:\n  number: 99\n",
         "/d/1.yaml:2: one.number: 99 is outside 1…10"},
        {"more: d/*", "many: {a: {words: x}, b: {words: x}, c: {words: x}}\n",
         "/d/1.yaml:1: many.c: more than 2 entries"},
        {"more: d/*", "many: {a: {n: 1}}\n", "many.a.words: is missing in "},
        {"more: d/*", "title: [a\n", "/d/1.yaml:2: not valid YAML: "},
        {"title: x\nmore: [d/1.yaml, d/*]", "", ":2: more: "}, /* named twice */
        {"more: d/1.yaml", "more: 1.yaml", "/d/1.yaml is read already: "},
        {"more: d/1.yaml", "\nmore: ../*.yaml",
         "/d/1.yaml:2: more: "}, /* the first one */
        {"more: d/2.yaml", "", "/d/2.yaml; create it, or remove the line"},
        {"more: e/*.yaml", "", "/e/*.yaml: its folder cannot be read"},
        {"more: [d]", "", "/d is not a file"},
        {"more: {a: b}", "", ":1: more: a list is expected"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        beside("d/1.yaml", vectors[i].other);
        t_contains(refused(vectors[i].yaml), vectors[i].says);
    }
}
END_TEST

START_TEST(more_files_than_there_may_be)
{
    for (int i = 1; i < MAX_CONF_FILES; i++)
        beside(arena_fmt(t_arena, "d/%d.yaml", i), "title: x\n");
    ck_assert_str_eq(load("more: d/*\n").title, "x");
    beside("d/one_more.yaml", "title: y\n");
    t_contains(refused("more: d/*\n"), "more than 64 files");
}
END_TEST

Suite *cfg_include_suite(void)
{
    Suite *s = suite_create("cfg_include");
    TCase *tc = t_case(s, "cfg_include");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, other_files_are_read_after_this_one);
    tcase_add_test(tc, other_files_name_others);
    tcase_add_test(tc, mistakes_in_other_files_are_placed);
    tcase_add_test(tc, more_files_than_there_may_be);
    return s;
}
