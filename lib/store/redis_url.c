#include "store/redis_url.h"

#include <stdlib.h>
#include <string.h>

#include "text/url.h"

enum { DEFAULT_PORT = 6379 };

/* Ends the text at the last `sign`; returns what stood behind it, or NULL. */
static char *cut(char *text, char sign)
{
    char *at = strrchr(text, sign);
    if (at == NULL)
        return NULL;
    *at = '\0';
    return at + 1;
}

static bool decode(char *text)
{
    size_t n;
    return text == NULL || url_decode(text, strlen(text), false, text, &n);
}

bool redis_url_parse(const char *url, struct redis_url *ret)
{
    static const char scheme[] = "redis://";
    char *text = ret->text;
    if (strlen(url) >= sizeof(ret->text))
        return false;
    url += sizeof(scheme) - 1;
    memcpy(text, url, strlen(url) + 1);
    ret->port = DEFAULT_PORT;
    char *host = cut(text, '@'), *password = NULL, *user = NULL;
    if (host != NULL) {
        password = strchr(text, ':');
        if (password == NULL)
            return false;
        *password++ = '\0';
        user = text[0] != '\0' ? text : NULL;
    } else {
        host = text;
    }
    char *database = cut(host, '/');
    bool bracket = host[0] == '[';
    char *port = strrchr(host, ']') == NULL || strrchr(host, ']')[1] == ':'
                     ? cut(host, ':')
                     : NULL;
    if (bracket && cut(++host, ']') == NULL)
        return false;
    if (port != NULL)
        ret->port = (int)strtol(port, NULL, 10);
    ret->host = host;
    ret->user = user;
    ret->password = password;
    ret->database = database != NULL && database[0] != '\0' ? database : NULL;
    return host[0] != '\0' && ret->port > 0 && ret->port < 65536 &&
           decode(user) && decode(password) &&
           (ret->database == NULL ||
            database[strspn(database, "0123456789")] == '\0');
}
