#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/limits.h"
#include "test/support.h"
#include "web/form.h"

static const struct choice kinds[] = {{"natural", MSG_client_kind_natural},
                                      {"legal", MSG_client_kind_legal},
                                      {0}};

static const struct field fields[] = {
    PLAIN_FIELD(name, FIELD_TEXT, .max = 5, .flags = FIELD_REQUIRED),
    PLAIN_FIELD(notes, FIELD_LINES, .max = 10),
    PLAIN_FIELD(email, FIELD_EMAIL, .max = 254),
    PLAIN_FIELD(phone, FIELD_PHONE, .max = 30),
    PLAIN_FIELD(password, FIELD_PASSWORD, .max = 12),
    PLAIN_FIELD(number, FIELD_INT, .max = 100),
    PLAIN_FIELD(big, FIELD_INT),
    PLAIN_FIELD(yes, FIELD_BOOL),
    PLAIN_FIELD(kind, FIELD_CHOICE, .choices = kinds),
    {0},
};

static struct form f;

static enum err parse(const char *body)
{
    struct err_note why = {""};
    form_init(&f, t_arena, fields);
    enum err e = form_parse(&f, t_arena, body, strlen(body), &why);
    ck_assert_int_eq(e != ERR_OK, why.text[0] != '\0');
    return e;
}

/* The error of one field after its value was checked. */
static enum msg check(const char *name, const char *value)
{
    form_init(&f, t_arena, fields);
    form_set(&f, "name", "x");
    form_set(&f, name, value);
    bool ok = form_check(&f, t_arena);
    for (size_t i = 0; fields[i].kind != FIELD_NONE; i++) {
        if (strcmp(fields[i].name, name) != 0)
            continue;
        ck_assert_int_eq(ok, f.errors[i] == MSG_none);
        return f.errors[i];
    }
    ck_abort_msg("no field %s", name);
}

/* The value that comes out of a good one. */
static const char *taken(const char *name, const char *value)
{
    enum msg refused = check(name, value);
    ck_assert_msg(refused == MSG_none, "%s refused %s: %s", name, value,
                  msg_name(refused));
    return form_text(&f, name);
}

START_TEST(declared_fields_arrive)
{
    t_ok(parse("name=Ana+B&notes=1%0D%0A2&csrf=token&yes=on&a=1&b=2&number=7"));
    ck_assert_str_eq(form_text(&f, "name"), "Ana B");
    ck_assert_str_eq(form_text(&f, "notes"), "1\r\n2");
    ck_assert_str_eq(form_text(&f, "email"), "");
    ck_assert_str_eq(f.csrf, "token");
    ck_assert_uint_eq(f.unknown, 2);
    ck_assert(form_bool(&f, "yes"));
    ck_assert(!form_bool(&f, "email"));
    ck_assert_int_eq(form_int(&f, "number"), 7);
    ck_assert_int_eq(form_int(&f, "big"), 0);
}
END_TEST

START_TEST(a_form_tells_what_it_has)
{
    form_init(&f, t_arena, fields);
    ck_assert(form_has(&f, fields[0].name));
    ck_assert(form_has(&f, "kind")); /* the last */
    ck_assert(!form_has(&f, "nombre"));
    ck_assert(!form_has(&f, ""));
}
END_TEST

START_TEST(odd_bodies)
{
    t_ok(parse(""));
    ck_assert_str_eq(form_text(&f, "name"), "");
    ck_assert_str_eq(f.csrf, "");
    t_ok(parse("&&&name=a&&&"));
    ck_assert_str_eq(form_text(&f, "name"), "a");
    t_ok(parse("name"));
    ck_assert_str_eq(form_text(&f, "name"), "");
    t_ok(parse("name=a=b"));
    ck_assert_str_eq(form_text(&f, "name"), "a=b");
    t_ok(parse("=x&%6eame=c"));
    ck_assert_str_eq(form_text(&f, "name"), "c");
    ck_assert_uint_eq(f.unknown, 1);
    t_ok(parse("name=first&name=last")); /* the last one counts */
    ck_assert_str_eq(form_text(&f, "name"), "last");
    t_ok(parse("name=a;number=5"));
    ck_assert_str_eq(form_text(&f, "name"), "a;number=5");
    t_ok(parse("Name=a&name%20=b"));
    ck_assert_uint_eq(f.unknown, 2);
}
END_TEST

START_TEST(broken_encoding_is_refused)
{
    static const char *const bad[] = {
        "name=%",   "name=%4",  "name=%zz",      "name=%00", "%=a",
        "x=%ff",    "name=%c3", "name=\xff",     "n%00=x",   "name=%c0%af",
        "csrf=%ff", "a=b&c=%",  "name=%ed%a0%80"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(parse(bad[i]) == ERR_BADREQ, "accepted: %s", bad[i]);
    struct err_note why;
    form_init(&f, t_arena, fields);
    t_is(form_parse(&f, t_arena, "name=a\0b", 8, &why), ERR_BADREQ);
}
END_TEST

START_TEST(two_hundred_fields_and_no_more)
{
    struct buf b;
    buf_init(&b, 10000);
    for (int i = 0; i < MAX_FORM_FIELDS; i++)
        buf_adds(&b, "&x=1&"); /* empty pairs do not count */
    t_ok(parse(buf_str(&b)));
    ck_assert_uint_eq(f.unknown, MAX_FORM_FIELDS);
    buf_adds(&b, "name=x");
    t_is(parse(buf_str(&b)), ERR_BADREQ);
    buf_done(&b);
}
END_TEST

START_TEST(a_form_without_fields)
{
    struct err_note why;
    form_init(&f, t_arena, NULL);
    t_ok(form_parse(&f, t_arena, "csrf=t&a=b", 10, &why));
    ck_assert_str_eq(f.csrf, "t");
    ck_assert_uint_eq(f.unknown, 1);
    ck_assert(form_check(&f, t_arena));
    ck_assert(!form_has_errors(&f));
}
END_TEST

START_TEST(one_line_is_trimmed)
{
    ck_assert_str_eq(taken("name", "  a \t\r\n  b "), "a b");
    ck_assert_str_eq(taken("name", "ab"), "ab");
    ck_assert_int_eq(check("name", "   "), MSG_form_required);
    ck_assert_int_eq(check("name", ""), MSG_form_required);
    ck_assert_int_eq(check("name", "a\x01"), MSG_form_bad_text);
    ck_assert_int_eq(check("name", "a\x7f"), MSG_form_bad_text);
    ck_assert_int_eq(check("name", "a\x1b[0"), MSG_form_bad_text);
}
END_TEST

START_TEST(limits_are_those_of_a_browser)
{
    ck_assert_str_eq(taken("name", "ñññññ"), "ñññññ");
    ck_assert_str_eq(taken("name", "€€€€€"), "€€€€€");
    ck_assert_str_eq(taken("name", "😀😀a"), "😀😀a");
    ck_assert_int_eq(check("name", "😀😀😀"), MSG_form_too_long);
    ck_assert_str_eq(taken("name", "  12345  "), "12345");
    ck_assert_int_eq(check("name", "123456"), MSG_form_too_long);
    ck_assert_int_eq(check("name", "ññññññ"), MSG_form_too_long);
    ck_assert_int_eq(check("password", "1234567890123"), MSG_form_too_long);
}
END_TEST

START_TEST(several_lines_keep_their_breaks)
{
    ck_assert_str_eq(taken("notes", "a\r\nb\r\n\r\n  "), "a\nb");
    ck_assert_str_eq(taken("notes", "  a\tb\nc"), "  a\tb\nc");
    ck_assert_str_eq(taken("notes", "\r\n \r\n"), "");
    ck_assert_str_eq(taken("notes", "a\rb"), "a\nb"); /* old ends of line */
    ck_assert_int_eq(check("notes", "a\x02"), MSG_form_bad_text);
    ck_assert_str_eq(taken("notes", "1234\r\n56789"), "1234\n56789");
    ck_assert_int_eq(check("notes", "12345678901"), MSG_form_too_long);
}
END_TEST

START_TEST(addresses)
{
    static const char *const good[] = {"a@b.co",
                                       "ana.perez+x@correo.example.com",
                                       "o'neil@example.com",
                                       "x_y-z@a-b.example",
                                       "1@2.example",
                                       "a@xn--caf-dma.example"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        ck_assert_str_eq(taken("email", good[i]), good[i]);
    ck_assert_str_eq(taken("email", " Ana@Example.COM "), "ana@example.com");
    ck_assert_str_eq(taken("email", ""), "");
    const char *local = arena_fmt(t_arena, "%064d@example.com", 1);
    ck_assert_str_eq(taken("email", local), local);
}
END_TEST

START_TEST(what_is_no_address)
{
    static const char *const bad[] = {"a",
                                      "@",
                                      "a@",
                                      "@b.co",
                                      "a@b",
                                      "a@b.c",
                                      "a@b.co.",
                                      "a@.co",
                                      "a@b..co",
                                      "a..b@c.co",
                                      ".a@b.co",
                                      "a.@b.co",
                                      "a b@c.co",
                                      "a@b c.co",
                                      "a@b@c.co",
                                      "\"a\"@b.co",
                                      "a@-b.co",
                                      "ñ@b.co",
                                      "a@ñ.co",
                                      "a@b_c.co",
                                      "a,b@c.co",
                                      "<a@b.co>",
                                      "a@b.co,c@d.co",
                                      "a@b-.co",
                                      "a@b.-co",
                                      "a@b.co-",
                                      "a@b.-c.co"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(check("email", bad[i]) == MSG_form_bad_email,
                      "accepted: %s", bad[i]);
    ck_assert_int_eq(check("email", arena_fmt(t_arena, "%065d@example.com", 1)),
                     MSG_form_bad_email);
    ck_assert_int_eq(/* a label of a domain has 63 characters at most */
                     check("email", arena_fmt(t_arena, "a@%064d.example", 1)),
                     MSG_form_bad_email);
}
END_TEST

START_TEST(phones_are_stored_one_way)
{
    ck_assert_str_eq(taken("phone", " 300 123 4567 "), "+573001234567");
    ck_assert_str_eq(taken("phone", ""), "");
    ck_assert_int_eq(check("phone", "123"), MSG_form_bad_phone);
}
END_TEST

START_TEST(passwords_are_as_typed)
{
    ck_assert_str_eq(taken("password", "  a  b  "), "  a  b  ");
    ck_assert_int_eq(check("password", "a\nb\x01"), MSG_form_bad_text);
}
END_TEST

START_TEST(numbers)
{
    ck_assert_str_eq(taken("number", " 100 "), "100");
    ck_assert_int_eq(form_int(&f, "number"), 100);
    ck_assert_str_eq(taken("number", "007"), "007");
    ck_assert_str_eq(taken("big", "999999999999999999"), "999999999999999999");
    ck_assert_int_eq(form_int(&f, "big"), 999999999999999999);
    static const char *const bad[] = {"101", "-1",   "1.5", "1e3", "x",
                                      "1 2", "0x10", "+1",  "٣"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(check("number", bad[i]) == MSG_form_bad_number,
                      "accepted: %s", bad[i]);
    ck_assert_int_eq(check("big", "1000000000000000000"), MSG_form_bad_number);
}
END_TEST

START_TEST(boxes_and_choices)
{
    ck_assert_str_eq(taken("yes", "on"), "1");
    ck_assert_str_eq(taken("yes", " "), "");
    ck_assert_str_eq(taken("kind", "legal"), "legal");
    ck_assert_str_eq(taken("kind", ""), "");
    ck_assert_int_eq(check("kind", "Legal"), MSG_form_bad_choice);
    ck_assert_int_eq(check("kind", "other"), MSG_form_bad_choice);

    static const struct field must[] = {
        PLAIN_FIELD(yes, FIELD_BOOL, .flags = FIELD_REQUIRED), {0}};
    form_init(&f, t_arena, must);
    ck_assert(!form_check(&f, t_arena));
    ck_assert_int_eq(f.errors[0], MSG_form_unticked);
    form_set(&f, "yes", "1");
    ck_assert(form_check(&f, t_arena));
}
END_TEST

START_TEST(every_error_is_found_and_values_are_kept)
{
    t_ok(parse("name=&email=Ana%40&phone=12&number=x&kind=y&notes=fine"));
    ck_assert(!form_check(&f, t_arena));
    ck_assert(form_has_errors(&f));
    static const enum msg want[] = {
        MSG_form_required,  MSG_none, MSG_form_bad_email,
        MSG_form_bad_phone, MSG_none, MSG_form_bad_number,
        MSG_none,           MSG_none, MSG_form_bad_choice};
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        ck_assert_msg(f.errors[i] == want[i], "%s", fields[i].name);
    ck_assert_str_eq(form_text(&f, "phone"), "12");
    ck_assert_str_eq(form_text(&f, "notes"), "fine");
}
END_TEST

START_TEST(a_handler_can_refuse)
{
    t_ok(parse("name=a"));
    ck_assert(form_check(&f, t_arena));
    form_refuse(&f, "email", MSG_form_bad_email);
    ck_assert(form_has_errors(&f));
    ck_assert_int_eq(f.errors[2], MSG_form_bad_email);
}
END_TEST

static void ask_for_a_field_that_is_none(void)
{
    form_init(&f, t_arena, fields);
    (void)form_text(&f, "nombre");
}

START_TEST(a_misspelt_name_aborts)
{
    int status = t_status_of(ask_for_a_field_that_is_none);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

Suite *form_suite(void)
{
    Suite *s = suite_create("form");
    TCase *tc = t_case(s, "reading");
    tcase_add_test(tc, declared_fields_arrive);
    tcase_add_test(tc, a_form_tells_what_it_has);
    tcase_add_test(tc, odd_bodies);
    tcase_add_test(tc, broken_encoding_is_refused);
    tcase_add_test(tc, two_hundred_fields_and_no_more);
    tcase_add_test(tc, a_form_without_fields);
    tc = t_case(s, "checking");
    tcase_add_test(tc, one_line_is_trimmed);
    tcase_add_test(tc, limits_are_those_of_a_browser);
    tcase_add_test(tc, several_lines_keep_their_breaks);
    tcase_add_test(tc, addresses);
    tcase_add_test(tc, what_is_no_address);
    tcase_add_test(tc, phones_are_stored_one_way);
    tcase_add_test(tc, passwords_are_as_typed);
    tcase_add_test(tc, numbers);
    tcase_add_test(tc, boxes_and_choices);
    tcase_add_test(tc, every_error_is_found_and_values_are_kept);
    tcase_add_test(tc, a_handler_can_refuse);
    tcase_add_test(tc, a_misspelt_name_aborts);
    return s;
}
