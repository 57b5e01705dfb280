#include <string.h>

#include "test/support.h"
#include "text/mime.h"

static const char *text_of(void (*fn)(struct buf *b, const char *text),
                           const char *text)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    fn(&b, text);
    const char *out = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    return out;
}

static const char *subject(const char *text)
{
    return text_of(mime_subject, text);
}

static const char *mailbox(const char *name, const char *address)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    mime_mailbox(&b, name, address);
    const char *out = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    return out;
}

START_TEST(addresses)
{
    static const char *const good[] = {"a@b.co", "o'neil+x@mail.example.com",
                                       "a.b-c_d@x-y.example", "a@localhost"};
    static const char *const bad[] = {
        "",        "a",          "a@",          "@b.co",        "a b@c.co",
        "a@b@c",   "a@b\nc.co",  "a\r\nX: y@b", "a@b.co\r\n",   "<a@b.co>",
        "a@b.co>", "\"a\"@b.co", "ñ@b.co",      "a@[10.0.0.1]", "a@b,c",
        "a@-b.co", "a@.b",       ".a@b.co",     "a\t@b.co",     "a@b;c"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        ck_assert_msg(mime_address_ok(good[i]), "%s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!mime_address_ok(bad[i]), "%s", bad[i]);
    char long_one[300];
    memset(long_one, 'a', sizeof(long_one));
    memcpy(long_one + sizeof(long_one) - 8, "@b.test", 8);
    ck_assert(!mime_address_ok(long_one));
    ck_assert(mime_address_ok(long_one + sizeof(long_one) - 1 - 254));
}
END_TEST

START_TEST(a_plain_subject_stays)
{
    ck_assert_str_eq(subject("Your order: 12 (new)"), "Your order: 12 (new)");
    ck_assert_str_eq(subject(""), "");
}
END_TEST

START_TEST(other_subjects_are_encoded)
{
    ck_assert_str_eq(subject("Año"), "=?UTF-8?B?QcOxbw==?=");
    ck_assert_str_eq(subject("a\r\nBcc: x@y.co"),
                     "=?UTF-8?B?YQ0KQmNjOiB4QHkuY28=?=");
    /* what looks encoded would be decoded */
    ck_assert_str_eq(subject("=?x?="), "=?UTF-8?B?PT94Pz0=?=");
    ck_assert_str_eq(subject(" a"), "=?UTF-8?B?IGE=?=");
}
END_TEST

/* Words of 75 at most, none of which cuts a character. */
START_TEST(long_subjects_are_folded)
{
    const char *text = "";
    for (int i = 0; i < 60; i++)
        text = arena_fmt(t_arena, "%sñ%s", text, i % 7 == 0 ? "x" : "");
    const char *line = subject(text);
    int words = 0;
    while (*line != '\0') {
        size_t n = strcspn(line, "\r");
        ck_assert_int_eq(strncmp(line, "=?UTF-8?B?", 10), 0);
        ck_assert_int_eq(strncmp(line + n - 2, "?=", 2), 0);
        ck_assert_uint_le(n, 75);
        line += n;
        words++;
        if (*line == '\0')
            break;
        ck_assert_int_eq(strncmp(line, "\r\n ", 3), 0);
        line += 3;
    }
    ck_assert_int_eq(words, 3);
}
END_TEST

START_TEST(mailboxes)
{
    ck_assert_str_eq(mailbox("", "a@b.co"), "a@b.co");
    ck_assert_str_eq(mailbox("Ana Perez", "a@b.co"), "Ana Perez <a@b.co>");
    ck_assert_str_eq(mailbox("Pérez, A.", "a@b.co"),
                     "=?UTF-8?B?UMOpcmV6LCBBLg==?= <a@b.co>");
    ck_assert_str_eq(mailbox("x\nBcc: y", "a@b.co"),
                     "=?UTF-8?B?eApCY2M6IHk=?= <a@b.co>");
}
END_TEST

START_TEST(mailboxes_are_split)
{
    char name[64], address[64];
    ck_assert(mime_split("Personal Technology <no@pt.example>", name, address));
    ck_assert_str_eq(name, "Personal Technology");
    ck_assert_str_eq(address, "no@pt.example");
    ck_assert(mime_split("no@pt.example", name, address));
    ck_assert_str_eq(name, "");
    ck_assert_str_eq(address, "no@pt.example");
    ck_assert(mime_split("<no@pt.example>", name, address));
    static const char *const bad[] = {"",         "<",    "x <", "x <a@b.co",
                                      "x a@b.co", "x <>", ">"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!mime_split(bad[i], name, address), "%s", bad[i]);
}
END_TEST

START_TEST(dates)
{
    struct buf b;
    buf_init(&b, 100);
    mime_date(&b, 1795523696);
    ck_assert_str_eq(buf_str(&b), "Tue, 24 Nov 2026 12:34:56 +0000");
    buf_reset(&b);
    mime_date(&b, 0);
    ck_assert_str_eq(buf_str(&b), "Thu, 1 Jan 1970 00:00:00 +0000");
    buf_done(&b);
}
END_TEST

Suite *mime_suite(void)
{
    Suite *s = suite_create("mime");
    TCase *tc = t_case(s, "mime");
    tcase_add_test(tc, addresses);
    tcase_add_test(tc, a_plain_subject_stays);
    tcase_add_test(tc, other_subjects_are_encoded);
    tcase_add_test(tc, long_subjects_are_folded);
    tcase_add_test(tc, mailboxes);
    tcase_add_test(tc, mailboxes_are_split);
    tcase_add_test(tc, dates);
    return s;
}
