#include <string.h>

#include "out/ingestion.h"
#include "test/support.h"

static enum err parse(const char *connection, const char **ret_url,
                      struct err_note *why)
{
    struct ingestion *in = NULL;
    const struct ingestion_conf conf = {
        .connection = connection, .ca_file = "", .timeout_ms = 1000};
    enum err e = ingestion_new(&conf, &in, why);
    if (e == ERR_OK)
        *ret_url =
            arena_fmt(t_arena, "%s %s", ingestion_key(in), ingestion_url(in));
    ingestion_free(in);
    return e;
}

START_TEST(connection_strings)
{
    static const char *const good[][2] = {
        {"InstrumentationKey=01ab-CD;IngestionEndpoint=https://e.example/;"
         "LiveEndpoint=https://l/",
         "01ab-CD https://e.example/v2.1/track"},
        {" instrumentationkey=1 ; ingestionendpoint=http://127.0.0.1:8//; ",
         "1 http://127.0.0.1:8/v2.1/track"},
        {"InstrumentationKey=1",
         "1 https://dc.services.visualstudio.com/v2.1/track"},
        {"InstrumentationKey=1;EndpointSuffix=ai.example.cn",
         "1 https://dc.ai.example.cn/v2.1/track"},
        {"EndpointSuffix=ai.example;Location=west;InstrumentationKey=1;x",
         "1 https://west.dc.ai.example/v2.1/track"}};
    static const char *const bad[] = {
        "", "IngestionEndpoint=https://e/", "InstrumentationKey=no key",
        "XInstrumentationKey=1",
        "InstrumentationKey=1;IngestionEndpoint=ftp://e/"};
    struct err_note why = {""};
    const char *got = "";
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        t_ok(parse(good[i][0], &got, &why));
        ck_assert_str_eq(got, good[i][1]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        t_is(parse(bad[i], &got, &why), ERR_CONFIG);
    t_contains(why.text, "IngestionEndpoint=");
}
END_TEST

static struct ingestion_answer judge(long status, const char *body,
                                     const char *retry_after)
{
    struct ingestion_answer a;
    ingestion_judge(t_arena, status, body, retry_after, 1700000000, &a);
    return a;
}

START_TEST(what_a_status_means)
{
    static const struct {
        long status;
        enum ingestion_fate fate;
    } all[] = {{200, ITEM_TAKEN}, {400, ITEM_REFUSED}, {402, ITEM_LATER},
               {408, ITEM_LATER}, {413, ITEM_LATER},   {429, ITEM_LATER},
               {439, ITEM_LATER}, {500, ITEM_LATER},   {503, ITEM_LATER},
               {403, ITEM_LATER}, {405, ITEM_REFUSED}, {507, ITEM_LATER},
               {302, ITEM_LATER}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct ingestion_answer a = judge(all[i].status, "no JSON", "");
        ck_assert_int_eq(a.all, all[i].fate);
        ck_assert_int_eq(a.too_large, all[i].status == 413);
        ck_assert_int_eq(a.why.text[0] == '\0', all[i].status == 200);
    }
    ck_assert_int_eq(judge(503, "", "120").wait_s, 120);
    ck_assert_int_eq(judge(503, "", "99999999").wait_s, 3600);
    ck_assert_int_eq(judge(503, "", "-1").wait_s, 0);
    ck_assert_int_eq(judge(429, "", "Tue, 14 Nov 2023 22:14:20 GMT").wait_s,
                     60);
    ck_assert_int_eq(judge(429, "", "tomorrow").wait_s, 0);
}
END_TEST

START_TEST(a_part_of_them)
{
    struct ingestion_answer a =
        judge(206,
              "{\"itemsReceived\":4,\"itemsAccepted\":2,\"errors\":["
              "{\"index\":1,\"statusCode\":400,\"message\":\"bad\"},"
              "{\"index\":3,\"statusCode\":429,\"message\":\"much\"}, 7,"
              "{\"index\":-2,\"statusCode\":500}]}",
              "");
    ck_assert_int_eq(a.all, ITEM_TAKEN);
    ck_assert(a.partial);
    ck_assert_uint_eq(a.n_errors, 3);
    ck_assert_uint_eq(a.errors[0].index, 1);
    ck_assert_int_eq(a.errors[0].fate, ITEM_REFUSED);
    ck_assert_int_eq(a.errors[1].fate, ITEM_LATER);
    ck_assert_uint_eq(a.errors[2].index, SIZE_MAX);
    ck_assert_str_eq(a.why.text, "400 of an item: bad");
    ck_assert_int_eq(judge(206, "{}", "").all, ITEM_LATER);
    ck_assert_int_eq(judge(206, "[1", "").all, ITEM_LATER);
    a = judge(400,
              "{\"errors\":[{\"index\":0,\"statusCode\":400,"
              "\"message\":\"iKey\"}]}",
              "");
    ck_assert_uint_eq(a.n_errors, 0);
    ck_assert_str_eq(a.why.text, "400 of an item: iKey");
}
END_TEST

START_TEST(nobody_there)
{
    struct ingestion *in = NULL;
    struct ingestion_answer a;
    struct err_note why = {""};
    int64_t took = -1;
    const struct ingestion_conf conf = {
        .connection =
            "InstrumentationKey=1;IngestionEndpoint=http://127.0.0.1:1",
        .ca_file = "",
        .timeout_ms = 1000};
    t_ok(ingestion_new(&conf, &in, &why));
    ingestion_send(in, t_arena, "{}\n", 3, &a);
    ck_assert_int_eq(a.all, ITEM_LATER);
    ck_assert_int_eq(a.status, 0);
    t_contains(a.why.text, "http://127.0.0.1:1/v2.1/track: ");
    t_is(ingestion_visit(in, "http://127.0.0.1:1/health/", &took, &why),
         ERR_UNAVAIL);
    ck_assert_int_ge(took, 0);
    ingestion_free(in);
}
END_TEST

Suite *ingestion_suite(void)
{
    Suite *s = suite_create("ingestion");
    TCase *tc = t_case(s, "ingestion");
    tcase_add_test(tc, connection_strings);
    tcase_add_test(tc, what_a_status_means);
    tcase_add_test(tc, a_part_of_them);
    tcase_add_test(tc, nobody_there);
    return s;
}
