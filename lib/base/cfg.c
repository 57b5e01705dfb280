#include "base/cfg.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/cfg_impl.h"
#include "base/fd.h"
#include "base/limits.h"

struct loader {
    const struct cfg_section *sections;
    struct arena *a;
    yaml_document_t doc;
    const char *file;
    struct cfg_files *files;   /* all that were read */
    const char *const *others; /* that this one names; NULL none … */
    struct place others_at;    /* … there */
    struct err_note *why;
};

/* --- ${NAME} and ${NAME:-default} --- */

static enum err expand_one(const char **in, struct buf *out,
                           const struct place *at)
{
    const char *start = *in + 2, *end = strchr(start, '}');
    if (end == NULL)
        return cfg_refuse(at, "\"${\" without \"}\"");
    char name[128];
    const char *def = NULL;
    const char *stop = memmem(start, (size_t)(end - start), ":-", 2);
    if (stop != NULL)
        def = stop + 2;
    else
        stop = end;
    if (stop == start || (size_t)(stop - start) >= sizeof(name))
        return cfg_refuse(at, "bad variable name in ${…}");
    memcpy(name, start, (size_t)(stop - start));
    name[stop - start] = '\0';
    const char *value = getenv(name);
    if (value != NULL && value[0] != '\0')
        buf_adds(out, value);
    else if (def != NULL)
        buf_add(out, def, (size_t)(end - def));
    else
        return cfg_refuse(at,
                          "${%s} is not set; set it, or write ${%s:-default}",
                          name, name);
    *in = end + 1;
    return ERR_OK;
}

static enum err expand(const char *in, struct arena *a, const char **ret_text,
                       const struct place *at)
{
    struct buf out;
    buf_init(&out, MAX_CONF_VALUE_BYTES);
    enum err e = ERR_OK;
    while (*in != '\0' && e == ERR_OK) {
        if (in[0] == '$' && in[1] == '{')
            e = expand_one(&in, &out, at);
        else
            buf_addc(&out, *in++);
    }
    if (e == ERR_OK && !buf_ok(&out))
        e = cfg_refuse(at, "longer than %d bytes", MAX_CONF_VALUE_BYTES);
    if (e == ERR_OK)
        *ret_text = arena_strdup(a, buf_str(&out));
    buf_done(&out);
    return e;
}

/* --- the YAML tree --- */

static unsigned long line_of(const yaml_node_t *n)
{
    return n->start_mark.line + 1;
}

static const char *scalar(const yaml_node_t *n)
{
    return n != NULL && n->type == YAML_SCALAR_NODE
               ? (const char *)n->data.scalar.value
               : NULL;
}

static enum err set_from_list(struct loader *l, const struct cfg_key *k,
                              const yaml_node_t *n, void *base,
                              const struct place *at)
{
    const char **words = ARENA_ARRAY(l->a, const char *, MAX_COMMAND_ARGS + 1);
    size_t count = 0;
    for (yaml_node_item_t *i = n->data.sequence.items.start;
         i < n->data.sequence.items.top; i++) {
        const char *text = scalar(yaml_document_get_node(&l->doc, *i));
        if (text == NULL)
            return cfg_refuse(at, "a list of plain words is expected");
        if (count == MAX_COMMAND_ARGS)
            return cfg_refuse(at, "more than %d words", MAX_COMMAND_ARGS);
        TRY(expand(text, l->a, &words[count], at));
        TRY(cfg_check_word(k, &words[count++], at));
    }
    *(const char *const **)(void *)((char *)base + k->offset) = words;
    return ERR_OK;
}

/* {min: 2, max: 16} is 2..16 as text. */
static enum err set_from_range(struct loader *l, const struct cfg_key *k,
                               const yaml_node_t *n, void *base,
                               const struct place *at)
{
    const char *min = NULL, *max = NULL;
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
         p < n->data.mapping.pairs.top; p++) {
        const char *name = scalar(yaml_document_get_node(&l->doc, p->key));
        const char *text = scalar(yaml_document_get_node(&l->doc, p->value));
        bool low = name != NULL && strcmp(name, "min") == 0;
        bool high = name != NULL && strcmp(name, "max") == 0;
        if (text == NULL || (!low && !high) || (low ? min : max) != NULL)
            break;
        TRY(expand(text, l->a, low ? &min : &max, at));
    }
    if (min == NULL || max == NULL ||
        n->data.mapping.pairs.top - n->data.mapping.pairs.start != 2)
        return cfg_refuse(at, "{min: 2, max: 16} is expected");
    return cfg_set(l->a, k, arena_fmt(l->a, "%s..%s", min, max), base, at);
}

static const struct cfg_key *key_find(const struct cfg_key *keys,
                                      const char *name)
{
    for (; keys->name != NULL; keys++)
        if (strcmp(keys->name, name) == 0)
            return keys;
    return NULL;
}

static enum err set_from_node(struct loader *l, const struct cfg_key *k,
                              const yaml_node_t *n, void *base,
                              const struct place *at)
{
    if (k->kind == CFG_WORDS && n->type == YAML_SEQUENCE_NODE)
        return set_from_list(l, k, n, base, at);
    if (k->kind == CFG_RANGE && n->type == YAML_MAPPING_NODE)
        return set_from_range(l, k, n, base, at);
    const char *text = scalar(n);
    if (text == NULL)
        return cfg_refuse(at, k->kind == CFG_WORDS ? "a list is expected"
                                                   : "one value is expected");
    TRY(expand(text, l->a, &text, at));
    return cfg_set(l->a, k, text, base, at);
}

/* Does the name of p stand in an earlier pair of its mapping too? */
static bool stands_twice(struct loader *l, const yaml_node_t *map,
                         const yaml_node_pair_t *p)
{
    const char *name = scalar(yaml_document_get_node(&l->doc, p->key));
    for (yaml_node_pair_t *q = map->data.mapping.pairs.start; q < p; q++) {
        const char *seen = scalar(yaml_document_get_node(&l->doc, q->key));
        if (name != NULL && seen != NULL && strcmp(seen, name) == 0)
            return true;
    }
    return false;
}

/* Keys of one mapping into the struct at base. */
static enum err read_keys(struct loader *l, const yaml_node_t *map,
                          const struct cfg_key *keys, void *base,
                          struct place at)
{
    if (map->type != YAML_MAPPING_NODE)
        return cfg_refuse(&at, "\"key: value\" lines are expected");
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
         p < map->data.mapping.pairs.top; p++) {
        const yaml_node_t *kn = yaml_document_get_node(&l->doc, p->key);
        const yaml_node_t *vn = yaml_document_get_node(&l->doc, p->value);
        const char *name = scalar(kn);
        at.line = line_of(kn);
        at.key = name != NULL ? name : "?";
        const struct cfg_key *k = name != NULL ? key_find(keys, name) : NULL;
        if (k == NULL)
            return cfg_refuse(&at, "unknown key");
        if (stands_twice(l, map, p))
            return cfg_refuse(&at, "stands twice");
        TRY(set_from_node(l, k, vn, base, &at));
    }
    return ERR_OK;
}

static enum err set_defaults(struct loader *l, const struct cfg_key *keys,
                             void *base, struct place at)
{
    for (; keys->name != NULL; keys++) {
        at.key = keys->name;
        if (keys->def == NULL)
            continue;
        const char *text;
        TRY(expand(keys->def, l->a, &text, &at));
        TRY(cfg_set(l->a, keys, text, base, &at));
    }
    return ERR_OK;
}

static int64_t *count_of(const struct cfg_section *s, char *ret)
{
    return (int64_t *)(void *)(ret + s->count_offset);
}

/* One that a file before this one has begun; NULL: none. */
static char *find_entry(const struct cfg_section *s, char *ret,
                        const char *name)
{
    for (int64_t i = 0; i < *count_of(s, ret); i++) {
        char *entry = ret + s->offset + (size_t)i * s->size;
        if (strcmp(*(const char **)(void *)entry, name) == 0)
            return entry;
    }
    return NULL;
}

static enum err new_entry(struct loader *l, const struct cfg_section *s,
                          char *ret, struct place at, char **ret_entry)
{
    int64_t *count = count_of(s, ret);
    if ((size_t)*count == s->max)
        return cfg_refuse(&at, "more than %zu entries", s->max);
    char *entry = ret + s->offset + (size_t)*count * s->size;
    ++*count;
    *(const char **)(void *)entry = arena_strdup(l->a, at.entry);
    TRY(set_defaults(l, s->keys, entry, at));
    *ret_entry = entry;
    return ERR_OK;
}

static enum err read_map_section(struct loader *l, const yaml_node_t *n,
                                 const struct cfg_section *s, char *ret,
                                 struct place at)
{
    if (n->type != YAML_MAPPING_NODE)
        return cfg_refuse(&at, "named entries are expected");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
         p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *kn = yaml_document_get_node(&l->doc, p->key);
        const char *name = scalar(kn);
        at.line = line_of(kn);
        at.entry = name != NULL ? name : "?";
        if (name == NULL)
            return cfg_refuse(&at, "a name is expected");
        if (stands_twice(l, n, p))
            return cfg_refuse(&at, "stands twice");
        char *entry = find_entry(s, ret, name);
        if (entry == NULL)
            TRY(new_entry(l, s, ret, at, &entry));
        TRY(read_keys(l, yaml_document_get_node(&l->doc, p->value), s->keys,
                      entry, at));
    }
    return ERR_OK;
}

static const struct cfg_section *section_find(const struct loader *l,
                                              const char *name)
{
    for (const struct cfg_section *s = l->sections; s->name != NULL; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

static enum err read_top_pair(struct loader *l, const yaml_node_t *root,
                              const yaml_node_pair_t *p, char *ret)
{
    const yaml_node_t *kn = yaml_document_get_node(&l->doc, p->key);
    const yaml_node_t *vn = yaml_document_get_node(&l->doc, p->value);
    const char *name = scalar(kn);
    struct place at = {.file = l->file, .line = line_of(kn), .why = l->why};
    at.section = name != NULL ? name : "?";
    if (stands_twice(l, root, p))
        return cfg_refuse(&at, "stands twice");
    const struct cfg_section *s =
        name != NULL && name[0] != '\0' ? section_find(l, name) : NULL;
    if (s != NULL && s->map)
        return read_map_section(l, vn, s, ret, at);
    if (s != NULL)
        return read_keys(l, vn, s->keys, ret + s->offset, at);
    const struct cfg_section *top = section_find(l, "");
    const struct cfg_key *k =
        name != NULL && top != NULL ? key_find(top->keys, name) : NULL;
    if (k == NULL)
        return cfg_refuse(&at, "unknown key");
    char *field = ret + top->offset + k->offset;
    TRY(set_from_node(l, k, vn, ret + top->offset, &at));
    if ((k->flags & CFG_FILES) != 0) {
        l->others = *(const char *const **)(void *)field;
        l->others_at = at;
        l->others_at.section = k->name; /* the tree is gone when it is used */
    }
    return ERR_OK;
}

static enum err read_document(struct loader *l, char *ret)
{
    const yaml_node_t *root = yaml_document_get_root_node(&l->doc);
    if (root == NULL)
        return ERR_OK; /* an empty file: defaults */
    if (root->type != YAML_MAPPING_NODE)
        return err_set(l->why, ERR_CONFIG,
                       "%s:%lu: \"key: value\" lines are expected", l->file,
                       line_of(root));
    for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
         p < root->data.mapping.pairs.top; p++)
        TRY(read_top_pair(l, root, p, ret));
    return ERR_OK;
}

static enum err read_file(struct loader *l, char *ret);

/* Those that this file names: after it, so that they may say otherwise. */
static enum err read_others(const struct loader *l, char *ret)
{
    const char *const *paths;
    for (const char *const *o = l->others; o != NULL && *o != NULL; o++) {
        TRY(cfg_match(l->a, *o, &l->others_at, &paths));
        for (; *paths != NULL; paths++) {
            struct loader other = {.sections = l->sections,
                                   .a = l->a,
                                   .file = *paths,
                                   .files = l->files,
                                   .why = l->why};
            TRY(cfg_enter(l->files, *paths, &l->others_at));
            TRY(read_file(&other, ret));
        }
    }
    return ERR_OK;
}

static enum err read_file(struct loader *l, char *ret)
{
    struct buf text;
    buf_init(&text, MAX_CONF_BYTES);
    enum err e = fd_read_file(l->file, &text, l->why);
    if (e != ERR_OK) {
        buf_done(&text);
        return ERR_CONFIG;
    }
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_input_string(&parser, (const unsigned char *)buf_str(&text),
                                 text.n);
    if (yaml_parser_load(&parser, &l->doc)) {
        e = read_document(l, ret);
        yaml_document_delete(&l->doc);
    } else {
        e = err_set(l->why, ERR_CONFIG, "%s:%zu: not valid YAML: %s", l->file,
                    parser.problem_mark.line + 1,
                    parser.problem != NULL ? parser.problem : "cannot be read");
    }
    yaml_parser_delete(&parser);
    buf_done(&text);
    return e == ERR_OK ? read_others(l, ret) : e;
}

/* --- the environment --- */

static enum err read_secret_file(struct loader *l, const char *path,
                                 const char **ret_text, const struct place *at)
{
    struct buf text;
    struct err_note why;
    buf_init(&text, MAX_SECRET_BYTES);
    enum err e = fd_read_file(path, &text, &why);
    if (e == ERR_OK) {
        while (text.n > 0 && isspace((unsigned char)text.p[text.n - 1]))
            text.p[--text.n] = '\0';
        *ret_text = arena_strdup(l->a, buf_str(&text));
    } else {
        e = cfg_refuse(at, "%s_FILE: %s", at->key, why.text);
    }
    buf_done(&text);
    return e;
}

static enum err apply_environment(struct loader *l, const struct cfg_key *k,
                                  void *base, struct place at)
{
    char file_name[128];
    at.key = k->env;
    at.section = at.entry = NULL;
    const char *text = getenv(k->env);
    snprintf(file_name, sizeof(file_name), "%s_FILE", k->env);
    const char *path = getenv(file_name);
    bool given = text != NULL && text[0] != '\0';
    if (!given && path != NULL && path[0] != '\0')
        TRY(read_secret_file(l, path, &text, &at));
    if (text == NULL || text[0] == '\0')
        return ERR_OK;
    return cfg_set(l->a, k, arena_strdup(l->a, text), base, &at);
}

static bool is_missing(const struct cfg_key *k, const char *base)
{
    const char *text =
        k->kind == CFG_TEXT
            ? *(const char *const *)(const void *)(base + k->offset)
            : "";
    const char *const *words =
        k->kind == CFG_WORDS
            ? *(const char *const *const *)(const void *)(base + k->offset)
            : NULL;
    return (k->kind == CFG_TEXT && (text == NULL || text[0] == '\0')) ||
           (k->kind == CFG_WORDS && (words == NULL || words[0] == NULL));
}

static enum err finish_keys(struct loader *l, const struct cfg_key *keys,
                            char *base, struct place at)
{
    for (; keys->name != NULL; keys++) {
        at.key = keys->name;
        if (keys->env != NULL)
            TRY(apply_environment(l, keys, base, at));
        if ((keys->flags & CFG_REQUIRED) != 0 && is_missing(keys, base))
            return cfg_refuse(&at, "is missing in %s",
                              l->file != NULL ? l->file : "the configuration");
    }
    return ERR_OK;
}

enum err cfg_load(const char *path, const struct cfg_section *sections,
                  struct arena *a, void *ret, struct err_note *why)
{
    struct cfg_files files = {0};
    struct loader l = {.sections = sections,
                       .a = a,
                       .file = path,
                       .files = &files,
                       .why = why};
    char *base = ret;
    for (const struct cfg_section *s = sections; s->name != NULL; s++)
        if (!s->map)
            TRY(set_defaults(&l, s->keys, base + s->offset,
                             (struct place){.section = s->name, .why = why}));
    if (path != NULL) {
        TRY(cfg_enter(&files, path, &(struct place){.why = why}));
        TRY(read_file(&l, base));
    }
    for (const struct cfg_section *s = sections; s->name != NULL; s++) {
        size_t n = 1;
        if (s->map)
            n = (size_t) * (int64_t *)(void *)(base + s->count_offset);
        for (size_t i = 0; i < n; i++) {
            char *at = base + s->offset + i * s->size;
            struct place p = {.section = s->name, .why = why};
            p.entry = s->map ? *(const char **)(void *)at : NULL;
            TRY(finish_keys(&l, s->keys, at, p));
        }
    }
    return ERR_OK;
}
