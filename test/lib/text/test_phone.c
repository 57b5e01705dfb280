#include <string.h>

#include "test/support.h"
#include "text/phone.h"

START_TEST(numbers_are_read)
{
    static const struct {
        const char *typed, *e164, *shown;
        bool mobile;
    } vectors[] = {
        {"300 123 4567", "+573001234567", "300 123 4567", true},
        {"3001234567", "+573001234567", "300 123 4567", true},
        {"+57 300-123-4567", "+573001234567", "300 123 4567", true},
        {"573001234567", "+573001234567", "300 123 4567", true},
        {"(+57) 350.999.0000", "+573509990000", "350 999 0000", true},
        {"604 123 4567", "+576041234567", "604 123 4567", false},
        {"(601) 123-4567", "+576011234567", "601 123 4567", false},
        {"+57 6041234567", "+576041234567", "604 123 4567", false},
        {"+1 202-555-0143", "+12025550143", "+12025550143", false},
        {"+34 912 34 56 78", "+34912345678", "+34912345678", false},
        {"+123456789012345", "+123456789012345", "+123456789012345", false},
        {"+5 3001234567", "+53001234567", "+53001234567", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        char e164[PHONE_MAX] = "", shown[PHONE_MAX] = "";
        ck_assert_msg(phone_parse(vectors[i].typed, e164), "%s",
                      vectors[i].typed);
        ck_assert_str_eq(e164, vectors[i].e164);
        phone_show(e164, shown);
        ck_assert_str_eq(shown, vectors[i].shown);
        ck_assert_int_eq(phone_is_mobile(e164), vectors[i].mobile);
        ck_assert(phone_parse(shown, e164)); /* what we show can be typed */
        ck_assert_str_eq(e164, vectors[i].e164);
    }
}
END_TEST

START_TEST(the_rest_is_refused)
{
    static const char *const bad[] = {
        "",
        "+",
        " ",
        "123",
        "4001234567",    /* neither mobile nor fixed */
        "123 4567",      /* the old seven digits */
        "300 123 456",   /* one too few */
        "300 123 45678", /* one too many */
        "+57 123 4567",  /* seven digits again */
        "+57 4001234567",
        "12025550143",       /* foreign without + */
        "+1234567",          /* too short for any country */
        "+1234567890123456", /* E.164 ends at 15 */
        "+0123456789",       /* no country code begins with 0 */
        "300 123 4567 x1",
        "300/123/4567",
        "++573001234567",
        "300+1234567",
        "tel:3001234567",
        "３００１２３４５６７",
        "300\n1234567",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char e164[PHONE_MAX] = "unchanged";
        ck_assert_msg(!phone_parse(bad[i], e164), "accepted: %s", bad[i]);
        ck_assert_str_eq(e164, "unchanged");
    }
}
END_TEST

START_TEST(showing_anything_is_safe)
{
    char shown[PHONE_MAX];
    phone_show("", shown);
    ck_assert_str_eq(shown, "");
    phone_show("x", shown);
    ck_assert_str_eq(shown, "x");
    ck_assert(!phone_is_mobile(""));
    ck_assert(!phone_is_mobile("+57300123456"));
}
END_TEST

Suite *phone_suite(void)
{
    Suite *s = suite_create("phone");
    TCase *tc = t_case(s, "phone");
    tcase_add_test(tc, numbers_are_read);
    tcase_add_test(tc, the_rest_is_refused);
    tcase_add_test(tc, showing_anything_is_safe);
    return s;
}
