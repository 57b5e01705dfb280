#include "web/agent.h"

#include <string.h>

struct mark {
    const char *text, *label;
};

/* In this order: most browsers also call themselves those below them. */
static const struct mark browsers[] = {
    {"Edg", "Edge"},
    {"OPR/", "Opera"},
    {"SamsungBrowser", "Samsung"},
    {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},
    {"curl/", "curl"},
};

static const struct mark systems[] = {
    {"Android", "Android"}, {"iPhone", "iPhone"},   {"iPad", "iPad"},
    {"Windows", "Windows"}, {"Macintosh", "macOS"}, {"CrOS", "ChromeOS"},
    {"Linux", "Linux"},
};

static const char *find(const struct mark *marks, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(text, marks[i].text) != NULL)
            return marks[i].label;
    return NULL;
}

const char *agent_label(struct ctx *c, const char *user_agent)
{
    const char *browser = find(browsers, ARRAY_LEN(browsers), user_agent);
    const char *system = find(systems, ARRAY_LEN(systems), user_agent);
    if (browser == NULL)
        browser = ctx_msg(c, MSG_browser_other);
    return system != NULL ? arena_fmt(c->arena, "%s, %s", browser, system)
                          : browser;
}
