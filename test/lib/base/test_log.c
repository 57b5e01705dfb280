#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "test/support.h"

static const char *path;

static struct log *open_log(enum log_format format, enum log_level level)
{
    struct log *log = NULL;
    struct err_note why = {""};
    struct log_conf conf = {.console_level = LOG_OFF,
                            .file_level = level,
                            .format = format,
                            .file = path,
                            .program = "unit"};
    ck_assert_msg(log_new(&conf, &log, &why) == ERR_OK, "%s", why.text);
    return log;
}

static void setup(void)
{
    path = t_path("log");
}

/* The member of a JSON line, which must be valid in every byte. */
static const char *json_member(const char *line, const char *name)
{
    struct json_tokener *tok = json_tokener_new();
    json_tokener_set_flags(tok,
                           JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *o =
        json_tokener_parse_ex(tok, line, (int)strcspn(line, "\n") + 1);
    ck_assert_msg(o != NULL, "%s in: %s",
                  json_tokener_error_desc(json_tokener_get_error(tok)), line);
    struct json_object *m = NULL;
    bool found = json_object_object_get_ex(o, name, &m);
    const char *text =
        found ? arena_strdup(t_arena, json_object_get_string(m)) : NULL;
    json_object_put(o);
    json_tokener_free(tok);
    return text;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

START_TEST(a_text_line_has_its_parts)
{
    struct log *log = open_log(LOG_TEXT, LOG_INFO);
    log_set_request(log, "req-1");
    log_info(log, "client.saved", "id=%d", 7);
    log_set_request(log, NULL);
    log_warn(log, "bare", "%s", "");
    const char *text = t_read(path);
    char want[100];
    snprintf(want, sizeof(want), "Z info    unit[%d] req-1 client.saved id=7\n",
             (int)getpid());
    t_contains(text, want);
    snprintf(want, sizeof(want), "Z warning unit[%d] bare\n", (int)getpid());
    t_contains(text, want);
    int year, month, day, hour, minute, second, ms;
    /* NOLINTNEXTLINE(cert-err34-c): the count is what matters */
    ck_assert_int_eq(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year, &month,
                            &day, &hour, &minute, &second, &ms),
                     7);
    log_free(log);
}
END_TEST

START_TEST(a_value_cannot_fake_a_line)
{
    struct log *log = open_log(LOG_TEXT, LOG_INFO);
    log_set_request(log, "a\nb");
    log_info(log, "event", "x=%s", "1\n2026 error\r\t\x1b[0m\x7f");
    const char *text = t_read(path);
    ck_assert_uint_eq(count_lines(text), 1);
    t_contains(text,
               " a\\x0ab event x=1\\x0a2026 error\\x0d\\x09\\x1b[0m\\x7f");
    log_free(log);
}
END_TEST

START_TEST(a_json_line_is_one_valid_object)
{
    struct log *log = open_log(LOG_JSON, LOG_INFO);
    log_set_request(log, "r\"1");
    log_error(log, "event", "%s", "say \"hi\\\"\nñ \x01 \xff \xc3 end");
    const char *text = t_read(path);
    ck_assert_uint_eq(count_lines(text), 1);
    ck_assert_str_eq(json_member(text, "request"), "r\"1");
    ck_assert_str_eq(json_member(text, "level"), "error");
    ck_assert_str_eq(json_member(text, "event"), "event");
    ck_assert_str_eq(json_member(text, "program"), "unit");
    /* broken bytes are shown by their number, as Latin-1 characters */
    ck_assert_str_eq(json_member(text, "message"),
                     "say \"hi\\\"\nñ \x01 ÿ Ã end");
    log_free(log);
}
END_TEST

START_TEST(without_request_id_there_is_no_member)
{
    struct log *log = open_log(LOG_JSON, LOG_INFO);
    log_set_request(log, "x");
    log_set_request(log, "");
    log_info(log, "event", "m");
    ck_assert_ptr_null(json_member(t_read(path), "request"));
    log_free(log);
}
END_TEST

START_TEST(levels_choose_what_is_written)
{
    struct log *log = open_log(LOG_TEXT, LOG_WARNING);
    log_debug(log, "one", "m");
    log_info(log, "two", "m");
    log_warn(log, "three", "m");
    log_error(log, "four", "m");
    const char *text = t_read(path);
    ck_assert_uint_eq(count_lines(text), 2);
    t_contains(text, "three");
    t_contains(text, "four");
    log_free(log);
    log_event(NULL, LOG_ERROR, "dropped", "m");
    ck_assert_ptr_null(log_free(NULL));
}
END_TEST

static void write_to_console(void)
{
    struct log *log = NULL;
    struct log_conf conf = {.console_level = LOG_INFO, .program = "unit"};
    t_ok(log_new(&conf, &log, NULL));
    log_debug(log, "quiet", "m");
    log_info(log, "loud", "m");
    log_reopen(log);
    log_free(log);
}

START_TEST(the_console_has_its_own_level)
{
    const char *text = t_capture(STDERR_FILENO, write_to_console);
    ck_assert_uint_eq(count_lines(text), 1);
    t_contains(text, " loud m\n");
}
END_TEST

START_TEST(reopen_follows_a_rotation)
{
    const char *rotated = t_path("log.1");
    struct log *log = open_log(LOG_TEXT, LOG_INFO);
    log_info(log, "before", "m");
    ck_assert_int_eq(rename(path, rotated), 0);
    log_info(log, "between", "m");
    log_reopen(log);
    log_info(log, "after", "m");
    t_contains(t_read(rotated), "before");
    t_contains(t_read(rotated), "between");
    t_contains(t_read(path), "after");
    ck_assert_uint_eq(count_lines(t_read(path)), 1);
    log_free(log);
}
END_TEST

START_TEST(reopen_keeps_the_old_file_if_it_must)
{
    const char *dir = arena_fmt(t_arena, "%s.d", path);
    const char *moved = arena_fmt(t_arena, "%s.moved", dir);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    path = arena_fmt(t_arena, "%s/log", dir);
    struct log *log = open_log(LOG_TEXT, LOG_INFO);
    ck_assert_int_eq(rename(dir, moved), 0);
    log_reopen(log);
    log_info(log, "still", "m");
    t_contains(t_read(arena_fmt(t_arena, "%s/log", moved)), "still");
    log_free(log);
}
END_TEST

START_TEST(a_full_disk_loses_lines_only)
{
    path = "/dev/full";
    struct log *log = open_log(LOG_JSON, LOG_INFO);
    for (int i = 0; i < 100; i++)
        log_info(log, "lost", "%d", i);
    log_reopen(log);
    log_info(log, "lost", "m");
    log_free(log);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_named)
{
    struct log *log = NULL;
    struct err_note why = {""};
    struct log_conf conf = {.file = "/nowhere/x.log", .program = "unit"};
    t_is(log_new(&conf, &log, &why), ERR_CONFIG);
    t_contains(why.text, "log.file: cannot open /nowhere/x.log");
    ck_assert_ptr_null(log);
}
END_TEST

/* n times piece */
static const char *repeat(const char *piece, size_t n)
{
    size_t len = strlen(piece);
    char *text = arena_alloc(t_arena, n * len + 1);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, piece, len);
    text[n * len] = '\0';
    return text;
}

START_TEST(a_long_message_is_cut_and_marked)
{
    static const char *const pieces[] = {"x",    "ñ",  "€",    "😀",
                                         "\x01", "\"", "\xff", "\n"};
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
            path = t_path("long");
            struct log *log = open_log((enum log_format)format, LOG_INFO);
            log_set_request(log, repeat("r", MAX_REQUEST_ID_BYTES + 10));
            log_info(log, "event", "%s", repeat(pieces[i], 5000));
            log_free(log);
            const char *text = t_read(path);
            ck_assert_uint_eq(count_lines(text), 1);
            ck_assert_uint_le(strlen(text), MAX_LOG_LINE_BYTES);
            t_contains(text, "event");
            t_contains(text, "…");
            t_contains(text, repeat("r", MAX_REQUEST_ID_BYTES));
            if (format == LOG_JSON)
                ck_assert_ptr_nonnull(json_member(text, "message"));
        }
    }
}
END_TEST

START_TEST(broken_bytes_are_shown_in_text_too)
{
    struct log *log = open_log(LOG_TEXT, LOG_INFO);
    log_info(log, "event", "%s", "ñ \xff \xc3 \xc2\x9b €");
    log_free(log);
    t_contains(t_read(path), "event ñ \\xff \\xc3 \\xc2\\x9b €\n");
    ck_assert(log_is_plain("ñ € 😀", strlen("ñ € 😀")));
    ck_assert(log_is_plain("", 0));
    ck_assert(!log_is_plain("ñ", 1));
    ck_assert(!log_is_plain("a\0b", 3));
    ck_assert(!log_is_plain("\xc2\x9b", 2));
}
END_TEST

START_TEST(a_line_of_another_names_its_writer)
{
    struct log *log = open_log(LOG_TEXT, LOG_INFO);
    struct log_origin from = {
        .program = "php", .pid = 7, .pool = "web", .stream = "stderr"};
    log_output(log, LOG_WARNING, &from, "a\0\nb", 4);
    from.part = 2;
    log_output(log, LOG_WARNING, &from, "c", 1);
    from.last = true;
    log_output(log, LOG_WARNING, &from, "", 0);
    log_output(log, LOG_DEBUG, &from, "not wanted", 10);
    log_line(log, LOG_INFO, true, "as it is", 8);
    log_line(log, LOG_INFO, false, "in the file already", 19);
    log_free(log);
    const char *text = t_read(path);
    static const char who[] = "Z warning php[7] output pool=web stream=stderr ";
    t_contains(text, arena_fmt(t_arena, "%sa\\x00\\x0ab\n", who));
    t_contains(text, arena_fmt(t_arena, "%spart=2 c\n", who));
    t_contains(text, arena_fmt(t_arena, "%spart=2/2 \n", who));
    t_contains(text, "\nas it is\n");
    ck_assert_uint_eq(count_lines(text), 4);
}
END_TEST

START_TEST(the_longest_line_of_another_fits)
{
    struct log *log = open_log(LOG_JSON, LOG_INFO);
    const struct log_origin from = {.program = "p\"",
                                    .pid = 7,
                                    .pool = "w\n",
                                    .stream = "stdout",
                                    .part = 3,
                                    .last = true};
    char text[MAX_OUTPUT_LINE_BYTES];
    memset(text, 0xff, sizeof(text));
    log_output(log, LOG_INFO, &from, text, sizeof(text));
    log_free(log);
    const char *line = t_read(path);
    ck_assert_str_eq(json_member(line, "program"), "p\"");
    ck_assert_str_eq(json_member(line, "pool"), "w\n");
    ck_assert_str_eq(json_member(line, "stream"), "stdout");
    ck_assert_str_eq(json_member(line, "pid"), "7");
    ck_assert_str_eq(json_member(line, "part"), "3");
    ck_assert_str_eq(json_member(line, "parts"), "3");
    ck_assert_uint_eq(strlen(json_member(line, "message")), 2 * sizeof(text));
}
END_TEST

static int pipe_ends[2];

/* To a pipe that nobody reads at first. */
static void write_to_a_full_console(void)
{
    static const struct log_conf conf = {
        .console_level = LOG_INFO, .program = "unit", .queue_bytes = 100000};
    struct log *log = NULL, *next = NULL;
    char block[8192];
    const char *message = repeat("m", 900);
    if (dup2(pipe_ends[1], STDERR_FILENO) < 0 || log_new(&conf, &log, NULL) ||
        log_new(&conf, &next, NULL))
        _exit(1);
    for (int i = 0; i < 300; i++)
        log_info(log, "n", "%d %s", i, message);
    log_hand_over(log, next);
    if (log_waiting(log) != 0 || log_waiting(next) < 90000 ||
        log_waiting(next) > 100000)
        _exit(2);
    log_free(log);
    while (log_waiting(next) > 0) {
        if (read(pipe_ends[0], block, sizeof(block)) <= 0)
            _exit(3);
        log_flush(next);
    }
    if (read(pipe_ends[0], block, sizeof(block)) <= 0) /* room for more */
        _exit(4);
    log_info(next, "last", "m");
    log_free(next);
}

START_TEST(a_console_that_takes_nothing_holds_nothing_up)
{
    static char rest[1 << 17];
    ck_assert_int_eq(pipe(pipe_ends), 0);
    ck_assert_int_eq(t_status_of(write_to_a_full_console), 0);
    close(pipe_ends[1]);
    size_t n = 0;
    for (ssize_t got;
         (got = read(pipe_ends[0], rest + n, sizeof(rest) - 1 - n)) > 0;)
        n += (size_t)got;
    close(pipe_ends[0]);
    const char *told = strstr(rest, " log.lost lines=");
    ck_assert_ptr_nonnull(told);
    ck_assert_int_gt(strtol(told + 16, NULL, 10), 50);
    ck_assert_ptr_nonnull(strstr(rest, "] last m\n"));
}
END_TEST

START_TEST(level_names_are_parsed)
{
    for (int i = LOG_DEBUG; i <= LOG_OFF; i++) {
        enum log_level level = LOG_OFF;
        ck_assert(log_level_parse(log_level_name((enum log_level)i), &level));
        ck_assert_int_eq((int)level, i);
    }
    enum log_level level = LOG_DEBUG;
    ck_assert(log_level_parse("WARNING", &level));
    ck_assert_int_eq(level, LOG_WARNING);
    ck_assert(!log_level_parse("loud", &level));
    ck_assert(!log_level_parse("", &level));
}
END_TEST

Suite *log_suite(void)
{
    Suite *s = suite_create("log");
    TCase *tc = t_case(s, "log");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_text_line_has_its_parts);
    tcase_add_test(tc, a_value_cannot_fake_a_line);
    tcase_add_test(tc, a_json_line_is_one_valid_object);
    tcase_add_test(tc, without_request_id_there_is_no_member);
    tcase_add_test(tc, levels_choose_what_is_written);
    tcase_add_test(tc, the_console_has_its_own_level);
    tcase_add_test(tc, reopen_follows_a_rotation);
    tcase_add_test(tc, reopen_keeps_the_old_file_if_it_must);
    tcase_add_test(tc, a_full_disk_loses_lines_only);
    tcase_add_test(tc, a_file_that_cannot_be_opened_is_named);
    tcase_add_test(tc, a_long_message_is_cut_and_marked);
    tcase_add_test(tc, broken_bytes_are_shown_in_text_too);
    tcase_add_test(tc, a_line_of_another_names_its_writer);
    tcase_add_test(tc, the_longest_line_of_another_fits);
    tcase_add_test(tc, a_console_that_takes_nothing_holds_nothing_up);
    tcase_add_test(tc, level_names_are_parsed);
    return s;
}
