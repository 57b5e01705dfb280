#include <string.h>

#include "base/buf.h"
#include "test/support.h"

START_TEST(empty_is_a_string)
{
    struct buf b;
    buf_init(&b, 10);
    ck_assert_str_eq(buf_str(&b), "");
    buf_add(&b, "", 0);
    ck_assert(buf_ok(&b));
    ck_assert_str_eq(buf_str(&b), "");
    buf_done(&b);
    buf_done(&b);
}
END_TEST

START_TEST(grows_to_the_maximum_and_no_further)
{
    static const size_t maxima[] = {0, 1, 10, 255, 256, 257, 1000, 5000};
    for (size_t i = 0; i < ARRAY_LEN(maxima); i++) {
        struct buf b;
        buf_init(&b, maxima[i]);
        for (size_t n = 0; n < maxima[i]; n++)
            buf_addc(&b, 'x');
        ck_assert(buf_ok(&b));
        ck_assert_uint_eq(b.n, maxima[i]);
        buf_addc(&b, 'y');
        ck_assert(!buf_ok(&b));
        ck_assert_uint_eq(b.n, maxima[i]);
        ck_assert_uint_eq(strlen(buf_str(&b)), maxima[i]);
        buf_done(&b);
    }
}
END_TEST

START_TEST(an_append_past_the_maximum_changes_nothing)
{
    struct buf b;
    buf_init(&b, 10);
    buf_adds(&b, "12345");
    buf_adds(&b, "123456");
    ck_assert(!buf_ok(&b));
    ck_assert_str_eq(buf_str(&b), "12345");
    buf_addf(&b, "%d", 123456);
    ck_assert_str_eq(buf_str(&b), "12345");
    buf_reset(&b);
    ck_assert(buf_ok(&b));
    ck_assert_str_eq(buf_str(&b), "");
    buf_addf(&b, "%d", 1234);
    buf_addf(&b, "%d", 1234567);
    ck_assert(!buf_ok(&b));
    ck_assert_str_eq(buf_str(&b), "1234");
    buf_reset(&b);
    buf_adds(&b, "1234567890");
    ck_assert(buf_ok(&b));
    buf_done(&b);
}
END_TEST

START_TEST(a_failure_stays_until_reset)
{
    struct buf b;
    buf_init(&b, 300);
    ck_assert(!buf_reserve(&b, 301));
    buf_adds(&b, "fits");
    ck_assert(!buf_ok(&b));
    ck_assert(!buf_reserve(&b, 1));
    buf_reset(&b);
    ck_assert(buf_reserve(&b, 300));
    ck_assert(!buf_reserve(&b, SIZE_MAX));
    buf_done(&b);
}
END_TEST

START_TEST(integers_to_their_extremes)
{
    static const struct {
        int64_t v;
        const char *text;
    } vectors[] = {{0, "0"},
                   {-1, "-1"},
                   {10, "10"},
                   {1234567890, "1234567890"},
                   {INT64_MAX, "9223372036854775807"},
                   {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct buf b;
        buf_init(&b, 20);
        buf_add_int(&b, vectors[i].v);
        ck_assert_str_eq(buf_str(&b), vectors[i].text);
        buf_done(&b);
    }
}
END_TEST

START_TEST(formats_any_length)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_addf(&b, "%s=%d;", "a", 1);
    buf_addf(&b, "%01000d", 5);
    ck_assert_uint_eq(b.n, 4 + 1000);
    ck_assert_mem_eq(buf_str(&b), "a=1;0", 5);
    buf_add(&b, "\0x", 2);
    ck_assert_uint_eq(b.n, 4 + 1000 + 2);
    ck_assert_int_eq(b.p[b.n], '\0');
    buf_done(&b);
}
END_TEST

Suite *buf_suite(void)
{
    Suite *s = suite_create("buf");
    TCase *tc = t_case(s, "buf");
    tcase_add_test(tc, empty_is_a_string);
    tcase_add_test(tc, grows_to_the_maximum_and_no_further);
    tcase_add_test(tc, an_append_past_the_maximum_changes_nothing);
    tcase_add_test(tc, a_failure_stays_until_reset);
    tcase_add_test(tc, integers_to_their_extremes);
    tcase_add_test(tc, formats_any_length);
    return s;
}
