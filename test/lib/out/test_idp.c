#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "out/idp.h"
#include "test/database.h"
#include "test/signer.h"

static const char *const rs256[] = {"RS256", NULL};
static const char *const scopes[] = {"openid", "email", NULL};
static const char *const roles[] = {"A=b=admin", "Tech=technician", NULL};

static struct config conf;
static struct db *db;
static struct err_note why;

static void fill_conf(const char *issuer)
{
    t_ok(config_load(NULL, t_arena, &conf, &why));
    conf.site.url = "https://site.example";
    conf.oidc.issuer = issuer;
    conf.oidc.client_id = "pt";
    conf.oidc.roles = roles;
    conf.oidc.scopes = scopes;
    conf.oidc.algorithms = rs256;
    conf.oidc.timeout_ms = 5000;
}

/* --- the configuration --- */

START_TEST(a_section_is_whole_or_empty)
{
    static const char *const others[] = {"RS256", "HS256", NULL};
    static const char *const none[] = {"none", NULL};
    static const char *const no_openid[] = {"email", NULL};
    static const char *const nobody[] = {NULL};
    static const char *const no_role[] = {"Tech", NULL};
    static const char *const no_value[] = {"=admin", NULL};
    static const char *const clients[] = {"A=client", NULL};
    const struct {
        const char *const **list;
        const char *const *value;
    } lists[] = {{&conf.oidc.algorithms, others}, {&conf.oidc.algorithms, none},
                 {&conf.oidc.scopes, no_openid},  {&conf.oidc.roles, nobody},
                 {&conf.oidc.roles, no_role},     {&conf.oidc.roles, no_value},
                 {&conf.oidc.roles, clients}};
    t_ok(config_load(NULL, t_arena, &conf, &why));
    t_ok(idp_check(&conf, &why));
    ck_assert(!idp_is_on(&conf));
    fill_conf("https://idp.example");
    t_ok(idp_check(&conf, &why));
    ck_assert(idp_is_on(&conf));
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        fill_conf("https://idp.example");
        *lists[i].list = lists[i].value;
        ck_assert_msg(idp_check(&conf, &why) == ERR_CONFIG, "%zu", i);
    }
    fill_conf("http://idp.example");
    t_is(idp_check(&conf, &why), ERR_CONFIG);
    fill_conf("https://idp.example");
    conf.site.url = "";
    t_is(idp_check(&conf, &why), ERR_CONFIG);
    fill_conf("https://idp.example");
    conf.oidc.client_id = "";
    t_is(idp_check(&conf, &why), ERR_CONFIG);
}
END_TEST

START_TEST(the_first_role_that_is_held)
{
    fill_conf("https://idp.example");
    ck_assert_ptr_null(idp_role(&conf, &(struct idtoken){0}));
    ck_assert_ptr_null(idp_role(
        &conf, &(struct idtoken){.roles = {"Tec", "Techs", "A", "Tech="}}));
    ck_assert_str_eq(idp_role(&conf, &(struct idtoken){.roles = {"x", "Tech"}}),
                     "technician");
    ck_assert_str_eq(
        idp_role(&conf, &(struct idtoken){.roles = {"Tech", "A=b"}}), "admin");
}
END_TEST

START_TEST(who_vouches_for_an_address)
{
    fill_conf("https://idp.example");
    ck_assert(!idp_owns_email(&conf, &(struct idtoken){0}));
    ck_assert(idp_owns_email(&conf, &(struct idtoken){.email_verified = true}));
    conf.oidc.tenant = "T";
    ck_assert(idp_owns_email(&conf, &(struct idtoken){0}));
}
END_TEST

START_TEST(addresses_for_the_browser)
{
    fill_conf("https://idp.example");
    struct idp p = {.conf = &conf,
                    .arena = t_arena,
                    .authorize_url = "https://idp.example/a?x=y",
                    .logout_url = "https://idp.example/out"};
    ck_assert_str_eq(idp_login_url(&p, "s", "n", "c"),
                     "https://idp.example/a?x=y&response_type=code&client_id=pt"
                     "&redirect_uri=https%3A//site.example/cuenta/oidc/retorno/"
                     "&scope=openid+email&state=s&nonce=n&code_challenge=c"
                     "&code_challenge_method=S256");
    ck_assert_str_eq(idp_logout_url(&p),
                     "https://idp.example/out?client_id=pt"
                     "&post_logout_redirect_uri=https%3A//site.example/");
    p.logout_url = "";
    ck_assert_ptr_null(idp_logout_url(&p));
}
END_TEST

/* --- with a provider --- */

static const char *issuer, *token;
static int listener, keys_asked, keys_fail_at;
static pid_t child;

static const char *answer_to(const char *request)
{
    if (strncmp(request, "GET /keys ", 10) == 0)
        return ++keys_asked == keys_fail_at ? "oops" : t_key_set("new");
    if (strncmp(request, "POST /token ", 12) == 0)
        return arena_fmt(t_arena, "{\"id_token\":\"%s\"}", token);
    return arena_fmt(
        t_arena,
        "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/a\","
        "\"token_endpoint\":\"%s/token\",\"jwks_uri\":\"%s/keys\"}",
        issuer, issuer, issuer, issuer);
}

/* Its requests are small: headers and body come in one piece or two. */
static void serve(void)
{
    for (;;) {
        char request[4096];
        int fd = accept(listener, NULL, NULL);
        size_t n = 0;
        do {
            ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);
            n += got > 0 ? (size_t)got : 0;
            request[n] = '\0';
            if (got <= 0)
                break;
        } while (strstr(request, "\r\n\r\n") == NULL);
        const char *body = answer_to(request);
        dprintf(fd, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                strlen(body), body);
        shutdown(fd, SHUT_WR);
        while (read(fd, request, sizeof(request)) > 0)
            ; /* until the other side has read it all */
        close(fd);
    }
}

static void listen_somewhere(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, n), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    issuer = arena_fmt(t_arena, "http://127.0.0.1:%d", ntohs(at.sin_port));
}

static void start_provider(int which)
{
    listen_somewhere();
    token = t_sign("{\"alg\":\"RS256\",\"kid\":\"new\"}",
                   arena_fmt(t_arena,
                             "{\"iss\":\"%s\",\"aud\":\"pt\",\"sub\":\"s\","
                             "\"nonce\":\"n\",\"iat\":%lld,\"exp\":%lld}",
                             issuer, (long long)clock_now(),
                             (long long)clock_now() + 300));
    child = fork();
    if (child == 0)
        serve();
    close(listener);
    db = t_db_new(which);
    fill_conf(issuer);
}

static void stop_provider(void)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static enum err open_idp(struct idp *p, bool fetch)
{
    return idp_open(p, &conf, db, t_arena, fetch, &why);
}

START_TEST(what_it_publishes_is_kept)
{
    struct idp p;
    start_provider(_i);
    t_is(open_idp(&p, false), ERR_NOTFOUND);
    ck_assert_msg(open_idp(&p, true) == ERR_OK, "%s", why.text);
    stop_provider();
    t_ok(open_idp(&p, true));
    ck_assert_str_eq(p.token_url, arena_fmt(t_arena, "%s/token", issuer));
    ck_assert_str_eq(p.logout_url, "");
    ck_assert_str_eq(p.keys, t_key_set("new"));
    ck_assert(!p.stale);
    t_ok(db_script(db, "UPDATE oidc_provider SET fetched_at ="
                       " fetched_at - 86400"));
    t_is(open_idp(&p, true), ERR_UNAVAIL);
    t_ok(open_idp(&p, false)); /* to log out it will do */
    ck_assert(!p.stale);
    db_close(db);
}
END_TEST

START_TEST(what_is_old_serves_for_a_day)
{
    struct idp p;
    start_provider(_i);
    t_ok(open_idp(&p, true));
    t_ok(db_script(db, "UPDATE oidc_provider SET fetched_at ="
                       " fetched_at - 3600, keys = 'old'"));
    t_ok(open_idp(&p, true)); /* anew */
    ck_assert(!p.stale);
    ck_assert_str_eq(p.keys, t_key_set("new"));
    stop_provider();
    t_ok(db_script(db, "UPDATE oidc_provider SET fetched_at ="
                       " fetched_at - 86000"));
    int64_t end_ms = clock_ms() + conf.oidc.timeout_ms;
    t_ok(open_idp(&p, true));
    ck_assert(p.stale);
    t_contains(why.text, "/.well-known/openid-configuration");
    ck_assert_str_eq(p.token_url, arena_fmt(t_arena, "%s/token", issuer));
    ck_assert_str_eq(p.keys, t_key_set("new"));
    ck_assert_int_ge(p.deadline_ms, end_ms);
    db_close(db);
}
END_TEST

/* What all workers know, and when one of them looked for a key. */
static void set_known(const char *keys, int64_t renewed_at)
{
    t_ok(db_script(db, arena_fmt(t_arena,
                                 "UPDATE oidc_provider SET keys = '%s',"
                                 " renewed_at = %lld",
                                 keys, (long long)renewed_at)));
}

/* The login of somebody who comes back with a code, from the beginning. */
static enum err log_in(struct idp *p)
{
    struct idtoken t;
    t_ok(open_idp(p, true));
    enum err e = idp_redeem(p, "code", "verifier", "n", &t);
    if (e == ERR_OK)
        ck_assert_str_eq(t.subject, "s");
    return e;
}

START_TEST(a_key_that_is_missing_is_looked_for_once)
{
    struct idp p;
    struct idtoken t;
    start_provider(_i);
    t_ok(open_idp(&p, true));
    set_known(t_key_set("old"), clock_now() - IDP_RENEW_S);
    ck_assert_msg(log_in(&p) == ERR_OK, "%s", why.text);
    t_ok(log_in(&p)); /* known to all */
    set_known(t_key_set("old"), clock_now());
    t_is(log_in(&p), ERR_FORBIDDEN);
    t_contains(why.text, "key");
    set_known(t_key_set("new"), 0);
    t_ok(open_idp(&p, true));
    t_is(idp_redeem(&p, "code", "verifier", "m", &t), ERR_FORBIDDEN);
    t_contains(why.text, "nonce");
    stop_provider();
    t_is(idp_redeem(&p, "code", "verifier", "n", &t), ERR_UNAVAIL);
    db_close(db);
}
END_TEST

START_TEST(what_another_worker_finds)
{
    struct idp p;
    struct idtoken t;
    start_provider(_i);
    t_ok(open_idp(&p, true));
    /* it has just stored them; the blank tells its set from the provider's */
    const char *found = arena_fmt(t_arena, "%s ", t_key_set("new"));
    set_known(found, clock_now());
    p.keys = t_key_set("old");
    ck_assert_msg(idp_redeem(&p, "code", "verifier", "n", &t) == ERR_OK, "%s",
                  why.text);
    ck_assert_str_eq(p.keys, found);
    /* it still looks: that is no reason to mistrust anybody */
    set_known(t_key_set("old"), clock_now() + 100);
    conf.oidc.timeout_ms = 1000;
    t_is(log_in(&p), ERR_UNAVAIL);
    t_contains(why.text, "being looked for");
    stop_provider();
    db_close(db);
}
END_TEST

START_TEST(a_look_that_failed_is_none)
{
    struct idp p;
    keys_fail_at = 2;
    start_provider(_i);
    t_ok(open_idp(&p, true));
    set_known(t_key_set("old"), 0);
    t_is(log_in(&p), ERR_UNAVAIL);
    t_contains(why.text, "no JSON object");
    ck_assert_msg(log_in(&p) == ERR_OK, "%s", why.text);
    keys_fail_at = 0;
    stop_provider();
    db_close(db);
}
END_TEST

Suite *idp_suite(void)
{
    Suite *s = suite_create("idp");
    TCase *tc = t_case(s, "conf");
    tcase_add_test(tc, a_section_is_whole_or_empty);
    tcase_add_test(tc, the_first_role_that_is_held);
    tcase_add_test(tc, who_vouches_for_an_address);
    tcase_add_test(tc, addresses_for_the_browser);
    tc = t_db_case(s, "provider");
    t_add_both(tc, what_it_publishes_is_kept);
    t_add_both(tc, what_is_old_serves_for_a_day);
    t_add_both(tc, a_key_that_is_missing_is_looked_for_once);
    t_add_both(tc, what_another_worker_finds);
    t_add_both(tc, a_look_that_failed_is_none);
    return s;
}
