/*
 * dict - the inside of a dictionary, for the renderer.
 *
 * A dictionary is a small hash table from (name, space) to a value, a list
 * of showings, or a list of includes. What a marker sees is a scope: a
 * dictionary, and in a section bound to structs the struct shown.
 *
 * Layer      tpl.
 */
#ifndef PT_TPL_DICT_H
#define PT_TPL_DICT_H

#include "tpl/names.h"
#include "tpl/program.h"
#include "tpl/tpl.h"

/* Names of variables, sections and includes do not meet. */
enum dict_space { SPACE_VAR, SPACE_SECTION, SPACE_INCLUDE };

/* Where the value of a name lies in a struct. */
struct field {
    uint32_t kind : 8;    /* enum column_kind; COL_NONE: it is not there */
    uint32_t offset : 24; /* bytes */
};

/* A column table by marker name. */
struct binding {
    const struct field *fields;
    unsigned n; /* names beyond have no field */
};

enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_SAFE, VALUE_INT };

struct value {
    enum value_kind kind;
    const char *p;
    union {
        size_t n;
        int64_t number;
    };
};

/* Shows a section, or fills an include. */
struct showing {
    struct showing *next;
    const struct tpl_dict *dict; /* NULL: the struct rows */
    const struct tpl *include;   /* NULL: the n bytes at rows, made before */
    struct binding binding;
    const char *rows;
    size_t n, size;
};

/* One struct among the values of a dictionary. */
struct bound_struct {
    struct bound_struct *next;
    struct binding binding;
    const void *row;
};

struct entry {
    uint32_t key; /* name * 4 + space; 0 is free */
    union {
        struct value value;
        struct {
            struct showing *first, *last;
        } list;
    };
};

/* Shared by all dictionaries of an expansion. */
struct expansion {
    struct arena *arena;
    const struct tpl_names *names;
    enum lang lang;
    struct tpl_dict *top, *globals;
};

struct tpl_dict {
    struct expansion *shared;
    const struct tpl_dict *parent; /* NULL: top level, include, or globals */
    struct entry *entries;
    uint32_t room, used; /* room is 0 or a power of two */
    struct bound_struct *structs;
};

struct scope {
    const struct tpl_dict *dict;
    const struct binding *binding; /* of row */
    const char *row;               /* NULL: none */
};

static inline struct field binding_find(const struct binding *b, unsigned name)
{
    return name < b->n ? b->fields[name] : (struct field){.kind = COL_NONE};
}

/* What a variable is here; false when nobody has set it. */
bool scope_value(const struct scope *sc, unsigned name,
                 struct value *ret_value);

/*
 * How often a section or include is shown here: *ret_list, with *ret_owner
 * as the scope that the showings of structs belong to. True without a list
 * (NULL) means once, in the scope *ret_owner itself.
 */
bool scope_shown(const struct scope *sc, unsigned name, enum dict_space space,
                 const struct showing **ret_list, struct scope *ret_owner);

#endif
