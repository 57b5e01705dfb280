#include "out/manifest.h"

#include <json-c/json.h>
#include <string.h>

enum { FORMAT = 1 };

static void add_int(struct json_object *o, const char *name, int64_t n)
{
    json_object_object_add(o, name, json_object_new_int64(n));
}

static void add_text(struct json_object *o, const char *name, const char *s)
{
    json_object_object_add(o, name, json_object_new_string(s));
}

void manifest_write(const struct backup_info *info, struct buf *b)
{
    struct json_object *o = json_object_new_object();
    struct json_object *tables = json_object_new_object();
    struct json_object *audit = json_object_new_object();
    add_int(o, "format", FORMAT);
    add_int(o, "made_at", info->made_at);
    add_text(o, "database", info->database);
    for (size_t i = 0; i < info->facts.n; i++)
        add_int(tables, info->facts.tables[i].name, info->facts.tables[i].rows);
    json_object_object_add(o, "tables", tables);
    add_int(o, "rows", info->rows);
    add_int(o, "files", info->files);
    add_int(o, "damaged", info->damaged);
    add_int(audit, "seq", info->facts.audit_seq);
    add_text(audit, "hash", info->facts.audit_hash);
    json_object_object_add(o, "audit", audit);
    buf_adds(b, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    json_object_put(o);
}

static struct json_object *part(struct json_object *o, const char *name)
{
    return json_object_object_get(o, name);
}

static int64_t number(struct json_object *o, const char *name)
{
    return json_object_get_int64(part(o, name));
}

static const char *text_of(struct json_object *o, const char *name,
                           struct arena *a)
{
    struct json_object *s = part(o, name);
    return json_object_is_type(s, json_type_string)
               ? arena_strdup(a, json_object_get_string(s))
               : "";
}

static void take_tables(struct json_object *tables, struct arena *a,
                        struct dump_facts *facts)
{
    if (!json_object_is_type(tables, json_type_object))
        return;
    size_t n = (size_t)json_object_object_length(tables);
    facts->tables = ARENA_ARRAY(a, struct dump_table, n + 1);
    json_object_object_foreach(tables, name, rows)
    {
        facts->tables[facts->n++] = (struct dump_table){
            .name = arena_strdup(a, name), .rows = json_object_get_int64(rows)};
    }
}

enum err manifest_read(const char *text, struct arena *a,
                       struct backup_info *ret, struct err_note *why)
{
    struct json_object *o = json_tokener_parse(text);
    *ret = (struct backup_info){0};
    if (!json_object_is_type(o, json_type_object) ||
        number(o, "format") != FORMAT) {
        json_object_put(o);
        return err_set(why, ERR_INVALID,
                       "the backup was made by another program");
    }
    struct json_object *audit = part(o, "audit");
    ret->made_at = number(o, "made_at");
    ret->database = text_of(o, "database", a);
    ret->rows = number(o, "rows");
    ret->files = number(o, "files");
    ret->damaged = number(o, "damaged");
    ret->facts.audit_seq = number(audit, "seq");
    ret->facts.audit_hash = text_of(audit, "hash", a);
    take_tables(part(o, "tables"), a, &ret->facts);
    json_object_put(o);
    return ERR_OK;
}
