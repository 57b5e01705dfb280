#include "text/member.h"

struct json_object *member_get(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    (void)json_object_object_get_ex(o, name, &v);
    return v;
}

int64_t member_number(struct json_object *o, const char *name)
{
    return json_object_get_int64(member_get(o, name));
}

const char *member_text(struct json_object *o, const char *name)
{
    const char *s = json_object_get_string(member_get(o, name));
    return s != NULL ? s : "";
}

bool member_is(struct json_object *o, const char *name)
{
    return json_object_get_boolean(member_get(o, name));
}

size_t member_length(struct json_object *list)
{
    return json_object_is_type(list, json_type_array)
               ? json_object_array_length(list)
               : 0;
}
