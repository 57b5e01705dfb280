#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "out/azure.h"
#include "test/support.h"

/* HMAC-SHA256 of RFC 4231, test case 2, in base64. */
START_TEST(a_signature)
{
    const char *text = NULL;
    t_ok(azure_sign(t_arena, "acc", "SmVmZQ==", "what do ya want for nothing?",
                    &text));
    ck_assert_str_eq(
        text, "SharedKey acc:W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    t_is(azure_sign(t_arena, "acc", "no base64!", "x", &text), ERR_CONFIG);
}
END_TEST

static enum err settings(const char *connection, struct err_note *why)
{
    const struct azure_conf conf = {
        .connection = connection, .container = "c", .ca_file = ""};
    struct azure *az = NULL;
    enum err e = azure_new(&conf, &az, why);
    azure_free(az);
    return e;
}

START_TEST(connection_strings)
{
    struct err_note why = {""};
    t_ok(settings("AccountName=a;AccountKey=SmVmZQ==", &why));
    t_ok(settings("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=S;"
                  "EndpointSuffix=core.example;",
                  &why));
    t_ok(settings("AccountName=a;AccountKey=S;BlobEndpoint=http://h:1/a/",
                  &why));
    t_is(settings("AccountName=a", &why), ERR_CONFIG);
    t_contains(why.text, "AccountKey=");
    t_is(settings("XAccountName=a;AccountKey=S", &why), ERR_CONFIG);
    t_is(settings("AccountName=a;AccountKey=S;BlobEndpoint=nowhere", &why),
         ERR_CONFIG);
    t_contains(why.text, "no URL");
}
END_TEST

/* What telemetry was told: one call of job-1-1, which failed. */
static void check_told(const char *folder)
{
    char space[MAX_SPOOL_RECORD_BYTES];
    struct buf names;
    struct spool_segment s = {.at = 0};
    struct event e;
    struct err_note why;
    const char *record;
    size_t n;
    CLEANUP(fd_done) int fd = open(folder, O_RDONLY | O_DIRECTORY);
    buf_init(&names, MAX_SPOOL_NAMES_BYTES);
    buf_init(&s.text, SPOOL_READ_BYTES);
    t_ok(spool_list(fd, &names, &why));
    t_ok(spool_read(fd, buf_str(&names), &s, &why));
    ck_assert(spool_next(&s, &record, &n));
    ck_assert(event_read(record, n, &e, space));
    ck_assert_int_eq(e.kind, EVENT_CALL);
    ck_assert(e.failed);
    ck_assert_str_eq(e.text[EVENT_ID], "job-1-1");
    ck_assert_str_eq(e.text[EVENT_NAME], "GET");
    ck_assert_str_eq(e.text[EVENT_TYPE], "Azure blob");
    ck_assert_str_eq(e.text[EVENT_TARGET], "127.0.0.1:1");
    ck_assert_str_eq(e.text[EVENT_RESULT], "no answer");
    ck_assert(!spool_next(&s, &record, &n));
    buf_done(&s.text);
    buf_done(&names);
}

START_TEST(nobody_there)
{
    struct spool *spool = NULL;
    const struct spool_conf sc = {.folder = t_path("calls"),
                                  .most_bytes = 4 << 20,
                                  .program = "p",
                                  .instance = "i",
                                  .version = "v"};
    t_ok(spool_new(&sc, &spool, NULL));
    const struct azure_conf conf = {.telemetry = spool,
                                    .operation = "job-1-1",
                                    .connection =
                                        "AccountName=a;AccountKey=SmVmZQ==;"
                                        "BlobEndpoint=http://127.0.0.1:1/a",
                                    .container = "c",
                                    .ca_file = ""};
    const struct azure_blob *first;
    struct err_note why = {""};
    struct azure *az = NULL;
    t_ok(azure_new(&conf, &az, &why));
    t_is(azure_list(az, t_arena, "x", &first, &why), ERR_UNAVAIL);
    t_contains(why.text, "http://127.0.0.1:1/a: ");
    azure_free(az);
    spool_free(spool);
    check_told(sc.folder);
}
END_TEST

Suite *azure_suite(void)
{
    Suite *s = suite_create("azure");
    TCase *tc = t_case(s, "azure");
    tcase_add_test(tc, a_signature);
    tcase_add_test(tc, connection_strings);
    tcase_add_test(tc, nobody_there);
    return s;
}
