#include <string.h>

#include "out/envelope.h"
#include "test/support.h"

static const struct envelope_source source = {.key = "0123",
                                              .program = "ptworker",
                                              .instance = "web-1",
                                              .version = "abc1234",
                                              .site = "https://pt.example",
                                              .database = "PostgreSQL",
                                              .database_host = "db:5432",
                                              .redis_host = "redis:6379"};

#define HEAD(kind, more)                                                       \
    "{\"name\":\"Microsoft.ApplicationInsights." kind                          \
    "\",\"time\":\"2023-11-14T22:13:20.007Z\",\"iKey\":\"0123\"" more          \
    ",\"tags\":{\"ai.cloud.role\":\"ptworker\",\"ai.cloud.roleInstance\":"     \
    "\"web-1\",\"ai.application.ver\":\"abc1234\",\"ai.internal.sdkVersion\":" \
    "\"personal-tech:1\""
#define OF(kind)                                                               \
    "},\"data\":{\"baseType\":\"" kind "Data\",\"baseData\":{\"ver\":2"
#define OPERATION                                                              \
    ",\"ai.operation.id\":\"0123456789abcdef0123456789abcdef\","               \
    "\"ai.operation.name\":\"GET /clientes/{id}/\""
#define PARENT ",\"ai.operation.parentId\":\"0123456789abcdef\""
#define CLIENT ",\"ai.location.ip\":\"203.0.113.0\""

static const char *written(const struct event *e, size_t *ret_n)
{
    struct buf b;
    buf_init(&b, 64 << 10);
    *ret_n = envelope_write(&b, &source, e);
    ck_assert(buf_ok(&b));
    const char *text = arena_strdup(t_arena, buf_str(&b));
    buf_done(&b);
    return text;
}

static struct event page(void)
{
    return (struct event){
        .kind = EVENT_REQUEST,
        .sample = 100,
        .at_ms = 1700000000007,
        .took_us = 90061000042,
        .number = {[EVENT_QUEUE_US] = 1500,
                   [EVENT_DATABASE_US] = 2000,
                   [EVENT_CACHE_US] = 30,
                   [EVENT_STATEMENTS] = 4,
                   [EVENT_BYTES] = 18211},
        .text = {[EVENT_ID] = "0123456789abcdef0123456789abcdef",
                 [EVENT_NAME] = "GET /clientes/{id}/",
                 [EVENT_ROUTE] = "clients.show",
                 [EVENT_RESULT] = "200",
                 [EVENT_CLIENT] = "203.0.113.0"}};
}

START_TEST(a_request_with_what_it_asked)
{
    size_t n;
    struct event e = page();
    ck_assert_str_eq(
        written(&e, &n),
        HEAD("Request", "") OPERATION CLIENT OF(
            "Request") ",\"id\":\"0123456789abcdef\",\"name\":\"GET "
                       "/clientes/{id}/\","
                       "\"duration\":\"1.01:01:01.000042\",\"responseCode\":"
                       "\"200\","
                       "\"success\":true,\"url\":\"https://pt.example/clientes/"
                       "{id}/\","
                       "\"properties\":{\"route\":\"clients.show\"},"
                       "\"measurements\":"
                       "{\"bytes\":18211,\"statements\":4,\"queue_ms\":1.500,"
                       "\"database_ms\":2.000,\"cache_ms\":0.030}}}}\n" HEAD(
                           "RemoteDependency", "")
                           OPERATION PARENT CLIENT OF(
                               "RemoteDependency") ",\"id\":\"0123456789abcdef."
                                                   "database\",\"name\":"
                                                   "\"PostgreSQL\","
                                                   "\"type\":\"PostgreSQL\","
                                                   "\"target\":\"db:5432\","
                                                   "\"duration\":"
                                                   "\"0.00:00:00.002000\","
                                                   "\"resultCode\":\"\","
                                                   "\"success\":true,"
                                                   "\"properties\":{\"route\":"
                                                   "\"clients.show\"},"
                                                   "\"measurements\":"
                                                   "{\"statements\":4}}}}"
                                                   "\n" HEAD("RemoteDependency",
                                                             "")
                                                       OPERATION PARENT CLIENT
                                                           OF("RemoteDependenc"
                                                              "y") ",\"id\":"
                                                                   "\"012345678"
                                                                   "9abcdef."
                                                                   "cache\","
                                                                   "\"name\":"
                                                                   "\"Redis\","
                                                                   "\"type\":"
                                                                   "\"Redis\","
                                                                   "\"target\":"
                                                                   "\"redis:"
                                                                   "6379\","
                                                                   "\"duration"
                                                                   "\":"
                                                                   "\"0.00:00:"
                                                                   "00."
                                                                   "000030\","
                                                                   "\"resultCod"
                                                                   "e\":\"\","
                                                                   "\"success\""
                                                                   ":true,"
                                                                   "\"propertie"
                                                                   "s\":{"
                                                                   "\"route\":"
                                                                   "\"clients."
                                                                   "show\"}}}}"
                                                                   "\n");
    ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(a_failed_request_is_an_exception_too)
{
    size_t n;
    struct event e = page();
    e.failed = true;
    e.text[EVENT_RESULT] = "503";
    e.text[EVENT_ERROR] = "UNAVAIL";
    e.text[EVENT_DETAIL] = "temporarily \"unavailable\"";
    e.number[EVENT_CACHE_US] = -1;
    const char *text = written(&e, &n);
    ck_assert_uint_eq(n, 3);
    t_contains(text, "\"responseCode\":\"503\",\"success\":false");
    t_contains(text, "\"resultCode\":\"UNAVAIL\",\"success\":false");
    t_contains(
        text,
        HEAD("Exception", "") OPERATION PARENT CLIENT OF(
            "Exception") ",\"exceptions\":[{\"id\":1,\"typeName\":\"UNAVAIL\","
                         "\"message\":\"temporarily \\\"unavailable\\\"\","
                         "\"hasFullStack\":false}],\"severityLevel\":3,"
                         "\"problemId\":"
                         "\"UNAVAIL at "
                         "clients.show\",\"properties\":{\"route\":"
                         "\"clients.show\",\"error\":\"UNAVAIL\",\"detail\":"
                         "\"temporarily \\\"unavailable\\\"\"}}}}\n");
}
END_TEST

START_TEST(the_others)
{
    size_t n;
    struct event mail = {.kind = EVENT_CALL,
                         .sample = 100,
                         .at_ms = 1700000000007,
                         .took_us = 255,
                         .text = {[EVENT_ID] = "job-7-1",
                                  [EVENT_NAME] = "SEND",
                                  [EVENT_ROUTE] = "mail.send",
                                  [EVENT_RESULT] = "250",
                                  [EVENT_TYPE] = "SMTP",
                                  [EVENT_TARGET] = "mail:587"}};
    t_contains(written(&mail, &n),
               "\"id\":\"job-7-1.18bcfe56807ff\",\"name\":\"SEND\",\"type\":"
               "\"SMTP\",\"target\":\"mail:587\"");
    struct event check = {
        .kind = EVENT_CHECK,
        .failed = true,
        .sample = 100,
        .at_ms = 1700000000007,
        .text = {
            [EVENT_NAME] = "public address", [EVENT_RESULT] = "status 503"}};
    ck_assert_str_eq(written(&check, &n),
                     HEAD("Availability", "")
                         OF("Availability") ",\"id\":\"18bcfe56807\",\"name\":"
                                            "\"public address\","
                                            "\"duration\":\"0.00:00:00."
                                            "000000\",\"success\":false,"
                                            "\"runLocation\":\"web-1\","
                                            "\"message\":\"status 503\"}}}\n");
    struct event missing = {.kind = EVENT_LOST,
                            .sample = 100,
                            .at_ms = 1700000000007,
                            .number = {[EVENT_STATEMENTS] = 12}};
    ck_assert_str_eq(
        written(&missing, &n),
        HEAD("Metric", "") OF(
            "Metric") ",\"metrics\":[{\"name\":\"telemetry.lost\",\"value\":12,"
                      "\"count\":1}]}}}\n");
    struct event sampled = page();
    sampled.sample = 25;
    t_contains(written(&sampled, &n), HEAD("Request", ",\"sampleRate\":25"));
}
END_TEST

START_TEST(hosts_without_what_is_secret)
{
    struct envelope_source s;
    struct config conf = {.database.url = "postgresql://u:p@db:5432/x?a=b",
                          .cache.url = "redis://:geheim@cache:6379/1",
                          .site.url = ""};
    envelope_source_init(&s, &conf, "k", t_arena);
    ck_assert_str_eq(s.database_host, "db:5432");
    ck_assert_str_eq(s.redis_host, "cache:6379");
    conf.database.url = "sqlite:var/x.db";
    conf.cache.url = "shm:64MiB";
    envelope_source_init(&s, &conf, "k", t_arena);
    ck_assert_str_eq(s.database, "SQLite");
    ck_assert_ptr_null(s.redis_host);
}
END_TEST

Suite *envelope_suite(void)
{
    Suite *s = suite_create("envelope");
    TCase *tc = t_case(s, "envelope");
    tcase_add_test(tc, a_request_with_what_it_asked);
    tcase_add_test(tc, a_failed_request_is_an_exception_too);
    tcase_add_test(tc, the_others);
    tcase_add_test(tc, hosts_without_what_is_secret);
    return s;
}
