/* pttpl render: a dictionary out of JSON. */
#include <json-c/json.h>
#include <string.h>

#include "base/fd.h"
#include "tpl/dict.h"
#include "tpl/pttpl.h"

enum {
    DATA_MAX = 16 << 20, /* bytes of the JSON file */
    DATA_DEPTH_MAX = 64  /* objects inside each other */
};

/* A template that was included before. */
struct loaded {
    struct loaded *next;
    const char *path;
    const struct tpl *tpl;
};

struct filler {
    struct arena *arena;
    struct tpl_names *names;
    const struct pttpl_rendering *what;
    struct err_note *why;
    struct loaded *loaded;
    unsigned depth;
};

static enum err fill(struct filler *f, struct tpl_dict *d, json_object *obj);

/* A path in the data is relative to the folder of the template. */
static const char *beside(struct arena *a, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL || name[0] == '/')
        return name;
    return arena_fmt(a, "%.*s%s", (int)(slash + 1 - path), path, name);
}

/* Refuses the expansion as soon as it is reached, and not before. */
static const struct tpl *refused(struct arena *a, const char *why)
{
    struct tpl_op *op = ARENA_NEW(a, struct tpl_op);
    op->kind = TPL_OP_REFUSED;
    struct tpl *t = ARENA_NEW(a, struct tpl);
    t->file = "";
    for (int lang = 0; lang < LANG__MAX; lang++)
        t->in[lang] = (struct tpl_program){
            .ops = op, .text = arena_dup(a, why, strlen(why)), .n_ops = 1};
    return t;
}

/* The template that the data name. */
static const struct tpl *include(struct filler *f, const char *name)
{
    const char *path = beside(f->arena, f->what->template, name);
    struct loaded *l = f->loaded;
    while (l != NULL && strcmp(l->path, path) != 0)
        l = l->next;
    if (l != NULL)
        return l->tpl;
    struct err_note why;
    const struct tpl *t;
    if (pttpl_load(f->arena, f->names, path, f->what->strip, &t, &why) !=
        ERR_OK)
        t = refused(f->arena, why.text);
    l = ARENA_NEW(f->arena, struct loaded);
    *l = (struct loaded){f->loaded, arena_dup(f->arena, path, strlen(path)), t};
    f->loaded = l;
    return t;
}

/* One section or include dictionary. */
static enum err fill_child(struct filler *f, struct tpl_dict *d, unsigned name,
                           json_object *obj)
{
    json_object *file = NULL;
    if (!json_object_is_type(obj, json_type_object))
        return err_set(f->why, ERR_INVALID, "%s: %s holds no object",
                       f->what->data, tpl_name_text(f->names, name));
    if (!json_object_object_get_ex(obj, "@include", &file))
        return fill(f, tpl_add(d, name), obj);
    const struct tpl *t = include(f, json_object_get_string(file));
    return fill(f, tpl_include(d, name, t), obj);
}

static enum err fill_array(struct filler *f, struct tpl_dict *d, unsigned name,
                           json_object *array)
{
    for (size_t i = 0; i < json_object_array_length(array); i++)
        TRY(fill_child(f, d, name, json_object_array_get_idx(array, i)));
    return ERR_OK;
}

/*
 * As the library does, :none shows any value: the one who writes the data
 * answers for it. So values are safe_html here.
 */
static struct safe_html text_of(const struct filler *f, json_object *value)
{
    const char *s = json_object_get_string(value);
    size_t n = json_object_is_type(value, json_type_string)
                   ? (size_t)json_object_get_string_len(value)
                   : strlen(s);
    return (struct safe_html){arena_dup(f->arena, s, n), n};
}

static enum err fill_value(struct filler *f, struct tpl_dict *d,
                           const char *key, json_object *value)
{
    unsigned name = tpl_name(f->names, key, strlen(key));
    switch (json_object_get_type(value)) {
    case json_type_boolean:
        if (json_object_get_boolean(value))
            tpl_show(d, name);
        return ERR_OK;
    case json_type_object:
        return fill_child(f, d, name, value);
    case json_type_array:
        return fill_array(f, d, name, value);
    case json_type_null:
        return ERR_OK;
    case json_type_double:
    case json_type_int:
    case json_type_string:
    default:
        tpl_set_safe(d, name, text_of(f, value));
        return ERR_OK;
    }
}

/* "@global": {"NAME": "text", "SECTION": true} */
static enum err fill_globals(struct filler *f, struct tpl_dict *d,
                             json_object *obj)
{
    if (!json_object_is_type(obj, json_type_object))
        return err_set(f->why, ERR_INVALID, "%s: @global holds no object",
                       f->what->data);
    json_object_object_foreach(obj, key, value)
    {
        unsigned name = tpl_name(f->names, key, strlen(key));
        if (!json_object_is_type(value, json_type_boolean))
            tpl_set_safe(d->shared->globals, name, text_of(f, value));
        else if (json_object_get_boolean(value))
            tpl_show_global(d, name);
    }
    return ERR_OK;
}

static enum err fill(struct filler *f, struct tpl_dict *d, json_object *obj)
{
    if (f->depth == DATA_DEPTH_MAX)
        return err_set(f->why, ERR_INVALID, "%s: nested too deeply",
                       f->what->data);
    f->depth++;
    json_object_object_foreach(obj, key, value)
    {
        if (strcmp(key, "@include") == 0)
            continue;
        if (strcmp(key, "@global") == 0)
            TRY(fill_globals(f, d, value));
        else
            TRY(fill_value(f, d, key, value));
    }
    f->depth--;
    return ERR_OK;
}

static void put_json(void *obj)
{
    json_object_put(obj);
}

static enum err read_json(struct arena *a, const char *path,
                          json_object **ret_obj, struct err_note *why)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, DATA_MAX);
    TRY(fd_read_file(path, &text, why));
    json_tokener *tok = json_tokener_new();
    if (tok == NULL)
        return err_set(why, ERR_SYSTEM, "out of memory");
    json_object *obj = json_tokener_parse_ex(tok, buf_str(&text), (int)text.n);
    const char *problem = json_tokener_error_desc(json_tokener_get_error(tok));
    json_tokener_free(tok);
    if (obj != NULL)
        arena_defer(a, put_json, obj);
    if (!json_object_is_type(obj, json_type_object))
        return err_set(why, ERR_INVALID, "%s: no JSON object: %s", path,
                       problem);
    *ret_obj = obj;
    return ERR_OK;
}

enum err pttpl_render(struct buf *out, struct arena *a,
                      const struct pttpl_rendering *what, struct err_note *why)
{
    struct tpl_names *names = tpl_names_new(a);
    const struct tpl *t;
    json_object *data = NULL;
    TRY(pttpl_load(a, names, what->template, what->strip, &t, why));
    TRY(read_json(a, what->data, &data, why));
    struct filler f = {.arena = a, .names = names, .what = what, .why = why};
    struct tpl_dict *d = tpl_dict_new_names(a, what->lang, names);
    TRY(fill(&f, d, data));
    return tpl_render(t, d, out, why);
}
