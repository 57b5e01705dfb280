#include "out/jsonread.h"

#include <limits.h>
#include <string.h>

#include "text/utf8.h"

enum { MAX_DEPTH = 16 };

static void put(void *o)
{
    json_object_put(o);
}

/*
 * What json-c lets pass: it takes an overlong sequence for UTF-8, and a
 * control character for part of a text.
 */
static bool is_clean(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] < ' ' && p[i] != '\t' && p[i] != '\n' &&
            p[i] != '\r')
            return false;
    return utf8_valid(p, n);
}

enum err jsonread_parse(struct arena *a, const char *p, size_t n,
                        struct json_object **ret)
{
    if (n > INT_MAX || !is_clean(p, n))
        return ERR_INVALID;
    struct json_tokener *t = json_tokener_new_ex(MAX_DEPTH);
    if (t == NULL)
        return ERR_INVALID;
    json_tokener_set_flags(t, JSON_TOKENER_STRICT);
    struct json_object *o = json_tokener_parse_ex(t, p, (int)n);
    bool whole = json_tokener_get_error(t) == json_tokener_success &&
                 json_tokener_get_parse_end(t) == n;
    json_tokener_free(t);
    if (o != NULL)
        arena_defer(a, put, o);
    if (!whole || !json_object_is_type(o, json_type_object))
        return ERR_INVALID;
    *ret = o;
    return ERR_OK;
}

const char *jsonread_value(struct json_object *v)
{
    if (!json_object_is_type(v, json_type_string))
        return NULL;
    const char *s = json_object_get_string(v);
    return strlen(s) == (size_t)json_object_get_string_len(v) ? s : NULL;
}

const char *jsonread_text(struct json_object *o, const char *name)
{
    struct json_object *v;
    return json_object_object_get_ex(o, name, &v) ? jsonread_value(v) : NULL;
}

bool jsonread_time(struct json_object *o, const char *name, int64_t *ret)
{
    static const double most = 1e15;
    struct json_object *v;
    if (!json_object_object_get_ex(o, name, &v) ||
        (!json_object_is_type(v, json_type_int) &&
         !json_object_is_type(v, json_type_double)))
        return false;
    double seconds = json_object_get_double(v);
    if (!(seconds > -most && seconds < most))
        return false;
    *ret = (int64_t)seconds;
    return true;
}
