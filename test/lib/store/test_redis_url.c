#include <string.h>

#include "store/redis_url.h"
#include "test/support.h"

static const struct {
    const char *url, *host, *user, *password, *database;
    int port;
} good[] = {
    {"redis://localhost", "localhost", NULL, NULL, NULL, 6379},
    {"redis://localhost/", "localhost", NULL, NULL, NULL, 6379},
    {"redis://r.example:6380/3", "r.example", NULL, NULL, "3", 6380},
    {"redis://:@h", "h", NULL, "", NULL, 6379},
    {"redis://:p%20%3a%2F%40:@h:1", "h", NULL, "p :/@:", NULL, 1},
    {"redis://u%C3%B1a:a@b@h/0", "h", "uña", "a@b", "0", 6379},
    {"redis://[::1]", "::1", NULL, NULL, NULL, 6379},
    {"redis://:x@[fe80::1]:65535/15", "fe80::1", NULL, "x", "15", 65535},
};

static const char *const bad[] = {
    "redis://",          "redis://host:0",    "redis://host:65536",
    "redis://host:",     "redis://host:port", "redis://host/x",
    "redis://user@host", "redis://:%zz@host", "redis://:%00@host",
    "redis://[::1",      "redis://:x@",       "redis://[]",
};

static void check_text(const char *is, const char *wanted)
{
    ck_assert_str_eq(is != NULL ? is : "(none)",
                     wanted != NULL ? wanted : "(none)");
}

START_TEST(addresses)
{
    struct redis_url u;
    ck_assert_msg(redis_url_parse(good[_i].url, &u), "%s", good[_i].url);
    check_text(u.host, good[_i].host);
    check_text(u.user, good[_i].user);
    check_text(u.password, good[_i].password);
    check_text(u.database, good[_i].database);
    ck_assert_int_eq(u.port, good[_i].port);
}
END_TEST

START_TEST(what_is_none)
{
    struct redis_url u;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!redis_url_parse(bad[i], &u), "%s", bad[i]);
    char *longest = arena_alloc(t_arena, 2 * MAX_REDIS_URL_BYTES);
    memset(longest, 'x', 2 * MAX_REDIS_URL_BYTES);
    memcpy(longest, "redis://", 8);
    longest[2 * MAX_REDIS_URL_BYTES - 1] = '\0';
    ck_assert(!redis_url_parse(longest, &u));
}
END_TEST

Suite *redis_url_suite(void)
{
    Suite *s = suite_create("redis_url");
    TCase *tc = t_case(s, "address");
    tcase_add_loop_test(tc, addresses, 0, (int)ARRAY_LEN(good));
    tcase_add_test(tc, what_is_none);
    return s;
}
