#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "test/support.h"

static struct config conf;

static const char *load(const char *path)
{
    struct err_note why = {""};
    enum err e = config_load(path, t_arena, &conf, &why);
    return e == ERR_OK ? "" : arena_strdup(t_arena, why.text);
}

START_TEST(without_a_file_there_are_defaults)
{
    ck_assert_str_eq(load(NULL), "");
    ck_assert(!conf.debug);
    ck_assert_str_eq(conf.secret_key, "");
    ck_assert_int_eq(conf.n_pools, 0);
    ck_assert_str_eq(conf.database.url, "sqlite:var/personal-tech.db");
    ck_assert_int_eq(conf.database.reconnect_ms, 2000);
    ck_assert_int_eq(conf.database.statement_ms, 20000);
    ck_assert(conf.database.prepare);
    ck_assert_str_eq(conf.http.allow[0], "127.0.0.1");
    ck_assert_str_eq(conf.http.allow[1], "::1");
    ck_assert_str_eq(conf.files.dir, "var/files");
    ck_assert_int_eq(conf.files.max_bytes, 50 << 20);
    ck_assert_int_eq(conf.files.request_bytes, 64 << 20);
    ck_assert_int_eq(conf.session.idle_ms, 1800000);
    ck_assert_int_eq(conf.session.absolute_ms, 43200000);
    ck_assert_int_eq(conf.session.remember_ms, 1209600000);
    ck_assert_int_eq(conf.login.attempts, 5);
    ck_assert_int_eq(conf.login.window_ms, 900000);
    ck_assert_ptr_null(conf.login.totp_required[0]);
    ck_assert_str_eq(conf.mail.url, "");
    ck_assert_int_eq(conf.mail.starttls, STARTTLS_REQUIRED);
    ck_assert_int_eq(conf.mail.timeout_ms, 30000);
    ck_assert_int_eq(conf.jobs.lease_ms, 60000);
    ck_assert_int_eq(conf.jobs.retry_ms, 15000);
}
END_TEST

/* The example shows defaults, so it changes nothing but paths. */
START_TEST(the_example_loads)
{
    ck_assert_str_eq(load("conf/personal-tech.example.yaml"), "");
    ck_assert_int_eq(conf.n_pools, 2);
    ck_assert_str_eq(conf.pools[0].name, "web");
    ck_assert_str_eq(conf.pools[0].command[0], "ptworker");
    ck_assert_ptr_null(conf.pools[0].command[1]);
    ck_assert_str_eq(conf.pools[0].listen, "unix:/run/personal-tech/web.sock");
    ck_assert_int_eq(conf.pools[0].listen_mode, 0660);
    ck_assert_int_eq(conf.pools[0].workers.max, 4);
    ck_assert(conf.pools[0].own_accept);
    ck_assert_int_eq(conf.pools[0].ready, POOL_READY_BYTE);
    ck_assert_str_eq(conf.pools[1].name, "jobs");
    ck_assert_str_eq(conf.pools[1].listen, "");
    struct config example = conf;
    ck_assert_str_eq(load(NULL), "");
    ck_assert_int_eq(example.database.reconnect_ms, conf.database.reconnect_ms);
    ck_assert_int_eq(example.http.hsts_s, conf.http.hsts_s);
    ck_assert_int_eq(example.files.max_bytes, conf.files.max_bytes);
    ck_assert_int_eq(example.files.request_bytes, conf.files.request_bytes);
    ck_assert_mem_eq(&example.session, &conf.session, sizeof(conf.session));
    ck_assert_int_eq(example.login.attempts, conf.login.attempts);
    ck_assert_int_eq(example.login.window_ms, conf.login.window_ms);
    ck_assert_ptr_null(example.login.totp_required[0]);
    ck_assert_mem_eq(&example.jobs, &conf.jobs, sizeof(conf.jobs));
    ck_assert_str_eq(example.mail.url, conf.mail.url);
    ck_assert_int_eq(example.mail.per_hour, conf.mail.per_hour);
    ck_assert_int_eq(example.telemetry.max_bytes, conf.telemetry.max_bytes);
    ck_assert_int_eq(example.telemetry.sample, conf.telemetry.sample);
    ck_assert_int_eq(example.telemetry.every_ms, conf.telemetry.every_ms);
    ck_assert_int_eq(example.telemetry.check_every_ms,
                     conf.telemetry.check_every_ms);
    ck_assert_int_eq(example.telemetry.timeout_ms, conf.telemetry.timeout_ms);
}
END_TEST

START_TEST(more_pools_than_there_may_be)
{
    const char *path = t_path("pools.yaml");
    const char *text = "pools:\n";
    for (int i = 0; i < MAX_POOLS; i++)
        text = arena_fmt(t_arena, "%s  p%d: {command: [x]}\n", text, i);
    t_write(path, text);
    ck_assert_str_eq(load(path), "");
    ck_assert_int_eq(conf.n_pools, MAX_POOLS);
    ck_assert_int_eq(conf.pools[MAX_POOLS - 1].backlog, 511);
    t_write(path, arena_fmt(t_arena, "%s  more: {command: [x]}\n", text));
    ck_assert_str_eq(load(path),
                     arena_fmt(t_arena,
                               "%s:%d: pools.more: more than %d entries", path,
                               MAX_POOLS + 2, MAX_POOLS));
}
END_TEST

START_TEST(roles_are_known_by_name)
{
    const char *path = t_path("roles.yaml");
    t_write(path, "login: {totp_required: [admin, Office]}\n");
    ck_assert_str_eq(load(path), "");
    ck_assert_str_eq(conf.login.totp_required[0], "admin");
    ck_assert_str_eq(conf.login.totp_required[1], "office");
    ck_assert_ptr_null(conf.login.totp_required[2]);
    static const char *const bad[] = {"[admin, boss]", "admin boss"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t_write(path,
                arena_fmt(t_arena, "login: {totp_required: %s}\n", bad[i]));
        t_contains(load(path), ":1: login.totp_required: \"boss\" is none of:"
                               " admin, office, technician, client");
    }
}
END_TEST

START_TEST(a_pool_needs_a_command)
{
    const char *path = t_path("pools.yaml");
    t_write(path, "pools: {web: {workers: 2}}\n");
    t_contains(load(path), "pools.web.command: is missing in ");
    t_write(path, "pools: {web: {command: [x], workers: 1025}}\n");
    t_contains(load(path), "pools.web.workers: 1025 is outside 1…1024");
}
END_TEST

START_TEST(the_seed_s_variables_win)
{
    const char *path = t_path("env.yaml");
    t_write(path, "debug: off\ndatabase: {url: \"sqlite:file.db\"}\n");
    setenv("DATABASE_URL", "postgresql://u:p@db/x", 1);
    setenv("SECRET_KEY", "0123456789", 1);
    setenv("DEBUG", "True", 1);
    setenv("SITE_URL", "https://x.example", 1);
    setenv("SMTP_URL", "smtps://mail.example", 1);
    setenv("SMTP_PASSWORD", "p4ss", 1);
    setenv("OIDC_CLIENT_SECRET", "s3cret", 1);
    setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=1", 1);
    const char *says = load(path);
    unsetenv("DATABASE_URL");
    unsetenv("SECRET_KEY");
    unsetenv("DEBUG");
    unsetenv("SITE_URL");
    unsetenv("SMTP_URL");
    unsetenv("SMTP_PASSWORD");
    unsetenv("OIDC_CLIENT_SECRET");
    unsetenv("APPLICATIONINSIGHTS_CONNECTION_STRING");
    ck_assert_str_eq(says, "");
    ck_assert_str_eq(conf.database.url, "postgresql://u:p@db/x");
    ck_assert_str_eq(conf.secret_key, "0123456789");
    ck_assert(conf.debug);
    ck_assert_str_eq(conf.site.url, "https://x.example");
    ck_assert_str_eq(conf.mail.url, "smtps://mail.example");
    ck_assert_str_eq(conf.mail.password, "p4ss");
    ck_assert_str_eq(conf.oidc.client_secret, "s3cret");
    ck_assert_str_eq(conf.telemetry.connection, "InstrumentationKey=1");
}
END_TEST

START_TEST(the_dump_masks_key_and_password)
{
    struct buf b;
    buf_init(&b, MAX_CONF_BYTES);
    const char *path = t_path("dump.yaml");
    t_write(path, "secret_key: hidden\n"
                  "audit:\n  old_keys: [hidden, hidden]\n"
                  "mail: {password: hidden}\n"
                  "database: {url: \"postgresql://u:hidden@db/x\"}\n");
    ck_assert_str_eq(load(path), "");
    cfg_dump(config_sections, &conf, &b);
    t_contains(buf_str(&b), "secret_key: ******\n");
    t_contains(buf_str(&b), "audit.old_keys: ****** ******\n");
    t_contains(buf_str(&b), "database.url: postgresql://u:******@db/x\n");
    ck_assert_ptr_null(strstr(buf_str(&b), "hidden"));
    buf_done(&b);
}
END_TEST

START_TEST(the_path_comes_from_argument_or_environment)
{
    ck_assert_str_eq(config_path("x.yaml"), "x.yaml");
    setenv("PT_CONF", "env.yaml", 1);
    ck_assert_str_eq(config_path("x.yaml"), "x.yaml");
    ck_assert_str_eq(config_path(NULL), "env.yaml");
    setenv("PT_CONF", "", 1);
    const char *usual = config_path(NULL); /* depends on what is here */
    unsetenv("PT_CONF");
    if (access("conf/personal-tech.yaml", F_OK) == 0)
        ck_assert_str_eq(usual, "conf/personal-tech.yaml");
    else
        ck_assert_ptr_null(usual);
}
END_TEST

Suite *config_suite(void)
{
    Suite *s = suite_create("config");
    TCase *tc = t_case(s, "config");
    tcase_add_test(tc, without_a_file_there_are_defaults);
    tcase_add_test(tc, the_example_loads);
    tcase_add_test(tc, more_pools_than_there_may_be);
    tcase_add_test(tc, roles_are_known_by_name);
    tcase_add_test(tc, a_pool_needs_a_command);
    tcase_add_test(tc, the_seed_s_variables_win);
    tcase_add_test(tc, the_dump_masks_key_and_password);
    tcase_add_test(tc, the_path_comes_from_argument_or_environment);
    return s;
}
