#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cfg.h"
#include "base/limits.h"
#include "test/support.h"

struct entry {
    const char *name;
    const char *const *words;
    int64_t n;
};

struct sample {
    const char *title, *key, *url;
    struct {
        const char *text;
        int64_t number, mode, choice, wait_ms, room_bytes;
        bool on;
        const char *const *words, *const *pairs;
        struct cfg_range range;
        int64_t maybe;
    } one;
    int64_t n_entries;
    struct entry entries[2];
};

#define AT(member) .offset = offsetof(struct sample, member)
#define ONE(member)                                                            \
    .offset = offsetof(struct sample, one.member) - offsetof(struct sample, one)

static const char *const colours[] = {"red", "green", NULL};

static const struct cfg_key top_keys[] = {
    {"title", CFG_TEXT, AT(title), .def = "none"},
    {"key", CFG_TEXT, AT(key), .def = "", .env = "T_KEY", .flags = CFG_SECRET},
    {"url", CFG_TEXT, AT(url), .def = "x:", .env = "T_URL", .flags = CFG_URL},
    {0},
};

static const struct cfg_key one_keys[] = {
    {"text", CFG_TEXT, ONE(text), .def = "${T_TEXT:-fallback}"},
    {"number", CFG_INT, ONE(number), .def = "5", .env = "T_NUMBER", .min = 1,
     .max = 10},
    {"mode", CFG_OCTAL, ONE(mode), .def = "0640", .max = 0777},
    {"choice", CFG_CHOICE, ONE(choice), .def = "green", .choices = colours},
    {"wait", CFG_DURATION, ONE(wait_ms), .def = "30s", .min = 10,
     .max = 3600000},
    {"room", CFG_BYTES, ONE(room_bytes), .def = "50MiB", .min = 100,
     .max = INT64_C(1) << 31},
    {"on", CFG_BOOL, ONE(on), .def = "yes"},
    {"words", CFG_WORDS, ONE(words), .def = "a b"},
    {"range", CFG_RANGE, ONE(range), .def = "4", .max = 100},
    {"maybe", CFG_INT, ONE(maybe), .def = "", .min = 2, .max = 9,
     .flags = CFG_OPTIONAL},
    {"pairs", CFG_WORDS, ONE(pairs), .def = "", .flags = CFG_PAIRS},
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

static const char *path;

static void setup(void)
{
    static const char *const names[] = {"T_KEY",    "T_KEY_FILE", "T_URL",
                                        "T_NUMBER", "T_TEXT",     "T_URL_FILE"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    path = t_path("sample.yaml");
}

static struct sample load(const char *yaml)
{
    struct sample s = {0};
    struct err_note why = {""};
    if (yaml != NULL)
        t_write(path, yaml);
    enum err e =
        cfg_load(yaml != NULL ? path : NULL, sections, t_arena, &s, &why);
    ck_assert_msg(e == ERR_OK, "%s", why.text);
    return s;
}

static const char *dump(const struct sample *s)
{
    struct buf b;
    buf_init(&b, 10000);
    cfg_dump(sections, s, &b);
    const char *text = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    return text;
}

/* What the note says after "path", the text being refused. */
static const char *refused(const char *yaml)
{
    struct sample s = {0};
    struct err_note why = {""};
    t_write(path, yaml);
    enum err e = cfg_load(path, sections, t_arena, &s, &why);
    ck_assert_msg(e == ERR_CONFIG, "accepted: %s", yaml);
    size_t n = strlen(path);
    const char *text = why.text;
    if (strncmp(text, path, n) == 0)
        text += n;
    return arena_strdup(t_arena, text);
}

START_TEST(defaults_fill_everything)
{
    struct sample s = load(NULL);
    ck_assert_str_eq(s.title, "none");
    ck_assert_str_eq(s.one.text, "fallback");
    ck_assert_int_eq(s.one.number, 5);
    ck_assert_int_eq(s.one.mode, 0640);
    ck_assert_int_eq(s.one.choice, 1);
    ck_assert_int_eq(s.one.wait_ms, 30000);
    ck_assert(s.one.on);
    ck_assert_str_eq(s.one.words[0], "a");
    ck_assert_str_eq(s.one.words[1], "b");
    ck_assert_ptr_null(s.one.words[2]);
    ck_assert_int_eq(s.n_entries, 0);
    s = load("# nothing\n");
    ck_assert_int_eq(s.one.number, 5);
}
END_TEST

START_TEST(the_file_says_more)
{
    struct sample s = load("title: \"a: b\"\n"
                           "one: {number: 10, mode: 0600, choice: RED,\n"
                           "      wait: 1h, on: off, words: [x, 'y z']}\n"
                           "many:\n"
                           "  first: {words: a b}\n"
                           "  second: {words: [c], n: 4}\n");
    ck_assert_str_eq(s.title, "a: b");
    ck_assert_int_eq(s.one.number, 10);
    ck_assert_int_eq(s.one.mode, 0600);
    ck_assert_int_eq(s.one.choice, 0);
    ck_assert_int_eq(s.one.wait_ms, 3600000);
    ck_assert(!s.one.on);
    ck_assert_str_eq(s.one.words[1], "y z");
    ck_assert_int_eq(s.n_entries, 2);
    ck_assert_str_eq(s.entries[0].name, "first");
    ck_assert_str_eq(s.entries[0].words[1], "b");
    ck_assert_int_eq(s.entries[0].n, 3);
    ck_assert_str_eq(s.entries[1].name, "second");
    ck_assert_int_eq(s.entries[1].n, 4);
}
END_TEST

START_TEST(durations_have_units)
{
    static const struct {
        const char *text;
        int64_t ms;
    } vectors[] = {
        {"10ms", 10}, {"59s", 59000}, {"5m", 300000}, {"1h", 3600000}};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_int_eq(
            load(arena_fmt(t_arena, "one: {wait: %s}\n", vectors[i].text))
                .one.wait_ms,
            vectors[i].ms);
}
END_TEST

START_TEST(sizes_have_units)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } vectors[] = {{"100B", 100},
                   {"1KiB", 1024},
                   {"64MiB", 67108864},
                   {"2GiB", INT64_C(2147483648)}};
    ck_assert_int_eq(load("one: {}\n").one.room_bytes, 52428800);
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_int_eq(
            load(arena_fmt(t_arena, "one: {room: %s}\n", vectors[i].text))
                .one.room_bytes,
            vectors[i].bytes);
}
END_TEST

/* Each refusal tells file, line, key and what is wrong. */
START_TEST(every_mistake_is_placed)
{
    static const struct {
        const char *yaml, *says;
    } vectors[] = {
        {"titel: x\n", ":1: titel: unknown key"},
        {"title: x\none:\n  colour: x\n", ":3: one.colour: unknown key"},
        {"many: {a: {words: x, m: 1}}\n", ":1: many.a.m: unknown key"},
        {"one:\n  number: 1\n  number: 2\n", ":3: one.number: stands twice"},
        {"title: a\ntitle: b\n", ":2: title: stands twice"},
        {"one: {on: yes}\none: {on: no}\n", ":2: one: stands twice"},
        {"many: {a: {words: x}}\nmany: {b: {words: x}}\n",
         ":2: many: stands twice"},
        {"many: {a: {words: x}, a: {words: x}}\n", ":1: many.a: stands twice"},
        {"one: {number: five}\n", ":1: one.number: \"five\" is not a number"},
        {"one: {number: 5.0}\n", "\"5.0\" is not a number"},
        {"one: {number: \"\"}\n", "\"\" is not a number"},
        {"one: {number: \" 5\"}\n", "is not a number"},
        {"one: {number: 99999999999999999999}\n", "is not a number"},
        {"one: {number: 0}\n", ":1: one.number: 0 is outside 1…10"},
        {"one: {number: 11}\n", "11 is outside 1…10"},
        {"one: {mode: 0888}\n", "\"0888\" is not an octal file mode"},
        {"one: {mode: 01000}\n", "01000 is outside 00…0777"},
        {"one: {mode: -1}\n", "-1 is outside 00…0777"},
        {"one: {choice: blue}\n", "\"blue\" is none of: red, green"},
        {"one: {wait: 30}\n",
         "\"30\" is not a duration such as 500ms, 30s, 5m, 2h or 1d"},
        {"one: {wait: -1s}\n", "is not a duration"},
        {"one: {wait: 1 s}\n", "is not a duration"},
        {"one: {wait: 9999999999s}\n", "is not a duration"},
        {"one: {wait: 9ms}\n", "9ms is outside 10…3600000 ms"},
        {"one: {wait: 999999999d}\n", "is outside"},
        {"one: {room: 50}\n",
         "\"50\" is not a size such as 512KiB, 50MiB or 1GiB"},
        {"one: {room: 50MB}\n", "is not a size"},
        {"one: {room: 99B}\n", "99B is outside 100…2147483648 bytes"},
        {"one: {on: maybe}\n", "\"maybe\" is not on or off"},
        {"one: {text: [a, b]}\n", ":1: one.text: one value is expected"},
        {"one:\n  number: {a: 1}\n", ":2: one.number: one value is expected"},
        {"one: {words: {a: 1}}\n", "one.words: a list is expected"},
        {"one: {words: [[a]]}\n", "a list of plain words is expected"},
        {"one: x\n", ":1: one: \"key: value\" lines are expected"},
        {"one: [x]\n", ":1: one: \"key: value\" lines are expected"},
        {"many: [x]\n", ":1: many: named entries are expected"},
        {"many: {a: x}\n", ":1: many.a: \"key: value\" lines are expected"},
        {"many: {[a]: {words: x}}\n", ":1: many.?: a name is expected"},
        {"many:\n  a: {words: x}\n  b: {words: x}\n  c: {words: x}\n",
         ":4: many.c: more than 2 entries"},
        {"many: {a: {n: 1}}\n", "many.a.words: is missing in "},
        {"many: {a: {words: []}}\n", "many.a.words: is missing in "},
        {"just text\n", ":1: \"key: value\" lines are expected"},
        {"[1, 2]\n", ":1: \"key: value\" lines are expected"},
        {"title: [a\n", ": not valid YAML: "},
        {"title: a\n\tb: c\n", ": not valid YAML: "},
        {"title: \"\xff\"\n", ": not valid YAML: "},
        {"title: ${T_NOWHERE}\n",
         ":1: title: ${T_NOWHERE} is not set; set it, or write "
         "${T_NOWHERE:-default}"},
        {"title: ${T_NOWHERE\n", "\"${\" without \"}\""},
        {"title: \"${}\"\n", "bad variable name"},
        {"title: \"${:-x}\"\n", "bad variable name"},
        {"[a]: x\n", ":1: ?: unknown key"},
        {"\"\": {title: x}\n", "unknown key"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        t_contains(refused(vectors[i].yaml), vectors[i].says);
}
END_TEST

START_TEST(ranges)
{
    static const struct {
        const char *yaml, *shown;
        struct cfg_range is;
    } vectors[] = {
        {"one: {range: 7}", "one.range: 7\n", {7, 7, false}},
        {"one: {range: {min: 2, max: 16}}",
         "one.range: {min: 2, max: 16}\n",
         {2, 16, false}},
        {"one: {range: {max: 100, min: 0}}",
         "one.range: {min: 0, max: 100}\n",
         {0, 100, false}},
        {"one: {range: '${T_TEXT:-3..9}'}",
         "one.range: {min: 3, max: 9}\n",
         {3, 9, false}},
        {"one: {range: auto}", "one.range: auto\n", {0, 0, true}},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct sample s = load(vectors[i].yaml);
        ck_assert_int_eq(s.one.range.min, vectors[i].is.min);
        ck_assert_int_eq(s.one.range.max, vectors[i].is.max);
        ck_assert_int_eq(s.one.range.automatic, vectors[i].is.automatic);
        t_contains(dump(&s), vectors[i].shown);
    }
}
END_TEST

START_TEST(ranges_that_are_none)
{
    static const char *const values[] = {"0",
                                         "101",
                                         "-1",
                                         "many",
                                         "4..",
                                         "..4",
                                         "9..3",
                                         "1..101",
                                         "-1..3",
                                         "[1, 2]",
                                         "{min: 1}",
                                         "{max: 4}",
                                         "{}",
                                         "{min: 1, max: x}",
                                         "{min: 1, max: 2, other: 3}",
                                         "{min: 1, min: 2}",
                                         "{min: [1], max: 2}",
                                         "1..2..3",
                                         "''",
                                         "999999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        t_contains(refused(arena_fmt(t_arena, "one: {range: %s}", values[i])),
                   "one.range: ");
}
END_TEST

START_TEST(too_many_words_are_refused)
{
    struct buf list, text;
    buf_init(&list, 4096);
    buf_init(&text, 4096);
    buf_adds(&list, "one: {words: [");
    buf_adds(&text, "one: {words: \"");
    for (int i = 0; i <= MAX_COMMAND_ARGS; i++) {
        buf_addf(&list, "w%d, ", i);
        buf_addf(&text, "w%d ", i);
    }
    buf_adds(&list, "]}\n");
    buf_adds(&text, "\"}\n");
    t_contains(refused(buf_str(&list)), "one.words: more than 32 words");
    t_contains(refused(buf_str(&text)), "one.words: more than 32 words");
    buf_done(&list);
    buf_done(&text);
}
END_TEST

START_TEST(variables_are_put_in)
{
    setenv("T_TEXT", "world", 1);
    struct sample s = load("title: hello ${T_TEXT}, ${T_NOWHERE:-you} $5 $\n"
                           "one: {words: [\"${T_TEXT}\", x]}\n");
    ck_assert_str_eq(s.title, "hello world, you $5 $");
    ck_assert_str_eq(s.one.text, "world");
    ck_assert_str_eq(s.one.words[0], "world");
    setenv("T_TEXT", "", 1); /* empty is not set */
    ck_assert_str_eq(load("title: ${T_TEXT:-x}\n").title, "x");
    ck_assert_str_eq(load("title: a${T_TEXT:-}b\n").title, "ab");
    t_contains(refused("title: ${T_TEXT}\n"), "${T_TEXT} is not set");
    char *much = arena_alloc(t_arena, MAX_CONF_VALUE_BYTES + 2);
    memset(much, 'x', MAX_CONF_VALUE_BYTES + 1);
    much[MAX_CONF_VALUE_BYTES + 1] = '\0';
    setenv("T_TEXT", much, 1);
    t_contains(refused("title: ${T_TEXT}\n"), "longer than 1024 bytes");
}
END_TEST

START_TEST(the_environment_wins)
{
    setenv("T_NUMBER", "7", 1);
    setenv("T_KEY", "from the environment", 1);
    struct sample s = load("key: from the file\none: {number: 2}\n");
    ck_assert_int_eq(s.one.number, 7);
    ck_assert_str_eq(s.key, "from the environment");
    setenv("T_NUMBER", "", 1); /* empty is not set */
    ck_assert_int_eq(load("one: {number: 2}\n").one.number, 2);
    setenv("T_NUMBER", "700", 1);
    ck_assert_str_eq(refused("one: {number: 2}\n"),
                     "T_NUMBER: 700 is outside 1…10");
}
END_TEST

START_TEST(a_secret_may_lie_in_a_file)
{
    const char *file = t_path("secret");
    t_write(file, "s3cret ${T_TEXT}\n\n");
    setenv("T_KEY_FILE", file, 1);
    ck_assert_str_eq(load("key: from the file\n").key, "s3cret ${T_TEXT}");
    setenv("T_KEY", "", 1); /* empty is not set */
    ck_assert_str_eq(load(NULL).key, "s3cret ${T_TEXT}");
    setenv("T_KEY", "direct", 1);
    ck_assert_str_eq(load(NULL).key, "direct");
    unsetenv("T_KEY");
    setenv("T_KEY_FILE", "/nowhere/secret", 1);
    t_contains(refused("title: x\n"),
               "T_KEY: T_KEY_FILE: /nowhere/secret: No such file");
    t_write(file, arena_fmt(t_arena, "%0*d", MAX_SECRET_BYTES + 1, 1));
    setenv("T_KEY_FILE", file, 1);
    t_contains(refused("title: x\n"), "larger than 4096 bytes");
    setenv("T_KEY_FILE", "", 1);
    ck_assert_str_eq(load(NULL).key, "");
}
END_TEST

START_TEST(files_that_cannot_be_read_are_named)
{
    struct sample s = {0};
    struct err_note why = {""};
    t_is(cfg_load("/nowhere/x.yaml", sections, t_arena, &s, &why), ERR_CONFIG);
    t_contains(why.text, "/nowhere/x.yaml: No such file");
    t_is(cfg_load(t_dir(), sections, t_arena, &s, &why), ERR_CONFIG);
    t_write(path, arena_fmt(t_arena, "#%0*d\n", MAX_CONF_BYTES, 1));
    t_is(cfg_load(path, sections, t_arena, &s, &why), ERR_CONFIG);
    t_contains(why.text, "larger than");
}
END_TEST

START_TEST(the_dump_shows_what_is_in_force)
{
    struct sample s = load("many: {a: {words: [x, y]}}\n");
    ck_assert_str_eq(dump(&s), "title: none\n"
                               "key: \n"
                               "url: x:\n"
                               "one.text: fallback\n"
                               "one.number: 5\n"
                               "one.mode: 0640\n"
                               "one.choice: green\n"
                               "one.wait: 30000ms\n"
                               "one.room: 52428800B\n"
                               "one.on: on\n"
                               "one.words: a b\n"
                               "one.range: 4\n"
                               "one.maybe: \n"
                               "one.pairs: \n"
                               "many.a.words: x y\n"
                               "many.a.n: 3\n");
}
END_TEST

START_TEST(a_number_may_be_missing)
{
    ck_assert_int_eq(load(NULL).one.maybe, -1);
    ck_assert_int_eq(load("one: {maybe: \"\"}\n").one.maybe, -1);
    struct sample s = load("one: {maybe: 4}\n");
    ck_assert_int_eq(s.one.maybe, 4);
    t_contains(dump(&s), "one.maybe: 4\n");
    t_contains(refused("one: {maybe: -1}\n"), "-1 is outside 2…9");
    t_contains(refused("one: {maybe: x}\n"), "\"x\" is not a number");
}
END_TEST

START_TEST(the_dump_masks_values_that_are_set)
{
    struct sample s =
        load("one: {pairs: [A, B_*, C=hidden, 'D=hid=den', E=]}\n");
    t_contains(dump(&s), "one.pairs: A B_* C=****** D=****** E=******\n");
}
END_TEST

START_TEST(the_dump_masks_secrets)
{
    static const struct {
        const char *url, *shown;
    } vectors[] = {
        {"pg://u:hidden@h/db", "url: pg://u:******@h/db\n"},
        {"pg://u:hid@den@h/db", "url: pg://u:******@h/db\n"},
        {"pg://u:hid:den@h:5432/db", "url: pg://u:******@h:5432/db\n"},
        {"pg://u@h:5432/db", "url: pg://u@h:5432/db\n"},
        {"pg://h/db?password=hidden&a=b",
         "url: pg://h/db?password=******&a=b\n"},
        {"pg://h/db?a=b&password=hidden",
         "url: pg://h/db?a=b&password=******\n"},
        {"pg://u:hidden@h/db?sslpassword=hidden",
         "url: pg://u:******@h/db?sslpassword=******\n"},
        {"sqlite:var/x.db", "url: sqlite:var/x.db\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        setenv("T_URL", vectors[i].url, 1);
        setenv("T_KEY", "hidden", 1);
        struct sample s = load(NULL);
        const char *text = dump(&s);
        t_contains(text, vectors[i].shown);
        t_contains(text, "key: ******\n");
        ck_assert_ptr_null(strstr(text, "hidden"));
    }
}
END_TEST

Suite *cfg_suite(void)
{
    Suite *s = suite_create("cfg");
    TCase *tc = t_case(s, "cfg");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, defaults_fill_everything);
    tcase_add_test(tc, the_file_says_more);
    tcase_add_test(tc, durations_have_units);
    tcase_add_test(tc, sizes_have_units);
    tcase_add_test(tc, every_mistake_is_placed);
    tcase_add_test(tc, ranges);
    tcase_add_test(tc, ranges_that_are_none);
    tcase_add_test(tc, too_many_words_are_refused);
    tcase_add_test(tc, variables_are_put_in);
    tcase_add_test(tc, the_environment_wins);
    tcase_add_test(tc, a_secret_may_lie_in_a_file);
    tcase_add_test(tc, files_that_cannot_be_read_are_named);
    tcase_add_test(tc, the_dump_shows_what_is_in_force);
    tcase_add_test(tc, a_number_may_be_missing);
    tcase_add_test(tc, the_dump_masks_values_that_are_set);
    tcase_add_test(tc, the_dump_masks_secrets);
    return s;
}
