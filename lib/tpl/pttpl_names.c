#include <stdlib.h>
#include <string.h>

#include "tpl/pttpl.h"

struct sorted {
    const char **name;
    size_t n;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct sorted sort_names(struct arena *a, const struct tpl_names *names)
{
    struct sorted s = {.n = tpl_names_count(names)};
    s.name = ARENA_ARRAY(a, const char *, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        s.name[i] = tpl_name_text(names, (unsigned)i + 1);
    qsort(s.name, s.n, sizeof(s.name[0]), compare);
    return s;
}

void pttpl_names_header(struct buf *out, struct arena *a,
                        const struct tpl_names *names)
{
    struct sorted s = sort_names(a, names);
    buf_adds(out, "/* The markers of all templates. */\n"
                  "#ifndef PT_GEN_TPLNAMES_H\n#define PT_GEN_TPLNAMES_H\n\n"
                  "enum tpl_static_name {\n    N__NONE,\n");
    for (size_t i = 0; i < s.n; i++)
        buf_addf(out, "    N_%s,\n", s.name[i]);
    buf_adds(out, "    N__MAX\n};\n\n#endif\n");
}

void pttpl_names_table(struct buf *out, struct arena *a,
                       const struct tpl_names *names)
{
    struct sorted s = sort_names(a, names);
    buf_adds(out, "#include \"tpl/names.h\"\n\nstatic const char text[] =");
    for (size_t i = 0; i < s.n; i++)
        buf_addf(out, "\n    \"%s\\0\"", s.name[i]);
    buf_adds(out, s.n > 0 ? ";\n\n" : " \"\";\n\n");
    buf_adds(out, "static const uint32_t start[] = {\n");
    size_t at = 0;
    for (size_t i = 0; i < s.n; i++) {
        buf_addf(out, "    %zu,\n", at);
        at += strlen(s.name[i]) + 1;
    }
    buf_addf(out,
             "%s};\n\n"
             "const struct tpl_name_table tpl_static_names = {\n"
             "    .text = text, .start = start, .n = %zu};\n",
             s.n > 0 ? "" : "    0,\n", s.n);
}
