#include <check.h>
#include <string.h>

#include "ctl/latency.h"
#include "ctl/top.h"
#include "test/suites.h"

suite_fn top_suite;

static struct json_object *before, *now;
static struct buf out;

/* Pool "web" with three workers; n requests were answered, each in 1 … 2 ms. */
static struct json_object *state(int n, const char *request)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    buf_addf(&b,
             "{\"pid\":7,\"status\":\"ok\",\"life\":\"serving\",\"age_ms\":1,"
             "\"pools\":[{\"name\":\"web\",\"workers\":{\"configured\":3,"
             "\"ready\":3,\"busy\":1},\"queued\":4,\"requests\":%d,\"list\":["
             "{\"slot\":0,\"pid\":10,\"state\":\"ready\",\"requests\":0,"
             "\"request\":null},"
             "{\"slot\":1,\"pid\":11,\"state\":\"ready\",\"requests\":%d,"
             "\"request\":null},"
             "{\"slot\":2,\"pid\":12,\"state\":\"ready\",\"requests\":0,"
             "\"request\":%s}],\"latency\":{"
             "\"other\":{},\"a.page\":{\"total\":{\"sum_us\":%d,\"buckets\":"
             "[0,0,0,0,%d,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}}}]}",
             n, n, request, 1500 * n, n);
    struct json_object *o = json_tokener_parse(buf_str(&b));
    ck_assert_ptr_nonnull(o);
    buf_done(&b);
    return o;
}

static void setup(void)
{
    before = state(100, "null");
    now = state(150, "{\"id\":\"r1\",\"method\":\"GET\",\"path\":\"/x\","
                     "\"age_ms\":2500,\"phase\":\"database\","
                     "\"phase_age_ms\":10}");
    buf_init(&out, 1 << 16);
}

static void teardown(void)
{
    json_object_put(before);
    json_object_put(now);
    buf_done(&out);
}

static void has(const char *text)
{
    ck_assert_msg(strstr(buf_str(&out), text) != NULL, "no \"%s\" in:\n%s",
                  text, buf_str(&out));
}

START_TEST(test_rates)
{
    const struct top_view v = {.now = now, .before = before, .over_ms = 500};
    top_render(&v, &out);
    has("web: 3 of 3 ready, 1 busy, 4 waiting; 100.0/s, p50 1.54ms, p99 ");
    has(" 12 ready     database     2.5s      0.0         0  r1 GET /x\n");
    has(" 11 ready     -               -    100.0       150\n");
    has("  a.page                       100.0   1.54ms");
    /* at work, then who did most */
    const char *text = buf_str(&out);
    ck_assert(strstr(text, " 12 ready") < strstr(text, " 11 ready"));
    ck_assert(strstr(text, " 11 ready") < strstr(text, " 10 ready"));
}
END_TEST

/* The first frame has nothing to compare with. */
START_TEST(test_first_frame)
{
    const struct top_view v = {.now = now};
    top_render(&v, &out);
    has("4 waiting; -/s, p50 1.54ms");
    has("  a.page                         150   1.54ms");
}
END_TEST

START_TEST(test_no_more_lines_than_rows)
{
    for (size_t rows = 1; rows < 12; rows++) {
        const struct top_view v = {.now = now, .rows = rows};
        size_t lines = 0;
        buf_reset(&out);
        top_render(&v, &out);
        for (const char *p = buf_str(&out); *p != '\0'; p++)
            lines += *p == '\n';
        ck_assert_uint_le(lines, rows < 4 ? 4 : rows);
    }
}
END_TEST

/* A supervisor of another version, or something else altogether. */
START_TEST(test_anything)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"pools\":3}",
        "{\"pools\":[{\"list\":\"x\"}]}",
        "{\"pools\":[{}]}",
        "{\"pools\":[{\"latency\":[1]}]}",
        ("{\"pools\":[{\"list\":[{}],\"latency\":{\"x\":3,\"y\":{\"total\":"
         "{\"buckets\":7,\"sum_us\":-1}}}}]}")};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct json_object *o = json_tokener_parse(texts[i]);
        const struct top_view v = {
            .now = o, .before = o, .over_ms = 1, .rows = 24};
        buf_reset(&out);
        top_render(&v, &out);
        ck_assert(buf_ok(&out));
        json_object_put(o);
    }
}
END_TEST

START_TEST(test_texts)
{
    char text[LATENCY_TEXT];
    ck_assert_str_eq(latency_text(-1, text), "-");
    ck_assert_str_eq(latency_text(123, text), "0.12ms");
    ck_assert_str_eq(latency_text(45600, text), "46ms");
    ck_assert_str_eq(latency_text(2345678, text), "2.3s");
}
END_TEST

Suite *top_suite(void)
{
    Suite *s = suite_create("top");
    TCase *t = tcase_create("top");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_rates);
    tcase_add_test(t, test_first_frame);
    tcase_add_test(t, test_no_more_lines_than_rows);
    tcase_add_test(t, test_anything);
    tcase_add_test(t, test_texts);
    suite_add_tcase(s, t);
    return s;
}
