#include "tpl/entity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"

static const struct {
    const char *name;
    char c;
} names[] = {
    {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''},
};

/* The whole of p becomes the one byte c; a NUL is nothing. */
static const char *single(struct entity *e, long c)
{
    e->p[0] = (char)(unsigned char)c;
    e->p[1] = '\0';
    return e->p;
}

/* "&name" has been ended by c. */
static const char *decode(struct entity *e, char c)
{
    const char *name = e->p + 1;
    if (name[0] == '#') {
        bool hex = name[1] == 'x' || name[1] == 'X';
        return single(e, strtol(name + (hex ? 2 : 1), NULL, hex ? 16 : 10));
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcasecmp(names[i].name, name) == 0)
            return single(e, names[i].c);
    size_t n = strlen(e->p);
    e->p[n] = c;
    e->p[n + 1] = '\0';
    return e->p;
}

const char *entity_byte(struct entity *e, char c)
{
    if (e->n == 0 && c != '&')
        return single(e, c);
    if (e->n > 0 && c != '\0' && strchr("; \t\n\r", c) != NULL) {
        e->n = 0;
        return decode(e, c);
    }
    e->p[e->n++] = c;
    e->p[e->n] = '\0';
    if (e->n <= ENTITY_MAX)
        return "";
    e->n = 0; /* too long to be one */
    return e->p;
}
