#include "text/connection.h"

#include <string.h>
#include <strings.h>

const char *connection_value(struct arena *a, const char *text,
                             const char *name)
{
    size_t n = strlen(name);
    for (const char *at = text; *at != '\0';) {
        at += strspn(at, " ");
        size_t len = strcspn(at, ";"), whole = len;
        while (len > 0 && at[len - 1] == ' ')
            len--;
        if (len > n && strncasecmp(at, name, n) == 0 && at[n] == '=')
            return arena_dup(a, at + n + 1, len - n - 1);
        at += whole + (at[whole] == ';');
    }
    return NULL;
}

const char *connection_base(struct arena *a, const char *url)
{
    size_t n = strlen(url);
    while (n > 0 && url[n - 1] == '/')
        n--;
    return arena_dup(a, url, n);
}
