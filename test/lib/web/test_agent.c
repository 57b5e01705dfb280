#include "test/site.h"
#include "web/agent.h"

static const struct {
    const char *header, *label;
} agents[] = {
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101"
     " Firefox/140.0",
     "Firefox, Windows"},
    {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like"
     " Gecko) Chrome/142.0 Mobile Safari/537.36",
     "Chrome, Android"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"
     " AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
     "Safari, iPhone"},
    {"Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0",
     "Edge, Windows"},
    {"curl/8.5", "curl"},
    {"", "Navegador"},
};

START_TEST(browsers_have_names)
{
    struct t_site *site = t_site_new(NULL);
    struct ctx *c = t_request(site, "");
    for (size_t i = 0; i < ARRAY_LEN(agents); i++)
        ck_assert_str_eq(agent_label(c, agents[i].header), agents[i].label);
    c->lang = LANG_EN;
    ck_assert_str_eq(agent_label(c, "?"), "Browser");
    t_site_done(site);
}
END_TEST

Suite *agent_suite(void)
{
    Suite *s = suite_create("agent");
    TCase *tc = t_case(s, "agent");
    tcase_add_test(tc, browsers_have_names);
    return s;
}
