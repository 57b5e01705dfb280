#include "tpl/dict.h"

#include <string.h>

enum { FIRST_ROOM = 8 }; /* entries of a dictionary's first table */

static uint32_t key_of(unsigned name, enum dict_space space)
{
    return (uint32_t)name * 4 + (uint32_t)space;
}

static uint32_t place_of(uint32_t key)
{
    return (key * 2654435761U) >> 16; /* Knuth's multiplicative hash */
}

static struct entry *find(const struct tpl_dict *d, uint32_t key)
{
    if (d->room == 0)
        return NULL;
    for (uint32_t i = place_of(key);; i++) {
        struct entry *e = &d->entries[i & (d->room - 1)];
        if (e->key == key)
            return e;
        if (e->key == 0)
            return NULL;
    }
}

static struct entry *place(const struct tpl_dict *d, uint32_t key)
{
    uint32_t i = place_of(key);
    while (d->entries[i & (d->room - 1)].key != 0)
        i++;
    return &d->entries[i & (d->room - 1)];
}

static void grow(struct tpl_dict *d)
{
    const struct entry *old = d->entries;
    uint32_t n = d->room;
    d->room = n > 0 ? n * 2 : FIRST_ROOM;
    d->entries = ARENA_ARRAY(d->shared->arena, struct entry, d->room);
    for (uint32_t i = 0; i < n; i++)
        if (old[i].key != 0)
            *place(d, old[i].key) = old[i];
}

/* The entry of key, added with a cleared value if it is new. */
static struct entry *entry_of(struct tpl_dict *d, uint32_t key)
{
    struct entry *e = find(d, key);
    if (e != NULL)
        return e;
    if (d->used >= d->room / 2) /* half full at most: short searches */
        grow(d);
    e = place(d, key);
    e->key = key;
    d->used++;
    return e;
}

static struct tpl_dict *dict_new(struct expansion *shared,
                                 const struct tpl_dict *parent)
{
    struct tpl_dict *d = ARENA_NEW(shared->arena, struct tpl_dict);
    d->shared = shared;
    d->parent = parent;
    return d;
}

struct tpl_dict *tpl_dict_new_names(struct arena *a, enum lang lang,
                                    const struct tpl_names *names)
{
    struct expansion *shared = ARENA_NEW(a, struct expansion);
    shared->arena = a;
    shared->names = names;
    shared->lang = lang;
    shared->top = dict_new(shared, NULL);
    shared->globals = dict_new(shared, NULL);
    return shared->top;
}

struct tpl_dict *tpl_dict_new(struct arena *a, enum lang lang)
{
    return tpl_dict_new_names(a, lang, NULL);
}

static void set(struct tpl_dict *d, unsigned name, struct value value)
{
    if (name != 0)
        entry_of(d, key_of(name, SPACE_VAR))->value = value;
}

static struct value text_value(const char *s)
{
    return (struct value){.kind = VALUE_TEXT,
                          .p = s != NULL ? s : "",
                          .n = s != NULL ? strlen(s) : 0};
}

void tpl_set(struct tpl_dict *d, unsigned name, const char *value)
{
    set(d, name, text_value(value));
}

void tpl_set_n(struct tpl_dict *d, unsigned name, const char *p, size_t n)
{
    set(d, name, (struct value){.kind = VALUE_TEXT, .p = p, .n = n});
}

void tpl_set_int(struct tpl_dict *d, unsigned name, int64_t value)
{
    set(d, name, (struct value){.kind = VALUE_INT, .number = value});
}

void tpl_set_safe(struct tpl_dict *d, unsigned name, struct safe_html html)
{
    set(d, name, (struct value){.kind = VALUE_SAFE, .p = html.p, .n = html.n});
}

void tpl_set_global(struct tpl_dict *d, unsigned name, const char *value)
{
    tpl_set(d->shared->globals, name, value);
}

static struct showing *add_showing(struct tpl_dict *d, unsigned name,
                                   enum dict_space space)
{
    struct showing *s = ARENA_NEW(d->shared->arena, struct showing);
    struct entry *e = entry_of(d, key_of(name, space));
    if (e->list.last != NULL)
        e->list.last->next = s;
    else
        e->list.first = s;
    e->list.last = s;
    return s;
}

void tpl_show(struct tpl_dict *d, unsigned name)
{
    if (find(d, key_of(name, SPACE_SECTION)) == NULL)
        add_showing(d, name, SPACE_SECTION)->dict = d;
}

void tpl_show_global(struct tpl_dict *d, unsigned name)
{
    struct tpl_dict *globals = d->shared->globals;
    if (find(globals, key_of(name, SPACE_SECTION)) == NULL)
        add_showing(globals, name, SPACE_SECTION)->dict = d->shared->top;
}

struct tpl_dict *tpl_add(struct tpl_dict *d, unsigned name)
{
    struct tpl_dict *child = dict_new(d->shared, d);
    add_showing(d, name, SPACE_SECTION)->dict = child;
    return child;
}

struct tpl_dict *tpl_include(struct tpl_dict *d, unsigned name,
                             const struct tpl *t)
{
    struct tpl_dict *child = dict_new(d->shared, NULL);
    struct showing *s = add_showing(d, name, SPACE_INCLUDE);
    s->dict = child;
    s->include = t;
    return child;
}

void tpl_include_made(struct tpl_dict *d, unsigned name, struct safe_html made)
{
    struct showing *s = add_showing(d, name, SPACE_INCLUDE);
    s->rows = made.p;
    s->n = made.n;
}

static void bind_columns(const struct expansion *shared,
                         const struct column *columns, struct binding *ret)
{
    unsigned n = tpl_names_count(shared->names) + 1;
    struct field *fields = ARENA_ARRAY(shared->arena, struct field, n);
    for (; columns->kind != COL_NONE; columns++) {
        unsigned name = tpl_name_of_column(shared->names, columns->name);
        fields[name] = (struct field){.kind = columns->kind,
                                      .offset = columns->offset & 0xffffff};
    }
    fields[0].kind = COL_NONE; /* of columns that no template shows */
    *ret = (struct binding){.fields = fields, .n = n};
}

void tpl_bind(struct tpl_dict *d, unsigned name, const struct column *columns,
              const void *rows, size_t n, size_t size)
{
    if (n == 0) { /* hidden, and nothing of the parents is seen instead */
        entry_of(d, key_of(name, SPACE_SECTION));
        return;
    }
    struct showing *s = add_showing(d, name, SPACE_SECTION);
    bind_columns(d->shared, columns, &s->binding);
    s->rows = rows;
    s->n = n;
    s->size = size;
}

void tpl_set_struct(struct tpl_dict *d, const struct column *columns,
                    const void *row)
{
    struct bound_struct *b = ARENA_NEW(d->shared->arena, struct bound_struct);
    bind_columns(d->shared, columns, &b->binding);
    b->row = row;
    b->next = d->structs; /* the last one set is found first */
    d->structs = b;
}

static bool field_value(const struct binding *b, const char *row, unsigned name,
                        struct value *ret)
{
    struct field f = binding_find(b, name);
    const void *field = row + f.offset;
    switch ((enum column_kind)f.kind) {
    case COL_INT:
        *ret = (struct value){.kind = VALUE_INT,
                              .number = *(const int64_t *)field};
        return true;
    case COL_BOOL:
        *ret =
            (struct value){.kind = VALUE_INT, .number = *(const bool *)field};
        return true;
    case COL_TEXT:
        *ret = text_value(*(const char *const *)field);
        return true;
    case COL_NONE:
    default:
        return false;
    }
}

/* A COL_BOOL column: 1 true, 0 false; -1 there is none. */
static int field_shown(const struct binding *b, const char *row, unsigned name)
{
    struct field f = binding_find(b, name);
    if (f.kind != COL_BOOL)
        return -1;
    return *(const bool *)(const void *)(row + f.offset);
}

static bool builtin_value(const struct tpl_names *names, unsigned name,
                          struct value *ret)
{
    const char *text = tpl_name_text(names, name);
    const char *builtin = tpl_builtin(text, strlen(text));
    if (builtin != NULL)
        *ret = text_value(builtin);
    return builtin != NULL;
}

bool scope_value(const struct scope *sc, unsigned name, struct value *ret_value)
{
    if (sc->row != NULL && field_value(sc->binding, sc->row, name, ret_value))
        return true;
    uint32_t key = key_of(name, SPACE_VAR);
    const struct tpl_dict *d = sc->dict;
    const struct entry *e;
    do {
        e = find(d, key);
        if (e != NULL)
            break;
        for (struct bound_struct *b = d->structs; b != NULL; b = b->next)
            if (field_value(&b->binding, b->row, name, ret_value))
                return true;
        d = d->parent;
    } while (d != NULL);
    if (e == NULL)
        e = find(sc->dict->shared->globals, key);
    if (e == NULL)
        return builtin_value(sc->dict->shared->names, name, ret_value);
    *ret_value = e->value;
    return true;
}

bool scope_shown(const struct scope *sc, unsigned name, enum dict_space space,
                 const struct showing **ret_list, struct scope *ret_owner)
{
    int shown = -1;
    *ret_list = NULL;
    *ret_owner = *sc;
    if (sc->row != NULL && space == SPACE_SECTION)
        shown = field_shown(sc->binding, sc->row, name);
    const struct tpl_dict *d = sc->dict;
    while (shown < 0) {
        const struct entry *e = find(d, key_of(name, space));
        *ret_owner = (struct scope){.dict = d};
        if (e != NULL) {
            *ret_list = e->list.first;
            return *ret_list != NULL;
        }
        struct bound_struct *b = space == SPACE_SECTION ? d->structs : NULL;
        for (; shown < 0 && b != NULL; b = b->next)
            shown = field_shown(&b->binding, b->row, name);
        if (d->parent == NULL)
            break;
        d = d->parent;
    }
    if (shown >= 0)
        return shown == 1;
    const struct tpl_dict *globals = sc->dict->shared->globals;
    const struct entry *e = find(globals, key_of(name, space));
    *ret_list = e != NULL ? e->list.first : NULL;
    return e != NULL;
}
