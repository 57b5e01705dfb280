#include "tpl/names.h"

#include <string.h>

#include "base/compiler.h"

enum { CHAINS = 256 };

struct entry {
    struct entry *next; /* of the same hash */
    const char *text;
    unsigned number;
};

struct tpl_names {
    struct arena *arena;
    unsigned n; /* static ones included */
    struct entry *chain[CHAINS];
    struct entry **by_number; /* after the static ones */
    unsigned room;
};

/* Replaced by the one of gen/tplnames.c, where that is linked. */
const struct tpl_name_table tpl_static_names
    __attribute__((weak)) = {.text = "", .start = NULL, .n = 0};

static unsigned hash(const char *s, size_t n)
{
    unsigned h = 5381;
    for (size_t i = 0; i < n; i++)
        h = h * 33 + (unsigned char)s[i];
    return h % CHAINS;
}

/* As strcmp(); name holds no NUL. */
static int compare(const char *name, size_t n, const char *with)
{
    int c = strncmp(name, with, n);
    return c != 0 ? c : -(with[n] != '\0');
}

static unsigned find_static(const char *name, size_t n)
{
    const struct tpl_name_table *t = &tpl_static_names;
    unsigned low = 0, high = t->n;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        int c = compare(name, n, t->text + t->start[middle]);
        if (c == 0)
            return middle + 1;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

static unsigned find(const struct tpl_names *names, const char *name, size_t n)
{
    unsigned number = find_static(name, n);
    if (number != 0 || names == NULL)
        return number;
    const struct entry *e = names->chain[hash(name, n)];
    while (e != NULL && compare(name, n, e->text) != 0)
        e = e->next;
    return e != NULL ? e->number : 0;
}

struct tpl_names *tpl_names_new(struct arena *a)
{
    struct tpl_names *names = ARENA_NEW(a, struct tpl_names);
    names->arena = a;
    names->n = tpl_static_names.n;
    return names;
}

unsigned tpl_name(struct tpl_names *names, const char *name, size_t n)
{
    unsigned number = find(names, name, n);
    if (number != 0 || names->n >= TPL_NAMES_MAX)
        return number;
    unsigned position = names->n - tpl_static_names.n;
    if (position == names->room) {
        unsigned room = names->room > 0 ? names->room * 2 : 64;
        struct entry **grown = ARENA_ARRAY(names->arena, struct entry *, room);
        for (unsigned i = 0; i < position; i++)
            grown[i] = names->by_number[i];
        names->by_number = grown;
        names->room = room;
    }
    struct entry *e = ARENA_NEW(names->arena, struct entry);
    struct entry **chain = &names->chain[hash(name, n)];
    *e = (struct entry){.next = *chain,
                        .text = arena_dup(names->arena, name, n),
                        .number = ++names->n};
    *chain = e;
    names->by_number[position] = e;
    return e->number;
}

unsigned tpl_name_of_column(const struct tpl_names *names, const char *column)
{
    char upper[64]; /* longer than any column */
    size_t n = 0;
    for (; column[n] != '\0'; n++) {
        if (n == sizeof(upper))
            return 0;
        char c = column[n];
        upper[n] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return find(names, upper, n);
}

const char *tpl_builtin(const char *name, size_t n)
{
    static const struct {
        const char *name, *text;
    } builtins[] = {{"", ""}, {"BI_SPACE", " "}, {"BI_NEWLINE", "\n"}};
    for (size_t i = 0; i < ARRAY_LEN(builtins); i++)
        if (strlen(builtins[i].name) == n &&
            memcmp(builtins[i].name, name, n) == 0)
            return builtins[i].text;
    return NULL;
}

unsigned tpl_names_count(const struct tpl_names *names)
{
    return names != NULL ? names->n : tpl_static_names.n;
}

const char *tpl_name_text(const struct tpl_names *names, unsigned name)
{
    const struct tpl_name_table *t = &tpl_static_names;
    if (name >= 1 && name <= t->n)
        return t->text + t->start[name - 1];
    if (names == NULL || name == 0 || name > names->n)
        return "";
    return names->by_number[name - t->n - 1]->text;
}
