#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/tool.h"
#include "test/support.h"

static const char *const env[] = {"PATH=/usr/bin:/bin", "WORD=from us", NULL};

static const char *run(const char *script, const char *input, enum err *ret_err,
                       struct err_note *why)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct tool c;
    int in[2], out[2];
    char text[512];
    t_ok(tool_pipe(in, why));
    t_ok(tool_pipe(out, why));
    t_ok(tool_start(&c, argv, env, in[0], out[1], why));
    close(in[0]);
    close(out[1]);
    ck_assert(fd_write_all(in[1], input, strlen(input)));
    close(in[1]);
    ssize_t n = read(out[0], text, sizeof(text) - 1);
    close(out[0]);
    text[n > 0 ? n : 0] = '\0';
    *ret_err = tool_wait(&c, why);
    return arena_strdup(t_arena, text);
}

START_TEST(it_reads_and_writes_and_has_this_environment)
{
    struct err_note why = {""};
    enum err e;
    const char *said =
        run("read x; echo \"$x $WORD $HOME\"", "hello\n", &e, &why);
    ck_assert_str_eq(said, "hello from us \n");
    t_ok(e);
}
END_TEST

START_TEST(its_words_tell_why_it_failed)
{
    struct err_note why = {""};
    enum err e;
    run("echo first >&2; echo 'tool: error: no room' >&2; exit 3", "", &e,
        &why);
    t_is(e, ERR_UNAVAIL);
    ck_assert_str_eq(why.text, "tool: error: no room");
    run("echo first >&2; echo second >&2; exit 3", "", &e, &why);
    ck_assert_str_eq(why.text, "first");
    run("exit 3", "", &e, &why);
    ck_assert_str_eq(why.text, "sh ended with status 3");
    run("kill -KILL $$", "", &e, &why);
    ck_assert_str_eq(why.text, "sh was ended by signal 9");
}
END_TEST

START_TEST(what_cannot_be_run_is_named)
{
    static const char *const argv[] = {"no-such-program", NULL};
    struct err_note why = {""};
    struct tool c;
    enum err e = tool_start(&c, argv, env, -1, -1, &why);
    if (e == ERR_OK) /* as under valgrind */
        e = tool_wait(&c, &why);
    t_is(e, ERR_SYSTEM);
    t_contains(why.text, "no-such-program cannot be run");
}
END_TEST

START_TEST(it_ends_with_all_that_it_started)
{
    static const char *const argv[] = {"sh", "-c", "sleep 60 | cat", NULL};
    struct err_note why = {""};
    struct tool c;
    int out[2];
    char byte;
    t_ok(tool_pipe(out, &why));
    t_ok(tool_start(&c, argv, env, -1, out[1], &why));
    close(out[1]);
    tool_kill(&c);
    ck_assert_int_eq(read(out[0], &byte, 1), 0); /* nobody holds it open */
    close(out[0]);
}
END_TEST

Suite *tool_suite(void)
{
    Suite *s = suite_create("tool");
    TCase *tc = t_case(s, "tool");
    tcase_add_test(tc, it_reads_and_writes_and_has_this_environment);
    tcase_add_test(tc, its_words_tell_why_it_failed);
    tcase_add_test(tc, what_cannot_be_run_is_named);
    tcase_add_test(tc, it_ends_with_all_that_it_started);
    return s;
}
