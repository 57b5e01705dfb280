#include "text/msg.h"

#include <string.h>

#include "base/compiler.h"

static const char *const texts[LANG__MAX][MSG__MAX] = {
    [LANG_ES] =
        {
            "",
#define MSG(key, es, en) [MSG_##key] = (es),
#include "gen/messages.def"
#undef MSG
        },
    [LANG_EN] =
        {
            "",
#define MSG(key, es, en) [MSG_##key] = (en),
#include "gen/messages.def"
#undef MSG
        },
};

static const char *const names[MSG__MAX] = {
    "none",
#define MSG(key, es, en) [MSG_##key] = #key,
#include "gen/messages.def"
#undef MSG
};

const char *msg_text(enum lang lang, enum msg m)
{
    return lang < LANG__MAX && m < MSG__MAX ? texts[lang][m] : "";
}

bool msg_find(const char *name, size_t n, enum msg *ret_msg)
{
    for (size_t i = 1; i < MSG__MAX; i++) {
        if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0) {
            *ret_msg = (enum msg)i;
            return true;
        }
    }
    return false;
}

const char *msg_name(enum msg m)
{
    return m < MSG__MAX ? names[m] : "none";
}

const char *lang_code(enum lang lang)
{
    return lang == LANG_EN ? "en" : "es";
}
