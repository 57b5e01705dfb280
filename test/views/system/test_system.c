#include <string.h>

#include "test/database.h"
#include "test/site.h"
#include "web/route.h"

extern const struct route system_routes[];

START_TEST(health_asks_the_database)
{
    struct db *db = t_db_open(t_db_url(_i));
    struct t_site *site = t_site_new(db);
    ck_assert_str_eq(system_routes[0].path, "/health/");
    t_ok(system_routes[0].get(t_request(site, "")));
    ck_assert_int_eq(site->resp.status, 200);
    ck_assert_str_eq(buf_str(&site->resp.body),
                     "{\"status\":\"ok\",\"database\":\"ok\"}\n");
    t_contains(buf_str(&site->resp.headers), "Cache-Control: no-store\r\n");
    t_site_done(site);
    db_close(db);
}
END_TEST

START_TEST(health_tells_of_a_lost_database)
{
    struct t_pg pg;
    struct db *db = NULL;
    struct db_conf conf = {.reconnect_ms = 50, .statement_ms = 1000};
    t_pg_create(&pg);
    t_pg_start(&pg);
    conf.url = t_pg_url(&pg, "postgres");
    t_ok(db_open(&conf, &db, NULL));
    t_pg_stop(&pg);
    struct t_site *site = t_site_new(db);
    t_ok(system_routes[0].get(t_request(site, "")));
    ck_assert_int_eq(site->resp.status, 503);
    t_contains(buf_str(&site->resp.body), "\"database\":\"down\"");
    t_site_done(site);
    db_close(db);
}
END_TEST

Suite *system_suite(void)
{
    Suite *s = suite_create("system");
    TCase *tc = t_db_case(s, "health");
    t_add_both(tc, health_asks_the_database);
    tcase_add_test(tc, health_tells_of_a_lost_database);
    return s;
}
